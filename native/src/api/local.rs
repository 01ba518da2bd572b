//! Tasks that stay on one thread, and so need not be `Send`.

use std::alloc::Layout;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::mem;
use std::pin::pin;
use std::ptr::NonNull;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use anyrt_core::task::contain;

use crate::blocks::Blocks;
use crate::sync::{Mutex, lock};
use crate::task::{Home, JoinHandle, TaskRef, Wakeup};

/// How many tasks are polled before other things on the thread have their turn.
const TURNS: usize = 64;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Queue>>> = const { RefCell::new(None) };
}

/// A set of tasks that are polled on one thread: the one that awaits [`run_until`](Self::run_until).
///
/// The tasks need not be `Send`. They make progress while the thread is in `run_until`, on whatever
/// executor that is; dropping the set drops them.
///
/// `anyrt::task::LocalSet` has more: it is a future itself, can be entered, and is the same on every backend. This one is
/// for programs on the native runtime alone with very many small tasks: each is one block of memory from the set's own
/// slabs, where the other allocates three times.
///
/// ```
/// use std::rc::Rc;
/// use anyrt_native::{BlockOn, Launch, LocalSet, Runtime};
///
/// let runtime = Runtime::new()?;
/// let local = LocalSet::new();
/// let shared = Rc::new(7);
/// let sum = runtime.handle().block_on(local.run_until(async {
///     let other = Rc::clone(&shared);
///     let task = anyrt_native::spawn_local(async move { *other + 1 });
///     *shared + task.await.unwrap()
/// }));
/// assert_eq!(sum, 15);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct LocalSet {
    queue: Arc<Queue>,
    _of_this_thread: PhantomData<*const ()>,
}

/// Starts a task on the [`LocalSet`] that this thread runs.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use anyrt_native::{BlockOn, Launch, LocalSet, Runtime, spawn_local};
///
/// let runtime = Runtime::new()?;
/// let count = Rc::new(Cell::new(0));
/// runtime.handle().block_on(LocalSet::new().run_until(async {
///     let in_task = Rc::clone(&count);
///     spawn_local(async move { in_task.set(in_task.get() + 1) }).await.unwrap();
/// }));
/// assert_eq!(count.get(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
/// The thread is not within [`LocalSet::run_until`].
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let queue = CURRENT.try_with(|current| current.borrow().clone()).ok().flatten();
    match queue {
        Some(queue) => queue.spawn(future),
        None => panic!(
            "`spawn_local` was called outside of `LocalSet::run_until`: await that around it"
        ),
    }
}

impl LocalSet {
    /// A set without tasks.
    pub fn new() -> Self {
        Self { queue: Queue::new(), _of_this_thread: PhantomData }
    }

    /// Starts a task of this set. It is polled while somebody awaits [`run_until`](Self::run_until).
    ///
    /// The handle is like that of any task: dropping it detaches, the task can be aborted from
    /// any thread, a panic comes back from the join.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use anyrt_native::{BlockOn, Launch, LocalSet, Runtime};
    ///
    /// let runtime = Runtime::new()?;
    /// let local = LocalSet::new();
    /// let shared = Rc::new(42);
    /// let task = local.spawn_local(async move { *shared });
    /// assert_eq!(runtime.handle().block_on(local.run_until(task))?, 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.queue.spawn(future)
    }

    /// Runs `future` to its end, and the tasks of the set meanwhile.
    ///
    /// Tasks that have not ended by then go on with the next call. Cancel safe if `future` is.
    ///
    /// ```
    /// use anyrt_native::{BlockOn, Launch, LocalSet, Runtime};
    ///
    /// let runtime = Runtime::new()?;
    /// let local = LocalSet::new();
    /// let task = local.spawn_local(async { 6 * 7 });
    /// let answer = local.run_until(async { task.await.unwrap() });
    /// assert_eq!(runtime.handle().block_on(answer), 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn run_until<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let running = Running::new(&self.queue);
        poll_fn(|cx| {
            let _current = Entered::new(&self.queue);
            running.remember(cx.waker());
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            self.queue.run(cx);
            Poll::Pending
        })
        .await
    }
}

impl Default for LocalSet {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for LocalSet {
    fn drop(&mut self) {
        let _current = Entered::new(&self.queue);
        self.queue.close();
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet").field("queued", &lock(&self.queue.state).entries.len()).finish()
    }
}

/// What the set and its tasks share.
struct Queue {
    state: Mutex<State>,
    blocks: Blocks,
    itself: Weak<Queue>,
}

#[derive(Default)]
struct State {
    entries: VecDeque<TaskRef>,
    /// The calls of [`run_until`](LocalSet::run_until) that have not ended, with a waker if they sleep.
    runners: BTreeMap<u64, Option<Waker>>,
    is_closed: bool,
}

impl Queue {
    fn new() -> Arc<Self> {
        let queue = Arc::new_cyclic(|itself| Self {
            state: Mutex::default(),
            blocks: Blocks::new(1),
            itself: itself.clone(),
        });
        // The reference of the tasks.
        mem::forget(Arc::clone(&queue));
        queue
    }

    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        // SAFETY: tasks of a set are polled and ended by its owner, which can't leave the thread that
        // calls this. The output is given to a handle, which leaves the thread only if it may.
        unsafe { JoinHandle::start(future, self) }
    }

    /// Polls what is queued now, but not for ever.
    fn run(&self, cx: &mut Context<'_>) {
        let turns = lock(&self.state).entries.len().min(TURNS);
        for _ in 0..turns {
            let Some(task) = lock(&self.state).entries.pop_front() else { return };
            task.run();
        }
        if !lock(&self.state).entries.is_empty() {
            cx.waker().wake_by_ref();
        }
    }

    /// Ends all tasks, and refuses new ones.
    fn close(&self) {
        self.blocks.close();
        let mut state = lock(&self.state);
        state.is_closed = true;
        let entries = mem::take(&mut state.entries);
        drop(state);
        entries.into_iter().for_each(TaskRef::cancel);
        // What is being polled around us ends after that poll; everything else has ended.
        self.blocks.cancel_tasks(|_| true);
        let outside = self.blocks.release_runtime();
        // SAFETY: that is what they have just said. The set has a reference of its own.
        unsafe { outside.release(&raw const self.itself) };
    }
}

// SAFETY: an entry stays in the queue until it is run, cancelled or released. The blocks keep the queue as
// long as one of them is outside.
unsafe impl Home for Queue {
    const IS_ASYNC: bool = true;

    fn schedule(&self, task: TaskRef, _: Wakeup) {
        let mut state = lock(&self.state);
        if state.is_closed {
            drop(state);
            // The end finds the task by its block; that may be the last one.
            let _itself = self.itself.upgrade();
            return task.release();
        }
        state.entries.push_back(task);
        // All, for one that is woken may be ready and not run the set any more; but no more than there are,
        // for one may sleep again at once.
        for _ in 0..state.runners.len() {
            let Some(waker) = state.runners.values_mut().find_map(Option::take) else { return };
            drop(state);
            contain(|| waker.wake());
            state = lock(&self.state);
        }
    }

    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.blocks.allocate(layout, None)
    }

    unsafe fn deallocate(this: *const Self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the block that is given back keeps the queue until then.
        let blocks = unsafe { &raw const (*this).blocks };
        // SAFETY: the same.
        let itself = unsafe { &raw const (*this).itself };
        // SAFETY: nobody refers to the block, and it has this layout.
        let outside = unsafe { Blocks::free(blocks, block, layout, None) };
        // SAFETY: that is what they have just said.
        unsafe { outside.release(itself) };
    }
}

/// Counts as one who runs the set until it is dropped.
struct Running<'a> {
    queue: &'a Queue,
    id: u64,
}

impl<'a> Running<'a> {
    fn new(queue: &'a Queue) -> Self {
        let mut state = lock(&queue.state);
        let id = state.runners.last_key_value().map_or(0, |(last, _)| last + 1);
        state.runners.insert(id, None);
        Self { queue, id }
    }

    /// Has `waker` woken by what is queued from now on.
    fn remember(&self, waker: &Waker) {
        let new = waker.clone();
        let old = lock(&self.queue.state).runners.insert(self.id, Some(new));
        drop(old);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let own = lock(&self.queue.state).runners.remove(&self.id);
        contain(|| drop(own));
    }
}

/// Makes a set the one of the thread until it is dropped.
struct Entered {
    before: Option<Arc<Queue>>,
}

impl Entered {
    fn new(queue: &Arc<Queue>) -> Self {
        let replace = |current: &RefCell<_>| current.replace(Some(Arc::clone(queue)));
        Self { before: CURRENT.try_with(replace).ok().flatten() }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        drop(CURRENT.try_with(|current| current.replace(before)));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::Pin;
    use std::rc::Rc;
    use std::thread;

    use anyrt_core::yield_now;
    use futures::StreamExt;
    use futures::channel::oneshot;
    use futures::executor::block_on;
    use futures::stream::FuturesUnordered;

    use super::*;

    struct CountDrop(Rc<Cell<usize>>);

    impl Drop for CountDrop {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    #[test]
    fn tasks_run_on_the_thread_and_by_turns() {
        let local = LocalSet::new();
        let log = Rc::new(RefCell::new(Vec::new()));
        let tasks = [0, 1].map(|task| {
            let log = Rc::clone(&log);
            local.spawn_local(async move {
                for _ in 0..3 {
                    log.borrow_mut().push(task);
                    yield_now().await;
                }
                task
            })
        });
        let outputs = block_on(local.run_until(async {
            let mut outputs = Vec::new();
            for task in tasks {
                outputs.push(task.await.unwrap());
            }
            outputs
        }));
        assert_eq!(outputs, [0, 1]);
        assert_eq!(*log.borrow(), [0, 1, 0, 1, 0, 1]);
    }

    #[test]
    fn a_wake_from_another_thread_reaches_a_task() {
        let local = LocalSet::new();
        let (send, receive) = oneshot::channel();
        let task = local.spawn_local(async move { receive.await.unwrap() + 1 });
        let sender = thread::spawn(move || send.send(6));
        assert_eq!(block_on(local.run_until(task)).unwrap(), 7);
        sender.join().unwrap().unwrap();
    }

    #[test]
    fn panics_and_aborts_end_one_task() {
        let local = LocalSet::new();
        let drops = Rc::new(Cell::new(0));
        let witness = CountDrop(Rc::clone(&drops));
        let aborted = local.spawn_local(async move {
            let _witness = witness;
            std::future::pending::<()>().await;
        });
        let handle = aborted.abort_handle();
        thread::spawn(move || handle.abort()).join().unwrap();
        assert_eq!(drops.get(), 0, "an abort drops nothing on another thread");
        let panicking = local.spawn_local(async { std::panic::resume_unwind(Box::new(7)) });
        let panicking: JoinHandle<()> = panicking;
        block_on(local.run_until(async {
            assert!(aborted.await.unwrap_err().is_cancelled());
            assert!(panicking.await.unwrap_err().is_panic());
        }));
        assert_eq!(drops.get(), 1);
    }

    #[test]
    fn dropping_the_set_drops_its_tasks_once() {
        let drops = Rc::new(Cell::new(0));
        let local = LocalSet::new();
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let witness = CountDrop(Rc::clone(&drops));
                local.spawn_local(async move {
                    let _witness = witness;
                    std::future::pending::<()>().await;
                })
            })
            .collect();
        block_on(local.run_until(yield_now()));
        assert_eq!(drops.get(), 0);
        drop(local);
        assert_eq!(drops.get(), 100);
        for task in tasks {
            assert!(block_on(task).unwrap_err().is_cancelled());
        }
    }

    #[test]
    fn a_set_can_be_dropped_by_one_of_its_own_tasks() {
        let drops = Rc::new(Cell::new(0));
        let local = Rc::new(LocalSet::new());
        let (own, witness) = (Rc::clone(&local), CountDrop(Rc::clone(&drops)));
        let task = local.spawn_local(async move {
            let _witness = witness;
            drop(own);
        });
        block_on(local.run_until(task)).unwrap();
        drop(local);
        assert_eq!(drops.get(), 1);
    }

    #[test]
    fn whoever_still_runs_the_set_is_woken_when_another_has_ended() {
        let local = LocalSet::new();
        let (go, gone) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let task = local.spawn_local(gone);
        let stays = local.run_until(async { task.await.unwrap() });
        let leaves = local.run_until(async { ended.await.unwrap() });
        let both = async {
            let (mut stays, mut leaves) = (pin!(stays), pin!(leaves));
            // Each with a waker of its own, as in a set of futures.
            let mut all: FuturesUnordered<Pin<&mut dyn Future<Output = _>>> =
                [stays.as_mut() as Pin<&mut dyn Future<Output = _>>].into_iter().collect();
            all.push(leaves.as_mut());
            assert!(futures::poll!(all.next()).is_pending());
            end.send(Ok(0)).unwrap();
            assert_eq!(all.next().await, Some(Ok(0)));
            go.send(7).unwrap();
            assert_eq!(all.next().await, Some(Ok(7)));
        };
        block_on(both);
    }

    #[test]
    fn outside_of_a_set_there_is_a_message() {
        let spawn = || drop(spawn_local(async {}));
        let payload = std::panic::catch_unwind(spawn).unwrap_err();
        let message = payload.downcast::<&str>().unwrap();
        assert!(message.contains("run_until"), "{message}");
    }
}
