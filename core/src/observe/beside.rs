//! Two observers in the place of one.

use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::{End, IS_INSTALLED, OBSERVER, Observer, TaskObserver, WAS_INSTALLED, Wait};
use crate::task::{Id, Meta, contain};

/// Has an observer told of all that is spawned from now on, beside the one that is there.
///
/// So libraries that observe, each for a purpose of its own, need not know of each other. They are told in the order
/// in which they came, and of the end of a poll the other way round; a panic of one is not the other's.
/// [`uninstall`](super::uninstall) returns them as one. [As for forks](super::install#forks), it is like `install`.
///
/// ```
/// use std::sync::Arc;
/// use anyrt_core::observe::{self, Observer, TaskObserver};
/// use anyrt_core::task::Meta;
///
/// struct Print(&'static str);
///
/// impl Observer for Print {
///     fn spawned(&self, task: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
///         println!("{}: {}", self.0, task.location);
///         None
///     }
/// }
///
/// observe::install_beside(Arc::new(Print("first")));
/// observe::install_beside(Arc::new(Print("second")));
/// assert!(observe::uninstall().is_some());
/// assert!(!observe::is_installed());
/// ```
pub fn install_beside(observer: Arc<dyn Observer>) {
    WAS_INSTALLED.store(true, Ordering::Relaxed);
    let mut place = OBSERVER.write().unwrap_or_else(PoisonError::into_inner);
    *place = Some(match mem::take(&mut *place) {
        Some(first) => Arc::new(Both { first, second: observer }),
        None => observer,
    });
    // Under the lock, as in `replace`.
    IS_INSTALLED.store(true, Ordering::Relaxed);
}

struct Both<T: ?Sized> {
    first: Arc<T>,
    second: Arc<T>,
}

impl Observer for Both<dyn Observer> {
    fn spawned(&self, task: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
        let mut first = None;
        contain(|| first = self.first.spawned(task));
        let mut second = None;
        contain(|| second = self.second.spawned(task));
        match (first, second) {
            (Some(first), Some(second)) => Some(Arc::new(Both { first, second })),
            (one, None) | (None, one) => one,
        }
    }
}

// Whoever calls contains the panic of the last.
impl TaskObserver for Both<dyn TaskObserver> {
    fn identified(&self, id: Id) {
        contain(|| self.first.identified(id));
        self.second.identified(id);
    }

    fn poll_begins(&self) {
        contain(|| self.first.poll_begins());
        self.second.poll_begins();
    }

    fn poll_ends(&self) {
        contain(|| self.second.poll_ends());
        self.first.poll_ends();
    }

    fn waits_for(&self, wait: &Wait<'_>) {
        contain(|| self.first.waits_for(wait));
        self.second.waits_for(wait);
    }

    fn ended(&self, end: End) {
        contain(|| self.first.ended(end));
        self.second.ended(end);
    }
}
