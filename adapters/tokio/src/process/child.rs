//! A child process that was started.

use std::io;
use std::process::{ExitStatus, Output};

use anyrt::process as inner;
use anyrt::signal::unix::{SignalKind, signal_on};
use rustix::io::Errno;

use super::{ChildStderr, ChildStdin, ChildStdout};
use crate::context;
use crate::counted::counted;
use crate::io::gone;

/// A child process; made by [`Command::spawn`](super::Command::spawn).
///
/// It runs on when this is dropped, unless [`kill_on_drop`](super::Command::kill_on_drop) was set.
#[derive(Debug)]
pub struct Child {
    child: inner::Child,
    /// What the child reads from its standard input, if that was piped. It reads the end when this is dropped.
    pub stdin: Option<ChildStdin>,
    /// What the child writes to its standard output, if that was piped.
    pub stdout: Option<ChildStdout>,
    /// What the child writes to its standard error, if that was piped.
    pub stderr: Option<ChildStderr>,
}

impl Child {
    pub(super) fn new(mut child: inner::Child) -> Self {
        Self {
            stdin: child.stdin.take().map(ChildStdin::new),
            stdout: child.stdout.take().map(ChildStdout::new),
            stderr: child.stderr.take().map(ChildStderr::new),
            child,
        }
    }

    /// The number of the process; none when it is known to have ended, for then another process may have the number.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Kills the child with SIGKILL, and does not wait for its end. One that is known to have ended is left alone.
    ///
    /// # Errors
    ///
    /// What the system says; that there is no such process, if somebody else has reaped it.
    pub fn start_kill(&mut self) -> io::Result<()> {
        match self.id() {
            // It is there no more: somebody else has reaped it.
            Some(_) => self.child.start_kill().map_err(|error| match error.kind() {
                io::ErrorKind::InvalidInput => Errno::SRCH.into(),
                _ => error,
            }),
            None => Ok(()),
        }
    }

    /// Kills the child with SIGKILL, and waits until it has ended.
    ///
    /// # Errors
    ///
    /// As [`start_kill`](Self::start_kill) and [`wait`](Self::wait).
    pub async fn kill(&mut self) -> io::Result<()> {
        self.start_kill()?;
        self.wait().await.map(drop)
    }

    /// Waits until the child has ended, and says how. May be called again, and says the same then.
    ///
    /// Its standard input is closed first, as far as [`stdin`](Self::stdin) is still in here, so that a child that reads it to
    /// the end does not wait for the parent which waits for it.
    ///
    /// Cancel safe, but for the standard input, which stays closed.
    ///
    /// # Errors
    ///
    /// Somebody else has reaped the child.
    ///
    /// # Panics
    ///
    /// If the runtime that the child was started in has ended, and the thread is not inside of another one.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.stdin = None;
        match counted(self.child.wait()).await {
            Err(error) if anyrt::is_runtime_gone(&error) => wait_here(&mut self.child).await,
            result => result,
        }
    }

    /// How the child has ended, if it has. The standard input stays as it is, and nobody is woken when it ends.
    ///
    /// # Errors
    ///
    /// Somebody else has reaped the child.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits until the child has ended and closed its standard output and error, and returns what it wrote there, as far as
    /// they were piped and are still in here. Its standard input is closed first.
    ///
    /// Both are read at once, and so the child does not get stuck in one of them.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and those of the pipes.
    pub async fn wait_with_output(mut self) -> io::Result<Output> {
        self.stdin = None;
        self.child.stdout = self.stdout.take().map(ChildStdout::into_inner);
        self.child.stderr = self.stderr.take().map(ChildStderr::into_inner);
        if self.child.stdout.is_none() && self.child.stderr.is_none() {
            // In whichever runtime that can be, as no pipe belongs to one.
            let status = self.wait().await?;
            return Ok(Output { status, stdout: Vec::new(), stderr: Vec::new() });
        }
        self.child.wait_with_output().await.map_err(gone::as_tokio_says)
    }
}

/// Waits in the runtime that the thread is inside: that which watched the child has ended.
async fn wait_here(child: &mut inner::Child) -> io::Result<ExitStatus> {
    let runtime = context::with_io();
    let mut ended = signal_on(&runtime, SignalKind::child()).map_err(gone::as_tokio_says)?;
    loop {
        // It listens already, so that an end after this look is told.
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if ended.recv().await.is_none() {
            // Nobody watches the child any more.
            return Err(gone::shutting_down());
        }
    }
}
