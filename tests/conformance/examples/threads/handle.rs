//! What tasks are spawned with.

use std::fmt;
use std::sync::Arc;

use anyrt_core::backend::BlockingPool;

use super::executor::Executor;

/// A runtime that [`Runtime`](super::Runtime) started.
#[derive(Clone)]
pub struct Handle {
    pub(crate) executor: Arc<Executor>,
    pub(crate) blocking: BlockingPool,
    pub(crate) is_current_thread: bool,
}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.executor, &other.executor)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&Arc::as_ptr(&self.executor)).finish()
    }
}
