//! Tasks are blocks on the slabs of the runtime; see `task.rs`.

use std::future::Future;

use anyrt_core::task::{Id, Meta};
use anyrt_core::{Metrics, Spawn};

use crate::shared::{Handle, Shared};
use crate::task::{self, JoinHandle};

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    #[inline]
    fn spawn_task<F>(&self, _: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.with(|shared| {
            shared.assert_process();
            if shared.is_closing() {
                return JoinHandle::refuse(future);
            }
            JoinHandle::start(future, shared)
        })
    }

    fn metrics(&self) -> Metrics {
        self.with(Shared::metrics)
    }

    fn current_task() -> Option<Id> {
        task::current()
    }
}
