//! What the whole process knows of one signal: whether it was raised, and who listens.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::{io, mem};

use anyrt_signal::Action;

/// Those that anybody has ever listened for. None is taken away, because its handler stays.
static KINDS: Mutex<BTreeMap<c_int, Arc<Kind>>> = Mutex::new(BTreeMap::new());

/// A signal that somebody has listened for, on whatever runtime.
///
/// The handler sets a flag. Whoever looks next, a listener or the task of a runtime, turns the flag into a number
/// that has grown, and wakes all listeners. Each of them compares that with the number that it saw last: it misses nothing, and
/// what came several times meanwhile is one signal.
#[derive(Debug)]
pub(super) struct Kind {
    raised: Arc<AtomicBool>,
    listeners: Mutex<Listeners>,
    /// It sets the flag, before the bells are rung, for it was asked for first.
    _action: Action,
}

#[derive(Debug, Default)]
struct Listeners {
    /// How often the flag was found.
    signals: u64,
    /// Of those that wait, by their numbers.
    wakers: Wakers,
    last: u64,
}

type Wakers = BTreeMap<u64, Waker>;

/// Where a listener stands.
#[derive(Debug)]
pub(super) struct Position {
    listener: u64,
    seen: u64,
}

impl Kind {
    /// # Errors
    /// It can't be handled.
    pub(super) fn of(number: c_int) -> io::Result<Arc<Self>> {
        let mut kinds = kinds();
        if let Some(kind) = kinds.get(&number) {
            return Ok(Arc::clone(kind));
        }
        let raised = Arc::new(AtomicBool::new(false));
        let action = anyrt_signal::set_flag(number, Arc::clone(&raised))?;
        let kind = Arc::new(Self { raised, listeners: Mutex::default(), _action: action });
        kinds.insert(number, Arc::clone(&kind));
        Ok(kind)
    }

    /// One more listener, which gets what is raised from now on.
    pub(super) fn listen(&self) -> Position {
        // What was raised before is for the others.
        self.look();
        self.listen_with_pending()
    }

    /// One more listener, which also gets what was raised before and nobody has looked at yet.
    pub(super) fn listen_with_pending(&self) -> Position {
        let mut listeners = self.listeners();
        listeners.last += 1;
        Position { listener: listeners.last, seen: listeners.signals }
    }

    /// Ready if there was a signal since it last was. Otherwise the listener is woken by the next one, as soon as
    /// anybody [looks](Self::look).
    pub(super) fn poll(&self, position: &mut Position, cx: &Context<'_>) -> Poll<()> {
        // Before the lock, because it is code of others.
        let waker = cx.waker().clone();
        let mut listeners = self.listeners();
        let old = listeners.wakers.remove(&position.listener);
        let others = self.take_flag(&mut listeners);
        let is_new = listeners.signals != position.seen;
        if is_new {
            position.seen = listeners.signals;
        } else {
            listeners.wakers.insert(position.listener, waker);
        }
        drop(listeners);
        drop(old);
        wake(others);
        if is_new { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Leaves nothing of a wait.
    pub(super) fn forget(&self, position: &Position) {
        let waker = self.listeners().wakers.remove(&position.listener);
        drop(waker);
    }

    /// Sees whether it was raised, and tells the listeners.
    fn look(&self) {
        let others = self.take_flag(&mut self.listeners());
        wake(others);
    }

    /// Takes the flag, and those who are to be woken for it. Under the lock, so that nobody finds the flag taken and the
    /// number not grown.
    fn take_flag(&self, listeners: &mut Listeners) -> Wakers {
        // It pairs with the handler, so that a listener sees what was before the signal.
        if !self.raised.swap(false, Ordering::AcqRel) {
            return Wakers::new();
        }
        listeners.signals += 1;
        mem::take(&mut listeners.wakers)
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sees which signals were raised, and tells their listeners in all runtimes.
pub(super) fn look_at_all() {
    for kind in all() {
        kind.look();
    }
}

/// Wakes all who wait, for what served them has ended: each looks for another runtime.
pub(super) fn wake_all() {
    for kind in all() {
        let wakers = mem::take(&mut kind.listeners().wakers);
        wake(wakers);
    }
}

/// To be called without any lock, because wakers are code of others. One that panics keeps no other from being woken.
fn wake(wakers: Wakers) {
    for waker in wakers.into_values() {
        let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
    }
}

fn all() -> Vec<Arc<Kind>> {
    kinds().values().cloned().collect()
}

fn kinds() -> MutexGuard<'static, BTreeMap<c_int, Arc<Kind>>> {
    KINDS.lock().unwrap_or_else(PoisonError::into_inner)
}
