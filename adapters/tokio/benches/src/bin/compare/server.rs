//! A server in a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Is killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// That of the name in the folder, once it has told its address.
    pub fn start(folder: &str, name: &str) -> Self {
        let path = Path::new(folder).join(name);
        let mut child = Command::new(&path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut line = String::new();
        let output = child.stdout.as_mut().expect("it is a pipe");
        BufReader::new(output).read_line(&mut line).expect("the server tells its address");
        Self { child, address: line.trim().parse().expect("an address") }
    }

    /// What all its threads have used until now, in its own code and in the kernel.
    pub fn time_of_processors(&self) -> Duration {
        let stat =
            fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the server runs");
        // The name, in parentheses, may have spaces.
        let fields = stat.rsplit_once(')').expect("a name").1;
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|ticks| ticks.parse::<u64>().unwrap())
            .sum();
        // The kernel's `USER_HZ`, which is 100 on Linux.
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
