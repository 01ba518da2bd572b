//! Where the tasks of closures are run: on threads that may block.

use std::cell::Cell;
use std::io;
use std::ptr;

use anyrt_core::Current;
use anyrt_core::backend::{BlockingJob, BlockingPool};

use super::{Handle, Shared};
use crate::task::{Failure, TaskRef};

/// A runtime, as the home of closures.
#[repr(transparent)]
pub(crate) struct Closures(pub(super) Shared);

impl Closures {
    pub(crate) fn of(shared: &Shared) -> &Self {
        // SAFETY: it is the same, by another name.
        unsafe { &*std::ptr::from_ref(shared).cast() }
    }
}

/// The pool of a runtime.
pub(crate) type Pool = BlockingPool<Job>;

/// An entry of the task of a closure.
pub(crate) struct Job(pub(super) TaskRef);

impl Job {
    /// Puts the thread inside the runtime while it does something with the task.
    fn inside(self, then: impl FnOnce(TaskRef)) {
        // SAFETY: the home of a closure is its runtime, which the entry keeps by its block.
        let shared = unsafe { &*self.0.home().cast::<Shared>() };
        let handle = Handle::of(shared);
        {
            let _inside = handle.enter();
            let before = RUNNING.replace(shared);
            // No panic comes out of that.
            then(self.0);
            RUNNING.set(before);
        }
        // Here a closure has forked. This is the only thread in the process, which ends with it.
        shared.assert_process();
        if !shared.has_workers() {
            // The handle keeps the runtime.
            shared.holds.end_closure();
            shared.release_clock();
        }
    }
}

thread_local! {
    /// The runtime of the closure that this thread runs.
    static RUNNING: Cell<*const Shared> = const { Cell::new(ptr::null()) };
}

/// Whether this thread runs a closure of the runtime.
pub(crate) fn runs_closure(shared: &Shared) -> bool {
    ptr::eq(RUNNING.get(), shared)
}

impl BlockingJob for Job {
    fn run(self) {
        self.inside(TaskRef::run);
    }

    fn cancel(self, refusal: Option<io::Error>) {
        let why = refusal.map_or(Failure::CANCELLED, Failure::refused);
        self.inside(|task| task.cancel_for(why));
    }
}
