//! The HTTP client, in front of servers that answer whatever the test says.

use std::sync::{Arc, Barrier};

use super::*;

fn url_of(address: SocketAddr) -> String {
    format!("http://{address}/")
}

/// A server for one request, which it reads to its end; the URL of it.
fn answers(response: impl Into<Vec<u8>>) -> String {
    let response = response.into();
    url_of(serve_once(move |mut stream| {
        read_request(&stream)?;
        stream.write_all(&response)
    }))
}

fn read_request(stream: &TcpStream) -> io::Result<Vec<String>> {
    BufReader::new(stream)
        .lines()
        .take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()))
        .collect()
}

const LENGTH: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and what is too much";
const CHUNKS: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n\
                      3;name=value\r\nhel\r\n02\r\nlo\r\n0\r\nTrailer: x\r\n\r\n";
const CLOSE: &str = "HTTP/1.0 200 OK\r\n\r\nhello";

#[test]
fn bodies_end_by_their_length_by_chunks_or_with_the_connection() {
    let informs = format!("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n{LENGTH}");
    let empty = "HTTP/1.1 204 No Content\r\n\r\n";
    for backend in anyrt::selection().unwrap().compiled() {
        for (response, body) in [
            (LENGTH, "hello"),
            (CHUNKS, "hello"),
            (CLOSE, "hello"),
            (&informs, "hello"),
            (empty, ""),
        ] {
            let mut command = example("http_get");
            command.arg(answers(response)).env("ANYRT_BACKEND", backend);
            let ended = Ended::of(command.start()).succeeded();
            assert_eq!(ended.stdout, body, "{response:?} on {backend}");
            ended.says(&format!(": {} bytes\n", body.len()));
        }
    }
}

#[test]
fn several_are_fetched_at_once_and_printed_in_their_order() {
    for backend in anyrt::selection().unwrap().compiled() {
        // None answers before all of them are asked.
        let all_are_asked = Arc::new(Barrier::new(3));
        let urls: Vec<_> = (0..3)
            .map(|number| {
                let all_are_asked = Arc::clone(&all_are_asked);
                url_of(serve_once(move |mut stream| {
                    read_request(&stream)?;
                    all_are_asked.wait();
                    write!(stream, "HTTP/1.1 200 OK\r\n\r\n{number}\n")
                }))
            })
            .collect();
        let mut command = example("http_get");
        command.args(&urls).env("ANYRT_BACKEND", backend);
        let ended = Ended::of(command.start()).succeeded();
        assert_eq!(ended.stdout, "0\n1\n2\n", "on {backend}");
        ended.says("http_get: 3 of 3: ");
    }
}

#[test]
fn no_more_are_fetched_at_once_than_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = url_of(listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&stream).unwrap();
            // The others would be connected by now, or at least be so soon: it is not waited for what must not come.
            listener.set_nonblocking(true).unwrap();
            thread::yield_now();
            assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
            listener.set_nonblocking(false).unwrap();
            stream.write_all(CLOSE.as_bytes()).unwrap();
        }
    });
    let ended = run("http_get", &["--at-once", "1", &url, &url, &url]).succeeded();
    assert_eq!(ended.stdout, "hellohellohello");
    server.join().unwrap();
}

#[test]
fn asks_for_what_the_url_names() {
    let (sender, receiver) = mpsc::channel();
    let address = serve_once(move |mut stream| {
        sender.send(read_request(&stream)?).unwrap();
        stream.write_all(CLOSE.as_bytes())
    });
    run("http_get", &[&format!("http://localhost:{}?a=b#c", address.port())]).succeeded();
    let request = receiver.recv().unwrap();
    assert_eq!(request[0], "GET /?a=b HTTP/1.1");
    assert_eq!(request[1], format!("Host: localhost:{}", address.port()));
    assert!(request.contains(&"Connection: close".to_owned()), "{request:?}");
}

#[test]
fn large_bodies_come_whole() {
    let body: String = "0123456789".repeat(1_000_000);
    let length = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let chunks: String = body
        .as_bytes()
        .chunks(70_000)
        .map(|chunk| format!("{:X}\r\n{}\r\n", chunk.len(), str::from_utf8(chunk).unwrap()))
        .collect();
    let chunks = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
    for response in [length, chunks] {
        let ended = run("http_get", &[&answers(response)]).succeeded();
        assert!(ended.stdout == body, "{} bytes", ended.stdout.len());
    }
}

#[test]
fn says_what_is_wrong_with_a_response() {
    let head = "HTTP/1.1 200 OK\r\n";
    let endless = format!("{head}Name: {}", "x".repeat(20_000));
    let many = format!("{head}{}", "a: b\r\n".repeat(300));
    for (response, error) in [
        ("", "the server hangs up: before the body is complete"),
        ("HTTP/1.1 200", "the server hangs up: before the body is complete"),
        (&format!("{head}Content-Le"), "the server hangs up: before the body is complete"),
        (&format!("{head}Content-Length: 9\r\n\r\nhello"), "4 of 9 bytes are missing"),
        (
            &format!("{head}Transfer-Encoding: chunked\r\n\r\n9\r\nhello"),
            "4 of 9 bytes are missing",
        ),
        (
            &format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
            "the server hangs up: before the body is complete",
        ),
        (
            &format!("{head}Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n"),
            "goes on after its end",
        ),
        (&format!("{head}Transfer-Encoding: chunked\r\n\r\n-5\r\nhello"), "\"-5\" as a length"),
        (&format!("{head}Transfer-Encoding: chunked\r\n\r\n\r\n"), "\"\" as a length"),
        (&format!("{head}Transfer-Encoding: gzip\r\n\r\n"), "encoding \"gzip\" is unknown"),
        (&format!("{head}Content-Length: +5\r\n\r\nhello"), "\"+5\" as a length"),
        (&format!("{head}Content-Length: 99999999999999999999\r\n\r\n"), "as a length"),
        (
            &format!("{head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
            "several lengths of one body",
        ),
        (&format!("{head}no header\r\n\r\n"), "no header, but \"no header\""),
        ("220 mail ready\r\n", "no response of HTTP/1.1, but \"220 mail ready\""),
        ("HTTP/1.1 2\r\n\r\n", "no response of HTTP/1.1"),
        ("HTTP/1.1 404 Not Found\r\n\r\nsorry", "the server answers 404 Not Found"),
        (&endless, "a line of more than 16384 bytes"),
        (&many, "more than 200 headers"),
    ] {
        let ended = run("http_get", &[&answers(response)]).failed(1, error);
        assert_eq!(ended.stdout, "", "{response:?}");
    }
}

#[test]
fn what_fails_keeps_nothing_else_back() {
    let closed = ClosedPort::new();
    for backend in anyrt::selection().unwrap().compiled() {
        let refused = format!("http://127.0.0.1:{}/", closed.port());
        let mut command = example("http_get");
        command.args([&refused, &answers(CLOSE)]);
        let ended = Ended::of(command.env("ANYRT_BACKEND", backend).start());
        let ended = ended.failed(1, &format!("{refused}: "));
        assert_eq!(ended.stdout, "hello", "on {backend}");
        assert!(
            ended.stderr.contains("1 of 2: ") && ended.stderr.contains("2 of 2: "),
            "{ended:?}"
        );
    }
}

#[test]
fn limits_the_time_of_each() {
    // Accepts nothing: the system connects, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = url_of(silent.local_addr().unwrap());
    for backend in anyrt::selection().unwrap().compiled() {
        let mut command = example("http_get");
        command.args(["--timeout", "20", &url]).env("ANYRT_BACKEND", backend);
        let ended = Ended::of(command.start()).failed(1, &format!("1 of 1: {url}: "));
        assert_eq!(ended.stdout, "", "on {backend}");
    }
}

#[test]
fn says_how_far_it_is() {
    for backend in anyrt::selection().unwrap().compiled() {
        let (sender, receiver) = mpsc::channel();
        let url = url_of(serve_once(move |mut stream| {
            read_request(&stream)?;
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")?;
            // The rest comes when the client has said what it has.
            receiver.recv().unwrap();
            stream.write_all(b"lo")
        }));
        let mut child = example("http_get").arg(&url).env("ANYRT_BACKEND", backend).start();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut lines = stderr.lines().map(Result::unwrap);
        assert!(lines.any(|line| line == "http_get: 0 of 1, 3 bytes so far"), "on {backend}");
        sender.send(()).unwrap();
        assert!(lines.any(|line| line == format!("http_get: 1 of 1: {url}: 5 bytes")));
        assert_eq!(Ended::of(child).succeeded().stdout, "hello");
    }
}

#[test]
fn says_how_it_is_used() {
    for (arguments, error) in [
        (&[][..], "name a URL"),
        (&["https://example.org"], "does not begin with http://"),
        (&["http://"], "has no host"),
        (&["http://:80/"], "has no host"),
        (&["http://user@host/"], "or a user"),
        (&["http://host/a b"], "characters that are to be encoded"),
        (&["http://host/\r\nX: y"], "characters that are to be encoded"),
        (&["--at-once", "0", "http://host"], "\"0\" is not a number from 1"),
        (&["--timeout"], "\"\" is not a number from 1"),
        (&["--fast"], "unknown option --fast"),
    ] {
        let ended = run("http_get", arguments).failed(2, error);
        assert!(ended.stderr.contains("usage: http_get"), "{ended:?}");
    }
    assert!(run("http_get", &["--help"]).succeeded().stdout.starts_with("usage: http_get"));
}
