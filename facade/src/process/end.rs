//! The end of a child, awaited.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, ExitStatus};

use anyrt_core::backend::runtime_gone;
use anyrt_core::{Attempt, Interest, Reactor, Registration as _};
use rustix::process::{Pid, Signal, kill_process};

use self::descriptor::of_process;
use crate::Handle;
use crate::reactor::Registration;
use crate::signal::unix::{self, SignalKind, signal_on};

/// A child that nobody has reaped yet, so that its number stands for no other process.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    runtime: Handle,
    end: End,
}

/// What tells that the child may have ended.
#[derive(Debug)]
enum End {
    /// It is readable when the child has ended.
    Descriptor(Registration<OwnedFd>),
    /// SIGCHLD, which tells that some child of the process has.
    Signal(unix::Signal),
    /// Nothing: there is no such process any more, because the system reaps children itself where SIGCHLD is ignored.
    Unknown,
}

impl Running {
    /// # Errors
    /// The runtime is gone, or the system has no descriptors left. The child goes on.
    pub(super) fn watch(runtime: &Handle, child: Child) -> Result<Self, (io::Error, Child)> {
        match End::of(runtime, &child) {
            Ok(end) => Ok(Self { child, runtime: runtime.clone(), end }),
            Err(error) => Err((error, child)),
        }
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn kill(&mut self) -> io::Result<()> {
        self.send(Signal::KILL)
    }

    pub(super) fn send_signal(&self, signal: SignalKind) -> io::Result<()> {
        let number = signal.as_raw_value();
        let signal = Signal::from_named_raw(number).ok_or_else(|| {
            let message = format!("the system has no name for a signal {number}");
            io::Error::new(io::ErrorKind::InvalidInput, message)
        })?;
        self.send(signal)
    }

    fn send(&self, signal: Signal) -> io::Result<()> {
        let by_descriptor = match &self.end {
            // Whoever else has reaped the child, its number may be another process's by now; the descriptor is not.
            End::Descriptor(descriptor) => descriptor::send(descriptor.source(), signal),
            End::Signal(_) => None,
            End::Unknown => return Err(has_ended()),
        };
        by_descriptor.unwrap_or_else(|| Ok(kill_process(Pid::from_child(&self.child), signal)?))
    }

    pub(super) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let Self { child, end, .. } = self;
        match end {
            End::Descriptor(descriptor) => {
                let try_wait = |_: &OwnedFd| {
                    let status = child.try_wait()?.ok_or(io::ErrorKind::WouldBlock)?;
                    Ok(Attempt::Done(status))
                };
                descriptor.io(Interest::Readable, try_wait).await
            }
            End::Signal(signal) => loop {
                // It listens already, so that an end after this look is told.
                if let Some(status) = child.try_wait()? {
                    return Ok(status);
                }
                signal.recv().await.ok_or_else(runtime_gone)?;
            },
            // It does not block, for there is nothing to wait for.
            End::Unknown => child.wait(),
        }
    }

    pub(super) fn into_child(self) -> Child {
        self.child
    }
}

/// Why there is nothing to be killed.
pub(super) fn has_ended() -> io::Error {
    let message = "the process has ended: there is nothing to be killed";
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

impl End {
    fn of(runtime: &Handle, child: &Child) -> io::Result<Self> {
        match of_process(child) {
            // It is in blocking mode, which no operation on it heeds: nobody reads it.
            Ok(Some(descriptor)) => runtime.register_nonblocking(descriptor).map(Self::Descriptor),
            Ok(None) => Ok(Self::Unknown),
            // An old kernel, a sandbox, or no descriptor left, which the other way may need less of.
            Err(_) => signal_on(runtime, SignalKind::child()).map(Self::Signal),
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod descriptor {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::process::Child;

    use rustix::io::Errno;
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

    /// A descriptor of the child, if there is such a process: there is until somebody has reaped it.
    pub(super) fn of_process(child: &Child) -> io::Result<Option<OwnedFd>> {
        match pidfd_open(Pid::from_child(child), PidfdFlags::empty()) {
            Ok(descriptor) => Ok(Some(descriptor)),
            Err(Errno::SRCH) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// `None` where the system has no such way, or forbids it.
    pub(super) fn send(child: &OwnedFd, signal: Signal) -> Option<io::Result<()>> {
        match pidfd_send_signal(child, signal) {
            Ok(()) => Some(Ok(())),
            Err(Errno::SRCH) => Some(Err(super::has_ended())),
            Err(_) => None,
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod descriptor {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::process::Child;

    use rustix::process::Signal;

    /// There are none.
    pub(super) fn of_process(_: &Child) -> io::Result<Option<OwnedFd>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// There is no such way.
    pub(super) fn send(_: &OwnedFd, _: Signal) -> Option<io::Result<()>> {
        None
    }
}
