//! Driving a future beside async-std's executor.

use std::future::{Future, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Poll;

use anyrt_core::backend::{ThreadVariables, block_on_ending_thread, refuse_block_on};
use anyrt_core::task::is_large;
use anyrt_core::{BlockOn, Current, coop};

use crate::Handle;

thread_local! {
    static VARIABLES: ThreadVariables =
        ThreadVariables::used_by(|| async_std::task::block_on(ready(true)));
}

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        Self::check_block_on();
        if const { is_large::<F>() } { self.drive(Box::pin(future)) } else { self.drive(future) }
    }

    /// Tasks that async-std spawned itself are async code as well.
    #[track_caller]
    fn check_block_on() {
        coop::check_block_on();
        if async_std::task::try_current().is_some() {
            refuse_block_on();
        }
    }
}

impl Handle {
    fn drive<F: Future>(self, future: F) -> F::Output {
        let _inside = self.enter();
        let mut future = std::pin::pin!(coop::as_task(future));
        // async-std counts nested calls, and a panic that unwinds through it upsets the count.
        let contained =
            poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
                Ok(poll) => poll.map(Ok),
                Err(payload) => Poll::Ready(Err(payload)),
            });
        let result = if ThreadVariables::are_there(&VARIABLES) {
            async_std::task::block_on(contained)
        } else {
            block_on_ending_thread(contained)
        };
        result.unwrap_or_else(|payload| resume_unwind(payload))
    }
}
