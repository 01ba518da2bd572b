//! Tasks that this library itself has spawned on a runtime, which are none of the user's.
#![cfg_attr(
    not(all(unix, feature = "signal")),
    allow(dead_code, reason = "nothing spawns one then")
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Handle;

/// The runtimes of all of them.
static OWN: Mutex<Vec<Handle>> = Mutex::new(Vec::new());

/// How many there are, so that where there is none nobody takes the lock.
static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// Counts one, as long as this is there: a part of the task.
#[derive(Debug)]
pub(crate) struct OwnTask(Handle);

impl OwnTask {
    /// Of a task that is about to be spawned.
    pub(crate) fn on(runtime: &Handle) -> Self {
        lock().push(runtime.clone());
        NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(runtime.clone())
    }
}

impl Drop for OwnTask {
    fn drop(&mut self) {
        // Dropped without the lock: a handle may be the last of its runtime.
        let _removed = {
            let mut own = lock();
            let place = own.iter().position(|runtime| *runtime == self.0);
            place.map(|place| own.swap_remove(place))
        };
        NUMBER.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many a runtime has.
pub(crate) fn number(runtime: &Handle) -> usize {
    if NUMBER.load(Ordering::Relaxed) == 0 {
        return 0;
    }
    lock().iter().filter(|other| *other == runtime).count()
}

fn lock() -> MutexGuard<'static, Vec<Handle>> {
    OWN.lock().unwrap_or_else(PoisonError::into_inner)
}
