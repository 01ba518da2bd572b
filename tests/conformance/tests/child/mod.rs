//! Runs tests of this binary again, in a process of their own.

use std::env;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Sets the seconds after which the suite's watchdog first reports a hang.
pub(crate) const PATIENCE: &str = "ANYRT_CONFORMANCE_PATIENCE";

/// How a case comes to an end that is not its success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself.
    Fails,
    /// By the watchdog, which reports it.
    Hangs,
}

/// Runs one case in an environment that makes it fail, and checks that it does, and in which way.
///
/// `case` is its path within the module `suite`. Where the lie has to win a race it may escape a run, and so there are several: a case
/// that can't fail passes in each of them.
#[track_caller]
pub(crate) fn assert_is_caught(suite: &str, case: &str, ending: Ending, environment: (&str, &str)) {
    const RUNS: usize = 5;

    let path = format!("{suite}::{case}");
    let (name, value) = environment;
    let run = || {
        let mut child = Child::new(&[&path, "--exact", "--nocapture", "--test-threads=1"]);
        child.command.env(name, value);
        if ending == Ending::Hangs {
            child.command.env(PATIENCE, "1");
        }
        child.run()
    };
    let mut last = run();
    for _ in 1..RUNS {
        if last.0.success() {
            last = run();
        }
    }
    let (status, output) = last;
    // So that a test which does not exist is no failure of it.
    let has_failed = status.code() == Some(101)
        && output.contains("\nrunning 1 test\n")
        && output.contains("test result: FAILED. 0 passed; 1 failed;")
        && output.contains(&format!("\nfailures:\n    {path}\n"));
    assert!(has_failed, "`{case}` does not fail with {name}={value}: {status}, output:\n{output}");
    let has_hung = output.contains(&format!("`{case}` hangs"));
    let ends_as_meant = has_hung == (ending == Ending::Hangs);
    assert!(ends_as_meant, "`{case}` fails in another way with {name}={value}:\n{output}");
}

/// This binary, once more.
pub(crate) struct Child {
    pub(crate) command: Command,
}

impl Child {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new(env::current_exe().expect("a test has a path"));
        command.args(arguments).env_remove(PATIENCE).env_remove("RUST_BACKTRACE");
        Self { command }
    }

    /// How it ends, and what it says. It is killed if it does not end within five minutes.
    pub(crate) fn run(mut self) -> (ExitStatus, String) {
        const LIMIT: Duration = Duration::from_secs(300);

        let command = self.command.stdin(Stdio::null());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let child = child.expect("a test can be started again");
        let id = child.id();
        let (sender, receiver) = channel();
        thread::spawn(move || sender.send(child.wait_with_output()));
        let output = match receiver.recv_timeout(LIMIT) {
            Err(RecvTimeoutError::Timeout) => {
                let _ = Command::new("kill").args(["-KILL", &id.to_string()]).status();
                receiver.recv()
            }
            Err(RecvTimeoutError::Disconnected) => panic!("the thread that waits has panicked"),
            Ok(output) => Ok(output),
        };
        let output = output.expect("the thread sends it").expect("a child can be waited for");
        let text =
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        (output.status, text.concat())
    }
}
