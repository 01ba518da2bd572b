//! Entering a runtime from outside.

use anyrt_core::backend::block_on_ending_thread;
use anyrt_core::task::is_large;
use anyrt_core::{BlockOn, Current, coop};

use super::Handle;

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        Self::check_block_on();
        if const { is_large::<F>() } { self.drive(Box::pin(future)) } else { self.drive(future) }
    }
}

impl Handle {
    fn drive<F: Future>(&self, future: F) -> F::Output {
        let _inside = self.enter();
        if self.is_current_thread {
            self.executor.join().drive(coop::as_task(future))
        } else {
            // It needs nothing of the thread, whether that ends or not.
            block_on_ending_thread(future)
        }
    }
}
