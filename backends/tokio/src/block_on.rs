//! Entering a tokio runtime from a thread outside it.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Weak;

use anyrt_core::BlockOn;

use crate::Handle;
use crate::current::InsideGuard;
use crate::handle::Context;

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut started = false;
        let root = poll_fn(|cx| {
            started = true;
            future.as_mut().poll(cx)
        });
        // tokio refuses with a panic that does not say what to do instead; whether a thread may
        // block can't be found out in any other way.
        match catch_unwind(AssertUnwindSafe(|| self.drive(root))) {
            Ok(output) => output,
            Err(payload) if started => resume_unwind(payload),
            Err(_) => panic!(
                "`block_on` was called from async code, where it would block a thread that has \
                 tasks to poll: await the future instead, or move the call into `spawn_blocking`"
            ),
        }
    }
}

impl Handle {
    fn drive<F: Future>(&self, future: F) -> F::Output {
        let _inside = InsideGuard::new();
        match &self.context {
            Context::Entered => tokio::runtime::Handle::current().block_on(future),
            Context::Runtime { tokio, driver } => {
                match driver.as_ref().and_then(Weak::upgrade) {
                    // Through the handle a current-thread runtime would not be driven, and a
                    // future that waits for a timer or a socket would hang.
                    Some(runtime) => runtime.block_on(future),
                    None => tokio.block_on(future),
                }
            }
        }
    }
}
