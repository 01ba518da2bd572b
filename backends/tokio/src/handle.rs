//! Which tokio runtime an operation goes to.

use std::fmt;
use std::sync::Weak;

/// A tokio runtime: one that [`Runtime`](crate::Runtime) started, or one of the application's.
///
/// Cloning costs a reference count.
pub struct Handle {
    pub(crate) context: Context,
}

pub(crate) enum Context {
    /// Whichever runtime the thread is inside. Never leaves the thread: a clone names the runtime.
    Entered,
    /// This one. A current-thread runtime of ours comes with its owner, because only through that
    /// can a thread drive it.
    Runtime { tokio: tokio::runtime::Handle, driver: Option<Weak<tokio::runtime::Runtime>> },
}

impl Handle {
    /// Calls `operation` where tokio's free functions find the runtime of this handle.
    pub(crate) fn within<T>(&self, operation: impl FnOnce() -> T) -> T {
        match &self.context {
            Context::Entered => operation(),
            Context::Runtime { tokio, .. } => {
                let _guard = tokio.enter();
                operation()
            }
        }
    }
}

impl From<tokio::runtime::Handle> for Handle {
    fn from(tokio: tokio::runtime::Handle) -> Self {
        Self { context: Context::Runtime { tokio, driver: None } }
    }
}

impl From<Handle> for tokio::runtime::Handle {
    fn from(handle: Handle) -> Self {
        match handle.context {
            Context::Entered => tokio::runtime::Handle::current(),
            Context::Runtime { tokio, .. } => tokio,
        }
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        match &self.context {
            Context::Entered => tokio::runtime::Handle::current().into(),
            Context::Runtime { tokio, driver } => {
                Self { context: Context::Runtime { tokio: tokio.clone(), driver: driver.clone() } }
            }
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_tuple("Handle");
        match &self.context {
            Context::Entered => debug.finish_non_exhaustive(),
            Context::Runtime { tokio, .. } => debug.field(&tokio.id()).finish(),
        }
    }
}
