//! What a handler does, on top of signal-hook-registry.

use std::ffi::c_int;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook_registry::{FORBIDDEN, SigId, register, unregister};

/// Sets `flag` each time the signal arrives.
///
/// Actions for one signal are done in the order in which they were asked for. The default action of the signal
/// does not come back when the last of them is dropped: the signal does nothing from then on.
///
/// # Errors
/// `InvalidInput` for what is no signal, for SIGKILL and SIGSTOP, which nobody can handle, and for SIGILL, SIGFPE
/// and SIGSEGV, after which a program can't go on.
pub fn set_flag(signal: c_int, flag: Arc<AtomicBool>) -> io::Result<Action> {
    check(signal)?;
    // Ordering: Release pairs with the Acquire of whoever takes the flag, who sees what was before the signal.
    let set = move || flag.store(true, Ordering::Release);
    // SAFETY: the action stores to an atomic, which may be done in a handler; it neither panics nor drops anything.
    let id = unsafe { register(signal, set) };
    id.map(Action).map_err(explain(signal))
}

/// Rings `bell` each time the signal arrives.
///
/// # Errors
/// As [`set_flag`].
pub fn ring(signal: c_int, bell: Arc<Bell>) -> io::Result<Action> {
    check(signal)?;
    let ring = move || bell.ring();
    // SAFETY: `Bell::ring` does what may be done in a handler, and says why; it neither panics nor drops anything.
    let id = unsafe { register(signal, ring) };
    id.map(Action).map_err(explain(signal))
}

/// What is done when a signal arrives, until this is dropped.
#[must_use = "nothing is done any more when this is dropped"]
pub struct Action(SigId);

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action").finish_non_exhaustive()
    }
}

impl Drop for Action {
    fn drop(&mut self) {
        // What the action owns is dropped here, when no handler uses it any more.
        unregister(self.0);
    }
}

/// One end of a pair of sockets, to which handlers write.
///
/// What they write is nothing but a reason to look at the flags: a bell that was rung and not heard yet may be silent.
/// In a process that was forked from that of the bell it is silent, for its other end is shared with the parent.
#[derive(Debug)]
pub struct Bell {
    socket: UnixStream,
    forks: u32,
}

impl Bell {
    /// A bell, and the socket on which it is heard. Both are in non-blocking mode.
    ///
    /// # Errors
    /// The system has no descriptors left.
    pub fn new() -> io::Result<(Self, UnixStream)> {
        let (socket, heard) = UnixStream::pair()?;
        socket.set_nonblocking(true)?;
        heard.set_nonblocking(true)?;
        Ok((Self { socket, forks: anyrt_fork::watch() }, heard))
    }

    /// Writes a byte. To be called in handlers: it loads an atomic and makes one system call that POSIX allows there
    /// (`send`, by which std writes to a socket); an error of that is a number, in no memory that would be freed.
    fn ring(&self) {
        if anyrt_fork::forks() == self.forks {
            // The one error to be expected is that there is no room, and then it rings already.
            let _ = (&self.socket).write(&[1]);
        }
    }
}

/// Refuses what nobody can listen for, before anything is changed.
///
/// # Errors
/// `InvalidInput` for SIGKILL, SIGSTOP, SIGILL, SIGFPE, SIGSEGV and what can't be a signal.
pub fn check(signal: c_int) -> io::Result<()> {
    if signal <= 0 || FORBIDDEN.contains(&signal) { Err(refusal(signal)) } else { Ok(()) }
}

fn explain(signal: c_int) -> impl Fn(io::Error) -> io::Error {
    // The system's way to say that it is no signal, or one that the C library keeps for itself.
    move |error| if error.kind() == ErrorKind::InvalidInput { refusal(signal) } else { error }
}

fn refusal(signal: c_int) -> io::Error {
    let message =
        format!("signal {signal} can't be listened for: choose one that programs may handle");
    io::Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    #[test]
    fn a_bell_that_is_full_does_not_block_the_handler() {
        let (bell, mut heard) = Bell::new().unwrap();
        let mut rings = 0;
        while (&bell.socket).write(&[1]).is_ok() {
            rings += 1;
        }
        let bell = Arc::new(bell);
        let action = ring(Signal::WINCH.as_raw(), Arc::clone(&bell)).unwrap();
        kill_process(getpid(), Signal::WINCH).unwrap();
        let mut all = Vec::new();
        assert_eq!(heard.read_to_end(&mut all).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(all.len() >= rings);
        kill_process(getpid(), Signal::WINCH).unwrap();
        heard.set_nonblocking(false).unwrap();
        heard.read_exact(&mut [0]).unwrap();
        drop(action);
        assert_eq!(Arc::strong_count(&bell), 1);
    }

    #[test]
    fn what_is_dropped_does_nothing_any_more() {
        let (one, other) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let action = set_flag(Signal::USR2.as_raw(), Arc::clone(&one)).unwrap();
        let _other = set_flag(Signal::USR2.as_raw(), Arc::clone(&other)).unwrap();
        drop(action);
        kill_process(getpid(), Signal::USR2).unwrap();
        // Some thread of the process handles it.
        while !other.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        assert!(!one.load(Ordering::Acquire));
    }

    #[test]
    fn signals_that_nobody_can_handle_are_refused() {
        let kinds = [Signal::KILL, Signal::STOP, Signal::ILL, Signal::FPE, Signal::SEGV];
        for signal in kinds.map(Signal::as_raw).into_iter().chain([-1, 0, 1000, c_int::MAX]) {
            let error = set_flag(signal, Arc::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            let (bell, _heard) = Bell::new().unwrap();
            let error = ring(signal, Arc::new(bell)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
    }
}
