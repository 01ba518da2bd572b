//! A backend that does nothing, and implements every trait of the contract by hand.
//!
//! It shows two things: that everything a backend needs can be reached from outside, and how the
//! conformance suite ends on a backend that is entirely wrong.

use std::future::{Future, pending};
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use std::{fmt, io, thread};

use anyrt_core::net::{Net, Resolve};
use anyrt_core::task::{Id, Meta};
use anyrt_core::{
    Attempt, BlockInPlace, BlockOn, Config, Current, Interest, JoinError, Launch, Reactor, Shutdown, Source,
    Spawn, SpawnBlocking, Timer,
};

/// Starts nothing.
#[derive(Clone, Copy, Debug)]
pub struct Handle;

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_task<F>(&self, _: Meta<'_>, _future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        JoinHandle(Id::next(), PhantomData)
    }
}

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_closure<F, T>(&self, _: Meta<'_>, _closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        JoinHandle(Id::next(), PhantomData)
    }
}

/// Never resolves.
pub struct JoinHandle<T>(Id, PhantomData<fn() -> T>);

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JoinHandle")
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Pending
    }
}

impl<T> anyrt_core::JoinHandle<T> for JoinHandle<T> {
    type AbortHandle = AbortHandle;

    fn abort(&self) {}

    fn is_finished(&self) -> bool {
        false
    }

    fn abort_handle(&self) -> AbortHandle {
        AbortHandle(self.0)
    }

    fn id(&self) -> Id {
        self.0
    }
}

/// Aborts nothing.
#[derive(Clone, Debug)]
pub struct AbortHandle(Id);

impl anyrt_core::AbortHandle for AbortHandle {
    fn abort(&self) {}

    fn is_finished(&self) -> bool {
        false
    }

    fn id(&self) -> Id {
        self.0
    }
}

impl Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep { deadline }
    }
}

/// Is ready at once.
#[derive(Debug)]
pub struct Sleep {
    deadline: Instant,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

impl anyrt_core::Sleep for Sleep {
    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn is_elapsed(&self) -> bool {
        true
    }

    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        self.deadline = deadline;
    }
}

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        Ok(Registration { source })
    }
}

impl Resolve for Handle {}

impl Net for Handle {}

/// Is never ready.
#[derive(Debug)]
pub struct Registration<T> {
    source: T,
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        &self.source
    }

    fn into_source(self) -> io::Result<T> {
        Ok(self.source)
    }

    async fn io<R: Send>(
        &self,
        _: Interest,
        _: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        pending().await
    }

    fn poll_io<R>(
        &self,
        _: &mut Context<'_>,
        _: Interest,
        _: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        Poll::Pending
    }
}

impl BlockOn for Handle {
    /// Polls once, and never again.
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => loop {
                thread::park();
            },
        }
    }
}

impl BlockInPlace for Handle {
    fn block_in_place<T>(_: impl FnOnce() -> T) -> io::Result<T> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Current for Handle {
    type Guard<'a> = ();

    fn enter(&self) {}

    fn try_current() -> Option<Self> {
        None
    }
}

/// Owns nothing.
#[derive(Debug)]
pub struct Runtime;

impl Launch for Runtime {
    type Handle = Handle;

    fn start(_: &Config) -> io::Result<Self> {
        Ok(Self)
    }

    fn handle(&self) -> &Handle {
        &Handle
    }
}

impl Shutdown for Runtime {
    fn shutdown_timeout(self, _: Duration) {}
}
