//! A closure is a task that is ready when it was called.

use anyrt_core::SpawnBlocking;
use anyrt_core::task::{Id, Meta};

use crate::shared::{Closures, Handle};
use crate::task::{self, JoinHandle};

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_closure<F, T>(&self, _: Meta<'_>, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.with(|shared| {
            shared.assert_process();
            JoinHandle::start(async move { closure() }, Closures::of(shared))
        })
    }

    fn current_closure() -> Option<Id> {
        task::current()
    }
}
