//! Waiting for a group of tasks to end.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio_crate::sync::Notify;
use tokio_crate::sync::futures::Notified;

use anyrt_facade::task::{LocalSet, spawn_local};
use anyrt_facade::{Handle, JoinHandle};

/// The lowest bit: no more tasks are expected.
const CLOSED: usize = 1;
/// What a task counts, in the bits above.
const TASK: usize = 2;

/// Waits for a group of tasks to end, such as when a program is to end gracefully.
///
/// It counts tasks and keeps nothing of them: neither outputs nor a list, so it can be used for ever. Nothing is
/// aborted when it is dropped. Clones are the same tracker.
///
/// ```
/// use anyrt::{sync::CancellationToken, task::TaskTracker};
///
/// # #[anyrt::main]
/// # async fn main() {
/// let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
/// for _ in 0..10 {
///     let stop = stop.clone();
///     tracker.spawn(async move { stop.cancelled().await });
/// }
/// tracker.close();
/// stop.cancel();
/// tracker.wait().await;
/// assert!(tracker.is_empty());
/// # }
/// ```
pub struct TaskTracker {
    shared: Arc<Shared>,
}

struct Shared {
    /// [`TASK`] for each task, and [`CLOSED`].
    state: AtomicUsize,
    /// Notified each time that the tracker is closed and without tasks.
    over: Notify,
}

impl TaskTracker {
    /// A tracker without tasks, which is open.
    ///
    /// ```
    /// let tracker = anyrt::task::TaskTracker::new();
    /// assert!(tracker.is_empty() && !tracker.is_closed());
    /// ```
    pub fn new() -> Self {
        Self { shared: Arc::new(Shared { state: AtomicUsize::new(0), over: Notify::new() }) }
    }

    /// Waits until the tracker is closed and has no tasks.
    ///
    /// It is enough that this was so at one moment since the call, even if there are tasks again. While the tracker is
    /// open, the future waits also without tasks. Cancel safe.
    pub fn wait(&self) -> TaskTrackerWaitFuture<'_> {
        // Before the state is looked at, so that no end in between is missed.
        let over = self.shared.over.notified();
        let is_over = self.shared.state.load(Ordering::Acquire) == CLOSED;
        TaskTrackerWaitFuture { over: (!is_over).then_some(over) }
    }

    /// Says that no more tasks are expected, which [`wait`](Self::wait) waits for; true if it was open.
    ///
    /// Tasks can be spawned on a closed tracker nevertheless, and are waited for.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let tracker = anyrt::task::TaskTracker::new();
    /// assert!(tracker.close());
    /// assert!(!tracker.close());
    /// tracker.wait().await;
    /// # }
    /// ```
    pub fn close(&self) -> bool {
        let before = self.shared.state.fetch_or(CLOSED, Ordering::AcqRel);
        if before == 0 {
            self.shared.over.notify_waiters();
        }
        before & CLOSED == 0
    }

    /// Says that more tasks are expected; true if it was closed.
    ///
    /// ```
    /// let tracker = anyrt::task::TaskTracker::new();
    /// tracker.close();
    /// assert!(tracker.reopen());
    /// assert!(!tracker.is_closed());
    /// ```
    pub fn reopen(&self) -> bool {
        self.shared.state.fetch_and(!CLOSED, Ordering::AcqRel) & CLOSED != 0
    }

    /// Whether no more tasks are expected.
    pub fn is_closed(&self) -> bool {
        self.shared.state.load(Ordering::Acquire) & CLOSED != 0
    }

    /// How many tasks there are.
    ///
    /// ```
    /// let tracker = anyrt::task::TaskTracker::new();
    /// let token = tracker.token();
    /// assert_eq!(tracker.len(), 1);
    /// drop(token);
    /// assert_eq!(tracker.len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.shared.state.load(Ordering::Acquire) / TASK
    }

    /// Whether there are no tasks.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Starts a task and counts it until its future has been dropped; see [`spawn`](crate::spawn).
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let tracker = anyrt::task::TaskTracker::new();
    /// let task = tracker.spawn(async { 42 });
    /// assert_eq!(task.await.unwrap(), 42);
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        crate::spawn(self.track_future(future))
    }

    /// Starts a task on this runtime and counts it; see [`Handle::spawn`].
    ///
    /// ```
    /// let runtime = anyrt::Runtime::new()?;
    /// let tracker = anyrt::task::TaskTracker::new();
    /// let task = tracker.spawn_on(async { 42 }, runtime.handle());
    /// assert_eq!(runtime.block_on(task)?, 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(&self, future: F, runtime: &Handle) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        runtime.spawn(self.track_future(future))
    }

    /// Starts a task on this thread, in the set of local tasks around the call, and counts it; see
    /// [`spawn_local`](crate::task::spawn_local).
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// use anyrt::task::{LocalSet, TaskTracker};
    ///
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let (tracker, number) = (TaskTracker::new(), Rc::new(42));
    /// LocalSet::new()
    ///     .run_until(async {
    ///         let task = tracker.spawn_local(async move { *number });
    ///         assert_eq!(task.await.unwrap(), 42);
    ///     })
    ///     .await;
    /// # }
    /// ```
    ///
    /// # Panics
    /// There is no set around the call.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        spawn_local(self.track_future(future))
    }

    /// Starts a task in this set of local tasks and counts it; see [`LocalSet::spawn_local`].
    #[track_caller]
    pub fn spawn_local_on<F>(&self, future: F, set: &LocalSet) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        set.spawn_local(self.track_future(future))
    }

    /// Runs a closure where blocking is welcome and counts it; see [`spawn_blocking`](crate::spawn_blocking).
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let tracker = anyrt::task::TaskTracker::new();
    /// assert_eq!(tracker.spawn_blocking(|| 42).await.unwrap(), 42);
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        crate::spawn_blocking(tracked(self.token(), closure))
    }

    /// Runs a closure on this runtime where blocking is welcome and counts it; see [`Handle::spawn_blocking`].
    #[track_caller]
    pub fn spawn_blocking_on<F, T>(&self, closure: F, runtime: &Handle) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        runtime.spawn_blocking(tracked(self.token(), closure))
    }

    /// Counts a future as a task until it is dropped. Cancel safe if the future is.
    ///
    /// For futures that are spawned by others, or not at all.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let tracker = anyrt::task::TaskTracker::new();
    /// let future = tracker.track_future(async { 42 });
    /// assert_eq!(tracker.len(), 1);
    /// assert_eq!(future.await, 42);
    /// assert!(tracker.is_empty());
    /// # }
    /// ```
    pub fn track_future<F: Future>(&self, future: F) -> TrackedFuture<F> {
        TrackedFuture { future, token: self.token() }
    }

    /// Counts as a task until it is dropped.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let tracker = anyrt::task::TaskTracker::new();
    /// let token = tracker.token();
    /// tracker.close();
    /// std::thread::spawn(move || drop(token));
    /// tracker.wait().await;
    /// # }
    /// ```
    pub fn token(&self) -> TaskTrackerToken {
        self.shared.state.fetch_add(TASK, Ordering::Relaxed);
        TaskTrackerToken { tracker: self.clone() }
    }

    /// Whether both are clones of one.
    ///
    /// ```
    /// use anyrt::task::TaskTracker;
    ///
    /// let tracker = TaskTracker::new();
    /// assert!(TaskTracker::ptr_eq(&tracker, &tracker.clone()));
    /// assert!(!TaskTracker::ptr_eq(&tracker, &TaskTracker::new()));
    /// ```
    pub fn ptr_eq(one: &Self, other: &Self) -> bool {
        Arc::ptr_eq(&one.shared, &other.shared)
    }
}

/// Keeps the token until `closure` has returned.
fn tracked<T>(token: TaskTrackerToken, closure: impl FnOnce() -> T) -> impl FnOnce() -> T {
    move || {
        let _token = token;
        closure()
    }
}

impl Default for TaskTracker {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for TaskTracker {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl fmt::Debug for TaskTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskTracker")
            .field("len", &self.len())
            .field("is_closed", &self.is_closed())
            .finish()
    }
}

/// Counts as a task of a [`TaskTracker`]; made by [`TaskTracker::token`].
#[derive(Debug)]
pub struct TaskTrackerToken {
    tracker: TaskTracker,
}

impl TaskTrackerToken {
    /// The tracker that counts it.
    pub fn task_tracker(&self) -> &TaskTracker {
        &self.tracker
    }
}

/// Counts as another task.
impl Clone for TaskTrackerToken {
    fn clone(&self) -> Self {
        self.tracker.token()
    }
}

impl Drop for TaskTrackerToken {
    fn drop(&mut self) {
        let shared = &self.tracker.shared;
        // Releases what the task did, and acquires what the others did, for whoever waits.
        if shared.state.fetch_sub(TASK, Ordering::AcqRel) == TASK | CLOSED {
            shared.over.notify_waiters();
        }
    }
}

pin_project! {
    /// A future that is counted by a [`TaskTracker`]; made by [`TaskTracker::track_future`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct TrackedFuture<F> {
        // Dropped before the token.
        #[pin]
        future: F,
        token: TaskTrackerToken,
    }
}

impl<F: Future> Future for TrackedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}

pin_project! {
    /// The future of [`TaskTracker::wait`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct TaskTrackerWaitFuture<'a> {
        // `None` if it was over at the call.
        #[pin]
        over: Option<Notified<'a>>,
    }
}

impl Future for TaskTrackerWaitFuture<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().over.as_pin_mut().map_or(Poll::Ready(()), |over| over.poll(cx))
    }
}
