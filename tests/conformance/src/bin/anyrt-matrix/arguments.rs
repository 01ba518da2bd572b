//! What the program is asked to do.

use std::ffi::OsString;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

pub(crate) const USAGE: &str = "\
Runs the conformance suites of a workspace, each case in a process of its own, and reports which
backend keeps which guarantee of anyrt.

Usage: anyrt-matrix [OPTIONS] [-- CARGO-TEST-ARGUMENTS]

Options:
  --html FILE         write a page that stands by itself
  --markdown FILE     write the report there instead of to the standard output
  --jobs N            how many cases run at a time [default: the number of processors]
  --timeout SECONDS   how long a case may take before it is killed [default: 90]
  --suite SUBSTRING   only suites whose name or path contains this; may be repeated
  --help              say this

Exit status: 0 if nothing fails, 1 if a case fails, 2 if the suites could not be run.

Examples:
  anyrt-matrix -- --test suite                                       a backend with its suite in tests/suite.rs
  anyrt-matrix --html matrix.html -- --workspace --all-features      all suites of a workspace
";

const TIMEOUT: Duration = Duration::from_secs(90);

/// What the command line says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Help,
    Run(Options),
}

/// How to run the suites, and where the report goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) html: Option<PathBuf>,
    /// The standard output without one.
    pub(crate) markdown: Option<PathBuf>,
    pub(crate) jobs: NonZeroUsize,
    pub(crate) timeout: Duration,
    /// Parts of names of suites; all of them if there is none.
    pub(crate) suites: Vec<String>,
    /// For `cargo test`.
    pub(crate) cargo: Vec<OsString>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            html: None,
            markdown: None,
            jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            timeout: TIMEOUT,
            suites: Vec::new(),
            cargo: Vec::new(),
        }
    }
}

/// Reads the arguments, without the name of the program.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, Mistake> {
    let mut arguments = arguments.into_iter();
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        let Some(argument) = argument.to_str() else { return Err(unknown(argument)) };
        let (name, attached) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(OsString::from(value))),
            None => (argument, None),
        };
        let mut value = || {
            let value = attached.clone().or_else(|| arguments.next());
            value.ok_or_else(|| Mistake(format!("`{name}` needs a value")))
        };
        match name {
            "--html" => options.html = Some(value()?.into()),
            "--markdown" => options.markdown = Some(value()?.into()),
            "--jobs" => options.jobs = jobs(&text(name, value()?)?)?,
            "--timeout" => options.timeout = timeout(&text(name, value()?)?)?,
            "--suite" => options.suites.push(text(name, value()?)?),
            "--help" | "-h" if attached.is_none() => return Ok(Request::Help),
            "--" if attached.is_none() => {
                options.cargo = arguments.collect();
                break;
            }
            _ => return Err(unknown(argument.into())),
        }
    }
    Ok(Request::Run(options))
}

/// The arguments make no sense.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake(String);

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mistake {}

fn unknown(argument: OsString) -> Mistake {
    let argument = argument.to_string_lossy();
    Mistake(format!("unknown argument `{argument}`; those for `cargo test` come after `--`"))
}

fn text(name: &str, value: OsString) -> Result<String, Mistake> {
    value.into_string().map_err(|_| Mistake(format!("the value of `{name}` is not unicode")))
}

fn jobs(value: &str) -> Result<NonZeroUsize, Mistake> {
    value.parse().map_err(|_| Mistake(format!("`--jobs` needs a positive number, not `{value}`")))
}

fn timeout(value: &str) -> Result<Duration, Mistake> {
    let seconds = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|timeout| !timeout.is_zero()).ok_or_else(|| {
        Mistake(format!("`--timeout` needs a positive number of seconds, not `{value}`"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_all(arguments: &[&str]) -> Result<Request, String> {
        parse(arguments.iter().map(OsString::from)).map_err(|mistake| mistake.to_string())
    }

    #[test]
    fn without_arguments_everything_runs_and_the_report_is_printed() {
        assert_eq!(parse_all(&[]), Ok(Request::Run(Options::default())));
    }

    #[test]
    fn every_option_is_understood_and_the_rest_is_for_cargo() {
        let given = "--html=a.html --markdown b.md --jobs 3 --timeout 1.5 --suite smol --suite=async \
                     -- --workspace -- --help";
        let expected = Options {
            html: Some("a.html".into()),
            markdown: Some("b.md".into()),
            jobs: NonZeroUsize::new(3).unwrap(),
            timeout: Duration::from_millis(1500),
            suites: vec!["smol".into(), "async".into()],
            cargo: vec!["--workspace".into(), "--".into(), "--help".into()],
        };
        let given: Vec<_> = given.split_whitespace().collect();
        assert_eq!(parse_all(&given), Ok(Request::Run(expected)));
    }

    #[test]
    fn help_is_given_before_anything_else_happens() {
        assert_eq!(parse_all(&["--jobs", "2", "--help"]), Ok(Request::Help));
        assert_eq!(parse_all(&["-h"]), Ok(Request::Help));
    }

    #[test]
    fn mistakes_are_named() {
        let cases: [(&[&str], &str); 8] = [
            (&["--workspace"], "unknown argument `--workspace`; those for `cargo test` come after"),
            (&["--=x"], "unknown argument `--=x`"),
            (&["--html"], "`--html` needs a value"),
            (&["--jobs", "0"], "`--jobs` needs a positive number, not `0`"),
            (&["--jobs", "many"], "`--jobs` needs a positive number, not `many`"),
            (&["--timeout", "0"], "`--timeout` needs a positive number of seconds, not `0`"),
            (&["--timeout=-1"], "`--timeout` needs a positive number of seconds, not `-1`"),
            (&["--timeout", "inf"], "`--timeout` needs a positive number of seconds, not `inf`"),
        ];
        for (arguments, expected) in cases {
            let mistake = parse_all(arguments).unwrap_err();
            assert!(mistake.starts_with(expected), "{arguments:?} is answered by {mistake:?}");
        }
    }
}
