//! A task or closure that tells its observer what becomes of it.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use super::{CURRENT, End, TaskObserver, tell};
use crate::task::Id;

/// What a task shares with whoever spawns it.
pub(super) struct Record {
    // `None` only while this is dropped.
    observer: Option<Arc<dyn TaskObserver>>,
    is_identified: AtomicBool,
}

impl Record {
    pub(super) fn new(observer: Arc<dyn TaskObserver>) -> Self {
        Self { observer: Some(observer), is_identified: AtomicBool::new(false) }
    }

    /// Calls the observer, and contains its panic.
    #[inline]
    pub(super) fn tell(&self, call: impl FnOnce(&dyn TaskObserver)) {
        if let Some(observer) = &self.observer {
            tell(|| call(&**observer));
        }
    }

    /// Tells the id that `current` has, unless it is known.
    #[inline]
    fn identify_by(&self, current: fn() -> Option<Id>) {
        // Ordering: as in `identify`.
        if !self.is_identified.load(Ordering::Acquire) {
            if let Some(id) = current() {
                self.identify(id);
            }
        }
    }

    /// Tells the id. Nobody waits here until another thread has told it: the observer may be slow.
    pub(super) fn identify(&self, id: Id) {
        // Ordering: pairs with the store below, so that what the observer makes of the id is there.
        if !self.is_identified.load(Ordering::Acquire) {
            self.tell(|observer| observer.identified(id));
            // Ordering: pairs with the load above.
            self.is_identified.store(true, Ordering::Release);
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        tell(|| drop(self.observer.take()));
    }
}

/// A boxed future or closure, and who observes it.
pub(super) struct Observed<W> {
    // `None` once a closure was called, and while this is dropped.
    work: Option<W>,
    ending: Ending,
    current: fn() -> Option<Id>,
}

/// Tells the end when it is dropped, which is after the future also where that panics.
struct Ending {
    // `None` only during a poll: see `Running`.
    record: Option<Arc<Record>>,
    // As it would be now.
    end: End,
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(record) = &self.record {
            record.tell(|observer| observer.ended(self.end));
        }
    }
}

impl<W> Observed<W> {
    /// `current` is asked before the first poll which task it is.
    pub(super) fn new(work: W, record: Arc<Record>, current: fn() -> Option<Id>) -> Self {
        let ending = Ending { record: Some(record), end: End::Cancelled };
        Self { work: Some(work), ending, current }
    }

    /// Polls the future, or calls the closure.
    fn run<T>(&mut self, run: impl FnOnce(&mut Option<W>) -> Poll<T>) -> Poll<T> {
        if let Some(record) = &self.ending.record {
            record.identify_by(self.current);
        }
        // What holds if it does not return.
        self.ending.end = End::Panicked;
        let running = Running::begin(&mut self.ending.record);
        let poll = run(&mut self.work);
        drop(running);
        self.ending.end = if poll.is_ready() { End::Completed } else { End::Cancelled };
        poll
    }
}

impl<F: Future + ?Sized> Future for Observed<Pin<Box<F>>> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.run(|future| future.as_mut().map_or(Poll::Pending, |future| future.as_mut().poll(cx)))
    }
}

impl<T> Observed<Box<dyn FnOnce() -> T + Send>> {
    pub(super) fn call(mut self) -> T {
        let output = self
            .run(|closure| closure.take().map_or(Poll::Pending, |closure| Poll::Ready(closure())));
        match output {
            Poll::Ready(output) => output,
            Poll::Pending => unreachable!("a closure is there until it is called"),
        }
    }
}

impl<W> Drop for Observed<W> {
    fn drop(&mut self) {
        let end = mem::replace(&mut self.ending.end, End::Panicked);
        self.work = None;
        self.ending.end = end;
    }
}

/// Keeps a task the one that is polled on this thread, until it is dropped.
///
/// The record lies with the thread meanwhile, and not with the task: to move it there and back is cheaper than to count
/// another owner.
struct Running<'a> {
    place: &'a mut Option<Arc<Record>>,
    before: Option<Arc<Record>>,
}

impl<'a> Running<'a> {
    #[inline]
    fn begin(place: &'a mut Option<Arc<Record>>) -> Self {
        if let Some(record) = place {
            record.tell(TaskObserver::poll_begins);
        }
        // On a thread that ends, and has no variables any more, the record stays where it is.
        let before = CURRENT.try_with(|current| current.replace(place.take())).ok().flatten();
        Self { place, before }
    }
}

impl Drop for Running<'_> {
    #[inline]
    fn drop(&mut self) {
        let before = self.before.take();
        let _ = CURRENT.try_with(|current| *self.place = current.replace(before));
        if let Some(record) = &self.place {
            record.tell(TaskObserver::poll_ends);
        }
    }
}
