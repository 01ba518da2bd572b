//! What the handles of a runtime share.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use anyrt_async_io::{Clock, Sources, pausable_clock};
use anyrt_core::backend::BlockingPool;
use anyrt_core::{Config, ThreadHooks};
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
    owned: RwLock<Option<Owned>>,
    workers: usize,
    // Where there are no workers, and the executor is run by the threads in `block_on`: only these know when nothing
    // is left to do.
    clock: Option<Arc<Clock>>,
    sources: Arc<Sources>,
    blocking: BlockingPool,
}

/// What ends with the runtime.
#[derive(Clone)]
pub(crate) struct Owned {
    pub(crate) executor: Arc<Executor<'static>>,
    /// For threads in `block_on`, where these run the executor.
    pub(crate) park_hooks: Option<Arc<ThreadHooks>>,
}

impl Handle {
    pub(crate) fn new(config: &Config) -> Self {
        let workers = config.flavor.worker_threads().map_or(0, NonZeroUsize::get);
        let hooks = &config.thread_hooks;
        let tells = workers == 0 && (hooks.on_park.is_some() || hooks.on_unpark.is_some());
        let park_hooks = tells.then(|| Arc::new(hooks.clone()));
        let owned = RwLock::new(Some(Owned { executor: Arc::default(), park_hooks }));
        let clock = (workers == 0).then(pausable_clock);
        let sources = Arc::default();
        let blocking = BlockingPool::new(config);
        let shared = Shared { owned, workers, clock, sources, blocking };
        Self { shared: Arc::new(shared) }
    }

    /// The executor and so on, which do not go away meanwhile. No code of the user may run under the lock.
    pub(crate) fn lock_owned(&self) -> RwLockReadGuard<'_, Option<Owned>> {
        self.shared.owned.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn owned(&self) -> Option<Owned> {
        self.lock_owned().clone()
    }

    /// Takes the executor away from the handles.
    pub(crate) fn take_owned(&self) -> Option<Owned> {
        self.shared.owned.write().unwrap_or_else(PoisonError::into_inner).take()
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
