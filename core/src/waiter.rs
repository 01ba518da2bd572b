//! A wait for readiness that has a name, owns what it waits for, and can be stored.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use crate::Interest;

/// What can be waited for: the sockets of [`net`](crate::net) and `AsyncFd`.
pub trait Watched: Send + Sync + 'static {
    /// Waits until an operation in the direction of `interest` would not block; see
    /// [`Registration::ready`](crate::Registration::ready). Any number of tasks may do this. Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    fn ready(&self, interest: Interest) -> impl Future<Output = io::Result<()>> + Send + Sync;
}

/// One wait of any number, with a waker of its own: for state machines that are polled and can't borrow.
///
/// The poll functions of a socket wake one task in each direction. Waiters are as many as one likes beside
/// them (R2), they are `Send`, `Sync` and `Unpin` whatever they wait for, and one that is dropped leaves nothing.
/// What a waiter needs it allocates at its first poll, and uses again at later ones.
///
/// ```
/// use std::{io, sync::Arc, task::{Context, Poll}};
/// use anyrt_core::{Interest, Reactor, Waiter, net::UdpSocket};
///
/// /// One of many senders on a socket.
/// struct Sender<R: Reactor> {
///     waiter: Waiter<UdpSocket<R>>,
/// }
///
/// impl<R: Reactor> Sender<R> {
///     fn new(socket: &Arc<UdpSocket<R>>) -> Self {
///         Self { waiter: Waiter::new(Arc::clone(socket), Interest::Writable) }
///     }
///
///     fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
///         self.waiter.poll_ready(cx)
///     }
/// }
/// ```
#[must_use = "a waiter does nothing unless polled"]
pub struct Waiter<T: Watched> {
    source: Arc<T>,
    interest: Interest,
    waits: Option<Waits>,
}

impl<T: Watched> Waiter<T> {
    /// A wait in one direction that has not begun.
    pub fn new(source: Arc<T>, interest: Interest) -> Self {
        Self { source, interest, waits: None }
    }

    /// What it waits for.
    pub fn source(&self) -> &Arc<T> {
        &self.source
    }

    /// The direction.
    pub fn interest(&self) -> Interest {
        self.interest
    }

    /// Waits until an operation would not block, and can be polled again then, for the next time.
    ///
    /// Says so again as long as that stays true. Another task may be first, so what follows may still block.
    /// The task that polled this waiter last is woken.
    ///
    /// # Errors
    /// The runtime is gone.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.waits.get_or_insert_with(|| Waits::new(&self.source, self.interest)).poll(cx)
    }

    /// Like [`poll_ready`](Self::poll_ready), as an async function. Cancel safe: the wait goes on in the waiter.
    ///
    /// # Errors
    /// As there.
    pub async fn ready(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_ready(cx)).await
    }
}

impl<T: Watched> fmt::Debug for Waiter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter").field("interest", &self.interest).finish_non_exhaustive()
    }
}

/// One wait after the other, in a future that is allocated once and never ends.
struct Waits {
    /// In a mutex that is never locked: it makes any future `Sync`.
    future: Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>,
    outcome: Arc<Mutex<Option<io::Result<()>>>>,
}

impl Waits {
    fn new<T: Watched>(source: &Arc<T>, interest: Interest) -> Self {
        let source = Arc::clone(source);
        let outcome = Arc::<Mutex<_>>::default();
        let told = Arc::clone(&outcome);
        let future = async move {
            loop {
                let ready = source.ready(interest).await;
                *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(ready);
                pause().await;
            }
        };
        Self { future: Mutex::new(Box::pin(future)), outcome }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let future = self.future.get_mut().unwrap_or_else(PoisonError::into_inner);
        // It is never done: what a wait has come to is told beside it.
        let _ = future.as_mut().poll(cx);
        match self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        }
    }
}

/// Goes on at the next poll, for which nobody is woken.
async fn pause() {
    let mut was_polled = false;
    poll_fn(|_cx| match std::mem::replace(&mut was_polled, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}
