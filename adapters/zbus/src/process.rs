//! Programs that zbus talks to.

use std::io;
use std::process::{Command, ExitStatus, Stdio};

use anyrt_facade::Backend;

/// Starts a program, and waits on a thread for blocking closures until it has exited: each backend has these.
///
/// The wait goes on where the future is dropped (B1), so that no process is left behind.
///
/// # Errors
/// The program can't be started; of the future, those of the wait.
pub(crate) fn spawn<R: Backend>(
    runtime: &R,
    mut command: Command,
    [stdin, stdout, stderr]: [Stdio; 3],
) -> io::Result<impl Future<Output = io::Result<ExitStatus>> + Send + use<R>> {
    let child = command.stdin(stdin).stdout(stdout).stderr(stderr).spawn();
    // It has the streams as well, whose ends others wait for.
    drop(command);
    let mut child = child?;
    let exit = runtime.spawn_blocking(move || child.wait());
    Ok(async move { exit.await? })
}
