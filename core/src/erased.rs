//! Any backend behind one type, without generics: the contract in object-safe form.
//!
//! [`Handle`] wraps the handle of a backend that is chosen while the program runs, and implements the
//! contract itself. What that costs: two allocations for each task (the boxed future and the cell that
//! its handle shares), one more for each closure, one for each sleep and each `io`, one for each
//! registered source, and a virtual call for everything.

mod network;
mod reactor;

use std::fmt::{self, Debug};
use std::future::{Future, poll_fn};
use std::hash::{Hash, Hasher};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use pin_project_lite::pin_project;

use crate::backend::CurrentHandle;
use crate::net::{Net, Resolve, Socket, SocketKind};
use crate::task::{Meta, is_large, joinable, pending_closure};
use crate::time::{Instant, SystemTime};
use crate::{
    Backend, BlockOn, Current, JoinHandle as _, Metrics, Reactor, Source, Spawn, SpawnBlocking,
    Timer, coop,
};

pub use crate::source::AnySource;
pub use crate::task::{AbortHandle, JoinHandle};
pub use reactor::{DynRegistration, Registration};

/// A backend's handle as an object; implemented for all of them. The trait is sealed, and grows with the contract.
pub trait DynBackend: sealed::Sealed + Debug + Send + Sync + 'static {
    /// [`Spawn::spawn_task`], detached.
    fn spawn(&self, meta: Meta<'_>, task: Pin<Box<dyn Future<Output = ()> + Send>>);

    /// [`Spawn::poll_unconstrained`].
    fn poll_unconstrained(
        &self,
        future: Pin<&mut dyn Future<Output = ()>>,
        cx: &mut Context<'_>,
    ) -> Poll<()>;

    /// [`Spawn::poll_proceed`].
    fn poll_proceed(
        &self,
        cx: &mut Context<'_>,
        operation: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>,
    ) -> Poll<()>;

    /// [`Spawn::random_u64`].
    fn random_u64(&self) -> u64;

    /// [`Spawn::metrics`].
    fn metrics(&self) -> Metrics;

    /// [`SpawnBlocking::spawn_closure`], detached.
    ///
    /// # Errors
    /// What the system said, if it has refused the closure its thread already (B6).
    fn spawn_blocking(&self, meta: Meta<'_>, closure: Box<dyn FnOnce() + Send>) -> io::Result<()>;

    /// [`Timer::now`].
    fn now(&self) -> Instant;

    /// [`Timer::system_now`].
    fn system_now(&self) -> SystemTime;

    /// [`Timer::sleep_until`].
    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn crate::Sleep>>;

    /// [`Reactor::register_nonblocking`].
    ///
    /// # Errors
    /// As there.
    fn register_nonblocking(&self, source: AnySource) -> io::Result<Box<dyn DynRegistration>>;

    /// [`Net::open`].
    ///
    /// # Errors
    /// As there.
    fn open(&self, kind: SocketKind) -> io::Result<Socket>;

    /// [`Net::open_pair`].
    ///
    /// # Errors
    /// As there.
    fn open_pair(&self, kind: SocketKind) -> io::Result<(Socket, Socket)>;

    /// [`Resolve::resolve`].
    ///
    /// # Errors
    /// As there.
    fn resolve(&self, host: String, port: u16) -> DynResolve<'_>;

    /// [`BlockOn::block_on`].
    fn block_on(&self, future: Pin<&mut dyn Future<Output = ()>>);

    /// [`Current::enter`].
    fn enter(&self) -> Box<dyn DynGuard + '_>;
}

mod sealed {
    /// Keeps the objects to those that this library makes, of what implements the contract.
    pub trait Sealed {}
}

impl<H: Backend + BlockOn + Current> sealed::Sealed for H {}

/// The future of [`Resolve::resolve`] as an object.
pub type DynResolve<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// A backend's guard as an object, to be dropped.
pub trait DynGuard {}

impl<G> DynGuard for G {}

impl<H: Backend + BlockOn + Current> DynBackend for H {
    fn spawn(&self, meta: Meta<'_>, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        drop(self.spawn_task(meta, task));
    }

    fn poll_unconstrained(
        &self,
        mut future: Pin<&mut dyn Future<Output = ()>>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        Spawn::poll_unconstrained(self, Pin::new(&mut future), cx)
    }

    fn poll_proceed(
        &self,
        cx: &mut Context<'_>,
        operation: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>,
    ) -> Poll<()> {
        Spawn::poll_proceed(self, cx, operation)
    }

    fn random_u64(&self) -> u64 {
        Spawn::random_u64(self)
    }

    fn metrics(&self) -> Metrics {
        Spawn::metrics(self)
    }

    fn spawn_blocking(&self, meta: Meta<'_>, closure: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        let mut handle = self.spawn_closure(meta, closure);
        if !handle.is_finished() {
            return Ok(());
        }
        // Whatever is left of the budget of the task around this call.
        let cx = &mut Context::from_waker(Waker::noop());
        match Spawn::poll_unconstrained(self, Pin::new(&mut handle), cx) {
            Poll::Ready(Err(error)) => error.into_refusal().map_or(Ok(()), Err),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    fn now(&self) -> Instant {
        Timer::now(self)
    }

    fn system_now(&self) -> SystemTime {
        Timer::system_now(self)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn crate::Sleep>> {
        Box::pin(Timer::sleep_until(self, deadline))
    }

    fn register_nonblocking(&self, source: AnySource) -> io::Result<Box<dyn DynRegistration>> {
        Ok(Box::new(Reactor::register_nonblocking(self, source)?))
    }

    fn open(&self, kind: SocketKind) -> io::Result<Socket> {
        Net::open(self, kind)
    }

    fn open_pair(&self, kind: SocketKind) -> io::Result<(Socket, Socket)> {
        Net::open_pair(self, kind)
    }

    fn resolve(&self, host: String, port: u16) -> DynResolve<'_> {
        Box::pin(Resolve::resolve(self, host, port))
    }

    #[track_caller]
    fn block_on(&self, future: Pin<&mut dyn Future<Output = ()>>) {
        BlockOn::block_on(self, future);
    }

    fn enter(&self) -> Box<dyn DynGuard + '_> {
        Box::new(Current::enter(self))
    }
}

/// The handle of any backend.
#[derive(Clone)]
pub struct Handle {
    name: &'static str,
    backend: Arc<dyn DynBackend>,
}

thread_local!(static CURRENT: CurrentHandle<Handle> = const { CurrentHandle::new() });

impl Handle {
    /// Hides the type of a backend, whose name is `name`.
    pub fn new<H: Backend + BlockOn + Current>(name: &'static str, backend: H) -> Self {
        Self { name, backend: Arc::new(backend) }
    }

    /// The name that it was made with.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Notes that this thread is inside the runtime, without the backend's taking part. Enough where
    /// the backend itself calls, and is inside already.
    fn note(&self) -> crate::backend::EnterGuard<'_, Self> {
        CurrentHandle::enter(&CURRENT, self)
    }
}

/// Handles are equal if one is a clone of the other.
impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.backend), Arc::as_ptr(&other.backend))
    }
}

impl Eq for Handle {}

impl Hash for Handle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.backend).cast::<()>().hash(state);
    }
}

impl Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.name).field(&self.backend).finish()
    }
}

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_task<F>(&self, meta: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = joinable(future);
        let task = Inside { runtime: self.clone(), future: Some(task) };
        self.backend.spawn(meta, Box::pin(task));
        handle
    }

    fn poll_unconstrained<F: Future>(
        &self,
        mut future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let mut output = None;
        {
            let store =
                |cx: &mut Context<'_>| future.as_mut().poll(cx).map(|value| output = Some(value));
            ready!(self.backend.poll_unconstrained(pin!(poll_fn(store)), cx));
        }
        output.map_or(Poll::Pending, Poll::Ready)
    }

    fn poll_proceed<T>(
        &self,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let (mut operation, mut output) = (Some(operation), None);
        let mut store = |cx: &mut Context<'_>| {
            let operation = operation.take().expect("a backend calls the operation once");
            operation(cx).map(|value| output = Some(value))
        };
        ready!(self.backend.poll_proceed(cx, &mut store));
        output.map_or(Poll::Pending, Poll::Ready)
    }

    fn random_u64(&self) -> u64 {
        self.backend.random_u64()
    }

    fn metrics(&self) -> Metrics {
        self.backend.metrics()
    }
}

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_closure<F, T>(&self, meta: Meta<'_>, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (closure, handle) = pending_closure(closure);
        // Two have it, and one takes it: the thread of the backend, or this one when there is none.
        let closure = Arc::new(Mutex::new(Some(closure)));
        let take = |closure: &Mutex<Option<_>>| {
            closure.lock().unwrap_or_else(PoisonError::into_inner).take()
        };
        let (runtime, in_thread) = (self.clone(), Arc::clone(&closure));
        let call = move || {
            let _inside = runtime.note();
            if let Some(closure) = take(&in_thread) {
                closure.call();
            }
        };
        if let Err(cause) = self.backend.spawn_blocking(meta, Box::new(call)) {
            if let Some(closure) = take(&closure) {
                closure.refuse(cause);
            }
        }
        handle
    }
}

impl Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        self.backend.now()
    }

    fn system_now(&self) -> SystemTime {
        self.backend.system_now()
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep { sleep: self.backend.sleep_until(deadline) }
    }
}

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        let source = Arc::new(source);
        let watch = self.backend.register_nonblocking(AnySource(Arc::clone(&source) as _))?;
        Ok(Registration::new(watch, source))
    }
}

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        if const { is_large::<F>() } { self.drive(Box::pin(future)) } else { self.drive(future) }
    }
}

impl Handle {
    #[track_caller]
    fn drive<F: Future>(&self, future: F) -> F::Output {
        let mut output = None;
        {
            let future = coop::as_task(async { output = Some(future.await) });
            let future = pin!(Inside { runtime: self.clone(), future: Some(future) });
            self.backend.block_on(future);
        }
        output.expect("a backend drives the future in `block_on` to its end")
    }
}

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a>;

    const NUMBER: u8 = 5;

    fn enter(&self) -> EnterGuard<'_> {
        let backend = self.backend.enter();
        EnterGuard { _note: self.note(), _backend: backend }
    }

    fn try_current() -> Option<Self> {
        CurrentHandle::find(&CURRENT)
    }
}

/// Keeps a thread inside a runtime; made by [`Current::enter`].
#[must_use = "the runtime is left when the guard is dropped"]
pub struct EnterGuard<'a> {
    // Entered last, and so left first.
    _note: crate::backend::EnterGuard<'a, Handle>,
    _backend: Box<dyn DynGuard + 'a>,
}

impl Debug for EnterGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterGuard").finish_non_exhaustive()
    }
}

pin_project! {
    /// Polls and drops a future inside the runtime.
    struct Inside<F> {
        runtime: Handle,
        // `None` while this is dropped.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Inside<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _inside = this.runtime.note();
            this.future.set(None);
        }
    }
}

impl<F: Future<Output = ()>> Future for Inside<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let _inside = this.runtime.note();
        this.future.as_pin_mut().map_or(Poll::Ready(()), |future| future.poll(cx))
    }
}

/// A sleep of any backend.
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    sleep: Pin<Box<dyn crate::Sleep>>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.sleep.as_mut().poll(cx)
    }
}

impl crate::Sleep for Sleep {
    fn deadline(&self) -> Instant {
        self.sleep.deadline()
    }

    fn is_elapsed(&self) -> bool {
        self.sleep.is_elapsed()
    }

    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        self.sleep.as_mut().reset(deadline);
    }
}

impl Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("deadline", &self.sleep.deadline()).finish()
    }
}
