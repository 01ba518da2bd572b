//! A server of Redis'.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;

use crate::server::Server;

/// One of its own for each caller; `None`, said aloud, where it is not installed.
pub fn start() -> Option<Server> {
    Server::start(command, is_ready)
}

fn command(port: u16) -> Command {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string()]);
    command
}

fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut answer = String::new();
    stream.write_all(b"PING\r\n").is_ok()
        && BufReader::new(stream).read_line(&mut answer).is_ok()
        && answer == "+PONG\r\n"
}
