//! What is made in a process is of use in that process, and not in a child that it forks.
//!
//! The threads of a runtime stay with the parent. Without a look at the process, a child that awaits
//! something of them hangs: it is to be told instead. That costs a load for each operation.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::backends::Handles;

/// The process in which something was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    forks: u32,
}

const USED_AFTER_FORK: &str = "a runtime was used after fork: its threads are not in this process, \
                               which has to start one of its own";

impl Process {
    /// This one.
    #[inline]
    pub(crate) fn here() -> Self {
        match anyrt_fork::forks() {
            0 => Self::watch(),
            forks => Self { forks },
        }
    }

    /// This one, if it is known that nobody has forked it from another: a thread of a child may be inside of a runtime
    /// of its parent.
    #[inline]
    pub(crate) fn not_forked() -> Option<Self> {
        const UNFORKED: u32 = 1;
        (anyrt_fork::forks() == UNFORKED).then_some(Self { forks: UNFORKED })
    }

    #[cold]
    fn watch() -> Self {
        anyrt_fork::ask_before(|| Handles::find().is_some());
        Self { forks: anyrt_fork::watch() }
    }

    /// Whether the runtimes that this thread is inside were left in a parent of this process, which is the
    /// one that was asked for here.
    #[inline]
    pub(crate) fn is_inside_of_parent(self) -> bool {
        // Only a child asks its thread.
        self.forks > 1 && anyrt_fork::is_left_behind()
    }

    /// Whether this is a process that was forked from it.
    #[inline]
    pub(crate) fn is_left_behind(self) -> bool {
        self.forks != anyrt_fork::forks()
    }

    /// # Panics
    /// This is [another process](Self::is_left_behind).
    #[inline]
    #[track_caller]
    pub(crate) fn assert_here(self) {
        if self.is_left_behind() {
            refuse();
        }
    }

    /// Has `future` panic where it would go on waiting in [another process](Self::is_left_behind), into
    /// which it forked.
    pub(crate) fn keep_here<F: Future>(self, future: F) -> KeptHere<F> {
        KeptHere { future, process: self }
    }

    /// # Errors
    /// This is [another process](Self::is_left_behind).
    #[inline]
    pub(crate) fn check_here(self) -> io::Result<()> {
        if self.is_left_behind() { Err(used_after_fork()) } else { Ok(()) }
    }
}

#[cold]
fn used_after_fork() -> io::Error {
    io::Error::other(USED_AFTER_FORK)
}

pin_project! {
    /// A future that waits in the process where it was made; made by [`Process::keep_here`].
    pub(crate) struct KeptHere<F> {
        #[pin]
        future: F,
        process: Process,
    }
}

impl<F: Future> Future for KeptHere<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let poll = this.future.poll(cx);
        if poll.is_pending() {
            this.process.assert_here();
        }
        poll
    }
}

#[cold]
#[track_caller]
fn refuse() -> ! {
    panic!("{USED_AFTER_FORK}")
}

/// To be kept as long as a thread is inside a runtime of this process.
#[inline]
pub(crate) fn enter() -> Option<anyrt_fork::EnterGuard> {
    (anyrt_fork::forks() > 1).then(anyrt_fork::enter)
}
