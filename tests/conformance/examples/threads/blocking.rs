//! Closures that block run on the pool of `anyrt_core`.

use anyrt_core::SpawnBlocking;
use anyrt_core::task::{JoinHandle, Meta};

use super::Handle;

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_closure<F, T>(&self, _: Meta<'_>, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.blocking.spawn_inside(self.clone(), closure)
    }
}
