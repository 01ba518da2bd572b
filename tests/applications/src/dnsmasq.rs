//! A name server: dnsmasq.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::{answers, left_out};

/// Is killed when dropped.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    /// The name that is this machine.
    pub const LOCAL: &str = "local.test.";
    /// The name with [`LARGE_TEXT`](Self::LARGE_TEXT).
    pub const LARGE: &str = "large.test.";
    /// More than the server puts into a datagram.
    pub const LARGE_TEXT: [&str; 24] =
        ["a line of text so long that several of them are too much for one"; 24];

    /// One of its own for each caller; `None`, said aloud, where it is not installed.
    pub fn start() -> Option<Self> {
        // Somebody else may take the port; it ends then.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut command = Command::new("dnsmasq");
            command.args(["--keep-in-foreground", "--conf-file=/dev/null", "--pid-file="]);
            command.args(["--no-resolv", "--no-hosts", "--bind-interfaces", "--user="]);
            command.args(["--listen-address=127.0.0.1", "--edns-packet-max=512"]);
            command.arg(format!("--port={port}"));
            command.args(["--local=/test/", "--host-record=local.test,127.0.0.1"]);
            command.arg(format!("--txt-record=large.test,{}", Self::LARGE_TEXT.join(",")));
            command.stdin(Stdio::null()).stdout(Stdio::null());
            let Ok(mut child) = command.spawn() else {
                left_out("dnsmasq is not installed");
                return None;
            };
            if answers(&mut child, || TcpStream::connect(("127.0.0.1", port)).is_ok()) {
                return Some(Self { child, port });
            }
        }
        panic!("dnsmasq does not start");
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
