//! Finds the suites in the test executables, and runs their cases.

use std::env;
use std::io;
use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use crate::cargo::Executable;
use crate::error::Error;
use crate::outcome::{Declaration, Outcome, death, printable, with_last_words};
use crate::process::{Execution, execute};
use crate::progress::Progress;

/// The test that every suite has, and which says what the suite is.
pub(crate) const DECLARATION: &str = "the_suite_is_declared_soundly";

const CONFIGURATIONS: [&str; 4] =
    ["one_worker", "several_workers", "current_thread", "default_workers"];

/// Asks a suite to print results as lines that a program can read.
const REPORT: &str = "ANYRT_CONFORMANCE_REPORT";

/// Of this program. It knows what the cases of the same version prove.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How long, in seconds, a case may take before it fails as one that hangs.
const PATIENCE: &str = "ANYRT_CONFORMANCE_PATIENCE";

/// The tests of a suite in an executable.
#[derive(Debug)]
pub(crate) struct Suite {
    executable: Executable,
    /// The module in which the suite is, with `::` at its end; nothing in the root.
    prefix: String,
    cases: Vec<Test>,
    pub(crate) declaration: Declaration,
    /// Why the declaration can't be relied on.
    problem: Option<String>,
}

/// A case in one configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Test {
    configuration: String,
    /// `module::case`.
    case: String,
}

/// What became of a suite.
#[derive(Clone, Debug)]
pub(crate) struct Results {
    pub(crate) name: String,
    /// Where it is: target and module.
    pub(crate) path: String,
    pub(crate) optimization: String,
    pub(crate) declaration: Declaration,
    pub(crate) problem: Option<String>,
    pub(crate) runs: Vec<Run>,
}

/// What became of a case in one configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) configuration: String,
    pub(crate) case: String,
    pub(crate) outcome: Outcome,
}

/// The suites of an executable, each of which is asked what it is.
pub(crate) fn suites_of(executable: &Executable, timeout: Duration) -> Result<Vec<Suite>, Error> {
    let list = |why| Error::List { executable: executable.path.clone(), why };
    let mut command = command(executable, timeout);
    let listing = execute(command.args(["--list", "--format", "terse"]), timeout)
        .map_err(|error| list(error.to_string()))?;
    if let Some(death) = death(&listing, timeout) {
        return Err(list(with_last_words(death.to_string(), &listing.stderr)));
    }
    let tests = tests(&listing.stdout);
    let mut suites = Vec::new();
    for prefix in tests.iter().filter_map(|test| test.strip_suffix(DECLARATION)) {
        if prefix.is_empty() || prefix.ends_with("::") {
            suites.push(
                Suite::ask(executable, prefix, &tests, timeout)
                    .map_err(|error| list(error.to_string()))?,
            );
        }
    }
    Ok(suites)
}

impl Suite {
    fn ask(
        executable: &Executable,
        prefix: &str,
        tests: &[&str],
        timeout: Duration,
    ) -> io::Result<Self> {
        let cases: Vec<_> = tests.iter().filter_map(|test| Test::parse(test, prefix)).collect();
        let answer = run_test(executable, &format!("{prefix}{DECLARATION}"), timeout)?;
        let declaration = Declaration::parse(&answer.stdout);
        let problem = if let Some(death) = death(&answer, timeout) {
            Some(with_last_words(death.to_string(), &answer.stderr))
        } else if declaration.name.is_none() {
            Some(format!("it does not say its name when {REPORT} is set"))
        } else if let Some(other) = declaration.version.as_deref().filter(|it| *it != VERSION) {
            Some(format!(
                "its cases are those of version {other}, and this program is version {VERSION}: \
                 run `cargo install anyrt-conformance@{other}`"
            ))
        } else if cases.is_empty() {
            Some("it has no cases".to_owned())
        } else {
            None
        };
        let (executable, prefix) = (executable.clone(), prefix.to_owned());
        Ok(Self { executable, prefix, cases, declaration, problem })
    }

    /// Where the suite is: target and module.
    pub(crate) fn path(&self) -> String {
        let path = format!("{}::{}", self.executable.target, self.prefix);
        path.trim_end_matches("::").to_owned()
    }

    pub(crate) fn name(&self) -> String {
        self.declaration.name.clone().unwrap_or_else(|| printable(&self.path()))
    }

    /// Runs every case, `jobs` at a time.
    pub(crate) fn run(self, jobs: NonZeroUsize, timeout: Duration, progress: Progress) -> Results {
        let queue = Mutex::new(self.cases.iter().enumerate());
        let worker = || {
            let mut done = Vec::new();
            loop {
                let next = queue.lock().expect("nothing panics while it is locked").next();
                let Some((index, test)) = next else { return done };
                let run = self.run_case(test, timeout);
                progress.count(&run.outcome);
                done.push((index, run));
            }
        };
        let mut runs: Vec<(usize, Run)> = thread::scope(|scope| {
            let workers: Vec<_> =
                (0..jobs.get().min(self.cases.len())).map(|_| scope.spawn(worker)).collect();
            let results = workers.into_iter().map(|worker| worker.join());
            results.flat_map(|runs| runs.expect("a worker does not panic")).collect()
        });
        progress.finish();
        runs.sort_by_key(|(index, _)| *index);
        Results {
            name: self.name(),
            path: self.path(),
            runs: runs.into_iter().map(|(_, run)| run).collect(),
            optimization: self.executable.optimization,
            declaration: self.declaration,
            problem: self.problem,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.cases.len()
    }

    fn run_case(&self, test: &Test, timeout: Duration) -> Run {
        let Test { configuration, case } = test;
        let name = format!("{}{configuration}::{case}", self.prefix);
        let outcome = match run_test(&self.executable, &name, timeout) {
            Ok(execution) => {
                Outcome::of(&execution, timeout, &self.declaration, configuration, case)
            }
            Err(error) => Outcome::Failed { message: format!("could not be started: {error}") },
        };
        Run { configuration: configuration.clone(), case: case.clone(), outcome }
    }
}

impl Test {
    /// Reads `configuration::module::case` behind the prefix of the suite.
    fn parse(test: &str, prefix: &str) -> Option<Self> {
        let (configuration, case) = test.strip_prefix(prefix)?.split_once("::")?;
        let is_case = CONFIGURATIONS.contains(&configuration) && case.matches("::").count() == 1;
        is_case.then(|| Self { configuration: configuration.to_owned(), case: case.to_owned() })
    }
}

fn tests(listing: &str) -> Vec<&str> {
    listing.lines().filter_map(|line| line.strip_suffix(": test")).collect()
}

fn run_test(executable: &Executable, name: &str, timeout: Duration) -> io::Result<Execution> {
    let arguments = ["--exact", name, "--nocapture", "--test-threads=1"];
    execute(command(executable, timeout).args(arguments), timeout)
}

/// As cargo would run it.
fn command(executable: &Executable, timeout: Duration) -> Command {
    let Executable { directory, path, .. } = executable;
    let mut command = Command::new(path);
    command.current_dir(directory).env("CARGO_MANIFEST_DIR", directory).env(REPORT, "1");
    if env::var_os(PATIENCE).is_none() {
        // The suite itself knows where a case hangs, so it is to notice before we do.
        command.env(PATIENCE, (timeout * 2 / 3).as_secs_f64().to_string());
    }
    command
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(60);

    /// A script of this repository: one that a test writes can't be run safely, because another
    /// thread may start a process while it is open for writing.
    fn fake(name: &str) -> Executable {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/anyrt-matrix/fixture");
        let path = directory.join(name);
        Executable { directory, target: "fake".into(), path, optimization: "0".into() }
    }

    fn run(suite: Suite, timeout: Duration) -> Results {
        let jobs = NonZeroUsize::new(3).unwrap();
        suite.run(jobs, timeout, Progress::silent())
    }

    #[test]
    fn suites_are_found_by_their_declarations() {
        let suites = suites_of(&fake("suites.sh"), TIMEOUT).unwrap();
        let found: Vec<_> =
            suites.iter().map(|suite| (suite.name(), suite.path(), suite.len())).collect();
        let expected = [
            ("good".to_owned(), "fake::good".to_owned(), 3),
            ("bad".to_owned(), "fake::nested::bad".to_owned(), 6),
            ("fake::unsound".to_owned(), "fake::unsound".to_owned(), 1),
            ("old".to_owned(), "fake::old".to_owned(), 1),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn results_are_in_the_order_of_the_list() {
        let good = suites_of(&fake("suites.sh"), TIMEOUT).unwrap().remove(0);
        let results = run(good, TIMEOUT);
        assert_eq!(results.problem, None);
        assert_eq!(results.declaration.lacks[0].capability, "keep_alive");
        let expected = [
            ("one_worker", "spawn::a_task_starts_without_being_awaited"),
            ("current_thread", "spawn::a_task_starts_without_being_awaited"),
            ("current_thread", "time::sleeps_are_never_early"),
        ];
        let expected = expected.map(|(configuration, case)| Run {
            configuration: configuration.into(),
            case: case.into(),
            outcome: Outcome::Passed,
        });
        assert_eq!(results.runs, expected);
    }

    #[test]
    fn every_way_to_fail_is_told() {
        let bad = suites_of(&fake("suites.sh"), TIMEOUT).unwrap().remove(1);
        let results = run(bad, Duration::from_secs(5));
        let outcomes: Vec<_> = results.runs.into_iter().map(|run| run.outcome).collect();
        let failed = |message: &str| Outcome::Failed { message: message.into() };
        let expected = [
            failed("left: 1, right: 2"),
            failed("died of SIGABRT; its last words: fatal runtime error"),
            failed("killed after 5 s"),
            failed("ended without a result"),
            Outcome::KnownFailure { reason: "an issue".into(), message: "too early".into() },
            Outcome::KnownFailure { reason: "it dies".into(), message: "died of SIGKILL".into() },
        ];
        assert_eq!(outcomes, expected);
    }

    #[test]
    fn a_declaration_that_fails_is_a_problem() {
        let unsound = suites_of(&fake("suites.sh"), TIMEOUT).unwrap().remove(2);
        let problem = "ended with exit code 101; its last words: `shutdown` is declared twice";
        assert_eq!(run(unsound, TIMEOUT).problem.as_deref(), Some(problem));
    }

    #[test]
    fn cases_of_another_version_are_a_problem() {
        let old = suites_of(&fake("suites.sh"), TIMEOUT).unwrap().remove(3);
        let problem = run(old, TIMEOUT).problem.expect("it knows other cases");
        assert!(problem.starts_with("its cases are those of version 0.0.1, and"), "{problem}");
        assert!(problem.ends_with("run `cargo install anyrt-conformance@0.0.1`"), "{problem}");
    }

    #[test]
    fn an_executable_that_lists_nothing_is_an_error() {
        let error = suites_of(&fake("refuses.sh"), TIMEOUT).unwrap_err().to_string();
        let expected = "refuses.sh` does not list its tests: ended with exit code 2; \
                        its last words: unknown option --list;";
        assert!(error.contains(expected), "{error}");
        let error = suites_of(&fake("not-there.sh"), TIMEOUT).unwrap_err();
        assert!(matches!(error, Error::List { .. }));
    }

    #[test]
    fn only_names_of_three_parts_in_a_configuration_are_cases() {
        let test = |name: &str| Test::parse(name, "a::").map(|test| test.case);
        assert_eq!(test("a::one_worker::spawn::x").as_deref(), Some("spawn::x"));
        for other in [
            "one_worker::spawn::x",
            "a::other::spawn::x",
            "a::one_worker::x",
            "a::b::one_worker::spawn::x",
            "a::one_worker::spawn::x::y",
        ] {
            assert_eq!(test(other), None, "{other}");
        }
        let in_root = Test::parse("default_workers::time::x", "").unwrap();
        assert_eq!(in_root.configuration, "default_workers");
    }
}
