//! Which tokio runtime an operation goes to.

/// A tokio runtime: one that [`Runtime`](crate::Runtime) started, or one of the application's.
///
/// Cloning costs a reference count.
#[derive(Debug)]
pub struct Handle {
    // `None` is whichever runtime the thread is inside. That never leaves the thread: a clone names
    // its runtime.
    pub(crate) named: Option<tokio::runtime::Handle>,
}

impl Handle {
    /// For what tokio makes in its own context.
    pub(crate) fn enter_tokio(&self) -> Option<tokio::runtime::EnterGuard<'_>> {
        self.named.as_ref().map(tokio::runtime::Handle::enter)
    }
}

impl From<tokio::runtime::Handle> for Handle {
    #[inline]
    fn from(tokio: tokio::runtime::Handle) -> Self {
        Self { named: Some(tokio) }
    }
}

impl From<Handle> for tokio::runtime::Handle {
    fn from(handle: Handle) -> Self {
        handle.named.unwrap_or_else(tokio::runtime::Handle::current)
    }
}

/// Handles are equal if they are of the same runtime.
impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        let id = |handle: &Self| tokio::runtime::Handle::from(handle.clone()).id();
        id(self) == id(other)
    }
}

impl Eq for Handle {}

impl Clone for Handle {
    fn clone(&self) -> Self {
        self.named.clone().unwrap_or_else(tokio::runtime::Handle::current).into()
    }
}
