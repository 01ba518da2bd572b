//! References to a runtime that a core keeps for its next ones.

use std::mem::ManuallyDrop;
use std::ops::Deref;

use super::Shared;
use crate::scheduler::Core;
use crate::sync::Arc;

/// A reference to a runtime.
///
/// One that is dropped by a thread with a core stays there, and the next one that is made there is that. So sleeps, watches and
/// handles that come and go on the runtime's own threads write nothing that other threads read, as a count of all would be.
pub(crate) struct Ref(ManuallyDrop<Arc<Shared>>);

impl Ref {
    #[inline]
    pub(crate) fn new(shared: &Shared) -> Self {
        let is_kept = shared.core_here(|core| core.is_some_and(|core| core.take_reference()));
        let arc = if is_kept { shared.take_over() } else { shared.to_arc() };
        Self(ManuallyDrop::new(arc))
    }
}

impl Deref for Ref {
    type Target = Shared;

    #[inline]
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Drop for Ref {
    #[inline]
    fn drop(&mut self) {
        if !self.core_here(|core| core.is_some_and(|core| core.keep_reference())) {
            // SAFETY: it is dropped once, here, and not used any more.
            unsafe { ManuallyDrop::drop(&mut self.0) };
        }
    }
}

impl Shared {
    /// One of the references that a core has kept.
    fn take_over(&self) -> Arc<Self> {
        // SAFETY: the core has given up one of those that were not dropped, but left to it.
        unsafe { Arc::from_raw(self.itself.as_ptr()) }
    }

    /// Drops the references that a core has kept. The caller has the core, and a reference of its own.
    pub(super) fn release_references(&self, core: &Core) {
        while core.take_reference() {
            drop(self.take_over());
        }
    }
}
