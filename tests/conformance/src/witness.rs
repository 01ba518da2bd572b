//! Values that count what happens to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// Counts; clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counter(Arc<AtomicUsize>);

impl Counter {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds one and returns how many there were before.
    pub(crate) fn add(&self) -> usize {
        self.0.fetch_add(1, SeqCst)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(SeqCst)
    }

    /// A value whose drop is counted.
    pub(crate) fn on_drop(&self) -> CountDrop {
        CountDrop(self.clone())
    }
}

/// Counts its drop.
#[derive(Debug)]
pub(crate) struct CountDrop(Counter);

impl Drop for CountDrop {
    fn drop(&mut self) {
        self.0.add();
    }
}
