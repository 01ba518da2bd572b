//! Entering a tokio runtime from a thread outside it.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;

use anyrt_core::{BlockOn, refuse_block_on};

use crate::Handle;
use crate::current::set_inside;
use crate::handle::Context;
use crate::runtime::end;

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut started = false;
        let root = poll_fn(|cx| {
            started = true;
            future.as_mut().poll(cx)
        });
        let was_inside = set_inside(true);
        // tokio refuses with a panic that does not say what to do instead; whether a thread may
        // block can't be found out in any other way.
        let result = match self.driver() {
            // Through the handle a current-thread runtime would not be driven, and a future that
            // waits for a timer or a socket would hang.
            Some(runtime) => {
                let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(root)));
                end(runtime, drop);
                result
            }
            None => {
                let handle = tokio::runtime::Handle::from(self.clone());
                catch_unwind(AssertUnwindSafe(|| handle.block_on(root)))
            }
        };
        set_inside(was_inside);
        match result {
            Ok(output) => output,
            Err(payload) if started => resume_unwind(payload),
            Err(_) => refuse_block_on(),
        }
    }
}

impl Handle {
    /// The current-thread runtime of ours that this is a handle of.
    fn driver(&self) -> Option<Arc<tokio::runtime::Runtime>> {
        match &self.context {
            Context::Entered => None,
            Context::Runtime { driver, .. } => driver.as_ref()?.upgrade(),
        }
    }
}
