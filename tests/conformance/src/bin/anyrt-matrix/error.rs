//! Why the suites could not be run, or the report not be written.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// None of these says anything about a backend.
#[derive(Debug)]
pub(crate) enum Error {
    Cargo { program: PathBuf, error: io::Error },
    Build(ExitStatus),
    Messages(serde_json::Error),
    List { executable: PathBuf, why: String },
    NoSuite,
    NoSuchSuite { existing: Vec<String> },
    Write { what: PathBuf, error: io::Error },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cargo { program, error } => {
                write!(f, "can't run `{}`: {error}", program.display())
            }
            Self::Build(status) => write!(f, "`cargo test --no-run` failed: {status}"),
            Self::Messages(error) => write!(f, "can't read the messages of cargo: {error}"),
            Self::List { executable, why } => write!(
                f,
                "`{}` does not list its tests: {why}; \
                 if it has no conformance suite, leave it out by arguments for `cargo test`",
                executable.display()
            ),
            Self::NoSuite => f.write_str(
                "no test has a conformance suite; \
                 say by arguments for `cargo test`, after `--`, which packages and features to take",
            ),
            Self::NoSuchSuite { existing } => {
                write!(f, "no suite has such a name; there are {}", existing.join(", "))
            }
            Self::Write { what, error } => write!(f, "can't write {}: {error}", what.display()),
        }
    }
}

impl std::error::Error for Error {}
