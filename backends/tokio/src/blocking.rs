//! Blocking closures go to the blocking pool of the tokio runtime.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyrt_core::{JoinHandle as _, Spawn, SpawnBlocking};

use crate::{Handle, JoinHandle};

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_blocking<F, T>(&self, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let spawn = || match &self.named {
            None => tokio::task::spawn_blocking(closure),
            Some(tokio) => tokio.spawn_blocking(closure),
        };
        // tokio panics when the system refuses the pool its only thread; the caller is to learn of
        // it from the join instead (B6). Nothing of ours is left in between by the unwinding.
        match catch_unwind(AssertUnwindSafe(spawn)) {
            Ok(handle) => handle.into(),
            Err(_) => {
                let refused = self.spawn(pending::<T>());
                refused.abort();
                refused
            }
        }
    }
}
