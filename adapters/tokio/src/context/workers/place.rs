//! Which of a runtime's workers a thread is. It is found out when somebody asks.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Workers;
use crate::context::Settings;

thread_local! {
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// The place of a thread among the workers, which it has until it ends, or has left the `block_on` that made it one.
pub(super) struct Place {
    workers: Arc<Workers>,
    index: usize,
    _kept: Option<Arc<Settings>>,
}

impl Place {
    /// The number of this thread. On a thread that is about to end there is none.
    pub(super) fn of_this_thread(
        workers: &Arc<Workers>,
        kept: Option<Arc<Settings>>,
    ) -> Option<usize> {
        let is_of_these = |place: &&Self| Arc::ptr_eq(&place.workers, workers);
        let index = |place: &Self| place.index;
        let known = PLACE.try_with(|place| place.borrow().as_ref().filter(is_of_these).map(index));
        if let Some(index) = known.ok()? {
            return Some(index);
        }
        let place = Self::take(workers, kept);
        let index = place.as_ref().map(index);
        // What the one before has kept is not dropped while it is borrowed.
        drop(PLACE.try_with(|old| old.replace(place)));
        index
    }

    /// Frees the place of this thread, if it has one among these workers.
    pub(super) fn leave(workers: &Arc<Workers>) {
        let is_of_these = |place: &mut Self| Arc::ptr_eq(&place.workers, workers);
        let left = PLACE.try_with(|place| place.borrow_mut().take_if(is_of_these));
        drop(left);
    }

    fn take(workers: &Arc<Workers>, kept: Option<Arc<Settings>>) -> Option<Self> {
        let is_free = |index: &usize| !workers.each[*index].is_taken.swap(true, Ordering::Relaxed);
        let number = workers.each.len();
        let index = match (0..number).find(is_free) {
            Some(index) => index,
            None if workers.is_current_thread => return None,
            // A worker has blocked in place, and this one works in its stead.
            None => workers.sharing.fetch_add(1, Ordering::Relaxed) % number,
        };
        Some(Self { workers: Arc::clone(workers), index, _kept: kept })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.workers.each[self.index].is_taken.store(false, Ordering::Relaxed);
    }
}
