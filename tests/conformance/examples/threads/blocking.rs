//! Closures that block run on the pool of `anyrt_core`.

use anyrt_core::SpawnBlocking;
use anyrt_core::task::JoinHandle;

use super::Handle;

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_blocking<F, T>(&self, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.blocking.spawn_inside(self.clone(), closure)
    }
}
