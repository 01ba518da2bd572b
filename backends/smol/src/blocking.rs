//! Blocking closures get threads from the pool of `core`: those of the crate `blocking`, which smol
//! uses, never end, and hang whoever calls when the system refuses them one.

use std::io;

use anyrt_async_io::Clock;
use anyrt_core::backend::block_on_worker;
use anyrt_core::task::{JoinHandle, Meta};
use anyrt_core::{BlockInPlace, SpawnBlocking};

use crate::Handle;

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_closure<F, T>(&self, _: Meta<'_>, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let held = self.clock().map(Clock::hold);
        let clock = self.clock().cloned();
        self.blocking().spawn_inside_with(self.clone(), held, move || match clock {
            Some(clock) => clock.call_closure(closure),
            None => closure(),
        })
    }
}

impl BlockInPlace for Handle {
    fn block_in_place<T>(closure: impl FnOnce() -> T) -> io::Result<T> {
        block_on_worker(closure)
    }
}
