//! A process of its own for a case that needs one: the test binary starts itself again.

use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use std::{env, io, thread};

use rustix::process::{Pid, Signal, kill_process};

use super::outcome::Outcome;
use super::patience::{self, Patience};

/// Set in such a process alone.
const VARIABLE: &str = "ANYRT_CONFORMANCE_ALONE";

/// How much longer than its case a process may take. It has a watchdog of its own, which says where
/// the case hangs; ours is for the process that does not even come to that.
const GRACE: Duration = Duration::from_secs(10);

/// Whether this is the process of one case.
pub(super) fn is_alone() -> bool {
    env::var_os(VARIABLE).is_some_and(|value| value == "1")
}

/// Runs the test `path`, as `module_path!` has it, in a process of its own.
///
/// # Panics
/// The process can't be started.
pub(super) fn run(name: &str, path: &str, patience: Patience) -> Outcome {
    // The harness knows the test without the name of the binary.
    let test = path.split_once("::").map_or(path, |(_binary, test)| test);
    let mut command = Command::new(env::current_exe().expect("a test has a path"));
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(VARIABLE, "1")
        .env(patience::VARIABLE, patience.limit().as_secs_f64().to_string());
    let (output, hangs) = match output_of(&mut command, patience.limit() + GRACE) {
        Ok(output) => (output, false),
        Err(output) => (output, true),
    };
    let (printed, said) = (text(&output.stdout), text(&output.stderr));
    match Outcome::parse(&printed) {
        _ if hangs => Outcome::Hangs(format!("`{name}` hangs and was killed: {printed}{said}")),
        Some(Outcome::Hangs(message)) => Outcome::Hangs(message + &patience.explanation()),
        Some(Outcome::Failed(message)) => {
            eprint!("{said}");
            Outcome::Failed(message)
        }
        Some(Outcome::Passed) if output.status.success() => Outcome::Passed,
        _ => {
            let message = format!("the process of `{name}` ends with {}: ", output.status);
            eprintln!("{message}\n{printed}{said}");
            Outcome::Failed(message + &printed + &said)
        }
    }
}

/// What a process has printed, on both streams, and how it ended; or that it had to be killed.
fn output_of(command: &mut Command, limit: Duration) -> Result<Output, Output> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = child.spawn().expect("the test binary can be started again");
    let pid = Pid::from_child(&child);
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let output = |received: Option<io::Result<Output>>| {
        received.expect("the thread sends it").expect("a child can be waited for")
    };
    match receiver.recv_timeout(limit) {
        Err(RecvTimeoutError::Timeout) => {
            let _ = kill_process(pid, Signal::KILL);
            Err(output(receiver.recv().ok()))
        }
        received => Ok(output(received.ok())),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::process::abort;

    use super::*;

    const PATIENCE: Patience = Patience { first: Duration::from_secs(60), hangs: 1 };

    /// Does `inside` in a process of its own, and returns what its test hears of it.
    fn outcome_of(test: &str, inside: impl FnOnce() -> Outcome) -> Option<Outcome> {
        if is_alone() {
            println!("{}", inside().report());
            return None;
        }
        Some(run("one_worker::a::b", &format!("{}::{test}", module_path!()), PATIENCE))
    }

    #[test]
    fn what_came_of_the_case_is_taken_over() {
        let outcome = outcome_of("what_came_of_the_case_is_taken_over", || Outcome::Passed);
        assert!(matches!(outcome, None | Some(Outcome::Passed)), "{outcome:?}");
    }

    #[test]
    fn a_process_that_dies_has_failed() {
        let outcome = outcome_of("a_process_that_dies_has_failed", || abort());
        let Some(Outcome::Failed(message)) = outcome else { panic!("{outcome:?}") };
        assert!(message.contains("`one_worker::a::b` ends with signal: 6"), "{message}");
    }

    #[test]
    fn a_process_that_runs_no_case_has_failed() {
        let outcome = run("one_worker::a::b", "anyrt_conformance::no::such::test", PATIENCE);
        let Outcome::Failed(message) = outcome else { panic!("{outcome:?}") };
        assert!(message.contains("ends with exit status: 0"), "{message}");
    }

    #[test]
    fn a_hang_tells_where_and_why_it_was_not_waited_for_longer() {
        let inside = || {
            let limit = Patience::now().limit();
            Outcome::Hangs(format!("not done after {limit:?}; it waits at a line"))
        };
        let test = "a_hang_tells_where_and_why_it_was_not_waited_for_longer";
        let expected = "not done after 30s; it waits at a line (shortened from 60s, because a case \
                        hung before it)";
        if let Some(outcome) = outcome_of(test, inside) {
            assert_eq!(outcome, Outcome::Hangs(expected.to_owned()));
        }
    }
}
