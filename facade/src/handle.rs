//! A runtime that runs, whichever backend it is of.

use std::future::Future;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fmt, io};

use anyrt_core::backend::{call_outside_of_polls, start_closure, start_task};
use anyrt_core::net::{Net, Resolve, Socket, SocketKind};
use anyrt_core::task::{Id, Kind, Meta, is_large};
use anyrt_core::time::{Duration, Instant, SystemTime};
use anyrt_core::{
    BlockInPlace, BlockOn, Current, Metrics, Reactor, Source, Spawn, SpawnBlocking, Timer, observe,
};

use crate::backends::{Adapter, Around, Handles, Sleeps};
use crate::fork::{self, Process};
use crate::reactor::Registration;
use crate::time::Sleep;
use crate::{JoinHandle, default_runtime, own_tasks, running};

/// A runtime that runs: of an anyrt backend, started by anyone.
///
/// Cheap to clone. It does not keep the runtime alive: once that has shut down, spawned futures are
/// dropped and their joins resolve to cancelled, and I/O returns errors. In a child that was forked from
/// the process of the runtime every call on it panics, and I/O returns an error.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() {
/// let handle = anyrt::Handle::current();
/// std::thread::spawn(move || {
///     handle.spawn(async { println!("on a worker of the runtime") });
/// });
/// # }
/// ```
///
/// It implements the traits of [`anyrt_core`], so it goes wherever a library takes an `R: Backend`.
/// The handle of one backend is made into it with `From`, and so is that of a tokio runtime:
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// use anyrt::adapters::tokio::tokio;
///
/// let runtime = tokio::runtime::Runtime::new()?;
/// let handle = anyrt::Handle::from(runtime.handle().clone());
/// assert_eq!(handle.backend(), "tokio");
/// # }
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct Handle {
    pub(crate) handles: Handles,
    process: Process,
}

/// From the handle of a backend that is compiled in, one of [`adapters`](crate::adapters), and from
/// that of a tokio runtime.
impl<H: Adapter> From<H> for Handle {
    fn from(handle: H) -> Self {
        handle.into_handle()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

/// Handles are equal if they are of the same runtime.
impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.handles == other.handles
    }
}

impl Eq for Handle {}

/// By the runtime, as equality is.
///
/// ```
/// use std::collections::HashMap;
///
/// let (one, other) = (anyrt::Runtime::new()?, anyrt::Runtime::new()?);
/// # let process = one.handle().backend() == "async-std";
/// let mut names = HashMap::from([(one.handle().clone(), "one"), (other.handle().clone(), "other")]);
/// let task = one.spawn(async { anyrt::Handle::current() });
/// # if !process {
/// assert_eq!(names[&one.block_on(task)?], "one");
/// # }
/// # Ok::<(), std::io::Error>(())
/// ```
impl Hash for Handle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.handles.hash(state);
    }
}

impl Handle {
    #[inline]
    pub(crate) fn new(handles: Handles) -> Self {
        Self { handles, process: Process::here() }
    }

    /// The runtime that a call made here and now belongs to: the one that this thread is inside, or
    /// else the default runtime of the process, which starts if need be.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// let handle = anyrt::Handle::current();
    /// // On a thread that the runtime does not know.
    /// let thread = std::thread::spawn(move || handle.block_on(async { 42 }));
    /// assert_eq!(thread.join().unwrap(), 42);
    /// # }
    /// ```
    ///
    /// # Panics
    /// No backend is compiled in, or the choice among them is wrong (see
    /// [`SelectionError`](crate::SelectionError)), or the system refuses what a runtime needs.
    #[track_caller]
    pub fn current() -> Self {
        // What `here` returns is good for immediate use; the clone is to keep.
        Self::clone(&default_runtime::here())
    }

    /// The runtime that this thread is inside, if any.
    ///
    /// ```
    /// use anyrt::Handle;
    ///
    /// assert_eq!(Handle::try_current(), None);
    /// anyrt::block_on(async { assert!(Handle::try_current().is_some()) });
    /// ```
    pub fn try_current() -> Option<Self> {
        Self::try_here().as_ref().cloned()
    }

    /// The name of its backend, which is also that of the feature.
    ///
    /// ```
    /// let runtime = anyrt::Builder::new().backend("native").build()?;
    /// assert_eq!(runtime.handle().backend(), "native");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn backend(&self) -> &'static str {
        self.handles.name()
    }

    /// # Errors
    /// Its runtime was started before this process was forked.
    pub(crate) fn check_process(&self) -> io::Result<()> {
        self.process.check_here()
    }

    /// Whether its runtime was started before this process was forked.
    pub(crate) fn is_left_behind(&self) -> bool {
        self.process.is_left_behind()
    }

    /// Starts `future` as a task of its own.
    ///
    /// Dropping the [`JoinHandle`] detaches the task. See [`Spawn::spawn`] for what is guaranteed.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// let handle = anyrt::Handle::current();
    /// let task = handle.spawn(async { 6 * 7 });
    /// assert_eq!(task.await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let meta = Meta::new(Kind::Task);
        // Here already, because each call that a future is moved through may copy it.
        if const { is_large::<F>() } {
            start_task(self, meta, Box::pin(future))
        } else {
            start_task(self, meta, future)
        }
    }

    /// Starts a future that is not large on the runtime around the call, or else on the default one.
    #[inline]
    #[track_caller]
    pub(crate) fn spawn_here<F>(meta: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let spawned = match Process::not_forked() {
            Some(process) if !observe::is_installed() => {
                Handles::spawn_innermost(process, meta, future)
            }
            _ => Err(future),
        };
        match spawned {
            Ok(handles) => JoinHandle::new(handles),
            Err(future) => spawn_anywhere(meta, future),
        }
    }

    /// For a handle that was found in this process just now, and a future that is not large.
    #[inline]
    fn start_here<F>(&self, meta: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        if observe::is_installed() {
            return observe::spawn(self, meta, future);
        }
        self.hand_over(meta, future)
    }

    #[inline]
    fn hand_over<F>(&self, meta: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        JoinHandle::new(self.handles.spawn_task(self.process, meta, future))
    }

    /// A sleep of the runtime around the call, or else of the default one.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn sleep_here(duration: Duration) -> Sleep {
        Sleep::new(Handles::sleep_innermost(duration))
    }

    /// Runs `closure` on a thread where blocking is welcome.
    ///
    /// It runs even if the handle is dropped. See [`SpawnBlocking::spawn_blocking`] for what is
    /// guaranteed.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// let handle = anyrt::Handle::current();
    /// let manifest = handle.spawn_blocking(|| std::fs::read_to_string("Cargo.toml")).await??;
    /// assert!(manifest.contains("[package]"));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        start_closure(self, Meta::new(Kind::Closure), closure)
    }

    /// Runs `future` to its end on this thread, inside the runtime.
    ///
    /// ```
    /// let runtime = anyrt::Runtime::new()?;
    /// let handle = runtime.handle();
    /// let answer = handle.block_on(async { handle.spawn(async { 42 }).await })?;
    /// assert_eq!(answer, 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    /// Called from async code, or because `future` panics; see [`BlockOn::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        if const { is_large::<F>() } { self.drive(Box::pin(future)) } else { self.drive(future) }
    }

    #[track_caller]
    pub(crate) fn drive<F: Future>(&self, future: F) -> F::Output {
        self.process.assert_here();
        self.handles.check_block_on();
        let _of_this_process = fork::enter();
        let around = Around::block_on(&self.handles);
        let _inside = around.enter();
        let (_running, future) = running::enter_block_on(self.process.keep_here(future));
        dispatch!(Handles(handle) = &self.handles => handle.block_on(future))
    }

    /// What the runtime knows about itself now; what its backend does not count is `None`.
    ///
    /// May look at each task, and so is for reports.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let metrics = anyrt::Handle::current().metrics();
    /// if let Some(tasks) = metrics.alive_tasks {
    ///     println!("{tasks} tasks are alive");
    /// }
    /// # }
    /// ```
    pub fn metrics(&self) -> Metrics {
        if self.is_left_behind() {
            return Metrics::default();
        }
        // One that begins or ends meanwhile is not counted, and none of the user's is left out for it.
        let own = own_tasks::number(self);
        let mut metrics = dispatch!(Handles(handle) = &self.handles => handle.metrics());
        let own = own.min(own_tasks::number(self));
        metrics.alive_tasks = metrics.alive_tasks.map(|tasks| tasks.saturating_sub(own));
        metrics
    }

    /// Puts this thread inside the runtime until the guard is dropped: the free functions of this
    /// crate then use it.
    ///
    /// Guards must be dropped in the reverse order of their making, and never be held across an
    /// `.await`. Dropped in another order they leave the thread inside a runtime whose guard is gone.
    ///
    /// ```
    /// let runtime = anyrt::Runtime::new()?;
    /// let task = {
    ///     let _inside = runtime.handle().enter();
    ///     anyrt::spawn(async { 42 })
    /// };
    /// assert_eq!(runtime.block_on(task)?, 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    /// The process was forked from the one where the runtime was started. The guards of tokio's
    /// runtimes panic in their destructor when they are dropped in another order.
    #[track_caller]
    pub fn enter(&self) -> EnterGuard<'_> {
        self.process.assert_here();
        let guard = dispatch!(Handles(handle) = &self.handles => EnterGuards: handle.enter());
        EnterGuard { _guard: guard, _of_this_process: fork::enter(), _of_this_thread: PhantomData }
    }
}

/// Starts a task where it takes more than a look to find out which runtime is meant.
#[inline(never)]
#[track_caller]
fn spawn_anywhere<F>(meta: Meta<'_>, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    default_runtime::here().start_here(meta, future)
}

/// Makes a sleep where it takes more than a look to find out which runtime is meant.
#[inline(never)]
#[track_caller]
pub(crate) fn sleep_anywhere(duration: Duration) -> Sleeps {
    let Handle { handles, process } = default_runtime::here();
    handles.sleep(process, duration)
}

/// Keeps a thread inside a runtime; made by [`Handle::enter`].
#[derive(Debug)]
#[must_use = "the runtime is left when the guard is dropped"]
pub struct EnterGuard<'a> {
    _guard: crate::backends::EnterGuards<'a>,
    _of_this_process: Option<anyrt_fork::EnterGuard>,
    _of_this_thread: PhantomData<*const ()>,
}

// The auto traits of all public types are the same whatever is compiled: tests/auto_traits.rs lists them.
// No panic leaves a runtime half changed, because a runtime contains the panics of the code that it runs.
impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}
impl UnwindSafe for EnterGuard<'_> {}
impl RefUnwindSafe for EnterGuard<'_> {}
impl Unpin for EnterGuard<'_> {}

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    #[inline]
    #[track_caller]
    fn spawn_task<F>(&self, meta: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.process.assert_here();
        self.hand_over(meta, future)
    }

    fn current_task() -> Option<Id> {
        Handles::current_task()
    }

    fn poll_unconstrained<F: Future>(
        &self,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        dispatch!(Handles(handle) = &self.handles => handle.poll_unconstrained(future, cx))
    }

    fn poll_proceed<T>(
        &self,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        dispatch!(Handles(handle) = &self.handles => handle.poll_proceed(cx, operation))
    }

    fn random_u64(&self) -> u64 {
        dispatch!(Handles(handle) = &self.handles => handle.random_u64())
    }

    fn metrics(&self) -> Metrics {
        Handle::metrics(self)
    }
}

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    #[track_caller]
    fn spawn_closure<F, T>(&self, meta: Meta<'_>, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.process.assert_here();
        JoinHandle::new(self.handles.spawn_closure(self.process, meta, closure))
    }

    fn current_closure() -> Option<Id> {
        Handles::current_task()
    }
}

/// Where the backend of the runtime around the call can't do this, it is the error that it is where no other thread
/// could go on; see [`task::block_in_place`](crate::task::block_in_place).
impl BlockInPlace for Handle {
    fn block_in_place<T>(closure: impl FnOnce() -> T) -> io::Result<T> {
        match Self::try_here() {
            Some(handle) => handle.handles.block_in_place(closure),
            None => call_outside_of_polls(closure),
        }
    }
}

impl Timer for Handle {
    type Sleep = Sleep;

    #[track_caller]
    fn now(&self) -> Instant {
        self.process.assert_here();
        dispatch!(Handles(handle) = &self.handles => handle.now())
    }

    fn system_now(&self) -> SystemTime {
        dispatch!(Handles(handle) = &self.handles => handle.system_now())
    }

    #[inline]
    #[track_caller]
    fn sleep_until(&self, deadline: Instant) -> Sleep {
        self.process.assert_here();
        Sleep::new(self.handles.sleep_until(self.process, deadline))
    }

    #[inline]
    #[track_caller]
    fn sleep(&self, duration: Duration) -> Sleep {
        self.process.assert_here();
        Sleep::new(self.handles.sleep(self.process, duration))
    }
}

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        self.process.check_here()?;
        let registration = dispatch!(Handles(handle) = &self.handles => Registrations:
            handle.register_nonblocking(source)?);
        Ok(registration.into())
    }
}

impl Net for Handle {
    fn open(&self, kind: SocketKind) -> io::Result<Socket> {
        self.process.check_here()?;
        dispatch!(Handles(handle) = &self.handles => handle.open(kind))
    }

    fn open_pair(&self, kind: SocketKind) -> io::Result<(Socket, Socket)> {
        self.process.check_here()?;
        dispatch!(Handles(handle) = &self.handles => handle.open_pair(kind))
    }
}

impl Resolve for Handle {
    fn resolve(
        &self,
        host: String,
        port: u16,
    ) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send {
        let resolved = async move {
            self.process.check_here()?;
            dispatch!(Handles(handle) = &self.handles => handle.resolve(host, port).await)
        };
        // As an object, so that a look-up is compiled here, and not again wherever something is bound or connected.
        let resolved: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(resolved);
        resolved
    }
}

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        if const { is_large::<F>() } { self.drive(Box::pin(future)) } else { self.drive(future) }
    }
}

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a>;

    fn enter(&self) -> EnterGuard<'_> {
        Handle::enter(self)
    }

    fn try_current() -> Option<Self> {
        Handle::try_current()
    }

    #[inline]
    fn try_here() -> Option<Self> {
        let process = Process::here();
        let handles = Handles::find()?;
        if process.is_inside_of_parent() {
            return None;
        }
        Some(Self { handles, process })
    }

    /// Falls back to the default runtime of the process, which starts if need be.
    ///
    /// # Panics
    /// No backend is compiled in.
    #[inline]
    #[track_caller]
    fn here() -> io::Result<Self> {
        match Self::try_here() {
            Some(handle) => Ok(handle),
            None => default_runtime::handle(),
        }
    }
}
