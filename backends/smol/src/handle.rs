//! What the handles of a runtime share.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use anyrt_async_io::{Clock, Sources, pausable_clock};
use anyrt_core::backend::BlockingPool;
use smol::Executor;

/// A smol executor that [`Runtime`](crate::Runtime) started.
///
/// Cloning costs a reference count.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

struct Shared {
    // `None` once the runtime has shut down. Its tasks hold handles, so a handle must not own it.
    executor: RwLock<Option<Arc<Executor<'static>>>>,
    workers: usize,
    // Where there are no workers, and the executor is run by the threads in `block_on`: only these know when nothing
    // is left to do.
    clock: Option<Arc<Clock>>,
    sources: Arc<Sources>,
    blocking: BlockingPool,
}

impl Handle {
    pub(crate) fn new(workers: usize, blocking: BlockingPool) -> Self {
        let executor = RwLock::new(Some(Arc::default()));
        let clock = (workers == 0).then(pausable_clock);
        let sources = Arc::default();
        Self { shared: Arc::new(Shared { executor, workers, clock, sources, blocking }) }
    }

    /// The executor, which does not go away meanwhile. No code of the user may run under the lock.
    pub(crate) fn lock_executor(&self) -> RwLockReadGuard<'_, Option<Arc<Executor<'static>>>> {
        self.shared.executor.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn executor(&self) -> Option<Arc<Executor<'static>>> {
        self.lock_executor().clone()
    }

    /// Takes the executor away from the handles.
    pub(crate) fn take_executor(&self) -> Option<Arc<Executor<'static>>> {
        self.shared.executor.write().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// That of a current-thread runtime.
    pub(crate) fn clock(&self) -> Option<&Arc<Clock>> {
        self.shared.clock.as_ref()
    }

    /// How many threads of its own run the executor.
    pub(crate) fn workers(&self) -> usize {
        self.shared.workers
    }

    pub(crate) fn sources(&self) -> &Arc<Sources> {
        &self.shared.sources
    }

    pub(crate) fn blocking(&self) -> &BlockingPool {
        &self.shared.blocking
    }
}

/// Handles are equal if they are of the same runtime.
impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Eq for Handle {}

impl Hash for Handle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.shared).hash(state);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&Arc::as_ptr(&self.shared)).finish()
    }
}
