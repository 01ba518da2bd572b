//! Which tokio runtime an operation goes to.

use std::hash::{Hash, Hasher};

use anyrt_core::backend::on_another_thread;

use crate::ending;

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
    /// For what tokio makes in its own context. `None` where the thread is in it, or never can be again.
    pub(crate) fn enter_tokio(&self) -> Option<tokio::runtime::EnterGuard<'_>> {
        let tokio = self.named.as_ref().filter(|_| ending::has_context());
        tokio.map(tokio::runtime::Handle::enter)
    }

    /// Makes something in tokio's context.
    ///
    /// # Panics
    /// The thread is about to end, and the system refuses another one that has a context.
    #[inline(always)]
    pub(crate) fn make<T: Send>(&self, make: impl FnOnce() -> T + Send) -> T {
        match &self.named {
            None => make(),
            Some(tokio) if ending::has_context() => {
                let _guard = tokio.enter();
                make()
            }
            Some(tokio) => make_elsewhere(tokio, make),
        }
    }
}

#[cold]
fn make_elsewhere<T: Send>(tokio: &tokio::runtime::Handle, make: impl FnOnce() -> T + Send) -> T {
    let made = on_another_thread(|| {
        let _guard = tokio.enter();
        make()
    });
    made.expect("a thread that is about to end needs another one for tokio's timers")
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

impl Hash for Handle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        tokio::runtime::Handle::from(self.clone()).id().hash(state);
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        self.named.clone().unwrap_or_else(tokio::runtime::Handle::current).into()
    }
}
