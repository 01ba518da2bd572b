//! Tasks are blocks on the slabs of the runtime; see `task.rs`.

use std::future::Future;

use anyrt_core::Spawn;
use anyrt_core::task::is_large;

use crate::{Handle, JoinHandle};

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    #[inline]
    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // At once, for each call on the way would move it again.
        if const { is_large::<F>() } { self.start(Box::pin(future)) } else { self.start(future) }
    }
}

impl Handle {
    #[inline]
    fn start<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.with(|shared| shared.spawn(future))
    }
}
