//! What a thread runs at the moment: a worker's loop, or a `block_on`.

use std::cell::Cell;
use std::ptr;

use super::{Shared, Signal};
use crate::scheduler::{Core, Parker};
use crate::sync::Arc;
use crate::task;

thread_local! {
    static CONTEXT: Cell<*const Context<'static>> = const { Cell::new(ptr::null()) };
}

/// A worker's loop or a `block_on` on this thread. It lies in the frame of that, beneath all code that
/// could see it.
pub(crate) struct Context<'a> {
    pub(crate) shared: &'a Shared,
    /// How the thread sleeps.
    pub(crate) parker: &'a Arc<Parker>,
    core: Cell<Option<&'a Core>>,
    /// The context that this one was entered in, if any.
    outer: Cell<*const Context<'static>>,
}

/// Ends a context when it is dropped.
pub(crate) struct Entered {
    before: *const Context<'static>,
    home_before: *const (),
}

impl<'a> Context<'a> {
    /// Without a core so far.
    pub(crate) fn new(shared: &'a Shared, parker: &'a Arc<Parker>) -> Self {
        Self { shared, parker, core: Cell::new(None), outer: Cell::new(ptr::null()) }
    }

    /// Makes this the context of the thread until the guard is dropped, which has to be before the
    /// context itself is.
    pub(crate) fn enter(&self) -> Entered {
        let before = CONTEXT.replace(ptr::from_ref(self).cast());
        self.outer.set(before);
        Entered { before, home_before: task::run_home(ptr::from_ref(self.shared).cast()) }
    }

    /// The core that the thread has.
    #[inline]
    pub(crate) fn core(&self) -> Option<&'a Core> {
        self.core.get()
    }

    /// The thread has this core from now on, or none.
    pub(crate) fn set_core(&self, core: Option<&'a Core>) {
        self.core.set(core);
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CONTEXT.set(self.before);
        task::run_home(self.home_before);
    }
}

/// Calls `look` with the context of this thread.
#[inline(always)]
pub(crate) fn context<R>(look: impl FnOnce(Option<&Context<'_>>) -> R) -> R {
    // SAFETY: the context lies in a frame beneath this one, and is taken away before that ends.
    look(unsafe { CONTEXT.get().as_ref() })
}

/// Whether this thread runs the runtime, by whatever it is in at the moment or was entered in.
pub(crate) fn runs(shared: &Shared) -> bool {
    let mut next = CONTEXT.get();
    // SAFETY: each context lies in a frame beneath this one, and is taken away before that ends.
    while let Some(context) = unsafe { next.as_ref() } {
        if ptr::eq(context.shared, shared) {
            return true;
        }
        next = context.outer.get();
    }
    false
}

/// Ends every runtime that this thread runs. For a child that was forked just now, which has no other thread.
pub(crate) fn leave_behind() {
    let mut next = CONTEXT.get();
    // SAFETY: each context lies in a frame beneath this one, and is taken away before that ends.
    while let Some(context) = unsafe { next.as_ref() } {
        context.shared.set_signal(Signal::Closing);
        next = context.outer.get();
    }
}
