//! Tasks that stay on one thread, and so need not be `Send`.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt::generic::task::is_large;
use anyrt::task::{JoinSet, LocalSet as Set};
use pin_project_lite::pin_project;

use crate::context::{Settings, next_id};
use crate::runtime::{Id, Runtime, local_here};
use crate::task::JoinHandle;
use crate::task::budget::budgeted;

thread_local! {
    static AROUND: Cell<Around> = const { Cell::new(Around { is_inside: false, is_running: false }) };
}

/// What of sets is around a call.
#[derive(Clone, Copy)]
struct Around {
    /// There is one to spawn on, which anyrt knows.
    is_inside: bool,
    /// The call is of a task, or of the future, that one runs.
    is_running: bool,
}

/// A set of tasks that run on the thread that awaits it.
pub struct LocalSet {
    inner: LocalTasks,
    /// Set when it is asked for.
    id: Cell<Option<Id>>,
}

/// Starts `future` as a task on this thread.
///
/// # Panics
///
/// Outside of a [`LocalSet`] and of a [`LocalRuntime`](crate::runtime::LocalRuntime).
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    match local_here() {
        Some(local) => local.spawn(future),
        None if AROUND.get().is_inside => JoinHandle::new(if const { is_large::<F>() } {
            anyrt::task::spawn_local(budgeted(Box::pin(future)))
        } else {
            anyrt::task::spawn_local(budgeted(future))
        }),
        None => outside(),
    }
}

/// [`spawn_local`] as one of `set`.
#[track_caller]
pub(super) fn spawn_in<T, F>(set: &mut JoinSet<T>, future: F) -> anyrt::AbortHandle
where
    F: Future<Output = T> + 'static,
    T: 'static,
{
    match local_here() {
        Some(local) => set.spawn_local_on(future, local.set()),
        None if AROUND.get().is_inside => set.spawn_local(future),
        None => outside(),
    }
}

#[cold]
#[track_caller]
fn outside() -> ! {
    let is_local = |handle| Settings::of(handle).built.is_local;
    if anyrt::Handle::try_current().is_some_and(is_local) {
        panic!(
            "Local tasks can only be spawned on a LocalRuntime from the thread the runtime was created on"
        );
    }
    panic!("`spawn_local` called from outside of a `task::LocalSet` or `runtime::LocalRuntime`")
}

/// Whether the code around this call is run by a set.
pub(crate) fn is_running() -> bool {
    AROUND.get().is_running
}

impl LocalSet {
    /// An empty one.
    pub fn new() -> Self {
        Self { inner: LocalTasks::default(), id: Cell::new(None) }
    }

    /// Makes [`spawn_local`] add to this set until the guard is dropped.
    pub fn enter(&self) -> LocalEnterGuard {
        let before = AROUND.replace(Around { is_inside: true, ..AROUND.get() });
        LocalEnterGuard { _inner: self.inner.set().enter(), before }
    }

    /// Adds a task, which runs when the set does.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.inner.spawn(future)
    }

    /// Runs `future` to its end on a runtime, and the tasks of the set meanwhile.
    ///
    /// # Panics
    ///
    /// As [`Runtime::block_on`].
    #[track_caller]
    pub fn block_on<F>(&self, rt: &Runtime, future: F) -> F::Output
    where
        F: Future,
    {
        rt.block_on(self.run_until(future))
    }

    /// Runs `future` to its end, and the tasks of the set meanwhile.
    ///
    /// Dropped before, it leaves the tasks in the set.
    pub async fn run_until<F>(&self, future: F) -> F::Output
    where
        F: Future,
    {
        self.inner.run_until(future).await
    }

    /// The set as anyrt knows it.
    pub(super) fn anyrt(&self) -> &Set {
        self.inner.set()
    }

    /// Tells it from all others, and from all runtimes.
    pub fn id(&self) -> Id {
        let id = self.id.get().unwrap_or_else(|| Id::new(next_id()));
        self.id.set(Some(id));
        id
    }
}

impl Future for LocalSet {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let _running = Restore::running();
        match &mut self.inner.set {
            Some(set) => Pin::new(set).poll(cx),
            None => Poll::Ready(()),
        }
    }
}

impl Default for LocalSet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet").finish()
    }
}

/// Keeps a [`LocalSet`] the one to spawn on; made by [`LocalSet::enter`].
pub struct LocalEnterGuard {
    _inner: anyrt::task::LocalEnterGuard,
    before: Around,
}

impl Drop for LocalEnterGuard {
    fn drop(&mut self) {
        AROUND.set(self.before);
    }
}

impl fmt::Debug for LocalEnterGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEnterGuard").finish()
    }
}

/// The set of a [`LocalSet`], or of a local runtime.
#[derive(Debug)]
pub(crate) struct LocalTasks {
    /// `None` while it is dropped.
    set: Option<Set>,
}

impl LocalTasks {
    pub(super) fn set(&self) -> &Set {
        self.set.as_ref().expect("it is dropped last")
    }

    #[track_caller]
    pub(crate) fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        if const { is_large::<F>() } {
            JoinHandle::new(self.set().spawn_local(budgeted(Box::pin(future))))
        } else {
            JoinHandle::new(self.set().spawn_local(budgeted(future)))
        }
    }

    pub(crate) async fn run_until<F: Future>(&self, future: F) -> F::Output {
        Running { future: self.set().run_until(future) }.await
    }
}

impl Default for LocalTasks {
    fn default() -> Self {
        Self { set: Some(Set::new()) }
    }
}

impl Drop for LocalTasks {
    fn drop(&mut self) {
        let _running = Restore::running();
        self.set = None;
    }
}

pin_project! {
    /// A future that runs a set.
    struct Running<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Running<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _running = Restore::running();
        self.project().future.poll(cx)
    }
}

/// Puts back what was around before.
struct Restore {
    before: Around,
    _of_this_thread: PhantomData<*const ()>,
}

impl Restore {
    fn running() -> Self {
        let before = AROUND.replace(Around { is_inside: true, is_running: true });
        Self { before, _of_this_thread: PhantomData }
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        AROUND.set(self.before);
    }
}
