//! A server of Redis'.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::{answers, left_out};

/// Is killed when dropped.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    /// One of its own for each caller; `None`, said aloud, where it is not installed.
    pub fn start() -> Option<Self> {
        // Somebody else may take the port; it ends then.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut command = Command::new("redis-server");
            command.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string()]);
            command.stdin(Stdio::null()).stdout(Stdio::null());
            let Ok(mut child) = command.spawn() else {
                left_out("Redis is not installed");
                return None;
            };
            if answers(&mut child, || is_ready(port)) {
                return Some(Self { child, port });
            }
        }
        panic!("Redis does not start");
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut answer = String::new();
    stream.write_all(b"PING\r\n").is_ok()
        && BufReader::new(stream).read_line(&mut answer).is_ok()
        && answer == "+PONG\r\n"
}
