//! A child process that was started.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::process::{self, ExitStatus, Output};
use std::task::{Context, Poll};

use super::end::{Running, has_ended};
use super::orphans;
use super::pipe::{ChildStderr, ChildStdin, ChildStdout, read_to_end};
use crate::Handle;
use crate::signal::unix::SignalKind;

/// A child process; made by [`Command::spawn`](super::Command::spawn).
///
/// It runs on when this is dropped, unless [`kill_on_drop`](super::Command::kill_on_drop) was set, and leaves no zombie: see the
/// [module](super#what-comes-of-a-child-whose-handle-is-dropped). It belongs to the runtime that it was started on, as a socket
/// does.
///
/// ```
/// use anyrt::process::Command;
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut child = Command::new("true").spawn()?;
/// assert!(child.id().is_some());
/// assert!(child.wait().await?.success());
/// assert_eq!(child.id(), None); // the number may be that of another process now
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Child {
    /// What the child reads from its standard input, if that was [piped](super::Command::stdin). It reads the end when this is
    /// dropped.
    pub stdin: Option<ChildStdin>,
    /// What the child writes to its standard output, if that was [piped](super::Command::stdout).
    pub stdout: Option<ChildStdout>,
    /// What the child writes to its standard error, if that was [piped](super::Command::stderr).
    pub stderr: Option<ChildStderr>,
    // Without a destructor of its own, so that the fields may be moved out.
    state: State,
}

impl Child {
    /// Takes over what the standard library has started. If that fails, the child is killed.
    pub(super) fn adopt(
        runtime: &Handle,
        mut child: process::Child,
        kill_on_drop: bool,
    ) -> io::Result<Self> {
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let running = Running::watch(runtime, child).map_err(|(error, mut child)| {
            // It may have ended, and there is nothing else to be done about it.
            let _ = child.kill();
            orphans::reap_killed(runtime, child);
            error
        })?;
        let mut state = State { running: Some(running), status: None, kill_on_drop: true };
        let stdin = stdin.map(|pipe| ChildStdin::from_std_on(runtime, pipe)).transpose()?;
        let stdout = stdout.map(|pipe| ChildStdout::from_std_on(runtime, pipe)).transpose()?;
        let stderr = stderr.map(|pipe| ChildStderr::from_std_on(runtime, pipe)).transpose()?;
        state.kill_on_drop = kill_on_drop;
        Ok(Self { stdin, stdout, stderr, state })
    }

    /// The number of the process; none when it is known to have ended, for then another process may have the number.
    pub fn id(&self) -> Option<u32> {
        self.state.running.as_ref().map(Running::id)
    }

    /// Waits until the child has ended, and says how.
    ///
    /// Its standard input is closed first, as far as [`stdin`](Self::stdin) is still in here, so that a child that reads it to the
    /// end does not wait for the parent which waits for it. May be called again, and says the same then.
    ///
    /// Cancel safe, but for the standard input, which stays closed.
    ///
    /// ```
    /// use std::process::Stdio;
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("cat").stdin(Stdio::piped()).spawn()?;
    /// assert!(child.wait().await?.success());
    /// assert!(child.wait().await?.success());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The runtime is gone (see [`is_runtime_gone`](crate::is_runtime_gone)): [`try_wait`](Self::try_wait) still works. Or somebody
    /// else has reaped the child, or the process ignores SIGCHLD, so that the system does.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.stdin = None;
        self.state.wait().await
    }

    /// How the child has ended, if it has. The standard input stays as it is.
    ///
    /// ```
    /// use std::process::Stdio;
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("cat").stdin(Stdio::piped()).spawn()?;
    /// assert!(child.try_wait()?.is_none()); // it reads
    /// drop(child.stdin.take());
    /// let status = child.wait().await?;
    /// assert_eq!(child.try_wait()?, Some(status));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Somebody else has reaped the child.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.state.try_wait()
    }

    /// Waits until the child has ended and closed its standard output and error, and returns what it wrote there, as far as they
    /// were piped and are still in here. Its standard input is closed first.
    ///
    /// Both are read at once, and so the child does not get stuck in one of them. A process that inherited one of them from the
    /// child has to close it too.
    ///
    /// Not cancel safe: the handle goes with the future, and what was read is lost.
    ///
    /// ```
    /// use std::process::Stdio;
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let child = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
    /// let output = child.wait_with_output().await?;
    /// assert_eq!(output.stdout, b"hello\n");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`wait`](Self::wait), and those of the pipes.
    pub async fn wait_with_output(mut self) -> io::Result<Output> {
        let (out, err) = (self.stdout.take(), self.stderr.take());
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let status = {
            let reads_out = read_to_end(out.as_ref().map(|end| &end.pipe), &mut stdout);
            let reads_err = read_to_end(err.as_ref().map(|end| &end.pipe), &mut stderr);
            try_join(self.wait(), reads_out, reads_err).await?
        };
        Ok(Output { status, stdout, stderr })
    }

    /// Kills the child with SIGKILL, and does not wait for its end.
    ///
    /// ```
    /// use std::os::unix::process::ExitStatusExt;
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("sleep").arg("1000").spawn()?;
    /// child.start_kill()?;
    /// assert_eq!(child.wait().await?.signal(), Some(9));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` if it is known to have ended; otherwise what the system says.
    pub fn start_kill(&mut self) -> io::Result<()> {
        match &mut self.state.running {
            Some(running) => running.kill(),
            None => Err(has_ended()),
        }
    }

    /// Sends the child a signal, as `kill` does.
    ///
    /// ```
    /// use std::os::unix::process::ExitStatusExt;
    /// use anyrt::{process::Command, signal::unix::SignalKind};
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("sleep").arg("1000").spawn()?;
    /// child.send_signal(SignalKind::terminate())?;
    /// assert_eq!(child.wait().await?.signal(), Some(15));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` if it is known to have ended, or if the system has no name for the signal; otherwise what the system says.
    pub fn send_signal(&self, signal: SignalKind) -> io::Result<()> {
        match &self.state.running {
            Some(running) => running.send_signal(signal),
            None => Err(has_ended()),
        }
    }

    /// Kills the child with SIGKILL, and waits until it has ended.
    ///
    /// Cancel safe: the child is killed by the first poll, and is to be [waited](Self::wait) for.
    ///
    /// ```
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("sleep").arg("1000").spawn()?;
    /// child.kill().await?;
    /// assert!(child.try_wait()?.is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`start_kill`](Self::start_kill) and [`wait`](Self::wait).
    pub async fn kill(&mut self) -> io::Result<()> {
        self.start_kill()?;
        self.wait().await.map(drop)
    }
}

/// Whether the child runs, as far as this process knows.
#[derive(Debug)]
struct State {
    running: Option<Running>,
    /// Of one that does not.
    status: Option<ExitStatus>,
    kill_on_drop: bool,
}

impl State {
    async fn wait(&mut self) -> io::Result<ExitStatus> {
        if let Some(running) = &mut self.running {
            orphans::adopt(running.runtime());
            let status = running.wait().await?;
            self.end(status);
        }
        self.known()
    }

    fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if let Some(running) = &mut self.running {
            let Some(status) = running.try_wait()? else { return Ok(None) };
            self.end(status);
        }
        self.known().map(Some)
    }

    fn end(&mut self, status: ExitStatus) {
        self.status = Some(status);
        self.running = None;
    }

    fn known(&self) -> io::Result<ExitStatus> {
        self.status
            .ok_or_else(|| io::Error::other("the child is gone, and nobody knows how it ended"))
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        // It is the parent's, and none of a child that the parent forked.
        if self.kill_on_drop && !running.runtime().is_left_behind() {
            // Either it is killed, or it has ended already.
            let _ = running.kill();
        }
        orphans::reap(running);
    }
}

/// What the first one is ready with, when all three are; the first error ends it.
async fn try_join<T>(
    first: impl Future<Output = io::Result<T>>,
    second: impl Future<Output = io::Result<()>>,
    third: impl Future<Output = io::Result<()>>,
) -> io::Result<T> {
    let (mut first, mut second, mut third) = (pin!(first), pin!(second), pin!(third));
    let (mut one, mut two, mut three) = (None, None, None);
    poll_fn(move |cx| {
        poll_into(first.as_mut(), &mut one, cx)?;
        poll_into(second.as_mut(), &mut two, cx)?;
        poll_into(third.as_mut(), &mut three, cx)?;
        if two.is_none() || three.is_none() {
            return Poll::Pending;
        }
        one.take().map_or(Poll::Pending, |value| Poll::Ready(Ok(value)))
    })
    .await
}

/// Polls a future that has not been ready yet.
fn poll_into<T>(
    future: Pin<&mut impl Future<Output = io::Result<T>>>,
    value: &mut Option<T>,
    cx: &mut Context<'_>,
) -> io::Result<()> {
    if value.is_none() {
        if let Poll::Ready(result) = future.poll(cx) {
            *value = Some(result?);
        }
    }
    Ok(())
}
