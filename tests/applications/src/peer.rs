//! Peers in processes of their own.

use std::env;
use std::process::{Child, Command, Stdio};

/// A test that is ignored unless it is asked for, as a process of its own; killed when dropped.
pub struct Peer {
    child: Child,
}

impl Peer {
    /// Starts the ignored test `name` of the same program, with these variables in its environment.
    ///
    /// # Panics
    /// It can't be started.
    pub fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        let program = env::current_exe().expect("a test has a path");
        let child = Command::new(program)
            .args([name, "--exact", "--ignored", "--nocapture"])
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        Self { child: child.expect("a test can be started") }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
