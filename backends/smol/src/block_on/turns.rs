//! What a thread in `block_on` polls on a current-thread runtime: its future, and the tasks one by one.
//!
//! A future that was woken has its turn where a task would have it: behind what is runnable by then, and before what becomes
//! so later (S10). Only the executor knows that order, and so a task stands in its queue for the future: the *mark*, which is
//! made once the future has to wait. Beside smol's `Executor::run` a task that yields has 200 turns for each of the future.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use smol::{Executor, Task};

/// So many turns are had before whoever polls this looks elsewhere, as with smol's `Executor::run`.
const AT_ONCE: usize = 200;

thread_local! {
    /// That of the last `block_on`, to be used again.
    static KEPT: Cell<Option<Arc<Call>>> = const { Cell::new(None) };
    /// For whose future this thread polls tasks.
    static POLLS_FOR: Cell<*const Call> = const { Cell::new(ptr::null()) };
}

/// Polls `future`, and the tasks of the executor.
pub(super) async fn run<F: Future>(executor: &Executor<'_>, mut future: Pin<&mut F>) -> F::Output {
    let (call, turns, mut mark) = (Call::of_this_thread(), Cell::new(0), None);
    let waker = Waker::from(Arc::clone(&call));
    let mut tasks = pin!(run_tasks(executor, &call, &turns));
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
                mark.get_or_insert_with(|| call.mark(executor));
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
    // On a thread that is about to end there is no next time.
    let _ = KEPT.try_with(|kept| kept.set(Some(Arc::clone(&call))));
    output
}

/// Polls tasks, and is pending when there are none, it is the turn of the future, or time to look elsewhere.
async fn run_tasks(executor: &Executor<'_>, call: &Call, turns: &Cell<usize>) -> Infallible {
    loop {
        executor.tick().await;
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
    fn set(call: &Arc<Call>) -> Self {
        Self { before: POLLS_FOR.replace(Arc::as_ptr(call)) }
    }
}

impl Drop for PollsFor {
    fn drop(&mut self) {
        POLLS_FOR.set(self.before);
    }
}

/// How the future of a `block_on` comes to its turns.
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

    fn goes_to(&self, waker: &Waker) {
        self.next().clone_from(waker);
    }

    fn has_turn(&self) -> bool {
        self.has_turn.load(Ordering::Relaxed)
    }

    fn take_turn(&self) -> bool {
        // Ordering: acquires what was done before the wake.
        self.has_turn() && self.has_turn.swap(false, Ordering::Acquire)
    }

    /// A task that gives the future its turn, if that was woken, each time when it comes up. It ends when it is dropped.
    fn mark(self: &Arc<Self>, executor: &Executor<'_>) -> Task<()> {
        let call = Arc::clone(self);
        executor.spawn(poll_fn(move |cx| {
            call.mark.get_or_init(|| cx.waker().clone());
            // Ordering: acquires what was done before the wake. It comes after the mark is there, and by the order of swaps a
            // wake that does not find that is found here.
            if call.is_woken.swap(false, Ordering::AcqRel) {
                // Ordering: pairs with `take_turn`.
                call.has_turn.store(true, Ordering::Release);
                // Another thread may have come to the mark.
                if POLLS_FOR.get() != Arc::as_ptr(&call) {
                    call.next().wake_by_ref();
                }
            }
            Poll::Pending
        }))
    }

    /// The waker of a thread, or of what moves its clock: it is no code of the user's.
    fn next(&self) -> MutexGuard<'_, Waker> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Ordering: pairs with the swap of the mark.
        if !self.is_woken.swap(true, Ordering::AcqRel) {
            if let Some(mark) = self.mark.get() {
                mark.wake_by_ref();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use smol::future::yield_now;

    use super::*;

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
            let future = async {
                while turns.fetch_add(1, Ordering::Relaxed) < 10 * AT_ONCE {
                    yield_now().await;
                }
            };
            smol::block_on(run(&executor, pin!(future)));
            drop(yields);
            assert_eq!(of_tasks.load(Ordering::Relaxed), tasks * 10 * AT_ONCE);
        }
    }

    #[test]
    fn whoever_waits_is_woken_from_elsewhere() {
        let executor = Executor::new();
        for _ in 0..100 {
            let (to_task, at_task) = smol::channel::bounded(1);
            let (to_future, at_future) = smol::channel::bounded(1);
            let task = executor.spawn(async move {
                to_future.send(at_task.recv().await.unwrap()).await.unwrap();
            });
            let sends = thread::spawn(move || to_task.send_blocking(7).unwrap());
            let future = async {
                assert_eq!(at_future.recv().await, Ok(7));
                task.await;
            };
            smol::block_on(run(&executor, pin!(future)));
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
                    let (to_task, at_task) = smol::channel::bounded(1);
                    let (to_future, at_future) = smol::channel::bounded(1);
                    let echo = executor.spawn(async move {
                        while let Ok(number) = at_task.recv().await {
                            to_future.send(number).await.unwrap();
                        }
                    });
                    let future = async {
                        for number in 0..ROUNDS {
                            to_task.send(number).await.unwrap();
                            assert_eq!(at_future.recv().await, Ok(number));
                        }
                        drop(to_task);
                        echo.await;
                    };
                    smol::block_on(run(&executor, pin!(future)));
                });
            }
        });
    }

    #[test]
    fn wakers_that_are_left_call_no_other_future() {
        let executor = Executor::new();
        let leave = poll_fn(|cx| Poll::Ready(cx.waker().clone()));
        let left = smol::block_on(run(&executor, pin!(leave)));
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
        smol::block_on(run(&executor, pin!(future)));
        assert_eq!(polls, 2);
    }

    #[test]
    fn a_future_that_is_ready_leaves_nothing_in_the_queue() {
        let executor = Executor::new();
        smol::block_on(run(&executor, pin!(async {})));
        assert!(executor.is_empty() && !executor.try_tick());
    }
}
