//! What is known of a runtime beyond what anyrt knows of it: how it was built.
//!
//! A handle of tokio's owns it. Code that finds itself inside a runtime, and has no such handle, finds it here by the
//! handle of anyrt.

#![allow(
    clippy::mutable_key_type,
    reason = "a handle is hashed and compared by which runtime it is of"
)]

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::{NonZeroU64, NonZeroUsize};
use std::ptr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock, RwLockWriteGuard, Weak};
use std::time::Instant;

use anyrt::{Handle, Timer};

use super::workers::Workers;

static ALL: LazyLock<RwLock<HashMap<Handle, Weak<Settings>>>> = LazyLock::new(RwLock::default);

/// How many of them lack something. There is hardly ever one, so that whoever asks need not look for it.
static LACKING: AtomicUsize = AtomicUsize::new(0);

/// How a runtime was built.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) handle: Handle,
    pub(crate) built: Built,
    pub(crate) id: NonZeroU64,
    /// By its clock.
    #[cfg_attr(not(feature = "time"), allow(dead_code, reason = "there are no timers then"))]
    started: Instant,
}

/// What the builder was told.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) name: Option<String>,
    /// `None` if the threads that block on it poll its tasks.
    pub(crate) workers: Option<NonZeroUsize>,
    /// Whether it is that of a `LocalRuntime`.
    pub(crate) is_local: bool,
    pub(crate) has_io: bool,
    pub(crate) has_time: bool,
    pub(crate) places: Arc<Workers>,
    /// Whether these tell what they have done.
    pub(crate) is_counted: bool,
}

impl Settings {
    /// Those of a runtime that has just been built.
    pub(crate) fn new(handle: Handle, built: Built) -> Arc<Self> {
        // Unlike a place in memory it is never that of another one.
        Self::insert(&mut write(), handle, built, next_id())
    }

    /// Those of any runtime. One that anyrt itself has started lacks nothing.
    pub(crate) fn of(handle: Handle) -> Arc<Self> {
        if let Some(settings) = Self::find(&handle) {
            return settings;
        }
        let mut all = write();
        // Another thread may have been faster.
        if let Some(settings) = all.get(&handle).and_then(Weak::upgrade) {
            return settings;
        }
        // A backend that does not tell has workers unless it was told otherwise, and that was not by this package.
        let workers = NonZeroUsize::new(handle.metrics().workers.unwrap_or(1));
        let built = Built {
            name: None,
            workers,
            is_local: false,
            has_io: true,
            has_time: true,
            places: Workers::new(workers),
            is_counted: false,
        };
        let id = id_of(&handle);
        Self::insert(&mut all, handle, built, id)
    }

    fn insert(
        all: &mut HashMap<Handle, Weak<Self>>,
        handle: Handle,
        built: Built,
        id: NonZeroU64,
    ) -> Arc<Self> {
        if built.lacks() {
            LACKING.fetch_add(1, Ordering::Relaxed);
        }
        let started = handle.now();
        let settings = Arc::new(Self { handle: handle.clone(), built, id, started });
        all.insert(handle, Arc::downgrade(&settings));
        settings
    }

    /// The number of this thread, which is one of the workers.
    pub(crate) fn worker_index(self: &Arc<Self>) -> Option<usize> {
        // Of a runtime that others have built these are here only as long as somebody keeps them. What tells of its
        // sleeps does so itself, and would keep the runtime.
        let kept = (!self.built.is_counted).then(|| Arc::clone(self));
        self.built.places.index(kept)
    }

    /// Whether no runtime lacks anything.
    #[inline]
    pub(crate) fn none_lack() -> bool {
        LACKING.load(Ordering::Relaxed) == 0
    }

    #[cold]
    pub(crate) fn has_io(handle: &Handle) -> bool {
        Self::find(handle).is_none_or(|settings| settings.built.has_io)
    }

    #[cold]
    pub(crate) fn has_time(handle: &Handle) -> bool {
        Self::find(handle).is_none_or(|settings| settings.built.has_time)
    }

    /// Whether a point in time is one to which the timers of the runtime are rounded.
    #[cfg(feature = "time")]
    pub(crate) fn is_at_tick(handle: &Handle, time: Instant) -> bool {
        let started = Self::find(handle).map_or(time, |settings| settings.started);
        time.saturating_duration_since(started).subsec_nanos() % 1_000_000 == 0
    }

    fn find(handle: &Handle) -> Option<Arc<Self>> {
        let all = ALL.read().unwrap_or_else(PoisonError::into_inner);
        all.get(handle).and_then(Weak::upgrade)
    }
}

impl Built {
    fn lacks(&self) -> bool {
        !self.has_io || !self.has_time
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        if self.built.lacks() {
            LACKING.fetch_sub(1, Ordering::Relaxed);
        }
        let mut all = write();
        let is_this = |entry: &Weak<Self>| ptr::eq(entry.as_ptr(), self);
        if all.get(&self.handle).is_some_and(is_this) {
            let removed = all.remove_entry(&self.handle);
            // A handle may be the last of its runtime.
            drop(all);
            drop(removed);
        }
    }
}

fn write() -> RwLockWriteGuard<'static, HashMap<Handle, Weak<Settings>>> {
    ALL.write().unwrap_or_else(PoisonError::into_inner)
}

/// Of a runtime that this package has not built: the same each time, as long as that runs, and none that is counted up to.
fn id_of(handle: &Handle) -> NonZeroU64 {
    let mut hasher = DefaultHasher::new();
    handle.hash(&mut hasher);
    NonZeroU64::MIN | hasher.finish() | 1 << 63
}

/// Of a runtime that this package builds, or of a set of local tasks.
pub(crate) fn next_id() -> NonZeroU64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NonZeroU64::MIN.saturating_add(NEXT.fetch_add(1, Ordering::Relaxed))
}
