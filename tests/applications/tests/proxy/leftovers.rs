//! What is left after load with peers that die: nothing. In a process of its own for each backend, for it counts what that has.
#![cfg(target_os = "linux")]

use anyrt::task::JoinSet;
use anyrt_test_applications::left::{Alive, descriptors};
use anyrt_test_applications::load;

use super::*;

#[anyrt::test(all)]
async fn nothing_is_left_after_load_with_peers_that_die() {
    let backend = Handle::current().backend().replace('-', "_");
    let test = format!("leftovers::under_load::{backend}");
    anyrt::spawn_blocking(move || Peer::run(&test, &[])).await.unwrap();
}

#[anyrt::test(all)]
#[ignore = "`nothing_is_left_after_load_with_peers_that_die` runs it, in a process of its own"]
async fn under_load() {
    let alive = Alive::install();
    // What is started when it is first needed is there then.
    let first = Proxied::start().await;
    first.text("/hello").await;
    anyrt::spawn_blocking(|| {}).await.unwrap();
    first.end().await;
    let before = descriptors().unwrap();

    for _ in 0..2 {
        let proxied = Proxied::start().await;
        let mut endless = JoinSet::new();
        for n in 0..20 {
            let stream = proxied.begin_endless().await;
            let socket = proxied.socket().await;
            // Some die at once, others in the midst of the load, and some see how the application does.
            match n % 3 {
                0 => stream.set_linger(Some(Duration::ZERO)).unwrap(),
                1 => drop(endless.spawn(read_kilobytes(stream, n))),
                _ => drop(endless.spawn(read_kilobytes(stream, usize::MAX))),
            }
            if n % 2 == 0 {
                drop(endless.spawn(async move { drop(socket) }));
            } else {
                drop(endless.spawn(async move { drop(socket.into_future().await) }));
            }
        }
        let url = format!("http://{}/hello", proxied.running.address);
        let load = anyrt::spawn_blocking(move || {
            load::succeeds(2000, &["--clients", "50", "--h1", &url])
                && load::succeeds(
                    2000,
                    &["--clients", "10", "--max-concurrent-streams", "10", &url],
                )
        });
        load.await.unwrap();
        drop(proxied.upstream);
        timeout(PATIENCE, endless.join_all()).await.expect("each sees the end");
        drop(proxied.client);
        assert_eq!(proxied.running.end().await, 0);
    }

    let has_nothing_left = async {
        while alive.count() > 0 || descriptors().unwrap() != before {
            time::sleep(Duration::from_millis(1)).await;
        }
    };
    let left = timeout(PATIENCE, has_nothing_left).await;
    let (tasks, now) = (alive.count(), descriptors().unwrap());
    left.unwrap_or_else(|_| panic!("{tasks} tasks are left, and {now} descriptors of {before}"));
}

/// Reads so much and goes away, or until the other end does.
async fn read_kilobytes(stream: TcpStream, most: usize) {
    let mut room = [0; 1024];
    for _ in 0..most {
        if stream.read(&mut room).await.is_ok_and(|n| n > 0) {
            continue;
        }
        return;
    }
}
