//! Entering the executor from a thread outside of it.

use std::future::Future;

use anyrt_core::task::is_large;
use anyrt_core::{BlockOn, Current, coop};

use crate::Handle;

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
        let future = coop::as_task(future);
        match self.executor().filter(|_| self.is_current_thread()) {
            Some(executor) => smol::block_on(executor.run(future)),
            None => smol::block_on(future),
        }
    }
}
