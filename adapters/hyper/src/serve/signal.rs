//! What a server, one of its connections and the requests over it tell each other.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Poll, Waker};

use futures_util::task::AtomicWaker;

/// A connection that serves one request after the other touches its own memory alone.
#[derive(Debug, Default)]
pub(super) struct Signal {
    has_begun: AtomicBool,
    has_tunnels: AtomicBool,
    is_cut_off: AtomicBool,
    under_way: AtomicUsize,
    activity: AtomicUsize,
    waker: AtomicWaker,
}

impl Signal {
    /// Wakes the task of the connection.
    pub(super) fn wake(&self) {
        self.waker.wake();
    }

    /// Sees to it that `waker` is woken by [`wake`](Self::wake), where it is not the one that was `registered` last.
    pub(super) fn register(&self, registered: &mut Option<Waker>, waker: &Waker) {
        if !registered.as_ref().is_some_and(|registered| registered.will_wake(waker)) {
            self.waker.register(waker);
            *registered = Some(waker.clone());
        }
    }

    /// Notes that a request has come.
    pub(super) fn begin(&self) {
        self.has_begun.store(true, Ordering::Relaxed);
    }

    /// Whether a request has come.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Notes that the connection has become a tunnel, or some streams of HTTP/2 have: nothing tells when these end.
    pub(super) fn tunnel(&self) {
        self.has_tunnels.store(true, Ordering::Relaxed);
    }

    /// Whether there is what ought to be finished: a request without its whole answer, or bytes that the peer has not taken.
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0 || self.has_tunnels.load(Ordering::Relaxed)
    }

    /// Whether it waits between two requests.
    pub(super) fn is_idle(&self) -> bool {
        self.has_begun() && !self.is_under_way()
    }

    /// Notes that bytes have gone in either direction.
    pub(super) fn note_activity(&self) {
        self.activity.fetch_add(1, Ordering::Relaxed);
    }

    /// How often they have.
    pub(super) fn activity(&self) -> usize {
        self.activity.load(Ordering::Relaxed)
    }

    /// Waits until there is no request any more, when the task of the connection has ended: those of HTTP/2 have tasks of their own,
    /// which see that later.
    pub(super) async fn requests_end(&self) {
        // Ordering: either this sees the count of the last one that ends, or that one sees this.
        self.is_cut_off.store(true, Ordering::SeqCst);
        poll_fn(|cx| {
            self.waker.register(cx.waker());
            match self.under_way.load(Ordering::SeqCst) {
                0 => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
        .await;
    }
}

/// Something that is under way, as long as this is there.
#[derive(Debug)]
pub(super) struct UnderWay {
    signal: Arc<Signal>,
}

impl UnderWay {
    pub(super) fn new(signal: &Arc<Signal>) -> Self {
        signal.under_way.fetch_add(1, Ordering::Relaxed);
        Self { signal: signal.clone() }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        // Ordering: see `requests_end`.
        let was_last = self.signal.under_way.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_last && self.signal.is_cut_off.load(Ordering::SeqCst) {
            self.signal.wake();
        }
    }
}
