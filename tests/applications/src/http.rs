//! A server for clients of HTTP/1, on threads.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Answers each request with its method and path, but those for `/silent`, whose connections stay open until the client
/// closes them.
pub fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away ends it.
            thread::spawn(move || answer(&stream));
        }
    });
    address
}

fn answer(mut stream: &TcpStream) -> io::Result<()> {
    let mut requests = BufReader::new(stream).lines();
    while let Some(request) = requests.next().transpose()? {
        let words: Vec<_> = request.split(' ').collect();
        while requests.next().transpose()?.is_some_and(|header| !header.is_empty()) {}
        let [method, path, _version] = words[..] else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        if path != "/silent" {
            let body = format!("{{\"method\":\"{method}\",\"path\":\"{path}\"}}");
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())?;
        }
    }
    Ok(())
}
