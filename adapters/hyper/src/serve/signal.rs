//! What a server, one of its connections and the requests over it tell each other.

use std::future::poll_fn;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Wake, Waker};

/// A connection that serves one request after the other touches its own memory alone.
#[derive(Debug)]
#[repr(C)] // What each request touches comes first, in one line of the caches with the count of references.
pub(super) struct Signal {
    begun: AtomicU32,
    under_way: AtomicU32,
    activity: AtomicU32,
    is_in_head: AtomicBool,
    is_multiplexed: AtomicBool,
    has_tunnels: AtomicBool,
    is_blocked: AtomicBool,
    has_rung: AtomicBool,
    is_cut_off: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Signal {
    pub(super) fn new() -> Self {
        Self {
            begun: AtomicU32::new(0),
            is_in_head: AtomicBool::new(false),
            is_multiplexed: AtomicBool::new(false),
            has_tunnels: AtomicBool::new(false),
            is_blocked: AtomicBool::new(false),
            is_cut_off: AtomicBool::new(false),
            // So that what rings is looked at once, and knows whom to wake.
            has_rung: AtomicBool::new(true),
            under_way: AtomicU32::new(0),
            activity: AtomicU32::new(0),
            waker: Mutex::new(None),
        }
    }

    /// Wakes the task of the connection.
    pub(super) fn wake_task(&self) {
        // It stays, so that the task needs to register no other while it has the same.
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn set_waker(&self, waker: &Waker) {
        let waker = Some(waker.clone());
        let before =
            mem::replace(&mut *self.waker.lock().unwrap_or_else(PoisonError::into_inner), waker);
        drop(before);
    }

    /// Sees to it that `waker` is woken by [`wake_task`](Self::wake_task), where it is not the one that was `registered` last.
    #[inline]
    pub(super) fn register(&self, registered: &mut Option<Waker>, waker: &Waker) {
        if !registered.as_ref().is_some_and(|registered| registered.will_wake(waker)) {
            self.set_waker(waker);
            *registered = Some(waker.clone());
        }
    }

    /// Notes that a request has come, over a connection that takes others meanwhile or does not. To be called by the task of the
    /// connection alone.
    #[inline]
    pub(super) fn begin(&self, is_multiplexed: bool) {
        // Never back to none, however long the connection lasts.
        self.begun.store(self.begun().wrapping_add(1).max(1), Ordering::Relaxed);
        self.is_in_head.store(false, Ordering::Relaxed);
        self.is_multiplexed.store(is_multiplexed, Ordering::Relaxed);
    }

    /// Whether one request does not wait for another, but has a task of its own.
    #[inline]
    pub(super) fn is_multiplexed(&self) -> bool {
        self.is_multiplexed.load(Ordering::Relaxed)
    }

    /// How many requests have come.
    #[inline]
    pub(super) fn begun(&self) -> u32 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Whether a request has come.
    #[inline]
    pub(super) fn has_begun(&self) -> bool {
        self.begun() > 0
    }

    /// Whether a request may be on its way: the first one, or one of HTTP/1 of which something was read.
    #[inline]
    pub(super) fn expects_request(&self) -> bool {
        let is_in_head = || self.is_in_head.load(Ordering::Relaxed);
        !self.has_begun() || is_in_head() && !self.is_multiplexed()
    }

    /// Which request the connection waits for, if it is its first or there is nothing else under way.
    #[inline]
    pub(super) fn awaits(&self) -> Option<u32> {
        let begun = self.begun();
        let is_busy = || self.is_multiplexed() || self.is_under_way();
        (begun == 0 || !is_busy()).then_some(begun)
    }

    /// Notes that the connection has become a tunnel, or a stream of HTTP/2 has: nothing tells when that ends.
    pub(super) fn tunnel(&self) {
        self.has_tunnels.store(true, Ordering::Relaxed);
    }

    /// Whether there is what ought to be finished: a request without its whole answer, or bytes that the peer has not taken.
    #[inline]
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
            || [&self.is_blocked, &self.has_tunnels].iter().any(|flag| flag.load(Ordering::Relaxed))
    }

    /// Whether it waits between two requests.
    pub(super) fn is_idle(&self) -> bool {
        !self.expects_request() && !self.is_under_way()
    }

    /// Notes that bytes have gone in either direction. To be called by whoever has the stream alone.
    #[inline]
    pub(super) fn note_activity(&self) {
        add_one(&self.activity);
    }

    /// Notes that bytes were read, as with [`note_activity`](Self::note_activity).
    #[inline]
    pub(super) fn note_read(&self) {
        self.note_activity();
        if !self.is_under_way() {
            self.is_in_head.store(true, Ordering::Relaxed);
        }
    }

    /// Notes whether the peer has to take bytes before more can go. To be called by whoever has the stream alone.
    #[inline]
    pub(super) fn set_blocked(&self, is_blocked: bool) {
        self.is_blocked.store(is_blocked, Ordering::Relaxed);
    }

    /// How often they have.
    pub(super) fn activity(&self) -> u32 {
        self.activity.load(Ordering::Relaxed)
    }

    /// Whether it was woken as a waker since the last call, or this is the first one.
    #[inline]
    pub(super) fn takes_alarm(&self) -> bool {
        // Ordering: the load does without the cost of the other where it has not rung. What has rung shall be seen with it.
        self.has_rung.load(Ordering::Relaxed) && self.has_rung.swap(false, Ordering::Acquire)
    }

    /// Waits until there is no request any more, when the task of the connection has ended: those of HTTP/2 have tasks of their own,
    /// which see that later.
    pub(super) async fn requests_end(&self) {
        // Ordering: either this sees the count of the last one that ends, or that one sees this.
        self.is_cut_off.store(true, Ordering::SeqCst);
        poll_fn(|cx| {
            self.set_waker(cx.waker());
            match self.under_way.load(Ordering::SeqCst) {
                0 => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
        .await;
    }
}

/// The waker of what the connection waits for beside its stream.
impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Ordering: pairs with `takes_alarm`.
        self.has_rung.store(true, Ordering::Release);
        self.wake_task();
    }
}

/// Of a number that nobody else changes meanwhile.
#[inline]
fn add_one(number: &AtomicU32) {
    number.store(number.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// A request that is under way, or a part of its answer, as long as this is there.
///
/// Those of HTTP/1 are in the task of their connection, which counts them without the cost of others that might count too.
#[derive(Debug)]
pub(super) struct UnderWay {
    signal: Arc<Signal>,
}

impl UnderWay {
    /// To be called when the request has begun.
    #[inline]
    pub(super) fn new(signal: &Arc<Signal>) -> Self {
        if signal.is_multiplexed() {
            signal.under_way.fetch_add(1, Ordering::Relaxed);
        } else {
            add_one(&signal.under_way);
        }
        Self { signal: signal.clone() }
    }

    /// Something else of the same connection.
    pub(super) fn another(&self) -> Self {
        Self::new(&self.signal)
    }

    pub(super) fn signal(&self) -> &Signal {
        &self.signal
    }
}

impl Drop for UnderWay {
    #[inline]
    fn drop(&mut self) {
        let under_way = &self.signal.under_way;
        if !self.signal.is_multiplexed() {
            // That task is gone, with all that it counts, before anybody waits for it.
            return under_way.store(under_way.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
        }
        // Ordering: see `requests_end`.
        let was_last = under_way.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_last && self.signal.is_cut_off.load(Ordering::SeqCst) {
            self.signal.wake_task();
        }
    }
}
