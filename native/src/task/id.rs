//! Which task it is that runs here.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::num::{NonZeroU64, NonZeroUsize};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use anyrt_core::Spawn;
use pin_project_lite::pin_project;

use super::TaskRef;
use super::state::References;
use crate::sync::lock;
use crate::{Handle, JoinHandle};

thread_local! {
    static CURRENT: Cell<Running> = const {
        Cell::new(Running { task: None, references: References::NONE })
    };
    static NAME: RefCell<Option<Shown>> = const { RefCell::new(None) };
}

/// Tells a task or blocking closure from all others of the process, those that have ended among them.
///
/// ```
/// use anyrt_native::{BlockOn, Launch, Runtime, Spawn, TaskId};
///
/// let runtime = Runtime::new()?;
/// let task = runtime.handle().spawn(async { TaskId::current() });
/// let id = task.id();
/// assert_eq!(runtime.handle().block_on(task)?, id);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(NonZeroU64);

/// The tasks that were asked for their ids, by their blocks, and the next id. Most tasks never are.
static KNOWN: Mutex<(BTreeMap<NonZeroUsize, TaskId>, NonZeroU64)> =
    Mutex::new((BTreeMap::new(), NonZeroU64::MIN));

impl TaskId {
    /// The task or blocking closure that this thread runs, if any. Not the future of a `block_on`.
    pub fn current() -> Option<Self> {
        CURRENT.get().task.map(Self::of)
    }

    /// The caller has a reference to the task.
    pub(super) fn of(task: TaskRef) -> Self {
        let (known, next) = &mut *lock(&KNOWN);
        *known.entry(task.into_entry().addr()).or_insert_with(|| {
            task.state().set_has_id();
            let id = *next;
            *next = id.saturating_add(1);
            Self(id)
        })
    }

    /// To be called before the block of a task with an id is freed.
    #[cold]
    pub(super) fn forget(task: TaskRef) {
        lock(&KNOWN).0.remove(&task.into_entry().addr());
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Makes a task the one that this thread runs, until it is dropped.
///
/// The references to the task that the thread makes and gives back meanwhile do not touch the count: see
/// [`References`].
pub(super) struct Current {
    before: Running,
}

/// A task that a thread has claimed.
#[derive(Clone, Copy, Debug)]
struct Running {
    task: Option<TaskRef>,
    references: References,
}

impl Current {
    #[inline]
    pub(super) fn enter(task: TaskRef) -> Self {
        let running = Running { task: Some(task), references: References::NONE };
        Self { before: CURRENT.replace(running) }
    }

    /// The account of the references so far.
    #[inline]
    pub(super) fn references(&self) -> References {
        CURRENT.get().references
    }

    /// What was left to settle before.
    pub(super) fn owe(&self, references: References) {
        CURRENT.set(Running { references, ..CURRENT.get() });
    }

    /// Makes a reference to a task, which the caller has one of, if this thread runs the task.
    #[inline]
    pub(super) fn make_reference(task: TaskRef) -> bool {
        Self::account(task, References::made)
    }

    /// Gives a reference to a task back, if this thread runs the task.
    #[inline]
    pub(super) fn give_back(task: TaskRef) -> bool {
        Self::account(task, References::given_back)
    }

    #[inline]
    fn account(task: TaskRef, change: impl FnOnce(References) -> References) -> bool {
        let running = CURRENT.get();
        let is_running = running.task == Some(task);
        if is_running {
            CURRENT.set(Running { references: change(running.references), ..running });
        }
        is_running
    }
}

impl Drop for Current {
    #[inline]
    fn drop(&mut self) {
        CURRENT.set(self.before);
    }
}

/// Starts tasks that have a name, for logs and debuggers.
///
/// ```
/// use anyrt_native::{BlockOn, Launch, Runtime, TaskBuilder};
///
/// let runtime = Runtime::new()?;
/// let task = TaskBuilder::new().name("accept").spawn_on(runtime.handle(), async {
///     TaskBuilder::current_name()
/// });
/// assert_eq!(runtime.handle().block_on(task)?.as_deref(), Some("accept"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until a task is spawned"]
pub struct TaskBuilder {
    name: Option<Arc<str>>,
}

impl TaskBuilder {
    /// No name yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of the tasks.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Starts `future` as a task; see [`Spawn::spawn`].
    pub fn spawn_on<F>(&self, runtime: &Handle, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        runtime.spawn(Named { name: self.name.clone(), future })
    }

    /// The name of the task that this thread polls, if it has one.
    pub fn current_name() -> Option<Arc<str>> {
        let shown = NAME.try_with(|name| name.borrow().clone()).ok().flatten();
        // It may be that of a task around this one, which runs a `LocalSet`.
        shown.filter(|shown| TaskId::current() == Some(shown.task)).map(|shown| shown.name)
    }
}

pin_project! {
    /// Shows the name of its task while it is polled.
    struct Named<F> {
        name: Option<Arc<str>>,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Named<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _shown = ShowName::new(this.name.clone());
        this.future.poll(cx)
    }
}

/// A name, and whose it is.
#[derive(Clone)]
struct Shown {
    task: TaskId,
    name: Arc<str>,
}

struct ShowName {
    before: Option<Shown>,
}

impl ShowName {
    fn new(name: Option<Arc<str>>) -> Self {
        let name = TaskId::current().zip(name).map(|(task, name)| Shown { task, name });
        Self { before: NAME.try_with(|shown| shown.replace(name)).ok().flatten() }
    }
}

impl Drop for ShowName {
    fn drop(&mut self) {
        let before = self.before.take();
        drop(NAME.try_with(|shown| shown.replace(before)));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use anyrt_core::{BlockOn, Launch, SpawnBlocking};

    use super::*;
    use crate::Builder;

    #[test]
    fn a_task_knows_its_id_and_one_that_it_awaits_another() {
        let runtime = Builder::new().worker_threads(1).build().unwrap();
        let handle = runtime.handle();
        assert_eq!(TaskId::current(), None);
        let inside = handle.clone();
        let outer = handle.spawn(async move {
            let own = TaskId::current().unwrap();
            let inner = inside.spawn(async { TaskId::current().unwrap() });
            let expected = inner.id().unwrap();
            assert_eq!(inner.await.unwrap(), expected);
            assert_eq!(TaskId::current(), Some(own));
            assert_ne!(own, expected);
            let closure = inside.spawn_blocking(TaskId::current);
            let expected = closure.id();
            assert_eq!(closure.await.unwrap(), expected);
            own
        });
        let expected = outer.id().unwrap();
        assert_eq!(handle.block_on(outer).unwrap(), expected);
        assert_eq!(handle.block_on(async { TaskId::current() }), None);
    }

    #[test]
    fn tasks_that_live_have_different_ids() {
        let runtime = Builder::new().current_thread().build().unwrap();
        let tasks: Vec<_> = (0..1000).map(|_| runtime.handle().spawn(async {})).collect();
        let ids: BTreeSet<_> = tasks.iter().map(JoinHandle::id).collect();
        assert_eq!(ids.len(), 1000);
    }

    #[test]
    fn an_id_is_given_once_and_forgotten_with_its_task() {
        let runtime = Builder::new().current_thread().build().unwrap();
        let handle = runtime.handle();
        let mut ids = BTreeSet::new();
        for _ in 0..100 {
            // In the block of the one before.
            let task = handle.spawn(async {});
            assert!(ids.insert(task.id().unwrap()), "two tasks had one id");
            handle.block_on(task).unwrap();
        }
        let known = lock(&KNOWN).0.values().filter(|id| ids.contains(id)).count();
        assert_eq!(known, 0, "ids of tasks that are gone");
    }

    #[test]
    fn a_name_is_that_of_its_task_alone() {
        let runtime = Builder::new().worker_threads(1).build().unwrap();
        let handle = runtime.handle().clone();
        let named = TaskBuilder::new().name("outer").spawn_on(runtime.handle(), async move {
            let inner = TaskBuilder::new().spawn_on(&handle, async { TaskBuilder::current_name() });
            assert_eq!(inner.await.unwrap(), None);
            let inner = handle.spawn(async { TaskBuilder::current_name() });
            assert_eq!(inner.await.unwrap(), None);
            TaskBuilder::current_name()
        });
        let outer = runtime.handle().block_on(named).unwrap();
        assert_eq!(outer.as_deref(), Some("outer"));
        assert_eq!(TaskBuilder::current_name(), None);
    }
}
