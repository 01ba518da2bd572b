//! Which tokio runtime an operation goes to.

/// A tokio runtime: one that [`Runtime`](crate::Runtime) started, or one of the application's.
///
/// Cloning costs a reference count.
#[derive(Debug)]
pub struct Handle {
    pub(crate) context: Context,
}

#[derive(Debug)]
pub(crate) enum Context {
    /// Whichever runtime the thread is inside. Never leaves the thread: a clone names the runtime.
    Entered,
    /// This one.
    Runtime(tokio::runtime::Handle),
}

impl From<tokio::runtime::Handle> for Handle {
    #[inline]
    fn from(tokio: tokio::runtime::Handle) -> Self {
        Self { context: Context::Runtime(tokio) }
    }
}

impl From<Handle> for tokio::runtime::Handle {
    fn from(handle: Handle) -> Self {
        match handle.context {
            Context::Entered => tokio::runtime::Handle::current(),
            Context::Runtime(tokio) => tokio,
        }
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        match &self.context {
            Context::Entered => tokio::runtime::Handle::current().into(),
            Context::Runtime(tokio) => tokio.clone().into(),
        }
    }
}
