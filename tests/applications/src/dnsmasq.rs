//! A name server: dnsmasq.

use std::net::TcpStream;
use std::process::Command;

use crate::server::Server;

/// The name that is this machine.
pub const LOCAL: &str = "local.test.";
/// The name with [`LARGE_TEXT`].
pub const LARGE: &str = "large.test.";
/// More than the server puts into a datagram.
pub const LARGE_TEXT: [&str; 24] =
    ["a line of text so long that several of them are too much for one"; 24];

/// One of its own for each caller; `None`, said aloud, where it is not installed.
pub fn start() -> Option<Server> {
    Server::start(command, |port| TcpStream::connect(("127.0.0.1", port)).is_ok())
}

fn command(port: u16) -> Command {
    let mut command = Command::new("dnsmasq");
    command.args(["--keep-in-foreground", "--conf-file=/dev/null", "--pid-file="]);
    command.args(["--no-resolv", "--no-hosts", "--bind-interfaces", "--user="]);
    command.args(["--listen-address=127.0.0.1", "--edns-packet-max=512"]);
    command.arg(format!("--port={port}"));
    command.args(["--local=/test/", "--host-record=local.test,127.0.0.1"]);
    command.arg(format!("--txt-record=large.test,{}", LARGE_TEXT.join(",")));
    command
}
