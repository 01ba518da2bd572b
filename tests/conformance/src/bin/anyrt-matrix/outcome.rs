//! What the tests of a suite say about themselves, and what their end says.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use crate::process::{End, Execution};

/// How one run of a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed {
        message: String,
    },
    /// It failed, as the suite says that it does.
    KnownFailure {
        reason: String,
        message: String,
    },
}

/// What a suite says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Declaration {
    pub(crate) name: Option<String>,
    /// That of the crate which its cases come from.
    pub(crate) version: Option<String>,
    pub(crate) capabilities: Vec<String>,
    pub(crate) lacks: Vec<Lack>,
    pub(crate) known_failing: Vec<KnownFailing>,
}

/// A capability that a suite does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lack {
    pub(crate) capability: String,
    pub(crate) reason: String,
}

/// A case that a suite expects to fail: `module::case`, or `configuration::module::case`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownFailing {
    pub(crate) name: String,
    pub(crate) reason: String,
}

impl Declaration {
    /// Reads the lines `anyrt-suite<TAB>..`; the test harness may print text before them.
    pub(crate) fn parse(stdout: &str) -> Self {
        let mut declaration = Self::default();
        for fields in stdout.lines().filter_map(|line| fields(line, "anyrt-suite\t")) {
            match fields.as_slice() {
                [what, name] if what == "name" => declaration.name = Some(name.clone()),
                [what, version] if what == "version" => declaration.version = Some(version.clone()),
                [what, name] if what == "capability" => declaration.capabilities.push(name.clone()),
                [what, name, reason] if what == "lacks" => {
                    let (capability, reason) = (name.clone(), reason.clone());
                    declaration.lacks.push(Lack { capability, reason });
                }
                [what, name, reason] if what == "known-failing" => {
                    let (name, reason) = (name.clone(), reason.clone());
                    declaration.known_failing.push(KnownFailing { name, reason });
                }
                _ => {}
            }
        }
        declaration
    }

    /// Why a case fails, if the suite knows.
    fn known(&self, configuration: &str, case: &str) -> Option<&str> {
        let full = format!("{configuration}::{case}");
        let known = self.known_failing.iter().find(|one| one.name == case || one.name == full);
        known.map(|one| one.reason.as_str())
    }
}

impl Outcome {
    /// How a case ended, by the line `anyrt-case<TAB>..` and by the end of its process.
    ///
    /// A process that dies fails, even if the case had passed by then. Where the suite knows that
    /// the case fails, it is no news that it takes the process with it.
    pub(crate) fn of(
        execution: &Execution,
        timeout: Duration,
        declaration: &Declaration,
        configuration: &str,
        case: &str,
    ) -> Self {
        let reported = Self::parse(&execution.stdout);
        let message = match (death(execution, timeout), reported) {
            (None, Some(outcome)) => return outcome,
            // Exit code 101 is how a test that failed ends.
            (Some(Death::Code(_)), Some(outcome @ Self::Failed { .. })) => return outcome,
            (Some(death @ Death::Code(_)), Some(_)) => format!("{death} all the same"),
            (Some(death @ Death::Code(_)), None) => format!("{death} without a result"),
            (Some(death), Some(Self::Failed { message } | Self::KnownFailure { message, .. })) => {
                format!("{message}; then {death}")
            }
            (Some(death), Some(Self::Passed) | None) => death.to_string(),
            (None, None) => "ended without a result".to_owned(),
        };
        let message = with_last_words(message, &execution.stderr);
        match declaration.known(configuration, case) {
            Some(reason) => Self::KnownFailure { reason: reason.to_owned(), message },
            None => Self::Failed { message },
        }
    }

    fn parse(stdout: &str) -> Option<Self> {
        let lines = stdout.lines().rev().filter_map(|line| fields(line, "anyrt-case\t"));
        lines.into_iter().find_map(|fields| match fields.as_slice() {
            [what] if what == "passed" => Some(Self::Passed),
            [what, message] if what == "failed" => Some(Self::Failed { message: message.clone() }),
            [what, reason, message] if what == "known-failure" => {
                Some(Self::KnownFailure { reason: reason.clone(), message: message.clone() })
            }
            _ => None,
        })
    }
}

/// An end that no process has that does what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    TimedOut(Duration),
    Signal(i32),
    Code(i32),
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(timeout) => write!(f, "killed after {} s", timeout.as_secs_f64()),
            Self::Signal(signal) => write!(f, "died of {}", signal_name(*signal)),
            Self::Code(code) => write!(f, "ended with exit code {code}"),
        }
    }
}

/// Why a process did not end as one should, if so.
pub(crate) fn death(execution: &Execution, timeout: Duration) -> Option<Death> {
    let End::Exit(status) = execution.end else { return Some(Death::TimedOut(timeout)) };
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(Death::Code(code)),
        // One of the two there is: the process has ended.
        (None, signal) => Some(Death::Signal(signal.unwrap_or_default())),
    }
}

/// The fields after `mark`, wherever on the line it stands; nothing that could move a cursor.
fn fields(line: &str, mark: &str) -> Option<Vec<String>> {
    let (_, rest) = line.split_once(mark)?;
    Some(rest.split('\t').map(printable).collect())
}

pub(crate) fn printable(text: &str) -> String {
    let text = text.replace(|character: char| character.is_control(), " ");
    text.trim().to_owned()
}

/// A message, and what the process said last.
pub(crate) fn with_last_words(message: String, stderr: &str) -> String {
    match last_words(stderr) {
        Some(words) => format!("{message}; its last words: {words}"),
        None => message,
    }
}

/// The message of the last panic, or else the last line.
fn last_words(stderr: &str) -> Option<String> {
    const LONGEST: usize = 500;

    let lines: Vec<_> = stderr.lines().collect();
    let panic = lines.iter().rposition(|line| line.contains(" panicked at "));
    let words = match panic {
        Some(panic) => {
            let is_part = |line: &&&str| {
                !line.is_empty()
                    && !line.starts_with("note: ")
                    && !line.starts_with("stack backtrace")
            };
            let message: Vec<_> = lines[panic + 1..].iter().take_while(is_part).copied().collect();
            message.join(" ")
        }
        None => (*lines.iter().rfind(|line| !line.trim().is_empty())?).to_owned(),
    };
    let words = printable(&words);
    (!words.is_empty()).then(|| shortened(&words, LONGEST))
}

/// At most so many characters of a text, with an ellipsis for the rest.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// The usual name of a signal that ends processes.
fn signal_name(signal: i32) -> String {
    use rustix::process::Signal;
    let name = match Signal::from_named_raw(signal) {
        Some(Signal::ABORT) => "SIGABRT",
        Some(Signal::BUS) => "SIGBUS",
        Some(Signal::FPE) => "SIGFPE",
        Some(Signal::HUP) => "SIGHUP",
        Some(Signal::ILL) => "SIGILL",
        Some(Signal::INT) => "SIGINT",
        Some(Signal::KILL) => "SIGKILL",
        Some(Signal::PIPE) => "SIGPIPE",
        Some(Signal::SEGV) => "SIGSEGV",
        Some(Signal::TERM) => "SIGTERM",
        Some(Signal::TRAP) => "SIGTRAP",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(1500);

    fn exited(code: i32) -> End {
        End::Exit(ExitStatus::from_raw(code << 8))
    }

    fn outcome(end: End, stdout: &str, stderr: &str) -> Outcome {
        let execution = Execution { end, stdout: stdout.into(), stderr: stderr.into() };
        let known = KnownFailing { name: "time::known".into(), reason: "why".into() };
        let declaration = Declaration { known_failing: vec![known], ..Declaration::default() };
        Outcome::of(&execution, TIMEOUT, &declaration, "one_worker", "spawn::a")
    }

    fn failed(message: &str) -> Outcome {
        Outcome::Failed { message: message.into() }
    }

    #[test]
    fn the_line_of_a_case_is_found_behind_other_text() {
        let passed = "running 1 test\ntest a::b ... anyrt-case\tpassed\nok\n";
        assert_eq!(outcome(exited(0), passed, ""), Outcome::Passed);
        let unlucky = "test a ... anyrt-case\tfailed\tleft: 1, right: 2\nFAILED";
        assert_eq!(outcome(exited(101), unlucky, ""), failed("left: 1, right: 2"));
        let known = "anyrt-case\tknown-failure\tthe reason\tthe message\n";
        let expected =
            Outcome::KnownFailure { reason: "the reason".into(), message: "the message".into() };
        assert_eq!(outcome(exited(0), known, ""), expected);
    }

    #[test]
    fn of_two_lines_the_last_counts() {
        let both = "anyrt-case\tpassed\nanyrt-case\tfailed\tafter all\n";
        assert_eq!(outcome(exited(101), both, ""), failed("after all"));
    }

    #[test]
    fn the_end_of_the_process_counts_for_more_than_the_line() {
        let passed = "anyrt-case\tpassed\n";
        let aborted = End::Exit(ExitStatus::from_raw(6));
        assert_eq!(outcome(aborted, passed, ""), failed("died of SIGABRT"));
        assert_eq!(outcome(End::TimedOut, passed, ""), failed("killed after 1.5 s"));
        let contradiction = outcome(exited(101), passed, "");
        assert_eq!(contradiction, failed("ended with exit code 101 all the same"));
        let both = outcome(aborted, "anyrt-case\tfailed\tfirst this\n", "");
        assert_eq!(both, failed("first this; then died of SIGABRT"));
    }

    #[test]
    fn a_test_without_a_result_fails_with_its_last_words() {
        let stderr = "\nthread 'x' (7) panicked at src/a.rs:1:2:\nit hangs\nin two lines\n\
                      note: run with `RUST_BACKTRACE=1`\nmore\n";
        let message = "ended with exit code 101 without a result; its last words: \
                       it hangs in two lines";
        assert_eq!(outcome(exited(101), "test x ... ", stderr), failed(message));
        let message = "ended without a result; its last words: fatal";
        assert_eq!(outcome(exited(0), "", "some\nfatal\n\n"), failed(message));
        assert_eq!(
            outcome(exited(0), "anyrt-case\tunheard-of\n", ""),
            failed("ended without a result")
        );
    }

    #[test]
    fn a_case_that_is_known_to_fail_may_kill_its_process() {
        let known = |name: &str| {
            let execution =
                Execution { end: End::TimedOut, stdout: String::new(), stderr: String::new() };
            let one = KnownFailing { name: name.into(), reason: "why".into() };
            let declaration = Declaration { known_failing: vec![one], ..Declaration::default() };
            Outcome::of(&execution, TIMEOUT, &declaration, "one_worker", "spawn::a")
        };
        let message = "killed after 1.5 s".to_owned();
        let expected = Outcome::KnownFailure { reason: "why".into(), message: message.clone() };
        assert_eq!(known("spawn::a"), expected);
        assert_eq!(known("one_worker::spawn::a"), expected);
        assert_eq!(known("current_thread::spawn::a"), Outcome::Failed { message });
    }

    #[test]
    fn control_characters_do_not_get_through() {
        let colored = "anyrt-case\tfailed\t\u{1b}[31mred\u{7}\n";
        assert_eq!(outcome(exited(101), colored, ""), failed("[31mred"));
    }

    #[test]
    fn a_declaration_is_read() {
        let stdout = "test the_suite ... anyrt-suite\tname\tsmol\nanyrt-suite\tcapability\tshutdown\n\
                      anyrt-suite\tversion\t1.2.3\n\
                      anyrt-suite\tlacks\tkeep_alive\tthe threads stay\n\
                      anyrt-suite\tknown-failing\ttime::x\tan issue\nanyrt-suite\tnews\tx\ny\n";
        let expected = Declaration {
            name: Some("smol".into()),
            version: Some("1.2.3".into()),
            capabilities: vec!["shutdown".into()],
            lacks: vec![Lack {
                capability: "keep_alive".into(),
                reason: "the threads stay".into(),
            }],
            known_failing: vec![KnownFailing { name: "time::x".into(), reason: "an issue".into() }],
        };
        assert_eq!(Declaration::parse(stdout), expected);
    }

    #[test]
    fn long_words_are_shortened_between_characters() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöü", 2), "äö…");
    }
}
