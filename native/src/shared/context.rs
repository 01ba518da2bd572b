//! What a thread runs at the moment: a worker's loop, or a `block_on`.

use std::cell::Cell;
use std::{iter, ptr};

use anyrt_core::backend::{InnermostMark, mark_innermost};

use super::current::GUARDS;
use super::{Handle, Shared};
use crate::scheduler::{Core, Parker};
use crate::sync::{Arc, Ordering};
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
    /// The core that the thread has.
    pub(crate) core: Cell<Option<&'a Core>>,
    /// The context that this one is entered in, if any.
    outer: *const Context<'static>,
}

/// Ends a context when it is dropped.
pub(crate) struct Entered {
    outer: *const Context<'static>,
    home_before: *const (),
    guards_before: usize,
    _mark: InnermostMark,
}

impl<'a> Context<'a> {
    /// Without a core so far. To be entered next on this thread.
    pub(crate) fn new(shared: &'a Shared, parker: &'a Arc<Parker>) -> Self {
        Self { shared, parker, core: Cell::new(None), outer: CONTEXT.get() }
    }

    /// Makes this the context of the thread, which is inside its runtime, until the guard is dropped. That has to be before the
    /// context itself is.
    pub(crate) fn enter(&self) -> Entered {
        let outer = CONTEXT.replace(ptr::from_ref(self).cast());
        debug_assert_eq!(outer, self.outer, "another context was entered since");
        let home_before = task::run_home(ptr::from_ref(self.shared).cast());
        let (guards_before, mark) = (GUARDS.replace(0), mark_innermost::<Handle>());
        Entered { outer, home_before, guards_before, _mark: mark }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        GUARDS.set(self.guards_before);
        CONTEXT.set(self.outer);
        task::run_home(self.home_before);
    }
}

/// Calls `look` with the context of this thread.
#[inline(always)]
pub(crate) fn context<R>(look: impl FnOnce(Option<&Context<'_>>) -> R) -> R {
    // SAFETY: the context lies in a frame beneath this one, and is taken away before that ends.
    look(unsafe { CONTEXT.get().as_ref() })
}

/// Whether one is of the runtimes that this thread runs, by what it is in at the moment and by what that was entered in.
fn any(mut is: impl FnMut(&Shared) -> bool) -> bool {
    // SAFETY: each context lies in a frame beneath this one, and is taken away before that ends.
    let context = |at: *const Context<'static>| unsafe { at.as_ref() };
    let mut contexts = iter::successors(context(CONTEXT.get()), |inner| context(inner.outer));
    contexts.any(|context| is(context.shared))
}

/// Whether this thread runs the runtime, by whatever it is in at the moment or was entered in.
pub(crate) fn runs(shared: &Shared) -> bool {
    any(|runtime| ptr::eq(runtime, shared))
}

/// Ends every runtime that this thread runs. For a child that was forked just now, which has no other thread.
pub(crate) fn leave_behind() {
    any(|runtime| {
        runtime.closing.store(true, Ordering::Relaxed);
        false
    });
}
