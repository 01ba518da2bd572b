//! Which of a runtime's workers a thread is. It is found out when somebody asks.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Workers;

thread_local! {
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// The place of a thread among the workers, which it has until it ends, or has left the `block_on` that made it one.
pub(super) struct Place {
    workers: Arc<Workers>,
    index: usize,
}

impl Place {
    /// The number of this thread. On a thread that is about to end there is none.
    pub(super) fn of_this_thread(workers: &Arc<Workers>) -> Option<usize> {
        let known_or_taken = |place: &RefCell<Option<Self>>| {
            let mut place = place.borrow_mut();
            if !place.as_ref().is_some_and(|place| Arc::ptr_eq(&place.workers, workers)) {
                *place = Self::take(workers);
            }
            place.as_ref().map(|place| place.index)
        };
        PLACE.try_with(known_or_taken).ok().flatten()
    }

    /// Frees the place of this thread, if it has one among these workers.
    pub(super) fn leave(workers: &Arc<Workers>) {
        let is_of_these = |place: &mut Self| Arc::ptr_eq(&place.workers, workers);
        let left = PLACE.try_with(|place| place.borrow_mut().take_if(is_of_these));
        drop(left);
    }

    fn take(workers: &Arc<Workers>) -> Option<Self> {
        let is_free = |index: &usize| !workers.each[*index].is_taken.swap(true, Ordering::Relaxed);
        let number = workers.each.len();
        let index = match (0..number).find(is_free) {
            Some(index) => index,
            None if workers.is_current_thread => return None,
            // A worker has blocked in place, and this one works in its stead.
            None => workers.sharing.fetch_add(1, Ordering::Relaxed) % number,
        };
        Some(Self { workers: Arc::clone(workers), index })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.workers.each[self.index].is_taken.store(false, Ordering::Relaxed);
    }
}
