//! Waiting for a word to change, by Linux' futex.

use std::time::Duration;

use crate::sync::{AtomicU32, Ordering};

/// A word that threads can wait on.
///
/// Waiting and waking order nothing by themselves: what is published goes through the word.
#[derive(Debug)]
pub(crate) struct Futex {
    pub(crate) word: AtomicU32,
}

impl Futex {
    pub(crate) const fn new(value: u32) -> Self {
        Self { word: AtomicU32::new(value) }
    }

    /// Blocks the thread while the word is `expected`, at most for `timeout`.
    ///
    /// May return at any time: check the word again.
    pub(crate) fn wait(&self, expected: u32, timeout: Option<Duration>) {
        // The kernel compares with `expected` itself; this saves the call.
        if self.word.load(Ordering::Relaxed) != expected {
            return;
        }
        let timeout = timeout.map(|timeout| libc::timespec {
            tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
            tv_nsec: timeout.subsec_nanos() as libc::c_long,
        });
        let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: FUTEX_WAIT reads the word, which `self` keeps alive, and the timespec, which is a
        // local or null, and writes nothing. An error of any kind is a return like any other.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.word.as_ptr(),
                libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
                expected,
                timeout,
            );
        }
    }

    /// Wakes one thread that waits.
    pub(crate) fn wake(&self) {
        // SAFETY: FUTEX_WAKE uses the address as a key and does not look at the memory.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.word.as_ptr(),
                libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
                1,
            );
        }
    }
}
