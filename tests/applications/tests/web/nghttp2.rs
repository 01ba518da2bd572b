//! The application, and the tools of nghttp2: many requests at once, and what few clients show.

use std::io::Write;

use anyrt_test_applications::load;

use super::*;

/// Asks for what each of several kinds of clients asks for, and waits for each of the answers.
async fn load(url: String) {
    const REQUESTS: usize = 1000;

    let mut numbers = tempfile::NamedTempFile::new().unwrap();
    numbers.write_all(b"[1, 2, 3]").unwrap();
    let asks = move || {
        let (sum, feed) = (format!("{url}/sum"), format!("{url}/feed"));
        let body = numbers.path().to_str().unwrap();
        let posts = ["--data", body, "--header", "content-type: application/json", &sum];
        let one_by_one = ["--h1", "--clients", "20"];
        let beside_each_other = ["--clients", "10", "--max-concurrent-streams", "20"];
        load::succeeds(REQUESTS, &[&one_by_one, &posts[..]].concat())
            && load::succeeds(REQUESTS, &[&beside_each_other, &posts[..]].concat())
            && load::succeeds(REQUESTS, &[&beside_each_other, &[&*feed][..]].concat())
    };
    anyrt::spawn_blocking(asks).await.unwrap();
}

#[anyrt::test(all)]
async fn a_load_in_clear() {
    let (running, _) = start().await;
    load(format!("http://{}", running.address)).await;
    assert_eq!(running.end().await, 0);
}

#[anyrt::test(all)]
async fn a_load_over_tls() {
    let running = start_tls().await;
    load(format!("https://localhost:{}", running.address.port())).await;
    assert_eq!(running.end().await, 0);
}

#[anyrt::test(all)]
async fn events_and_trailers_of_http_2() {
    let (clear, _) = start().await;
    let tls = start_tls().await;
    for base in
        [format!("http://{}", clear.address), format!("https://localhost:{}", tls.address.port())]
    {
        if let Some(text) = run("nghttp", &[&format!("{base}/feed")]).await {
            let events: Vec<_> =
                text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
            assert_eq!(events, ["0", "1", "2", "3", "4"]);
        }
        if let Some(text) = run("nghttp", &["--verbose", &format!("{base}/trailers")]).await {
            let (_, behind) = text.split_once("before").expect("the body is shown");
            assert!(behind.contains("x-end: of the body"), "{text}");
        }
    }
    assert_eq!(clear.end().await, 0);
    assert_eq!(tls.end().await, 0);
}
