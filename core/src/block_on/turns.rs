//! What a thread in `block_on` polls on a current-thread runtime: its future, and the tasks one by one.
//!
//! A future that was woken has its turn where a task would have it: behind what is runnable by then, and before what becomes
//! so later (S10). Only the executor knows that order, and so a task stands in its queue for the future: the *mark*, which is
//! made once the future has to wait.
//!
//! What loom explores of that, in `turns_loom.rs`; in each of these the future sees by the wake alone what was done before it:
//!
//! | claim | model |
//! |---|---|
//! | no wake is lost while the mark is made | `a_wake_that_comes_while_the_mark_is_made_is_seen` |
//! | nor of several, each of which is preceded by something | `what_each_of_two_threads_did_before_it_woke_is_seen` |
//! | nor where another thread polls the mark | `a_wake_is_seen_whoever_comes_to_the_mark`, `of_two_threads_that_wake_each_other_neither_waits_for_ever` |
//! | nor where a waker before is held up | `a_wake_is_seen_though_another_one_is_held_up_before_it_calls_the_mark` |

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::ptr;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::sync::{AtomicBool, Mutex, MutexGuard, OnceLock, Ordering, thread_local};

/// So many turns are had before whoever polls this looks elsewhere, such as for what is ready in the reactor.
const AT_ONCE: usize = 200;

thread_local! {
    /// That of the last `block_on`, to be used again.
    static KEPT: Cell<Option<Arc<Call>>> = const { Cell::new(None) };
    /// For whose future this thread polls tasks.
    static POLLS_FOR: Cell<*const Call> = const { Cell::new(ptr::null()) };
}

/// For a current-thread runtime on an executor that keeps the order of its tasks: polls `future`, and the tasks one by one.
///
/// `run_one` polls the task that comes first, and waits for one if there is none. `spawn` spawns a task that is dropped with what
/// it returns; it is called once, if the future has to wait. Neither they nor the waker that this is polled with may call code of
/// the user in a wake. Cancel safe: tasks stay in their queue, and `future` is the caller's.
///
/// ```
/// use std::pin::pin;
/// use anyrt_core::backend::run_in_turns;
///
/// # let executor = async_executor::Executor::new();
/// let future = pin!(async { 42 });
/// let run = run_in_turns(future, || executor.tick(), |mark| executor.spawn(mark));
/// assert_eq!(futures::executor::block_on(run), 42);
/// ```
pub async fn run_in_turns<F, R, M>(
    mut future: Pin<&mut F>,
    run_one: impl FnMut() -> R,
    spawn: impl FnOnce(Mark) -> M,
) -> F::Output
where
    F: Future,
    R: Future<Output = ()>,
{
    let (call, turns) = (Call::of_this_thread(), Cell::new(0));
    let waker = Waker::from(Arc::clone(&call));
    let mut tasks = pin!(run_tasks(run_one, &call, &turns));
    let (mut spawn, mut mark) = (Some(spawn), None);
    let output = poll_fn(|cx| {
        call.goes_to(cx.waker());
        turns.set(0);
        loop {
            if call.take_turn() {
                turns.set(turns.get() + 1);
                let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
                if polled.is_ready() {
                    return polled;
                }
                if let Some(spawn) = spawn.take() {
                    mark = Some(spawn(Mark { call: Arc::clone(&call) }));
                }
            }
            let polls_for = PollsFor::set(&call);
            let Poll::Pending = tasks.as_mut().poll(cx);
            drop(polls_for);
            if turns.get() >= AT_ONCE {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if !call.has_turn() {
                return Poll::Pending;
            }
        }
    })
    .await;
    drop(mark);
    // A mark knows the executor, and may be left in its queue.
    if spawn.is_none() {
        return output;
    }
    // On a thread that is about to end there is no next time.
    let _ = KEPT.try_with(|kept| kept.set(Some(Arc::clone(&call))));
    output
}

/// Polls tasks, and is pending when there are none, it is the turn of the future, or time to look elsewhere.
async fn run_tasks<R: Future<Output = ()>>(
    mut run_one: impl FnMut() -> R,
    call: &Call,
    turns: &Cell<usize>,
) -> Infallible {
    loop {
        run_one().await;
        turns.set(turns.get() + 1);
        if call.has_turn() || turns.get() >= AT_ONCE {
            let mut is_first = true;
            let once = |_: &mut Context<'_>| match mem::take(&mut is_first) {
                true => Poll::Pending,
                false => Poll::Ready(()),
            };
            poll_fn(once).await;
        }
    }
}

/// Names the call in [`POLLS_FOR`] until it is dropped.
struct PollsFor {
    before: *const Call,
}

impl PollsFor {
    #[inline]
    fn set(call: &Arc<Call>) -> Self {
        Self { before: POLLS_FOR.with(|polls_for| polls_for.replace(Arc::as_ptr(call))) }
    }
}

impl Drop for PollsFor {
    #[inline]
    fn drop(&mut self) {
        POLLS_FOR.with(|polls_for| polls_for.set(self.before));
    }
}

/// A task that gives the future of a `block_on` its turn, if that was woken, each time when it comes up itself; made by
/// [`run_in_turns`]. It ends when it is dropped.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Mark {
    call: Arc<Call>,
}

impl Future for Mark {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let call = &self.call;
        call.mark.get_or_init(|| cx.waker().clone());
        // Ordering: acquires what was done before the wake. It comes after the mark is there, and by the order of swaps a
        // wake that does not find that is found here.
        if call.is_woken.swap(false, Ordering::AcqRel) {
            // Ordering: pairs with `take_turn`.
            call.has_turn.store(true, Ordering::Release);
            // Another thread may have come to the mark.
            if POLLS_FOR.with(Cell::get) != Arc::as_ptr(call) {
                call.next().wake_by_ref();
            }
        }
        Poll::Pending
    }
}

/// How the future of a `block_on` comes to its turns.
#[derive(Debug)]
struct Call {
    /// It was woken, and has not had its turn in the queue yet.
    is_woken: AtomicBool,
    /// It is to be polled next.
    has_turn: AtomicBool,
    /// Puts the mark into the queue.
    mark: OnceLock<Waker>,
    /// Wakes whoever polls the future.
    next: Mutex<Waker>,
}

impl Call {
    /// With a turn.
    #[inline]
    fn of_this_thread() -> Arc<Self> {
        let mut kept = KEPT.try_with(Cell::take).ok().flatten();
        // Wakers of the future before may be left somewhere, and its mark in the queue.
        if let Some(call) = kept.as_mut().and_then(Arc::get_mut) {
            (call.is_woken, call.has_turn) = (AtomicBool::new(false), AtomicBool::new(true));
            call.mark = OnceLock::new();
        } else {
            kept = None;
        }
        kept.unwrap_or_else(|| {
            Arc::new(Self {
                is_woken: AtomicBool::new(false),
                has_turn: AtomicBool::new(true),
                mark: OnceLock::new(),
                next: Mutex::new(Waker::noop().clone()),
            })
        })
    }

    #[inline]
    fn goes_to(&self, waker: &Waker) {
        self.next().clone_from(waker);
    }

    #[inline]
    fn has_turn(&self) -> bool {
        self.has_turn.load(Ordering::Relaxed)
    }

    #[inline]
    fn take_turn(&self) -> bool {
        // Ordering: acquires what was done before the wake.
        self.has_turn() && self.has_turn.swap(false, Ordering::Acquire)
    }

    /// The waker of a thread, or of what moves its clock: it is no code of the user's.
    #[inline]
    fn next(&self) -> MutexGuard<'_, Waker> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        // Ordering: pairs with the swap of the mark.
        self.is_woken.swap(true, Ordering::AcqRel);
        // Also if it was woken already: whoever did that may be held up before this.
        if let Some(mark) = self.mark.get() {
            mark.wake_by_ref();
        }
    }
}

#[cfg(all(test, anyrt_loom))]
#[path = "turns_loom.rs"]
mod loom_models;

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use async_executor::Executor;
    use futures::channel::{mpsc, oneshot};
    use futures::executor::block_on;
    use futures::{SinkExt, StreamExt};

    use super::*;
    use crate::yield_now;

    async fn run<F: Future>(executor: &Executor<'_>, future: F) -> F::Output {
        run_in_turns(pin!(future), || executor.tick(), |mark| executor.spawn(mark)).await
    }

    #[test]
    fn the_future_and_tasks_that_yield_have_turns_one_after_the_other() {
        for tasks in [1, 2, 7] {
            let (executor, turns) = (Executor::new(), AtomicUsize::new(0));
            let of_tasks = Arc::new(AtomicUsize::new(0));
            let spawn = |_| {
                let of_tasks = Arc::clone(&of_tasks);
                executor.spawn(async move {
                    loop {
                        of_tasks.fetch_add(1, Ordering::Relaxed);
                        yield_now().await;
                    }
                })
            };
            let yields: Vec<_> = (0..tasks).map(spawn).collect();
            block_on(run(&executor, async {
                while turns.fetch_add(1, Ordering::Relaxed) < 10 * AT_ONCE {
                    yield_now().await;
                }
            }));
            drop(yields);
            assert_eq!(of_tasks.load(Ordering::Relaxed), tasks * 10 * AT_ONCE);
        }
    }

    #[test]
    fn whoever_waits_is_woken_from_elsewhere() {
        let executor = Executor::new();
        for _ in 0..100 {
            let (to_task, at_task) = oneshot::channel();
            let (to_future, at_future) = oneshot::channel();
            let task = executor.spawn(async move { to_future.send(at_task.await.unwrap()) });
            let sends = thread::spawn(move || to_task.send(7).unwrap());
            block_on(run(&executor, async {
                assert_eq!(at_future.await, Ok(7));
                task.await.unwrap();
            }));
            sends.join().unwrap();
        }
    }

    #[test]
    fn several_threads_take_up_the_marks_of_each_other() {
        const ROUNDS: usize = 2000;

        let executor = Executor::new();
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let (mut to_task, mut at_task) = mpsc::channel(1);
                    let (mut to_future, mut at_future) = mpsc::channel(1);
                    let echo = executor.spawn(async move {
                        while let Some(number) = at_task.next().await {
                            to_future.send(number).await.unwrap();
                        }
                    });
                    block_on(run(&executor, async {
                        for number in 0..ROUNDS {
                            to_task.send(number).await.unwrap();
                            assert_eq!(at_future.next().await, Some(number));
                        }
                        drop(to_task);
                        echo.await;
                    }));
                });
            }
        });
    }

    #[test]
    fn wakers_that_are_left_call_no_other_future() {
        let executor = Executor::new();
        let left = block_on(run(&executor, poll_fn(|cx| Poll::Ready(cx.waker().clone()))));
        let mut polls = 0;
        let future = poll_fn(|cx| {
            polls += 1;
            left.wake_by_ref();
            if polls == 2 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        block_on(run(&executor, future));
        assert_eq!(polls, 2);
    }

    #[test]
    fn a_future_that_is_ready_leaves_nothing_in_the_queue() {
        let executor = Executor::new();
        block_on(run(&executor, async {}));
        assert!(executor.is_empty() && !executor.try_tick());
    }
}
