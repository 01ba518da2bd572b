//! A server that is a program with a port.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::{answers, left_out};

/// Is killed when dropped.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    /// One of its own for each caller; `None`, said aloud, where it is not installed.
    pub(crate) fn start(
        command: impl Fn(u16) -> Command,
        is_ready: impl Fn(u16) -> bool,
    ) -> Option<Self> {
        // Somebody else may take the port; it ends then.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut command = command(port);
            let Ok(mut child) = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn() else {
                left_out(&format!("{:?} is not installed", command.get_program()));
                return None;
            };
            if answers(&mut child, || is_ready(port)) {
                return Some(Self { child, port });
            }
        }
        panic!("the server does not start");
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
