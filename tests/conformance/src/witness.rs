//! What the cases watch with: counters, gates, and threads outside the runtime.
//!
//! Whatever waits notes where: see `waits.rs`.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{Location, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, RecvError};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use anyrt_core::{BlockOn, Launch, yield_now};
use futures::channel::oneshot;

use crate::waits::{Waits, waiting};

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

/// Runs a closure when it is dropped.
pub(crate) struct OnDrop<F: FnOnce()>(Option<F>);

pub(crate) fn on_drop<F: FnOnce()>(closure: F) -> OnDrop<F> {
    OnDrop(Some(closure))
}

impl<F: FnOnce()> fmt::Debug for OnDrop<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnDrop")
    }
}

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(closure) = self.0.take() {
            closure();
        }
    }
}

/// Enters a runtime from a thread of the case: `block_on` that is found when it hangs.
pub(crate) trait Drive: BlockOn {
    #[track_caller]
    fn drive<F: Future>(&self, future: F) -> F::Output {
        let _waiting = waiting();
        self.block_on(future)
    }
}

impl<H: BlockOn> Drive for H {}

/// An executor that the runtime does not know, on a thread of the case.
pub(crate) mod executor {
    use super::*;

    #[track_caller]
    pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
        let _waiting = waiting();
        futures::executor::block_on(future)
    }
}

/// Waits for a channel of the standard library on a thread of the case.
pub(crate) trait Receive<T> {
    fn receive(&self) -> Result<T, RecvError>;
}

impl<T> Receive<T> for Receiver<T> {
    #[track_caller]
    fn receive(&self) -> Result<T, RecvError> {
        let _waiting = waiting();
        self.recv()
    }
}

/// A gate for threads, closed at first. Tasks wait for a oneshot channel instead.
pub(crate) fn gate() -> (Keeper, Gate) {
    let gate = Gate { state: Arc::default(), waits: Waits::of_this_thread() };
    (Keeper(gate.clone()), gate)
}

/// Blocks the threads that come to it until its [`Keeper`] opens it.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    state: Arc<(Mutex<bool>, Condvar)>,
    // Of the thread that made it: those that come to it belong to the runtime.
    waits: Option<Waits>,
}

impl Gate {
    #[track_caller]
    pub(crate) fn wait(&self) {
        let location = Location::caller();
        let _waiting = self.waits.as_ref().map(|waits| waits.begin(location));
        let (is_open, opens) = &*self.state;
        let mut is_open = is_open.lock().unwrap();
        while !*is_open {
            is_open = opens.wait(is_open).unwrap();
        }
    }
}

/// Opens its gate when it is dropped: a case that fails leaves no thread behind that way.
#[derive(Debug)]
pub(crate) struct Keeper(Gate);

impl Keeper {
    pub(crate) fn open(self) {}
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let (is_open, opens) = &*self.0.state;
        *is_open.lock().unwrap() = true;
        opens.notify_all();
    }
}

/// Waits in a task until `condition` holds.
#[track_caller]
pub(crate) fn until(condition: impl Fn() -> bool) -> impl Future<Output = ()> {
    let waiting = waiting();
    async move {
        let _waiting = waiting;
        while !condition() {
            yield_now().await;
        }
    }
}

/// Waits on a thread of the case's own until `condition` holds.
#[track_caller]
pub(crate) fn wait_until(condition: impl Fn() -> bool) {
    let _waiting = waiting();
    while !condition() {
        thread::yield_now();
    }
}

/// Runs `closure` on a thread that the runtime does not know, and the runtime meanwhile.
///
/// This thread is in `block_on`, without which a current-thread runtime would stand still.
#[track_caller]
pub(crate) fn on_foreign_thread<L: Launch, T: Send + 'static>(
    runtime: &L,
    closure: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (done, is_done) = oneshot::channel();
    let waits = Waits::of_this_thread();
    let thread = thread::spawn(move || {
        waits.inspect(Waits::adopt_this_thread);
        let _ = done.send(closure());
    });
    let result = runtime.handle().drive(is_done);
    if let Err(payload) = thread.join() {
        resume_unwind(payload);
    }
    result.expect("the closure returned")
}

/// The text of a panic, if it has one.
pub(crate) fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or_default()
}
