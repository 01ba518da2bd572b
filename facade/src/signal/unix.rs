//! Signals of Unix by kind.

use std::ffi::c_int;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use anyrt_core::Current;
use futures_core::Stream;
use rustix::process::Signal as Number;

use super::kind::{Kind, Position};
use super::watch::Watch;
use crate::{Handle, task};

/// Which signal to listen for.
///
/// ```
/// use anyrt::signal::unix::SignalKind;
///
/// assert_eq!(SignalKind::from(2), SignalKind::interrupt());
/// ```
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub struct SignalKind(c_int);

impl SignalKind {
    /// The signal of this number, for those that have no constructor here.
    ///
    /// ```
    /// use anyrt::signal::unix::SignalKind;
    ///
    /// // The first of Linux' real-time signals that are free for use.
    /// let kind = SignalKind::from_raw(34);
    /// assert_eq!(kind.as_raw_value(), 34);
    /// ```
    pub const fn from_raw(signum: c_int) -> Self {
        Self(signum)
    }

    /// The number that the system has for it.
    pub const fn as_raw_value(&self) -> c_int {
        self.0
    }

    /// SIGALRM: a timer of the system's has expired. Ends the process by default.
    pub const fn alarm() -> Self {
        Self(Number::ALARM.as_raw())
    }

    /// SIGCHLD: a child process has ended, stopped or gone on. Ignored by default.
    pub const fn child() -> Self {
        Self(Number::CHILD.as_raw())
    }

    /// SIGHUP: the terminal is gone; to daemons it says that they shall read their configuration anew. Ends the
    /// process by default.
    pub const fn hangup() -> Self {
        Self(Number::HUP.as_raw())
    }

    /// SIGINFO: somebody at the terminal asks how it goes. Ignored by default.
    #[cfg(any(
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "dragonfly",
        target_os = "netbsd",
        target_os = "openbsd"
    ))]
    pub const fn info() -> Self {
        Self(Number::INFO.as_raw())
    }

    /// SIGINT: Ctrl-C at the terminal. Ends the process by default.
    pub const fn interrupt() -> Self {
        Self(Number::INT.as_raw())
    }

    /// SIGIO: a descriptor is ready, for those who have asked for this signal. Ends the process by default, or is ignored.
    pub const fn io() -> Self {
        Self(Number::IO.as_raw())
    }

    /// SIGPIPE: the process wrote to a pipe or a socket that nobody reads. Rust's programs ignore it, and are told
    /// by an error.
    pub const fn pipe() -> Self {
        Self(Number::PIPE.as_raw())
    }

    /// SIGQUIT: Ctrl-\ at the terminal. Ends the process by default, with a dump of its memory.
    pub const fn quit() -> Self {
        Self(Number::QUIT.as_raw())
    }

    /// SIGTERM: the process is to end, as `kill` says it. Ends the process by default.
    pub const fn terminate() -> Self {
        Self(Number::TERM.as_raw())
    }

    /// SIGUSR1, which means what the program says. Ends the process by default.
    pub const fn user_defined1() -> Self {
        Self(Number::USR1.as_raw())
    }

    /// SIGUSR2, which means what the program says. Ends the process by default.
    pub const fn user_defined2() -> Self {
        Self(Number::USR2.as_raw())
    }

    /// SIGWINCH: the window of the terminal has another size. Ignored by default.
    pub const fn window_change() -> Self {
        Self(Number::WINCH.as_raw())
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

/// Listens for a signal from now on.
///
/// ```
/// use anyrt::signal::unix::{SignalKind, signal};
/// use rustix::process::{Signal, getpid, kill_process};
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut hangups = signal(SignalKind::hangup())?;
/// kill_process(getpid(), Signal::HUP)?; // as `kill -HUP` does
/// hangups.recv().await;
/// println!("the configuration is read anew");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `InvalidInput` for what nobody can listen for: SIGKILL, SIGSTOP, SIGILL, SIGFPE, SIGSEGV and what is no signal.
/// Otherwise the system has no descriptors left; the default runtime can't be started.
///
/// # Panics
/// No backend is compiled in.
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    signal_on(&Handle::clone(&Handle::here()?), kind)
}

/// Listens for a signal from now on; `runtime` wakes who waits for it.
///
/// ```
/// use anyrt::signal::unix::{SignalKind, signal_on};
/// use rustix::process::{Signal, getpid, kill_process};
///
/// let runtime = anyrt::Runtime::new()?;
/// let mut signal = signal_on(runtime.handle(), SignalKind::user_defined1())?;
/// kill_process(getpid(), Signal::USR1)?;
/// assert_eq!(runtime.block_on(signal.recv()), Some(()));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// As [`signal`], or the runtime is gone.
pub fn signal_on(runtime: &Handle, kind: SignalKind) -> io::Result<Signal> {
    listen(runtime, kind, Kind::listen)
}

/// [`signal_on`] as tokio has it, for what stands in its place: a signal that was raised before, and that no runtime has looked at
/// yet, is for this listener as well.
#[doc(hidden)]
pub fn signal_with_pending_on(runtime: &Handle, kind: SignalKind) -> io::Result<Signal> {
    listen(runtime, kind, Kind::listen_with_pending)
}

fn listen(
    runtime: &Handle,
    kind: SignalKind,
    position: impl FnOnce(&Kind) -> Position,
) -> io::Result<Signal> {
    let number = kind.0;
    // What may fail comes first, because a handler stays. Then the flag before the bell: see `Kind`.
    anyrt_signal::check(number)?;
    let watch = Watch::of(runtime)?;
    let kind = Kind::of(number)?;
    watch.look_at(number)?;
    let position = position(&kind);
    Ok(Signal { number, kind, position, watch })
}

/// A listener for one signal; made by [`signal`].
///
/// Any number of listeners may be there for one signal, and each gets all that arrive after it was made. Signals that arrive
/// while it is not asked come as one, as they do from the system; one that arrives after [`recv`](Self::recv) has
/// returned comes with the next call.
///
/// It belongs to no task, thread or runtime: it may be moved, and the runtime that it is polled in wakes it.
///
/// The signal does not get its default action back when the listener is dropped: see the
/// [module](crate::signal).
///
/// As a stream it yields one item for each time that `recv` would return.
#[derive(Debug)]
#[must_use = "a listener does nothing unless it is asked"]
pub struct Signal {
    number: c_int,
    kind: Arc<Kind>,
    position: Position,
    watch: Arc<Watch>,
}

impl Signal {
    /// Waits for the next signal.
    ///
    /// It is `None`, and stays so, if no runtime is there to tell of signals: that of the listener has ended, and it is polled
    /// outside of any other one. So in a task it is always `Some`.
    ///
    /// Cancel safe: a signal that arrives is for the next call, if this one was dropped.
    ///
    /// ```
    /// use anyrt::signal::unix::{SignalKind, signal};
    /// # use rustix::process::{Signal, getpid, kill_process};
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut hangups = signal(SignalKind::hangup())?;
    /// let reads = anyrt::spawn(async move {
    ///     while let Some(()) = hangups.recv().await {
    ///         println!("the configuration is read anew");
    ///     }
    /// });
    /// # kill_process(getpid(), Signal::HUP)?;
    /// let mut terminate = signal(SignalKind::terminate())?;
    /// # kill_process(getpid(), Signal::TERM)?;
    /// terminate.recv().await;
    /// reads.abort();
    /// # Ok(())
    /// # }
    /// ```
    pub async fn recv(&mut self) -> Option<()> {
        std::future::poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Like [`recv`](Self::recv), in the form of a poll function: the task that polled last is woken.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        task::poll_proceed(cx, |cx| self.poll_signal(cx))
    }

    fn poll_signal(&mut self, cx: &Context<'_>) -> Poll<Option<()>> {
        loop {
            if self.kind.poll(&mut self.position, cx).is_ready() {
                return Poll::Ready(Some(()));
            }
            match self.watch_here() {
                // Nobody looked meanwhile, if nobody hears the old bell.
                Watched::Anew => {}
                Watched::AsBefore => return Poll::Pending,
                Watched::ByNobody => {
                    self.kind.forget(&self.position);
                    return Poll::Ready(None);
                }
            }
        }
    }

    /// Sees to it that the runtime that this is polled in looks at the flag, or else that of before.
    fn watch_here(&mut self) -> Watched {
        let is_open = self.watch.is_open();
        match Handle::try_current() {
            Some(here) if !(is_open && self.watch.is_of(&here)) => {
                let watch =
                    Watch::of(&here).and_then(|watch| watch.look_at(self.number).map(|()| watch));
                match watch {
                    Ok(watch) => {
                        self.watch = watch;
                        return Watched::Anew;
                    }
                    // That of before does as well.
                    Err(_) if is_open => {}
                    Err(_) => return Watched::ByNobody,
                }
            }
            None if !is_open => return Watched::ByNobody,
            _ => {}
        }
        Watched::AsBefore
    }
}

enum Watched {
    AsBefore,
    Anew,
    ByNobody,
}

impl Drop for Signal {
    fn drop(&mut self) {
        self.kind.forget(&self.position);
    }
}

impl Stream for Signal {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.poll_recv(cx)
    }
}
