//! Entering a tokio runtime from a thread outside it.

use std::any::Any;
use std::cell::Cell;
use std::future::{Future, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll, Waker};

use anyrt_core::backend::{
    block_on_ending_thread, block_on_ending_thread_beside, mark_innermost, refuse_block_on,
};
use anyrt_core::task::is_large;
use anyrt_core::{BlockOn, Current};
use tokio::task::coop;

use crate::coop::{BLOCK_ON, BLOCK_ON_CURRENT_THREAD, WAKERS};
use crate::current::INSIDE;
use crate::runtime::{current_thread, end};
use crate::{Handle, ending};

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        refuse_in_polls();
        if const { is_large::<F>() } { self.drive(Box::pin(future)) } else { self.drive(future) }
    }

    #[track_caller]
    fn check_block_on() {
        anyrt_core::coop::check_block_on();
        if let Ok(tokio) = tokio::runtime::Handle::try_current() {
            check_inside(tokio);
        }
    }
}

/// Apart from the question whether the thread is inside, which each `block_on` on another backend asks.
#[inline(never)]
#[track_caller]
fn check_inside(tokio: tokio::runtime::Handle) {
    let try_it = || tokio.block_on(ready(()));
    if has_budget() || catch_unwind(try_it).is_err_and(|payload| is_refusal(&*payload)) {
        refuse_block_on();
    }
}

impl Handle {
    #[track_caller]
    fn drive<F: Future>(&self, future: F) -> F::Output {
        if !ending::has_context() {
            return self.block_on_ending(future);
        }
        let started = Cell::new(false);
        let handle = tokio::runtime::Handle::from(self.clone());
        // Through the handle a current-thread runtime would not be driven, and a future that waits
        // for a timer or a socket would hang.
        let runtime = current_thread::find(&handle);
        let kind = if runtime.is_some() { BLOCK_ON_CURRENT_THREAD } else { BLOCK_ON };
        // Moved in, so that it is dropped where it is polled: inside the runtime.
        let future = async {
            started.set(true);
            poll_fn(|cx| {
                WAKERS.learn(kind, cx.waker());
                Poll::Ready(())
            })
            .await;
            future.await
        };
        let drive = || match &runtime {
            Some(runtime) => runtime.block_on(future),
            None => handle.block_on(future),
        };
        let mark = mark_innermost::<Self>();
        let was_inside = INSIDE.replace(true);
        let result = catch_unwind(AssertUnwindSafe(drive));
        INSIDE.set(was_inside);
        drop(mark);
        end(runtime, drop);
        match result {
            Ok(output) => output,
            // tokio's panic does not say what to do instead. Some places where a thread may not block can't
            // be found out in any other way than by trying.
            Err(payload) if !started.get() && is_refusal(&*payload) => refuse_block_on(),
            Err(payload) => resume_unwind(payload),
        }
    }
}

/// Refuses to go on in a poll, of a task or of the future in `block_on`.
///
/// tokio would refuse it as well, by a panic that is printed before ours, and that is the one to end the
/// process where panics abort.
#[track_caller]
fn refuse_in_polls() {
    anyrt_core::coop::check_block_on();
    if tokio::runtime::Handle::try_current().is_ok() && has_budget() {
        refuse_block_on();
    }
}

/// Whether tokio limits what may be done before the thread returns to it. It does so in each poll, but for
/// those of an `unconstrained` future.
pub(crate) fn has_budget() -> bool {
    /// More than tokio gives.
    const OPERATIONS: usize = 256;

    let cx = &mut Context::from_waker(Waker::noop());
    // When it is dropped, without progress, the budget is again what it was before.
    let Poll::Ready(_restores) = coop::poll_proceed(cx) else { return true };
    (0..OPERATIONS).any(|_| match coop::poll_proceed(cx) {
        Poll::Ready(operation) => {
            operation.made_progress();
            false
        }
        Poll::Pending => true,
    })
}

impl Handle {
    /// For a thread that tokio can't enter any more.
    fn block_on_ending<F: Future>(&self, future: F) -> F::Output {
        let tokio = tokio::runtime::Handle::from(self.clone());
        let _inside = self.enter();
        // Another thread drives a runtime that has none of its own.
        let Some(runtime) = current_thread::find(&tokio) else {
            return block_on_ending_thread(future);
        };
        let drive = |stopped| runtime.block_on(stopped);
        let output = block_on_ending_thread_beside(drive, future);
        end(Some(runtime), drop);
        output
    }
}

fn is_refusal(payload: &(dyn Any + Send)) -> bool {
    const REFUSAL: &str = "Cannot start a runtime from within a runtime";
    payload.downcast_ref::<&str>().is_some_and(|text| text.starts_with(REFUSAL))
}
