//! Load by `h2load`, of nghttp2.

use std::io;
use std::process::Command;

use crate::left_out;

/// Runs it with these arguments, and checks that `requests` have succeeded and none has failed; false, said aloud, where it is not
/// installed.
///
/// # Panics
/// A request fails.
pub fn succeeds(requests: usize, arguments: &[&str]) -> bool {
    let output =
        Command::new("h2load").args(["--requests", &requests.to_string()]).args(arguments).output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            left_out("h2load is not installed");
            return false;
        }
        Err(error) => panic!("h2load can't be started: {error}"),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let told = format!("{requests} succeeded, 0 failed, 0 errored, 0 timeout");
    let codes = format!("status codes: {requests} 2xx,");
    assert!(text.contains(&told) && text.contains(&codes), "{arguments:?}: {text}");
    true
}
