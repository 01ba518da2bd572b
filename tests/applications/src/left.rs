//! What is left of a load: tasks on every backend, and descriptors where Linux tells them.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyrt::observe::{self, End, Observer, TaskObserver};
use anyrt::task::Meta;

/// Counts the tasks and blocking closures of the process that are spawned from now on, and have not ended.
#[derive(Clone, Default)]
pub struct Alive(Arc<AtomicUsize>);

impl Alive {
    /// In the place of whatever observed them before.
    pub fn install() -> Self {
        let alive = Self::default();
        observe::install(Arc::new(alive.clone()));
        alive
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Observer for Alive {
    fn spawned(&self, _: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Some(Arc::new(self.clone()))
    }
}

impl TaskObserver for Alive {
    fn ended(&self, _: End) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many descriptors the process has open, with the one that counts them.
///
/// # Errors
/// There is none left to count them by.
pub fn descriptors() -> io::Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}
