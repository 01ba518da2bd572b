//! What a thread runs at the moment: a worker's loop, or a `block_on`.

use std::cell::Cell;
use std::ptr;

use super::{Core, Lent, Parker};
use crate::shared::{Shared, Signal};
use crate::sync::Arc;
use crate::sys;
use crate::task::TaskRef;

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
    /// Whether the thread may ask for a core, once it has something to do with one.
    may_borrow: Cell<bool>,
    /// Whether it has asked for one in vain, and may be called when there is one.
    has_asked: Cell<bool>,
    is_borrower: bool,
    /// The context that this one was entered in, if any.
    outer: Cell<*const Context<'static>>,
    /// How far down the stack tasks may be run in place.
    stack_limit: usize,
}

/// Keeps a thread from asking for a core until it is dropped.
pub(crate) struct Forbidden<'w> {
    may_borrow: &'w Cell<bool>,
    before: bool,
}

impl Drop for Forbidden<'_> {
    fn drop(&mut self) {
        self.may_borrow.set(self.before);
    }
}

/// Ends a context when it is dropped.
pub(crate) struct Entered {
    before: *const Context<'static>,
}

impl<'a> Context<'a> {
    /// For the owner of a core.
    pub(crate) fn of_owner(
        shared: &'a Shared,
        parker: &'a Arc<Parker>,
        core: &'a Core,
        stack_limit: usize,
    ) -> Self {
        let (core, may_borrow) = (Cell::new(Some(core)), Cell::new(false));
        let (has_asked, outer) = (Cell::new(false), Cell::new(ptr::null()));
        Self { shared, parker, core, may_borrow, has_asked, is_borrower: false, outer, stack_limit }
    }

    /// For a thread that takes over the core of another: in `block_on`, or in the place of an owner
    /// that is blocked.
    pub(crate) fn of_caller(
        shared: &'a Shared,
        parker: &'a Arc<Parker>,
        may_borrow: bool,
        stack_limit: usize,
    ) -> Self {
        let (core, may_borrow) = (Cell::new(None), Cell::new(may_borrow));
        let (has_asked, outer) = (Cell::new(false), Cell::new(ptr::null()));
        Self { shared, parker, core, may_borrow, has_asked, is_borrower: true, outer, stack_limit }
    }

    /// Makes this the context of the thread until the guard is dropped, which has to be before the
    /// context itself is.
    pub(crate) fn enter(&self) -> Entered {
        let before = CONTEXT.replace(ptr::from_ref(self).cast());
        self.outer.set(before);
        Entered { before }
    }

    /// The core that the thread has.
    #[inline]
    pub(crate) fn core(&self) -> Option<&'a Core> {
        self.core.get()
    }

    /// The core that the thread has; takes one over if it has none.
    #[inline]
    pub(crate) fn core_or_borrow(&self) -> Option<&'a Core> {
        self.core.get().or_else(|| self.borrow(None))
    }

    /// Like [`core_or_borrow`](Self::core_or_borrow), for a thread that will sleep if there is none: on a
    /// current-thread runtime it is called when there is, until it [stops asking](Self::stop_asking).
    pub(crate) fn core_or_wait(&self) -> Option<&'a Core> {
        self.core.get().or_else(|| self.borrow(Some(self.parker)))
    }

    #[cold]
    fn borrow(&self, waiter: Option<&Arc<Parker>>) -> Option<&'a Core> {
        if !self.may_borrow.get() || self.shared.is_closing() {
            return None;
        }
        let Lent::Core(index) = self.shared.idle.lend(waiter) else {
            self.has_asked.set(waiter.is_some());
            return None;
        };
        self.has_asked.set(false);
        let core = &self.shared.cores[index];
        core.begin_turn();
        self.core.set(Some(core));
        Some(core)
    }

    /// The thread does not sleep for want of a core any longer. To be called before it does anything else,
    /// for a call that it does not heed is one that another misses.
    pub(crate) fn stop_asking(&self) {
        if self.has_asked.replace(false) && self.shared.idle.stop_waiting(self.parker) {
            self.shared.driver.kick();
        }
    }

    /// Takes the core up again that this thread owns.
    pub(crate) fn resume(&self, core: &'a Core) {
        self.core.set(Some(core));
    }

    /// Has the thread go on without a core until the result is dropped.
    pub(crate) fn forbid_borrowing(&self) -> Forbidden<'_> {
        Forbidden { may_borrow: &self.may_borrow, before: self.may_borrow.replace(false) }
    }

    /// Whether the core of the thread is another's: it is in `block_on`, or a substitute.
    pub(crate) fn is_borrower(&self) -> bool {
        self.is_borrower
    }

    /// Takes the core away, for good if the runtime ends.
    pub(crate) fn take_core(&self, for_good: bool) -> Option<&'a Core> {
        if for_good {
            self.may_borrow.set(false);
        }
        self.core.take()
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CONTEXT.set(self.before);
    }
}

/// Calls `look` with the context of this thread.
#[inline]
pub(crate) fn context<R>(look: impl FnOnce(Option<&Context<'_>>) -> R) -> R {
    // SAFETY: the context lies in a frame beneath this one, and is taken away before that ends.
    look(unsafe { CONTEXT.get().as_ref() })
}

/// Ends all that this thread runs, which is the only one in a process that was forked just now.
pub(crate) fn leave_behind() {
    let mut next = CONTEXT.get();
    // SAFETY: each context lies in a frame beneath this one, and is taken away before that ends.
    while let Some(context) = unsafe { next.as_ref() } {
        context.shared.set_signal(Signal::Closing);
        next = context.outer.get();
    }
}

/// Polls a task that was never polled, if this thread has a core of the task's runtime, and the stack and
/// the patience of the tasks that wait suffice. True if it was polled.
#[inline]
pub(crate) fn run_in_place(task: TaskRef) -> bool {
    context(|context| {
        let Some(context) = context else { return false };
        let Some(core) = context.core() else { return false };
        ptr::eq(task.home(), ptr::from_ref(context.shared).cast())
            && context.shared.options.inline_join
            && stack_pointer() > context.stack_limit
            && !context.shared.is_closing()
            && context.shared.run_in_place(core, task)
    })
}

/// How far down the stack tasks may be run in place on this thread: half of what is left.
pub(crate) fn stack_limit() -> usize {
    /// What is certain to be there, where the end is not known.
    const LITTLE: usize = 32 << 10;

    let here = stack_pointer();
    here.saturating_sub(sys::stack_left(here).map_or(LITTLE, |left| left / 2))
}

/// Roughly where the stack of this thread is.
#[inline(always)]
fn stack_pointer() -> usize {
    let here = 0_u8;
    (&raw const here).addr()
}
