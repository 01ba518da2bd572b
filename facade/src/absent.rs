//! Stands in for a backend that is not compiled in: the contract, on types that have no values.
//!
//! Nothing here can run. It exists so that the enums of [`backends`](crate::backends) have the same
//! variants whatever the features, and the code that uses them needs no `cfg`.
#![allow(dead_code, reason = "with every backend compiled in, nothing is absent")]

use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fmt, io};

use anyrt_core::net::{Net, Resolve};
use anyrt_core::task::{Id, Meta};
use anyrt_core::time::{Duration, Instant};
use anyrt_core::{
    Attempt, BlockInPlace, BlockOn, Config, Current, Interest, JoinError, Launch, Reactor,
    Shutdown, Source, Spawn, SpawnBlocking, Timer,
};

#[derive(Clone, Debug, PartialEq, Hash)]
pub(crate) struct Handle(Infallible);

impl Handle {
    pub(crate) fn name(&self) -> &'static str {
        match self.0 {}
    }
}

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_task<F>(&self, _: Meta<'_>, _: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match self.0 {}
    }
}

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_closure<F, T>(&self, _: Meta<'_>, _: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        match self.0 {}
    }
}

impl BlockInPlace for Handle {
    fn block_in_place<T>(_: impl FnOnce() -> T) -> io::Result<T> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        match self.0 {}
    }

    fn sleep_until(&self, _: Instant) -> Sleep {
        match self.0 {}
    }
}

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, _: T) -> io::Result<Registration<T>> {
        match self.0 {}
    }
}

impl Resolve for Handle {}

impl Net for Handle {}

impl BlockOn for Handle {
    fn block_on<F: Future>(&self, _: F) -> F::Output {
        match self.0 {}
    }

    fn check_block_on() {}
}

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a>;

    fn enter(&self) -> EnterGuard<'_> {
        match self.0 {}
    }

    fn try_current() -> Option<Self> {
        None
    }
}

pub(crate) struct JoinHandle<T> {
    never: Infallible,
    _output: PhantomData<fn() -> T>,
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.never {}
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.never {}
    }
}

impl<T> anyrt_core::JoinHandle<T> for JoinHandle<T> {
    type AbortHandle = AbortHandle;

    fn abort(&self) {
        match self.never {}
    }

    fn is_finished(&self) -> bool {
        match self.never {}
    }

    fn abort_handle(&self) -> AbortHandle {
        match self.never {}
    }

    fn id(&self) -> Id {
        match self.never {}
    }
}

#[derive(Clone, Debug)]
pub(crate) struct AbortHandle(Infallible);

impl anyrt_core::AbortHandle for AbortHandle {
    fn abort(&self) {
        match self.0 {}
    }

    fn is_finished(&self) -> bool {
        match self.0 {}
    }

    fn id(&self) -> Id {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(crate) struct Sleep(Infallible);

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.0 {}
    }
}

impl anyrt_core::Sleep for Sleep {
    fn deadline(&self) -> Instant {
        match self.0 {}
    }

    fn is_elapsed(&self) -> bool {
        match self.0 {}
    }

    fn reset(self: Pin<&mut Self>, _: Instant) {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(crate) struct Registration<T> {
    never: Infallible,
    _source: PhantomData<fn() -> T>,
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        match self.never {}
    }

    fn into_source(self) -> io::Result<T> {
        match self.never {}
    }

    async fn io<R: Send>(
        &self,
        _: Interest,
        _: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        match self.never {}
    }

    fn poll_io<R>(
        &self,
        _: &mut Context<'_>,
        _: Interest,
        _: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        match self.never {}
    }
}

#[derive(Debug)]
pub(crate) struct EnterGuard<'a> {
    never: Infallible,
    _handle: PhantomData<&'a Handle>,
}

#[derive(Debug)]
pub(crate) struct Runtime(Infallible);

impl Launch for Runtime {
    type Handle = Handle;

    fn start(_: &Config) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn handle(&self) -> &Handle {
        match self.0 {}
    }
}

impl Shutdown for Runtime {
    fn shutdown_timeout(self, _: Duration) {
        match self.0 {}
    }
}
