//! Wakers that are all woken once.
//!
//! What loom explores of them, in `wakers_loom.rs`:
//!
//! | claim | model |
//! |---|---|
//! | whoever waits is woken, or sees the event, and then what was done before it | `all_who_wait_are_woken_or_see_the_event`, `who_waits_with_another_waker_is_woken_by_that`, `who_leaves_while_the_event_comes_takes_no_other_waker_along` |
//! | so does who looks without waiting | `who_looks_without_waiting_sees_what_was_done_before` |

use std::future::Future;
use std::mem;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use crate::sync::{AtomicBool, Mutex, MutexGuard, Ordering};

/// Of those who wait for an event that comes once.
#[derive(Debug, Default)]
pub(super) struct Wakers {
    // Set under the lock.
    is_over: AtomicBool,
    wakers: Mutex<Slab<Waker>>,
}

/// Where a waker is.
pub(super) type Place = NonZeroUsize;

impl Wakers {
    /// Whether the event has come.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        // Ordering: acquires what was done before the event.
        self.is_over.load(Ordering::Acquire)
    }

    /// `None` if the event has come.
    pub(super) fn add(&self, waker: &Waker) -> Option<Place> {
        let waker = waker.clone();
        let mut wakers = self.lock();
        if self.is_over() {
            return None;
        }
        Some(Place::MIN.saturating_add(wakers.insert(waker)))
    }

    /// Nobody waits at this place any more.
    pub(super) fn remove(&self, place: Place) {
        let waker = self.lock().try_remove(place.get() - 1);
        drop(waker);
    }

    /// The event has come.
    pub(super) fn wake_all(&self) {
        let mut wakers = self.lock();
        // Ordering: pairs with `is_over`.
        self.is_over.store(true, Ordering::Release);
        let all = mem::take(&mut *wakers);
        drop(wakers);
        all.into_iter().for_each(|(_, waker)| waker.wake());
    }

    fn lock(&self) -> MutexGuard<'_, Slab<Waker>> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Is ready when the event has come. Cancel safe.
pub(super) struct Come<'a> {
    wakers: &'a Wakers,
    // Where it waits, and with what.
    waits: Option<(Place, Waker)>,
}

impl Wakers {
    pub(super) fn come(&self) -> Come<'_> {
        Come { wakers: self, waits: None }
    }
}

impl Future for Come<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.wakers.is_over() {
            return Poll::Ready(());
        }
        if self.waits.as_ref().is_some_and(|(_, waker)| waker.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        self.leave();
        match self.wakers.add(cx.waker()) {
            Some(place) => {
                self.waits = Some((place, cx.waker().clone()));
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Come<'_> {
    fn leave(&mut self) {
        if let Some((place, _)) = self.waits.take() {
            self.wakers.remove(place);
        }
    }
}

impl Drop for Come<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(all(test, anyrt_loom))]
#[path = "wakers_loom.rs"]
mod loom_models;
