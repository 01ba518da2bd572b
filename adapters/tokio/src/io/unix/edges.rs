//! Readiness of one descriptor as tokio has it: kept from the moment when the system tells of it until
//! somebody says that it is used up, and told of again only when more comes.
//!
//! No runtime of anyrt promises to wait for such edges, nor for errors and priority events alone, nor to
//! watch what it does not own. Therefore the descriptor is watched by an epoll instance of its own, which
//! tells of edges, and which the runtime watches.

use std::future::poll_fn;
use std::io;
use std::mem::{self, MaybeUninit};
use std::os::fd::{OwnedFd, RawFd};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use anyrt::generic::coop;
use anyrt::reactor::{Attempt, Interest as Direction, Registration};
use anyrt::{Handle, Reactor, Registration as _};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventFlags};
use rustix::io::Errno;

use super::by_number;
use crate::io::{Interest, Ready, gone};

/// One descriptor that is watched.
#[derive(Debug)]
pub(crate) struct Edges {
    instance: Registration<OwnedFd>,
    shared: Arc<Shared>,
    /// Wakes all that wait: the runtime knows of one only.
    waker: Waker,
}

#[derive(Debug)]
struct Shared(Mutex<State>);

#[derive(Debug)]
struct State {
    ready: Ready,
    /// How often the system has told of something.
    tick: u32,
    waiting: Vec<(Waiter, Waker)>,
    next: u64,
}

/// Who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiter {
    /// The last task that polled for reading.
    Reader,
    /// The last task that polled for writing.
    Writer,
    /// A future.
    Future(u64),
}

/// What was ready, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) ready: Ready,
    tick: u32,
}

impl Edges {
    /// Watches the descriptor of this number, which stays open as long as this is there.
    pub(crate) fn new(runtime: &Handle, fd: RawFd, interest: Interest) -> io::Result<Self> {
        let instance = epoll::create(CreateFlags::CLOEXEC)?;
        by_number::watch(&instance, fd, flags_of(interest))?;
        let state = State { ready: Ready::EMPTY, tick: 0, waiting: Vec::new(), next: 0 };
        let shared = Arc::new(Shared(Mutex::new(state)));
        let waker = Waker::from(Arc::clone(&shared));
        let instance = runtime.register_nonblocking(instance).map_err(gone::as_tokio_says)?;
        Ok(Self { instance, shared, waker })
    }

    /// Waits for some of what `interest` asks for.
    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Event> {
        let waiter = Waits::new(self);
        poll_fn(|cx| self.poll_ready(cx, waiter.waiter, interest)).await
    }

    /// Waits for some of what `interest` asks for, as `waiter`.
    pub(crate) fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        waiter: Waiter,
        interest: Interest,
    ) -> Poll<io::Result<Event>> {
        loop {
            if let Some(event) = self.look(waiter, interest, None) {
                // When the runtime has ended, nothing is told of what is known. Else that has brought what else there is.
                let checked = self.check_runtime(waiter);
                return Poll::Ready(
                    checked.map(|()| self.look(waiter, interest, None).unwrap_or(event)),
                );
            }
            if self.take_news(Some(waiter))? {
                continue;
            }
            if let Some(event) = self.look(waiter, interest, Some(cx.waker())) {
                return Poll::Ready(Ok(event));
            }
            match self.poll_news(waiter) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(gone::as_tokio_says(error))),
            }
        }
    }

    /// What is ready of what `waiter` waits for, which then waits no more; otherwise it is noted with its waker.
    fn look(&self, waiter: Waiter, interest: Interest, waker: Option<&Waker>) -> Option<Event> {
        let mut state = self.shared.lock();
        let event = state.known(interest);
        let is_ready = !event.ready.is_empty();
        let old = match waker {
            _ if is_ready => state.remove(waiter),
            Some(waker) => state.note(waiter, waker),
            None => None,
        };
        drop(state);
        // Without the lock, because a waker may be the last that holds what waits here.
        drop(old);
        is_ready.then_some(event)
    }

    /// What is ready now.
    pub(crate) fn now(&self, interest: Interest) -> io::Result<Event> {
        let event = self.shared.lock().known(interest);
        if event.ready.is_empty() && self.take_news(None)? {
            return Ok(self.shared.lock().known(interest));
        }
        Ok(event)
    }

    /// Forgets `ready`, unless the system has told of something since the event. What is closed stays closed.
    pub(crate) fn forget(&self, event: Event, ready: Ready) {
        let mut state = self.shared.lock();
        if state.tick == event.tick {
            let closed = Ready::READ_CLOSED | Ready::WRITE_CLOSED;
            state.ready = state.ready - (ready - closed);
        }
    }

    /// Begins to wait, which a runtime refuses when it has ended.
    fn check_runtime(&self, asks: Waiter) -> io::Result<()> {
        let cx = &mut Context::from_waker(&self.waker);
        let take_all_news = |_: &OwnedFd| {
            while self.take_news(Some(asks))? {}
            Err(io::ErrorKind::WouldBlock.into())
        };
        let nothing =
            poll_fn(|cx| self.instance.poll_io::<()>(cx, Direction::Readable, take_all_news));
        match coop::poll_unconstrained(pin!(nothing), cx) {
            Poll::Ready(result) => result.map_err(gone::as_tokio_says),
            Poll::Pending => Ok(()),
        }
    }

    /// Lets the runtime wait for news from the system.
    fn poll_news(&self, waiter: Waiter) -> Poll<io::Result<()>> {
        let cx = &mut Context::from_waker(&self.waker);
        self.instance.poll_io(cx, Direction::Readable, |_| {
            if self.take_news(Some(waiter))? {
                Ok(Attempt::Done(()))
            } else {
                Err(io::ErrorKind::WouldBlock.into())
            }
        })
    }

    /// Takes what the system tells, if there is something, and wakes those who wait, but for the one who asks: a
    /// waker may poll at once, and this one is being polled.
    fn take_news(&self, asks: Option<Waiter>) -> io::Result<bool> {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut events = [const { MaybeUninit::uninit() }; 1];
        // Held from the question on, so that nobody finds no news while what was told is not in the state yet.
        let mut state = self.shared.lock();
        let told = loop {
            match epoll::wait(self.instance.source(), &mut events, Some(&now)) {
                Err(Errno::INTR) => {}
                result => break result?.0,
            }
        };
        let [event] = told else {
            return Ok(false);
        };
        state.ready |= ready_of(event.flags);
        state.tick = state.tick.wrapping_add(1);
        let mut waiting = mem::take(&mut state.waiting);
        drop(state);
        waiting.retain(|(waiter, _)| Some(*waiter) != asks);
        wake_all(waiting);
        Ok(true)
    }
}

/// Without the lock, because a waker may drop what waits here.
fn wake_all(waiting: Vec<(Waiter, Waker)>) {
    for (_, waker) in waiting {
        waker.wake();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let waiting = mem::take(&mut self.lock().waiting);
        wake_all(waiting);
    }
}

impl State {
    fn known(&self, interest: Interest) -> Event {
        Event { ready: self.ready & interest.mask(), tick: self.tick }
    }

    /// Notes the waker of somebody who waits, and returns the one before.
    fn note(&mut self, waiter: Waiter, waker: &Waker) -> Option<Waker> {
        match self.waiting.iter_mut().find(|(other, _)| *other == waiter) {
            Some((_, old)) if old.will_wake(waker) => None,
            Some((_, old)) => Some(mem::replace(old, waker.clone())),
            None => {
                self.waiting.push((waiter, waker.clone()));
                None
            }
        }
    }

    fn remove(&mut self, waiter: Waiter) -> Option<Waker> {
        let place = self.waiting.iter().position(|(other, _)| *other == waiter)?;
        Some(self.waiting.swap_remove(place).1)
    }
}

/// A future that waits.
struct Waits<'a> {
    edges: &'a Edges,
    waiter: Waiter,
}

impl<'a> Waits<'a> {
    fn new(edges: &'a Edges) -> Self {
        let mut state = edges.shared.lock();
        state.next += 1;
        Self { edges, waiter: Waiter::Future(state.next) }
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        let waker = self.edges.shared.lock().remove(self.waiter);
        drop(waker);
    }
}

fn flags_of(interest: Interest) -> EventFlags {
    let mut flags = EventFlags::ET;
    if interest.is_readable() {
        flags |= EventFlags::IN | EventFlags::RDHUP;
    }
    if interest.is_writable() {
        flags |= EventFlags::OUT;
    }
    if interest.is_priority() {
        flags |= EventFlags::PRI;
    }
    // Errors are told of in any case.
    flags
}

fn ready_of(flags: EventFlags) -> Ready {
    let has = |flag| flags.intersects(flag);
    let mut ready = Ready::EMPTY;
    if has(EventFlags::IN | EventFlags::PRI) {
        ready |= Ready::READABLE;
    }
    if has(EventFlags::OUT) {
        ready |= Ready::WRITABLE;
    }
    if has(EventFlags::HUP) || has(EventFlags::RDHUP) {
        ready |= Ready::READ_CLOSED;
    }
    if has(EventFlags::HUP) || flags.contains(EventFlags::OUT | EventFlags::ERR) {
        ready |= Ready::WRITE_CLOSED;
    }
    // Nobody reads the other end of a pipe.
    if flags == EventFlags::ERR {
        ready |= Ready::WRITE_CLOSED;
    }
    if has(EventFlags::ERR) {
        ready |= Ready::ERROR;
    }
    if has(EventFlags::PRI) {
        ready |= Ready::PRIORITY;
    }
    ready
}
