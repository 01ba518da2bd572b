//! Tasks that stay on one thread, and so need not be `Send`.
//!
//! They need nothing of a runtime but a waker: the set is a future, which polls those of its tasks that were woken
//! whenever it is polled itself. So they are no capability of a backend, and work on every executor there is, also
//! within `block_on` of another library. The set keeps the futures on its thread; what other threads reach is in
//! [`queue`], and holds nothing of the user's.

mod handle;
mod queue;
mod set;

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use anyrt_core::task::{Kind, Meta, is_large};

use crate::{JoinHandle, Runtime};
use queue::Runner;
use set::{Set, has_budget};

pub(crate) use handle::{LocalAbortHandle, LocalJoinHandle};

thread_local! {
    /// The set that this thread runs or has entered.
    static CURRENT: RefCell<Option<Rc<Set>>> = const { RefCell::new(None) };
}

/// A set of tasks that are polled on one thread, and so need not be `Send`.
///
/// The tasks make progress while somebody awaits [`run_until`](Self::run_until) or the set itself, on the thread
/// where that is polled: on any backend, and on any other executor. [`spawn_local`] adds to the set from within;
/// [`spawn`](crate::spawn) starts tasks outside of it, as ever. A task of the set is a task like all: it has an id and
/// a budget, its panic comes back from the join, it can be aborted from any thread, and `block_on` is refused in it.
///
/// When many tasks are ready, the set lets others on the thread go first after a number of polls.
///
/// Dropping the set drops its tasks, whose joins resolve to cancelled, and so do those of tasks that are spawned on it
/// afterwards.
///
/// ```
/// use std::rc::Rc;
/// use anyrt::task::{self, LocalSet};
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let words = Rc::new(["not", "to", "be", "sent"]);
/// let local = LocalSet::new();
/// let count = local.run_until(async {
///     let words = Rc::clone(&words);
///     task::spawn_local(async move { words.len() }).await
/// });
/// assert_eq!(count.await?, 4);
/// # Ok(())
/// # }
/// ```
///
/// # As a future
///
/// The set is ready when all its tasks have ended. Cancel safe: what is dropped is the set, and with it the tasks.
///
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use anyrt::task::LocalSet;
///
/// # #[anyrt::main]
/// # async fn main() {
/// let done = Rc::new(Cell::new(0));
/// let local = LocalSet::new();
/// for _ in 0..3 {
///     let done = Rc::clone(&done);
///     local.spawn_local(async move {
///         anyrt::task::yield_now().await;
///         done.set(done.get() + 1);
///     });
/// }
/// local.await;
/// assert_eq!(done.get(), 3);
/// # }
/// ```
pub struct LocalSet {
    set: Rc<Set>,
}

// As of a runtime: a set contains the panics of its tasks.
impl UnwindSafe for LocalSet {}
impl RefUnwindSafe for LocalSet {}

/// Starts `future` as a task of the [`LocalSet`] around this call.
///
/// It is polled on this thread, and need not be `Send`. Otherwise it is a task like all: it starts without being
/// awaited, and goes on when the handle is dropped.
///
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use anyrt::task::{self, LocalSet};
///
/// # #[anyrt::main]
/// # async fn main() {
/// let count = Rc::new(Cell::new(0));
/// LocalSet::new().run_until(async {
///     let in_task = Rc::clone(&count);
///     task::spawn_local(async move { in_task.set(in_task.get() + 1) }).await.unwrap();
/// }).await;
/// assert_eq!(count.get(), 1);
/// # }
/// ```
///
/// # Panics
/// There is no set around the call: neither does this thread run one, nor does it hold a guard of
/// [`LocalSet::enter`].
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let meta = Meta::new(Kind::LocalTask);
    if const { is_large::<F>() } {
        spawn_here(meta, Box::pin(future))
    } else {
        spawn_here(meta, future)
    }
}

/// The same, of a future that is not large.
#[track_caller]
pub(crate) fn spawn_here<F>(meta: Meta<'_>, future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    // On a thread that ends there is no variable, and no set.
    match CURRENT.try_with(|current| current.borrow().clone()).ok().flatten() {
        Some(set) => set.spawn(meta, future),
        None => panic!(
            "`spawn_local` was called outside of a `LocalSet`: await it within `LocalSet::run_until`, or enter the set \
             first"
        ),
    }
}

impl LocalSet {
    /// A set without tasks. It needs no runtime.
    ///
    /// ```
    /// let local = anyrt::task::LocalSet::new();
    /// let task = local.spawn_local(async { 42 });
    /// assert_eq!(anyrt::block_on(local.run_until(task)).unwrap(), 42);
    /// ```
    pub fn new() -> Self {
        Self { set: Rc::new(Set::new()) }
    }

    /// Starts a task of this set. It is polled while somebody runs the set.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use anyrt::task::LocalSet;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let local = LocalSet::new();
    /// let shared = Rc::new(42);
    /// let task = local.spawn_local(async move { *shared });
    /// assert_eq!(local.run_until(task).await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let meta = Meta::new(Kind::LocalTask);
        if const { is_large::<F>() } {
            self.start(meta, Box::pin(future))
        } else {
            self.start(meta, future)
        }
    }

    /// The same, of a future that is not large.
    pub(crate) fn start<F>(&self, meta: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.set.spawn(meta, future)
    }

    /// Runs `future` to its end, and the tasks of the set meanwhile.
    ///
    /// `future` is no task: it may borrow, and its budget is that of the task around this call. Tasks that have not
    /// ended by then go on when the set is run again. Cancel safe if `future` is.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use anyrt::task::{self, LocalSet};
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let local = LocalSet::new();
    /// let text = String::from("borrowed");
    /// let length = local.run_until(async { text.len() }).await;
    /// assert_eq!(length, 8);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run_until<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let runner = Runner::new(self.set.queue());
        let mut tasks_go_first = false;
        poll_fn(|cx| {
            let _entered = Entered::new(&self.set);
            if tasks_go_first {
                self.set.run();
            }
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            // Where the future has left nothing of a budget that they share, as on tokio, the tasks have the next one.
            tasks_go_first = !tasks_go_first && !has_budget();
            if !tasks_go_first {
                self.set.run();
            }
            runner.sleep(cx.waker());
            Poll::Pending
        })
        .await
    }

    /// Runs `future` and the tasks of the set on this thread, within `runtime`, until the future has ended.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use anyrt::task::{self, LocalSet};
    ///
    /// let runtime = anyrt::Runtime::new()?;
    /// let answer = LocalSet::new().block_on(&runtime, async {
    ///     let shared = Rc::new(42);
    ///     task::spawn_local(async move { *shared }).await
    /// });
    /// assert_eq!(answer?, 42);
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Panics
    /// As [`Runtime::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, runtime: &Runtime, future: F) -> F::Output {
        runtime.block_on(self.run_until(future))
    }

    /// Makes this the set of [`spawn_local`] on this thread, until the guard is dropped.
    ///
    /// The tasks are polled when the set is run. Guards are dropped in the reverse order of their making, and not
    /// held across an `.await`.
    ///
    /// ```
    /// use anyrt::task::{self, LocalSet};
    ///
    /// let local = LocalSet::new();
    /// let task = {
    ///     let _inside = local.enter();
    ///     task::spawn_local(async { 42 })
    /// };
    /// assert_eq!(anyrt::block_on(local.run_until(task)).unwrap(), 42);
    /// ```
    pub fn enter(&self) -> LocalEnterGuard {
        LocalEnterGuard { _entered: Entered::new(&self.set) }
    }
}

impl Future for LocalSet {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let _entered = Entered::new(&self.set);
        self.set.run();
        // Also where it is ready, for whoever goes on with it when there are tasks again.
        self.set.runner().sleep(cx.waker());
        if self.set.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Default for LocalSet {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for LocalSet {
    fn drop(&mut self) {
        let _entered = Entered::new(&self.set);
        self.set.close();
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet").field("tasks", &self.set.len()).finish_non_exhaustive()
    }
}

/// Keeps a [`LocalSet`] the one of its thread; made by [`LocalSet::enter`].
#[derive(Debug)]
#[must_use = "the set is left when the guard is dropped"]
pub struct LocalEnterGuard {
    _entered: Entered,
}

// Whatever was spawned meanwhile is contained.
impl UnwindSafe for LocalEnterGuard {}
impl RefUnwindSafe for LocalEnterGuard {}

/// Makes a set the one of the thread until it is dropped.
struct Entered {
    before: Option<Rc<Set>>,
}

impl Entered {
    fn new(set: &Rc<Set>) -> Self {
        let set = Some(Rc::clone(set));
        Self { before: CURRENT.try_with(|current| current.replace(set)).ok().flatten() }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        drop(CURRENT.try_with(|current| current.replace(before)));
    }
}

impl fmt::Debug for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entered").finish_non_exhaustive()
    }
}
