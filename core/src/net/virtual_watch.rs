//! Waiting for a virtual socket: for any number of tasks, by one waker for each direction.

use std::future::poll_fn;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};

use super::kind::Address;
use super::virtual_socket::VirtualSocket;
use crate::task::contain;
use crate::{Attempt, Interest, coop, observe};

pub(super) type Shared = Arc<dyn VirtualSocket>;

pub(super) type Lent<'a> = &'a dyn VirtualSocket;

pub(super) fn accept(socket: Lent<'_>) -> io::Result<(Shared, Address)> {
    socket.accept()
}

/// A virtual socket, and who waits for it.
#[derive(Debug)]
pub(super) struct Watch(Box<Parts>);

#[derive(Debug)]
struct Parts {
    socket: Shared,
    identity: observe::SourceIdentity,
    readers: Arc<Waits>,
    writers: Arc<Waits>,
    /// How many operations in a row did not have to wait.
    in_a_row: AtomicU32,
}

// As sockets of the system are: a panic leaves one as its operations left it.
impl UnwindSafe for Watch {}
impl RefUnwindSafe for Watch {}

impl Watch {
    pub(super) fn new(socket: Shared) -> Self {
        let (identity, readers, writers, in_a_row) = Default::default();
        Self(Box::new(Parts { socket, identity, readers, writers, in_a_row }))
    }

    pub(super) fn lend(&self) -> Lent<'_> {
        &*self.0.socket
    }

    #[cfg(not(windows))]
    pub(super) fn stand_in(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.socket.stand_in()
    }

    #[cfg(windows)]
    pub(super) fn stand_in(&self) -> std::os::windows::io::BorrowedSocket<'_> {
        self.0.socket.stand_in()
    }

    /// See [`Registration::io`](crate::Registration::io).
    pub(super) async fn io<T>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(Lent<'_>) -> io::Result<Attempt<T>>,
    ) -> io::Result<T> {
        let mut wait = Wait { waits: self.waits(interest), key: None };
        poll_fn(|cx| self.poll(cx, interest, &mut operation, |waker| wait.enter(waker))).await
    }

    /// See [`Registration::poll_io`](crate::Registration::poll_io).
    pub(super) fn poll_io<T>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(Lent<'_>) -> io::Result<Attempt<T>>,
    ) -> Poll<io::Result<T>> {
        let waits = self.waits(interest);
        self.poll(cx, interest, &mut operation, |waker| waits.enter_last(waker))
    }

    fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        operation: &mut impl FnMut(Lent<'_>) -> io::Result<Attempt<T>>,
        enter: impl FnOnce(Waker),
    ) -> Poll<io::Result<T>> {
        let budget = ready!(coop::poll_proceed(cx));
        ready!(self.poll_breath(cx));
        let (_, result) = Attempt::settle(operation(self.lend()));
        if let Some(result) = result {
            budget.made_progress();
            return Poll::Ready(result);
        }
        self.0.in_a_row.store(0, Ordering::Relaxed);
        enter(cx.waker().clone());
        self.lend().wake_when_ready(interest, &Waker::from(Arc::clone(self.waits(interest))));
        let pending = Poll::Pending;
        observe::label(&pending, || {
            observe::Wait::io_of(interest, &self.0.socket, &self.0.identity)
        });
        pending
    }

    /// Has the task return now and then (S12), for tasks of a runtime whose budget is not that of [`coop`].
    fn poll_breath(&self, cx: &mut Context<'_>) -> Poll<()> {
        const MOST_IN_A_ROW: u32 = 128;

        // Relaxed: a number, by which nothing is published.
        if self.0.in_a_row.fetch_add(1, Ordering::Relaxed) < MOST_IN_A_ROW {
            return Poll::Ready(());
        }
        self.0.in_a_row.store(0, Ordering::Relaxed);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn waits(&self, interest: Interest) -> &Arc<Waits> {
        match interest {
            Interest::Readable => &self.0.readers,
            Interest::Writable => &self.0.writers,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // The socket may live on, with the waker that leads to these.
        for waits in [&self.0.readers, &self.0.writers] {
            let waker = waits.lock().polling.take();
            drop(waker);
        }
    }
}

/// All that waits for one direction.
#[derive(Debug, Default)]
struct Waits(Mutex<Wakers>);

#[derive(Debug, Default)]
struct Wakers {
    /// Of the task that called a poll function last.
    polling: Option<Waker>,
    /// Of the futures that wait, by the number that each has taken.
    waiting: Vec<(u64, Waker)>,
    next_key: u64,
}

impl Waits {
    fn lock(&self) -> MutexGuard<'_, Wakers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the place of the task that called a poll function before.
    fn enter_last(&self, waker: Waker) {
        let before = self.lock().polling.replace(waker);
        // A waker is the user's code, which runs without the lock.
        drop(before);
    }
}

impl Wake for Waits {
    fn wake(self: Arc<Self>) {
        let (polling, waiting) = {
            let mut wakers = self.lock();
            (wakers.polling.take(), std::mem::take(&mut wakers.waiting))
        };
        for waker in waiting.into_iter().map(|(_, waker)| waker).chain(polling) {
            contain(|| waker.wake());
        }
    }
}

/// A future's place among those that wait.
struct Wait<'a> {
    waits: &'a Waits,
    key: Option<u64>,
}

impl Wait<'_> {
    fn enter(&mut self, waker: Waker) {
        let before = {
            let mut wakers = self.waits.lock();
            let key = *self.key.get_or_insert_with(|| {
                wakers.next_key += 1;
                wakers.next_key
            });
            match wakers.waiting.iter_mut().find(|(other, _)| *other == key) {
                Some((_, place)) => Some(std::mem::replace(place, waker)),
                None => {
                    wakers.waiting.push((key, waker));
                    None
                }
            }
        };
        // A waker is the user's code, which runs without the lock.
        drop(before);
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let waker = {
            let mut wakers = self.waits.lock();
            let place = wakers.waiting.iter().position(|(other, _)| *other == key);
            place.map(|place| wakers.waiting.remove(place))
        };
        drop(waker);
    }
}
