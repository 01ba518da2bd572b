//! Which signal it is.

use std::ffi::c_int;

use super::inner;

/// Which signal to listen for.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub struct SignalKind(c_int);

impl SignalKind {
    /// The signal of this number, for those that have no constructor here.
    pub const fn from_raw(signum: c_int) -> Self {
        Self(signum)
    }

    /// The number that the system has for it.
    pub const fn as_raw_value(&self) -> c_int {
        self.0
    }

    /// SIGALRM: a timer of the system's has expired. Ends the process by default.
    pub const fn alarm() -> Self {
        Self::new(inner::SignalKind::alarm())
    }

    /// SIGCHLD: a child process has ended, stopped or gone on. Ignored by default.
    pub const fn child() -> Self {
        Self::new(inner::SignalKind::child())
    }

    /// SIGHUP: the terminal is gone. Ends the process by default.
    pub const fn hangup() -> Self {
        Self::new(inner::SignalKind::hangup())
    }

    /// SIGINFO: somebody at the terminal asks how it goes. Ignored by default.
    #[cfg(any(
        target_os = "dragonfly",
        target_os = "freebsd",
        target_os = "macos",
        target_os = "netbsd",
        target_os = "openbsd"
    ))]
    pub const fn info() -> Self {
        Self::new(inner::SignalKind::info())
    }

    /// SIGINT: Ctrl-C at the terminal. Ends the process by default.
    pub const fn interrupt() -> Self {
        Self::new(inner::SignalKind::interrupt())
    }

    /// SIGIO: a descriptor is ready, for those who have asked for this signal. Ignored or deadly by default.
    pub const fn io() -> Self {
        Self::new(inner::SignalKind::io())
    }

    /// SIGPIPE: the process wrote to a pipe or a socket that nobody reads. Rust's programs ignore it.
    pub const fn pipe() -> Self {
        Self::new(inner::SignalKind::pipe())
    }

    /// SIGQUIT: Ctrl-\ at the terminal. Ends the process by default, with a dump of its memory.
    pub const fn quit() -> Self {
        Self::new(inner::SignalKind::quit())
    }

    /// SIGTERM: the process is to end, as `kill` says it. Ends the process by default.
    pub const fn terminate() -> Self {
        Self::new(inner::SignalKind::terminate())
    }

    /// SIGUSR1, which means what the program says. Ends the process by default.
    pub const fn user_defined1() -> Self {
        Self::new(inner::SignalKind::user_defined1())
    }

    /// SIGUSR2, which means what the program says. Ends the process by default.
    pub const fn user_defined2() -> Self {
        Self::new(inner::SignalKind::user_defined2())
    }

    /// SIGWINCH: the window of the terminal has another size. Ignored by default.
    pub const fn window_change() -> Self {
        Self::new(inner::SignalKind::window_change())
    }

    const fn new(kind: inner::SignalKind) -> Self {
        Self(kind.as_raw_value())
    }

    pub(super) const fn into_inner(self) -> inner::SignalKind {
        inner::SignalKind::from_raw(self.0)
    }
}

impl From<c_int> for SignalKind {
    fn from(signum: c_int) -> Self {
        Self::from_raw(signum)
    }
}

impl From<SignalKind> for c_int {
    fn from(kind: SignalKind) -> Self {
        kind.as_raw_value()
    }
}
