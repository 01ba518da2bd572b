//! Entering a tokio runtime from a thread outside it.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use anyrt_core::{BlockOn, refuse_block_on};

use crate::Handle;
use crate::current::set_inside;
use crate::runtime::{current_thread, end};

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let handle = tokio::runtime::Handle::from(self.clone());
        let was_inside = set_inside(true);
        // tokio refuses with a panic that does not say what to do instead; whether a thread may
        // block can't be found out in any other way.
        let result = match current_thread::find(&handle) {
            // Through the handle a current-thread runtime would not be driven, and a future that
            // waits for a timer or a socket would hang.
            Some(runtime) => {
                let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(future)));
                set_inside(was_inside);
                end(runtime, drop);
                result
            }
            None => catch_unwind(AssertUnwindSafe(|| handle.block_on(future))),
        };
        set_inside(was_inside);
        match result {
            Ok(output) => output,
            Err(payload) if is_refusal(&*payload) => refuse_block_on(),
            Err(payload) => resume_unwind(payload),
        }
    }
}

fn is_refusal(payload: &(dyn Any + Send)) -> bool {
    const REFUSAL: &str = "Cannot start a runtime from within a runtime";
    payload.downcast_ref::<&str>().is_some_and(|text| text.starts_with(REFUSAL))
        || payload.downcast_ref::<String>().is_some_and(|text| text.starts_with(REFUSAL))
}
