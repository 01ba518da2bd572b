//! What loom has in the place of the standard library's, and what it lacks.

use std::sync;

pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize};
pub(crate) use loom::sync::{Mutex, MutexGuard};
pub(crate) use loom::thread::LocalKey;

use super::Ordering;

/// `std::thread_local`, as far as it is needed: loom's knows no constants.
macro_rules! of_threads {
    ($($(#[$doc:meta])* static $name:ident: $type:ty = const $value:block;)*) => {
        ::loom::thread_local! { $($(#[$doc])* static $name: $type = $value;)* }
    };
}
pub(crate) use of_threads as thread_local;

/// `std::sync::OnceLock`, whose orderings are its own and loom's to explore.
#[derive(Debug)]
pub(crate) struct OnceLock<T> {
    value: sync::OnceLock<T>,
    is_set: AtomicBool,
    /// Held by whoever makes the value.
    makes: Mutex<()>,
}

impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        let value = sync::OnceLock::new();
        Self { value, is_set: AtomicBool::new(false), makes: Mutex::new(()) }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        // Ordering: pairs with the store in `get_or_init`.
        if self.is_set.load(Ordering::Acquire) { self.value.get() } else { None }
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        let makes = self.makes.lock();
        let value = self.value.get_or_init(make);
        // Ordering: pairs with the load in `get`.
        self.is_set.store(true, Ordering::Release);
        drop(makes);
        value
    }
}
