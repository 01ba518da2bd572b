//! Entering the executor from a thread outside of it.

use std::future::{Future, ready};
use std::pin::pin;

use anyrt_core::backend::{ThreadVariables, block_on_ending_thread, enter_block_on, run_in_turns};
use anyrt_core::task::is_large;
use anyrt_core::{BlockOn, Current, ThreadHooks, coop};

use crate::Handle;
use crate::handle::Owned;

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
        let _in_block_on = enter_block_on(self.workers() > 0);
        // Pinned here, for it may be large, and what is put around it is moved.
        let future = pin!(coop::as_task(future));
        match self.clock().zip(self.owned()) {
            Some((clock, Owned { executor, park_hooks })) => {
                let spawn = |mark| executor.spawn(mark);
                let turns = pin!(run_in_turns(future, || executor.tick(), spawn));
                // Within what the clock drives, which does not jump while a hook runs.
                let turns = pin!(ThreadHooks::around_sleeps(park_hooks.as_deref(), turns));
                drive(clock.drive(turns))
            }
            None => drive(future),
        }
    }
}

thread_local! {
    static VARIABLES: ThreadVariables = ThreadVariables::used_by(|| smol::block_on(ready(true)));
}

/// Also on a thread that is about to end, where the reactor's thread is left to wake it.
pub(crate) fn drive<F: Future>(future: F) -> F::Output {
    if ThreadVariables::are_there(&VARIABLES) {
        smol::block_on(future)
    } else {
        block_on_ending_thread(future)
    }
}
