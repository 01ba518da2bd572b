//! The test executables of a workspace, which cargo builds and names.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::error::Error;

/// A program with tests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Executable {
    /// Of its package; cargo runs tests there.
    pub(crate) directory: PathBuf,
    /// The name of the target: for an integration test, that of its file.
    pub(crate) target: String,
    pub(crate) path: PathBuf,
    /// The optimization level that it was compiled with.
    pub(crate) optimization: String,
}

/// Builds the tests, but does not run them; what the compiler has to say goes to our standard error.
pub(crate) fn build(cargo: &OsStr, arguments: &[OsString]) -> Result<Vec<Executable>, Error> {
    let output = Command::new(cargo)
        // Diagnostics are for people even here: without this they would be JSON on the standard output.
        .args(["test", "--no-run", "--message-format=json-render-diagnostics"])
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Error::Cargo { program: cargo.into(), error })?;
    if !output.status.success() {
        return Err(Error::Build(output.status));
    }
    executables(&String::from_utf8_lossy(&output.stdout)).map_err(Error::Messages)
}

/// Sorted: cargo names them in the order in which they happen to be finished.
fn executables(messages: &str) -> Result<Vec<Executable>, serde_json::Error> {
    let mut executables = Vec::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        executables.extend(executable(&serde_json::from_str(line)?));
    }
    executables.sort();
    executables.dedup();
    Ok(executables)
}

fn executable(message: &Value) -> Option<Executable> {
    let text = |pointer: &str| message.pointer(pointer)?.as_str().map(str::to_owned);
    let is_test = text("/reason")? == "compiler-artifact"
        && message.pointer("/profile/test")?.as_bool() == Some(true);
    if !is_test {
        return None;
    }
    let mut directory = PathBuf::from(text("/manifest_path")?);
    directory.pop();
    Some(Executable {
        directory,
        target: text("/target/name")?,
        path: text("/executable")?.into(),
        optimization: text("/profile/opt_level").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executables_of_tests_are_found_among_other_messages() {
        let messages = r#"
            not JSON
{"reason":"compiler-artifact","manifest_path":"/w/Cargo.toml","target":{"name":"z"},"profile":{"opt_level":"3","test":true},"executable":"/t/z-1"}
{"reason":"compiler-artifact","manifest_path":"/w/Cargo.toml","target":{"name":"library"},"profile":{"opt_level":"0","test":false},"executable":null}
{"reason":"compiler-artifact","manifest_path":"/w/Cargo.toml","target":{"name":"example"},"profile":{"opt_level":"0","test":false},"executable":"/t/example"}
{"reason":"compiler-artifact","manifest_path":"/w/Cargo.toml","target":{"name":"a"},"profile":{"opt_level":"0","test":true},"executable":"/t/a-2"}
{"reason":"build-finished","success":true}
"#;
        let found = executables(messages).unwrap();
        let expected = [("a", "/t/a-2", "0"), ("z", "/t/z-1", "3")];
        let expected = expected.map(|(target, path, optimization)| Executable {
            directory: "/w".into(),
            target: target.into(),
            path: path.into(),
            optimization: optimization.into(),
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn a_broken_message_is_an_error() {
        assert!(executables("{\"reason\":").is_err());
    }

    #[test]
    fn a_build_that_fails_is_an_error() {
        assert!(matches!(build(OsStr::new("false"), &[]), Err(Error::Build(_))));
        assert!(matches!(build(OsStr::new("/no/such/cargo"), &[]), Err(Error::Cargo { .. })));
    }
}
