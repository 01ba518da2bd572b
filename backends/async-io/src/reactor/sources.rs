//! The sources of a runtime, whose waits end with it.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use anyrt_core::task::contain;
use slab::Slab;

/// What an executor with an end of its own registers its sources with: they return an error where they would have to wait
/// when it is [over](Self::end), which async-io, whose reactor belongs to the process, does not know of.
#[derive(Debug, Default)]
pub struct Sources {
    // Set under the lock.
    is_over: AtomicBool,
    sources: Mutex<Slab<Arc<Waits>>>,
}

impl Sources {
    /// The runtime has ended: operations that wait, and those that would have to from now on, return an error.
    pub fn end(&self) {
        let mut sources = lock(&self.sources);
        // Ordering: pairs with `is_over`.
        self.is_over.store(true, Ordering::Release);
        let all = mem::take(&mut *sources);
        // Wakers are code of others, which may drop a source.
        drop(sources);
        all.into_iter().for_each(|(_, waits)| waits.end());
    }

    /// Whether the runtime has ended.
    #[inline]
    pub fn is_over(&self) -> bool {
        // Ordering: acquires what was done before the end.
        self.is_over.load(Ordering::Acquire)
    }

    /// `None` if the runtime has ended.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Watch> {
        let waits = Arc::new(Waits::default());
        let mut sources = lock(&self.sources);
        if self.is_over() {
            return None;
        }
        let place = sources.insert(Arc::clone(&waits));
        drop(sources);
        Some(Watch { sources: Arc::clone(self), place, waits })
    }
}

/// The part of a source in its runtime.
#[derive(Debug)]
pub(super) struct Watch {
    sources: Arc<Sources>,
    place: usize,
    waits: Arc<Waits>,
}

impl Watch {
    /// Whether the runtime has ended.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.waits.is_over()
    }

    /// Has `waker` woken at the end of the runtime, as long as this is there. If that has come it is not: whoever keeps a
    /// waker looks whether it has afterwards.
    pub(super) fn keep(&self, waker: Waker) {
        lock(&self.waits.wakers).insert(waker);
    }

    /// For a wait that is about to begin.
    pub(super) fn wait(&self) -> Wait<'_> {
        Wait { waits: &self.waits, place: None }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut sources = lock(&self.sources.sources);
        // At the end all were taken out.
        let waits = (!self.sources.is_over()).then(|| sources.remove(self.place));
        drop(sources);
        drop(waits);
    }
}

/// Who waits for a source.
#[derive(Debug, Default)]
struct Waits {
    is_over: AtomicBool,
    wakers: Mutex<Slab<Waker>>,
}

impl Waits {
    #[inline]
    fn is_over(&self) -> bool {
        // Ordering: acquires what was done before the end, as `end` releases.
        self.is_over.load(Ordering::Acquire)
    }

    fn end(&self) {
        // Ordering: pairs with `is_over`. Whoever keeps a waker under the lock after this one sees it.
        self.is_over.store(true, Ordering::Release);
        let wakers = mem::take(&mut *lock(&self.wakers));
        wakers.into_iter().for_each(|(_, waker)| contain(|| waker.wake()));
    }
}

/// One wait for a source, which the end of the runtime ends.
pub(super) struct Wait<'a> {
    waits: &'a Waits,
    place: Option<usize>,
}

impl Wait<'_> {
    /// Has `waker` woken at the end of the runtime. Returns false if that has come.
    pub(super) fn keep(&mut self, waker: &Waker) -> bool {
        let is_kept = |place| {
            let wakers = lock(&self.waits.wakers);
            wakers.get(place).is_some_and(|kept: &Waker| kept.will_wake(waker))
        };
        if self.place.is_some_and(is_kept) {
            return true;
        }
        // Cloned, and dropped, without the lock: a waker may be the user's.
        let waker = waker.clone();
        let mut wakers = lock(&self.waits.wakers);
        if self.waits.is_over() {
            return false;
        }
        let replaced = match self.place {
            Some(place) => Some(mem::replace(&mut wakers[place], waker)),
            None => {
                self.place = Some(wakers.insert(waker));
                None
            }
        };
        drop(wakers);
        drop(replaced);
        true
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        let mut wakers = lock(&self.waits.wakers);
        // At the end all were taken out.
        let waker = (!self.waits.is_over()).then(|| wakers.remove(place));
        drop(wakers);
        drop(waker);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
