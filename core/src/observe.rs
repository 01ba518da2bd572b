//! Who looks on: tells an observer of each task, its polls, and what it waits for.
//!
//! This is what consoles, spans of `tracing`, dumps of the tasks and simulators stand on. A process has at
//! most one [`Observer`], for the tasks of all its runtimes; [several](install_beside) stand in its place as
//! one. While there is none, a spawn costs one relaxed load more, and so does a leaf that is pending; a task
//! that is observed is boxed.
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
//! use anyrt_core::observe::{self, Observer, TaskObserver};
//! use anyrt_core::task::Meta;
//!
//! /// Counts the polls of each task, and prints them at its end.
//! struct Polls(String, AtomicU32);
//!
//! impl TaskObserver for Polls {
//!     fn poll_begins(&self) {
//!         self.1.fetch_add(1, Relaxed);
//!     }
//!
//!     fn ended(&self, end: observe::End) {
//!         println!("{}: {end:?} after {} polls", self.0, self.1.load(Relaxed));
//!     }
//! }
//!
//! struct CountPolls;
//!
//! impl Observer for CountPolls {
//!     fn spawned(&self, task: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
//!         let name = format!("{} at {}", task.name.unwrap_or("a task"), task.location);
//!         Some(Arc::new(Polls(name, AtomicU32::new(0))))
//!     }
//! }
//!
//! observe::install(Arc::new(CountPolls));
//! assert!(observe::uninstall().is_some());
//! ```
//!
//! # What an observer may do
//!
//! It is called in the middle of what it observes, so it should return soon. A panic of it is contained,
//! call by call, after the panic hook has told of it: a `spawned` that panics leaves its task unobserved.
//! It may spawn; tasks that are spawned within one of its calls are not observed, so that there is an end to
//! that. What spawns else may hold locks: an observer that takes such a lock waits for itself.
//!
//! # What is not seen
//!
//! Tasks that were spawned before the observer was there, the futures of `block_on`, and tasks that do not
//! come by [`Spawn::spawn`] or a [`Builder`](crate::task::Builder): those that a program spawns by the
//! functions of the runtime itself. What a task waits for is told by the leaves of the crate `anyrt`, the
//! handles and sleeps of its adapters alone do not.

mod beside;
mod observed;
mod source_id;

use std::cell::Cell;
use std::fmt::Debug;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::task::{Id, Meta};
use crate::time::Instant;
use crate::{Interest, JoinHandle as _, Spawn, SpawnBlocking};
pub use beside::install_beside;
use observed::{Observed, Record};
pub use source_id::{SourceId, SourceIdentity};

/// Is told of each task and blocking closure that is spawned (S20).
pub trait Observer: Send + Sync + 'static {
    /// A task or closure is about to be spawned, by the thread that calls.
    ///
    /// What this returns is told of all that comes; with `None` the task is not observed, and costs
    /// nothing. It is told to the end of the task, also when this observer was replaced meanwhile.
    fn spawned(&self, task: &Meta<'_>) -> Option<Arc<dyn TaskObserver>>;
}

/// Is told what becomes of one task or blocking closure (S20).
///
/// One call at a time, and in order, but for [`identified`](Self::identified). The functions do nothing by
/// themselves.
pub trait TaskObserver: Send + Sync + 'static {
    /// The runtime has given the task its id: known before its first poll and before `spawn` returns.
    ///
    /// Where these two race, both tell it, the same and maybe at once.
    fn identified(&self, id: Id) {
        let _ = id;
    }

    /// The thread that calls is about to poll the task, or to call the closure.
    fn poll_begins(&self) {}

    /// The poll has returned, or has panicked. On the same thread.
    fn poll_ends(&self) {}

    /// Within a poll: the task is not ready because of this.
    ///
    /// What the last poll has told is what the task waits for, if that has polled all that the task is in. A set that
    /// polls only what was woken, such as `FuturesUnordered`, has told of the others in earlier polls.
    fn waits_for(&self, wait: &Wait<'_>) {
        let _ = wait;
    }

    /// The future or closure is gone, and nothing else will be told, but for an id that `spawn` is telling
    /// meanwhile. Before the join resolves.
    fn ended(&self, end: End) {
        let _ = end;
    }
}

/// How a task or a closure has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// It returned its output.
    Completed,
    /// It panicked, or its destructor did.
    Panicked,
    /// It was dropped before: aborted, refused, or its runtime has ended.
    Cancelled,
}

/// What a task waits for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Wait<'a> {
    /// A sleep, or a limit or interval that has one.
    #[non_exhaustive]
    Sleep {
        /// When it is over.
        deadline: Instant,
    },
    /// A socket or descriptor.
    #[non_exhaustive]
    Io {
        /// In which direction.
        interest: Interest,
        /// The socket, whose text has its number or its addresses. To make that text may take system calls.
        source: &'a dyn Debug,
        /// Which socket it is, where that is known: by it an observer finds a text that it has made before.
        id: Option<SourceId>,
    },
    /// The end of another task.
    #[non_exhaustive]
    Join {
        /// Which one.
        id: Id,
    },
    /// Something that is not of this library, such as a channel or a lock.
    #[non_exhaustive]
    Other {
        /// What it is called.
        what: &'a dyn Debug,
    },
}

/// For leaves, and for what is built like one.
impl<'a> Wait<'a> {
    /// A sleep until `deadline`.
    pub fn sleep(deadline: Instant) -> Self {
        Self::Sleep { deadline }
    }

    /// The readiness of a socket or descriptor.
    pub fn io(interest: Interest, source: &'a dyn Debug) -> Self {
        Self::Io { interest, source, id: None }
    }

    /// The same of a source that is told from others.
    pub fn io_of(interest: Interest, source: &'a dyn Debug, identity: &SourceIdentity) -> Self {
        Self::Io { interest, source, id: Some(identity.id()) }
    }

    /// The end of a task.
    pub fn join(id: Id) -> Self {
        Self::Join { id }
    }

    /// Anything else.
    ///
    /// ```
    /// use std::task::Poll;
    /// use anyrt_core::observe::{Wait, label};
    ///
    /// /// What a lock does when it is polled.
    /// fn labelled(poll: Poll<()>, name: &str) -> Poll<()> {
    ///     label(&poll, || Wait::other(&name));
    ///     poll
    /// }
    /// ```
    pub fn other(what: &'a dyn Debug) -> Self {
        Self::Other { what }
    }
}

/// Whether there is an observer.
static IS_INSTALLED: AtomicBool = AtomicBool::new(false);

/// Whether there ever was one: tasks of it may still be there, and have leaves.
static WAS_INSTALLED: AtomicBool = AtomicBool::new(false);

static OBSERVER: RwLock<Option<Arc<dyn Observer>>> = RwLock::new(None);

thread_local! {
    /// Whether this thread is within a call of an observer.
    static IS_TELLING: Cell<bool> = const { Cell::new(false) };
    /// The task that this thread polls, if it is observed.
    static CURRENT: Cell<Option<Arc<Record>>> = const { Cell::new(None) };
}

/// Has an observer told of all that is spawned from now on. Returns the one before, whose tasks stay its
/// own.
///
/// # Forks
/// The observer stays installed in a child of the process. Where another thread was about to spawn at the moment of
/// the fork, whoever installs or uninstalls one in the child waits for that thread, which is not there, for ever.
///
/// ```
/// use std::sync::Arc;
/// use anyrt_core::observe::{self, Observer, TaskObserver};
/// use anyrt_core::task::Meta;
///
/// /// Prints where tasks are spawned.
/// struct Print;
///
/// impl Observer for Print {
///     fn spawned(&self, task: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
///         println!("{:?} at {}", task.kind, task.location);
///         None // and not what becomes of them
///     }
/// }
///
/// observe::install(Arc::new(Print));
/// ```
pub fn install(observer: Arc<dyn Observer>) -> Option<Arc<dyn Observer>> {
    WAS_INSTALLED.store(true, Ordering::Relaxed);
    replace(Some(observer))
}

/// Observes nothing that is spawned from now on. Returns the observer, which is told of its tasks to their
/// end. [As for forks](install#forks), it is like `install`.
pub fn uninstall() -> Option<Arc<dyn Observer>> {
    replace(None)
}

fn replace(observer: Option<Arc<dyn Observer>>) -> Option<Arc<dyn Observer>> {
    let mut place = OBSERVER.write().unwrap_or_else(PoisonError::into_inner);
    // Under the lock, so that the two agree. Whoever reads it earlier than the observer looks there.
    IS_INSTALLED.store(observer.is_some(), Ordering::Relaxed);
    mem::replace(&mut *place, observer)
}

/// Whether an observer is installed.
///
/// ```
/// assert!(!anyrt_core::observe::is_installed());
/// ```
#[inline]
pub fn is_installed() -> bool {
    IS_INSTALLED.load(Ordering::Relaxed)
}

/// Notes what the task of this thread waits for, where `poll` is pending.
///
/// For the leaves: whatever is pending because of something else than another future. Costs a relaxed load
/// where it is pending, and nothing where it is ready.
///
/// ```
/// use std::pin::Pin;
/// use std::task::{Context, Poll};
/// use anyrt_core::Sleep;
/// use anyrt_core::observe::{Wait, label};
///
/// /// A sleep that tells its deadline.
/// fn poll_sleep<S: Sleep>(mut sleep: Pin<&mut S>, cx: &mut Context<'_>) -> Poll<()> {
///     let poll = sleep.as_mut().poll(cx);
///     label(&poll, || Wait::sleep(sleep.deadline()));
///     poll
/// }
/// ```
// By reference, because an output that is handed through is moved.
#[inline(always)]
pub fn label<'a, T>(poll: &Poll<T>, wait: impl FnOnce() -> Wait<'a>) {
    if poll.is_pending() && WAS_INSTALLED.load(Ordering::Relaxed) {
        note(wait);
    }
}

#[cold]
fn note<'a>(wait: impl FnOnce() -> Wait<'a>) {
    let wait = wait();
    // Not there while its observer is told, who may wait for something itself.
    let current = CURRENT.try_with(Cell::take).ok().flatten();
    if let Some(task) = current {
        task.tell(|observer| observer.waits_for(&wait));
        let _ = CURRENT.try_with(|current| current.set(Some(task)));
    }
}

pin_project! {
    /// A future with a [`label`]; made by [`labelled`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct Labelled<F, W> {
        #[pin]
        future: F,
        wait: W,
    }
}

/// [Labels](label) each poll of a leaf that is pending.
///
/// ```
/// use anyrt_core::JoinHandle;
/// use anyrt_core::observe::{Wait, labelled};
///
/// /// A join that tells the task that it waits for.
/// async fn join<T, J: JoinHandle<T>>(task: J) -> T {
///     let id = task.id();
///     labelled(task, || Wait::join(id)).await.unwrap()
/// }
/// ```
pub fn labelled<'a, F: Future, W: Fn() -> Wait<'a>>(future: F, wait: W) -> Labelled<F, W> {
    Labelled { future, wait }
}

impl<'a, F: Future, W: Fn() -> Wait<'a>> Future for Labelled<F, W> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let poll = this.future.poll(cx);
        label(&poll, this.wait);
        poll
    }
}

/// Spawns a task, and tells the observer of it. The rare half of [`Spawn::spawn`].
///
/// For facades that call it in place of [`start_task`](crate::backend::start_task), where
/// [`is_installed`].
#[cold]
#[inline(never)]
pub fn spawn<R, F>(runtime: &R, meta: Meta<'_>, future: F) -> R::JoinHandle<F::Output>
where
    R: Spawn,
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let Some(record) = record(&meta) else { return runtime.spawn_task(meta, future) };
    // By the type of its output alone, so that a runtime is compiled for one type more and not for each
    // future once more.
    let future: Pin<Box<dyn Future<Output = F::Output> + Send>> = Box::pin(future);
    let observed = Observed::new(future, Arc::clone(&record), R::current_task);
    let handle = runtime.spawn_task(meta, observed);
    record.identify(handle.id());
    handle
}

/// The same for a task that stays on its thread, whose executor gives it the id: what is to be polled in the place of
/// `future`.
///
/// For executors that spawn by other means than a [`Spawn`], where [`is_installed`].
///
/// # Errors
/// The future as it was, if it is not observed.
#[cold]
#[inline(never)]
pub fn observe_local<F>(meta: &Meta<'_>, id: Id, future: F) -> Result<LocalFuture<F::Output>, F>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let Some(record) = record(meta) else { return Err(future) };
    record.identify(id);
    let future: LocalFuture<F::Output> = Box::pin(future);
    // It is identified already.
    Ok(Box::pin(Observed::new(future, record, || None)))
}

/// The future of [`observe_local`].
pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// The same for a closure, and the rare half of [`SpawnBlocking::spawn_blocking`].
#[cold]
#[inline(never)]
pub fn spawn_blocking<R, F, T>(runtime: &R, meta: Meta<'_>, closure: F) -> R::BlockingHandle<T>
where
    R: SpawnBlocking,
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let Some(record) = record(&meta) else { return runtime.spawn_closure(meta, closure) };
    let closure: Box<dyn FnOnce() -> T + Send> = Box::new(closure);
    let observed = Observed::new(closure, Arc::clone(&record), R::current_closure);
    let handle = runtime.spawn_closure(meta, move || observed.call());
    record.identify(handle.id());
    handle
}

/// Asks the observer about a new task.
fn record(meta: &Meta<'_>) -> Option<Arc<Record>> {
    if IS_TELLING.get() {
        return None;
    }
    let observer = OBSERVER.read().unwrap_or_else(PoisonError::into_inner).clone()?;
    let observer = tell(move || observer.spawned(meta)).flatten()?;
    Some(Arc::new(Record::new(observer)))
}

/// Calls an observer, and contains its panic.
#[inline]
fn tell<T>(call: impl FnOnce() -> T) -> Option<T> {
    struct Telling(bool);

    impl Drop for Telling {
        #[inline]
        fn drop(&mut self) {
            IS_TELLING.set(self.0);
        }
    }

    let _telling = Telling(IS_TELLING.replace(true));
    let mut result = None;
    crate::task::contain(|| result = Some(call()));
    result
}
