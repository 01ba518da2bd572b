//! Runs the conformance suites of a workspace, and reports which backend keeps which guarantee.
//!
//! Each case runs in a process of its own under a watchdog, because a wrong backend may abort or
//! hang the process that it is in. `anyrt-matrix --help` says how to use it, `run` how the suites
//! are found, and `outcome` what they print for this program.
#![forbid(unsafe_code)]

mod arguments;
mod error;

mod cargo;
mod outcome;
mod process;
mod progress;
mod run;

mod guarantees;
mod report;

mod html;
mod markdown;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::fs;
use std::io::{self, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::arguments::{Options, Request, USAGE};
use crate::error::Error;
use crate::html::Page;
use crate::markdown::Markdown;
use crate::progress::Progress;
use crate::report::Report;

fn main() -> ExitCode {
    let options = match arguments::parse(env::args_os().skip(1)) {
        Ok(Request::Run(options)) => options,
        Ok(Request::Help) => {
            let _ = stdout().write_all(USAGE.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(mistake) => {
            complain(&format!("{mistake}\n\n{USAGE}"));
            return ExitCode::from(2);
        }
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let report = match report(&options, &cargo) {
        Ok(report) => report,
        Err(error) => {
            complain(&error);
            return ExitCode::from(2);
        }
    };
    if let Err(error) = publish(&options, &report) {
        complain(&error);
        return ExitCode::from(2);
    }
    ExitCode::from(u8::from(!report.is_success()))
}

/// Unlike `eprintln!`, does not panic where nobody listens.
fn complain(what: &dyn Display) {
    let _ = writeln!(stderr(), "error: {what}");
}

/// Builds and runs the suites.
fn report(options: &Options, cargo: &OsStr) -> Result<Report, Error> {
    let Options { suites: wanted, jobs, timeout, .. } = options;
    let mut suites = Vec::new();
    for executable in cargo::build(cargo, &options.cargo)? {
        suites.extend(run::suites_of(&executable, *timeout)?);
    }
    if suites.is_empty() {
        return Err(Error::NoSuite);
    }
    let existing: Vec<_> = suites.iter().map(run::Suite::name).collect();
    suites.retain(|suite| {
        let is_wanted = |part: &String| suite.name().contains(part) || suite.path().contains(part);
        wanted.is_empty() || wanted.iter().any(is_wanted)
    });
    if suites.is_empty() {
        return Err(Error::NoSuchSuite { existing });
    }
    let mut results = Vec::new();
    for suite in suites {
        let progress = Progress::new(suite.name(), suite.len());
        results.push(suite.run(*jobs, *timeout, progress));
    }
    Ok(Report::new(&results, &report::proofs(), anyrt_core::GUARANTEES))
}

/// Writes the report to where it is wanted.
fn publish(options: &Options, report: &Report) -> Result<(), Error> {
    let markdown = Markdown(report).to_string();
    match &options.markdown {
        Some(file) => write(file, &markdown)?,
        None => match stdout().write_all(markdown.as_bytes()) {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            result => result.map_err(|error| Error::Write {
                what: PathBuf::from("the standard output"),
                error,
            })?,
        },
    }
    options.html.as_deref().map_or(Ok(()), |file| write(file, &Page(report).to_string()))
}

fn write(file: &Path, text: &str) -> Result<(), Error> {
    fs::write(file, text).map_err(|error| Error::Write { what: file.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::time::Duration;

    use super::*;

    fn cargo() -> OsString {
        concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/anyrt-matrix/fixture/cargo.sh").into()
    }

    fn options(suites: &[&str]) -> Options {
        Options {
            jobs: NonZeroUsize::new(4).unwrap(),
            timeout: Duration::from_secs(5),
            suites: suites.iter().map(|suite| suite.to_string()).collect(),
            cargo: vec!["--workspace".into()],
            ..Options::default()
        }
    }

    #[test]
    fn from_cargo_to_the_report() {
        let report = report(&options(&[]), &cargo()).unwrap();
        let names: Vec<_> = report.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["good", "bad", "conformance::unsound", "old"]);
        assert!(!report.is_success());
        assert_eq!(report.verdict(), "Cases fail in 3 of 4 suites.");
        let text = Markdown(&report).to_string();
        assert!(text.contains(" in one\\_worker: killed after 5 s\n"), "{text}");
        assert!(text.contains(
            "1. good lacks keep\\_alive: the threads of the crate `blocking` never end\n"
        ));
    }

    #[test]
    fn only_the_suites_that_are_wanted_run() {
        let report = report(&options(&["goo", "nothing"]), &cargo()).unwrap();
        assert_eq!(report.columns.len(), 1);
        assert!(report.is_success());
    }

    #[test]
    fn a_suite_that_is_not_there_is_an_error() {
        let error = report(&options(&["smol"]), &cargo()).unwrap_err().to_string();
        assert_eq!(
            error,
            "no suite has such a name; there are good, bad, conformance::unsound, old"
        );
        let mut none = options(&[]);
        none.cargo.push("--lib".into());
        assert!(matches!(report(&none, &cargo()), Err(Error::NoSuite)));
    }

    #[test]
    fn a_file_that_can_not_be_written_is_an_error() {
        let file = Some("/there/is/no/such/folder/a".into());
        let options = Options { markdown: file, ..options(&["good"]) };
        let report = report(&options, &cargo()).unwrap();
        assert!(matches!(publish(&options, &report), Err(Error::Write { .. })));
    }
}
