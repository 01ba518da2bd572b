//! Peers in processes of their own.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A process; killed when dropped.
pub struct Peer {
    child: Child,
}

impl Peer {
    /// Starts the ignored test `name` of the same program, with these variables in its environment.
    ///
    /// # Panics
    /// It can't be started.
    pub fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        let child = ignored(name).envs(variables.iter().copied()).stdout(Stdio::null()).spawn();
        Self { child: child.expect("a test can be started") }
    }

    /// Starts a program that says one line when it is ready, which comes along. Its standard input stays open as long as this process.
    ///
    /// # Panics
    /// It can't be started, or ends and says nothing.
    pub fn start_program(program: impl AsRef<OsStr>) -> (Self, String) {
        let child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("the program is there");
        let mut line = String::new();
        let output = child.stdout.as_mut().expect("it is a pipe");
        BufReader::new(output).read_line(&mut line).expect("it says a line");
        (Self { child }, line.trim_end().to_owned())
    }

    /// Runs the ignored test `name` of the same program in a process of its own, where no other test runs, with these variables
    /// in its environment.
    ///
    /// # Panics
    /// It fails.
    pub fn run(name: &str, variables: &[(&str, &str)]) {
        let output =
            ignored(name).envs(variables.iter().copied()).output().expect("a test can be started");
        let (text, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{}, with the output:\n{text}{errors}",
            output.status
        );
        // What it has left out, if anything.
        eprint!("{errors}");
    }
}

fn ignored(name: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("a test has a path"));
    command.args([name, "--exact", "--ignored", "--nocapture"]).stdin(Stdio::null());
    command
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
