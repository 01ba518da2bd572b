//! What the handles of a runtime share.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::{Ref, Shared, context};

/// A native runtime, started by a [`Runtime`](crate::Runtime).
///
/// Cloning costs a reference count. Handles may outlive the runtime.
pub struct Handle {
    // `None` is whichever runtime the thread runs: it is for immediate use, and a clone names it.
    pub(super) named: Option<Ref>,
}

impl Handle {
    /// Names a runtime.
    #[inline]
    pub(crate) fn of(shared: &Shared) -> Self {
        Self { named: Some(Ref::new(shared)) }
    }

    /// Calls `then` with the runtime.
    #[inline]
    pub(crate) fn with<R>(&self, then: impl FnOnce(&Shared) -> R) -> R {
        self.try_with(|shared| match shared {
            Some(shared) => then(shared),
            None => panic!(
                "a handle that `try_here` returned was used where the thread is not inside the \
                 runtime any more: clone it to keep it"
            ),
        })
    }

    /// Calls `then` with the runtime, or with nothing for a handle that stands for the runtime around the thread, where there is
    /// none.
    #[inline]
    pub(crate) fn try_with<R>(&self, then: impl FnOnce(Option<&Shared>) -> R) -> R {
        match &self.named {
            Some(shared) => then(Some(shared)),
            None => context(|context| then(context.map(|context| context.shared))),
        }
    }

    /// The runtime, by a reference of its own.
    #[inline]
    pub(crate) fn to_shared(&self) -> Ref {
        self.with(Ref::new)
    }

    /// The runtime, if this names it.
    pub(crate) fn named(&self) -> Option<&Shared> {
        self.named.as_deref()
    }

    /// The runtime. For handles that were cloned.
    pub(crate) fn shared(&self) -> &Shared {
        self.named().expect("a clone of a handle names its runtime")
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        self.with(Self::of)
    }
}

/// Handles are equal if they are of the same runtime.
impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.with(|one| other.with(|other| std::ptr::eq(one, other)))
    }
}

impl Eq for Handle {}

impl Hash for Handle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.with(|shared| std::ptr::from_ref(shared).hash(state));
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.try_with(|shared| {
            let mut handle = f.debug_struct("Handle");
            // Not known of one that stands for the runtime around the thread, where there is none.
            if let Some(shared) = shared {
                handle.field("workers", &if shared.has_workers() { shared.cores.len() } else { 0 });
            }
            handle.finish_non_exhaustive()
        })
    }
}
