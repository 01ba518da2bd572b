//! What the handles of a runtime share.

use std::hash::{Hash, Hasher};
use std::time::Instant;
use std::{fmt, io};

use anyrt_core::Flavor;

use super::{Ref, Shared, context};
use crate::reactor::Driver;
use crate::sync::Arc;
use crate::time::Timers;

/// A native runtime, started by a [`Runtime`](crate::Runtime).
///
/// Cloning costs a reference count. Handles may outlive the runtime.
pub struct Handle {
    // `None` is whichever runtime the thread runs: it is for immediate use, and a clone names it.
    named: Option<Ref>,
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { named: Some(shared.into()) }
    }

    /// Names a runtime.
    #[inline]
    pub(crate) fn of(shared: &Shared) -> Self {
        Self { named: Some(Ref::new(shared)) }
    }

    /// Stands for the runtime whose worker this thread is, or whose `block_on` it is in.
    pub(crate) fn around() -> Self {
        Self { named: None }
    }

    /// Calls `then` with the runtime.
    #[inline]
    pub(crate) fn with<R>(&self, then: impl FnOnce(&Shared) -> R) -> R {
        match &self.named {
            Some(shared) => then(shared),
            None => context(|context| match context {
                Some(context) => then(context.shared),
                None => panic!(
                    "a handle that `try_here` returned was used where the thread is not inside the \
                     runtime any more: clone it to keep it"
                ),
            }),
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

    /// For those that were cloned.
    fn shared(&self) -> &Shared {
        self.named.as_deref().expect("a clone of a handle names its runtime")
    }

    /// Panics in a process that was forked from the one with the runtime. For handles that were cloned.
    #[track_caller]
    pub(crate) fn assert_process(&self) {
        self.shared().assert_process();
    }

    /// An error in a process that was forked from the one with the runtime. For handles that were cloned.
    pub(crate) fn check_process(&self) -> io::Result<()> {
        self.shared().check_process()
    }

    /// The reactor. For handles that were cloned.
    pub(crate) fn driver(&self) -> &Driver {
        &self.shared().driver
    }

    /// The timers. For handles that were cloned.
    pub(crate) fn timers(&self) -> &Timers {
        &self.shared().timers
    }

    /// The time. Of a handle that stands for the runtime around the thread, where there is none, that of the system.
    #[inline]
    pub(crate) fn clock_now(&self) -> Instant {
        match &self.named {
            Some(shared) => shared.timers.now(),
            None => context(|context| {
                context.map_or_else(Instant::now, |context| context.shared.timers.now())
            }),
        }
    }

    /// The wheel of the calling thread. For handles that were cloned.
    pub(crate) fn wheel_here(&self) -> usize {
        self.shared().wheel_here()
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
        let mut describe = |shared: Option<&Shared>| {
            let mut handle = f.debug_struct("Handle");
            // Not known of one that stands for the runtime around the thread, where there is none.
            if let Some(shared) = shared {
                let is_driven = shared.options.config.flavor == Flavor::CurrentThread;
                handle.field("workers", &if is_driven { 0 } else { shared.cores.len() });
            }
            handle.finish_non_exhaustive()
        };
        match &self.named {
            Some(shared) => describe(Some(&**shared)),
            None => context(|context| describe(context.map(|context| context.shared))),
        }
    }
}
