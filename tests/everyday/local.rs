//! Tasks that stay on their thread.

mod sets;
mod tasks;

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use anyrt::observe::{self, Observer, TaskObserver, Wait};
use anyrt::task::{self, LocalSet, Meta, yield_now};
use anyrt::{JoinHandle, Runtime};
use anyrt_tests::backend::on_each;
use anyrt_tests::child::child;
use futures::channel::oneshot;
use futures::executor;
use futures::future::join;

/// On each backend, and on an executor that is none.
#[track_caller]
fn everywhere<F: Future<Output = ()>>(test: impl Fn() -> F) {
    on_each(&test);
    eprintln!("on another executor:");
    executor::block_on(test());
}

/// Counts drops, and notes on which thread they are.
struct Witness {
    drops: Rc<Cell<usize>>,
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.drops.set(self.drops.get() + 1);
    }
}

fn witness(drops: &Rc<Cell<usize>>) -> Witness {
    Witness { drops: Rc::clone(drops) }
}

/// Counts wakes.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Counter {
    fn wakes(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn panics_with(text: &str, code: impl FnOnce()) {
    let payload = catch_unwind(AssertUnwindSafe(code)).expect_err("it panics");
    let message = payload.downcast_ref::<&str>().map(ToString::to_string);
    let message = message.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap();
    assert!(message.contains(text), "{message}");
}

/// L1: what can't be sent is shared by tasks of one thread, each polled once for each wake.
#[test]
fn tasks_run_on_the_thread_of_the_set_by_turns() {
    everywhere(|| async {
        let here = thread::current().id();
        let log = Rc::new(RefCell::new(Vec::new()));
        let local = LocalSet::new();
        let tasks = [0, 1].map(|task| {
            let log = Rc::clone(&log);
            local.spawn_local(async move {
                for _ in 0..3 {
                    assert_eq!(thread::current().id(), here);
                    log.borrow_mut().push(task);
                    yield_now().await;
                }
                task
            })
        });
        local
            .run_until(async {
                for (expected, task) in tasks.into_iter().enumerate() {
                    assert_eq!(task.await.unwrap(), expected);
                }
            })
            .await;
        assert_eq!(*log.borrow(), [0, 1, 0, 1, 0, 1]);
    });
}

/// L1: a task waits for timers, closures and other tasks of the runtime as it would outside.
#[test]
fn a_local_task_uses_the_runtime_around_the_set() {
    on_each(|| async {
        let local = LocalSet::new();
        let task = local.spawn_local(async {
            let shared = Rc::new(1);
            anyrt::time::sleep(std::time::Duration::from_millis(1)).await;
            let task = anyrt::spawn(async { 2 }).await.unwrap();
            let closure = anyrt::spawn_blocking(|| 3).await.unwrap();
            *shared + task + closure
        });
        assert_eq!(local.run_until(task).await.unwrap(), 6);
    });
}

/// L1: nothing is lost where a set is woken by many threads.
#[test]
fn wakes_from_other_threads_reach_a_task() {
    everywhere(|| async {
        let local = LocalSet::new();
        let mut senders = Vec::new();
        let tasks: Vec<_> = (0..200)
            .map(|n| {
                let (sender, receiver) = oneshot::channel::<usize>();
                senders.push((n, sender));
                local.spawn_local(async move { receiver.await.unwrap() })
            })
            .collect();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let share = senders.split_off(senders.len() - 50);
                thread::spawn(move || {
                    for (n, sender) in share {
                        sender.send(n).unwrap();
                        thread::yield_now();
                    }
                })
            })
            .collect();
        local
            .run_until(async {
                for (expected, task) in tasks.into_iter().enumerate() {
                    assert_eq!(task.await.unwrap(), expected);
                }
            })
            .await;
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// L4: what is none of the set goes first as well.
#[test]
fn a_task_that_yields_lets_others_go_first() {
    everywhere(|| async {
        let local = LocalSet::new();
        let turns = Rc::new(Cell::new(0));
        let counted = Rc::clone(&turns);
        let task = local.spawn_local(async move {
            loop {
                counted.set(counted.get() + 1);
                yield_now().await;
            }
        });
        let others = async {
            for _ in 0..5 {
                yield_now().await;
            }
        };
        local.run_until(others).await;
        assert!((5..=7).contains(&turns.get()), "{} turns", turns.get());
        task.abort();
        local.await;
    });
}

/// L1: a task that nobody woke is not polled, and one that was woken many times is polled once.
#[test]
fn a_task_is_polled_when_it_was_woken() {
    everywhere(|| async {
        let local = LocalSet::new();
        let polls = Rc::new(Cell::new(0));
        let waker = Rc::new(RefCell::new(None::<Waker>));
        let (counted, kept) = (Rc::clone(&polls), Rc::clone(&waker));
        let task = local.spawn_local(poll_fn(move |cx| {
            counted.set(counted.get() + 1);
            *kept.borrow_mut() = Some(cx.waker().clone());
            Poll::<()>::Pending
        }));
        local
            .run_until(async {
                for _ in 0..5 {
                    yield_now().await
                }
            })
            .await;
        assert_eq!(polls.get(), 1);
        let waker = waker.borrow().clone().unwrap();
        for _ in 0..100 {
            waker.wake_by_ref();
        }
        local
            .run_until(async {
                for _ in 0..5 {
                    yield_now().await
                }
            })
            .await;
        assert_eq!(polls.get(), 2);
        task.abort();
        local.await;
        // Long after its end.
        waker.wake();
    });
}

/// L2: within the set, within its tasks and their destructors, and of sets within sets the innermost.
#[test]
fn spawn_local_adds_to_the_innermost_set() {
    everywhere(|| async {
        struct SpawnsOnDrop(Rc<Cell<bool>>);
        impl Drop for SpawnsOnDrop {
            fn drop(&mut self) {
                let done = Rc::clone(&self.0);
                task::spawn_local(async move { done.set(true) });
            }
        }

        let outer = LocalSet::new();
        let done = Rc::new(Cell::new(false));
        let at_end = SpawnsOnDrop(Rc::clone(&done));
        outer
            .run_until(async {
                let nested = task::spawn_local(async {
                    let _at_end = at_end;
                    let inner = LocalSet::new();
                    inner.run_until(async { drop(task::spawn_local(pending::<()>())) }).await;
                    let in_inner = format!("{inner:?}");
                    task::spawn_local(async move { in_inner }).await.unwrap()
                });
                assert!(nested.await.unwrap().contains("tasks: 1"));
            })
            .await;
        outer.await;
        assert!(done.get());
    });
}

/// L2: elsewhere it panics, and says what to do.
#[test]
fn spawn_local_without_a_set_panics() {
    const MESSAGE: &str = "called outside of a `LocalSet`: await it within `LocalSet::run_until`";

    everywhere(|| async {
        panics_with(MESSAGE, || drop(task::spawn_local(async {})));
        let local = LocalSet::new();
        local.run_until(async {}).await;
        panics_with(MESSAGE, || drop(task::spawn_local(async {})));
        // A task of the runtime is not in the set that spawned it, nor is another thread.
        let elsewhere = local.run_until(async {
            thread::spawn(|| panics_with(MESSAGE, || drop(task::spawn_local(async {}))))
        });
        elsewhere.await.join().unwrap();
        let task = local.run_until(async {
            anyrt::spawn(async { panics_with(MESSAGE, || drop(task::spawn_local(async {}))) }).await
        });
        task.await.unwrap();
    });
}

/// L2: under a guard of `enter`, and what was around it is again afterwards.
#[test]
fn a_set_can_be_entered() {
    everywhere(|| async {
        let (one, other) = (LocalSet::new(), LocalSet::new());
        let entered = one.enter();
        let first = task::spawn_local(async { 1 });
        let nested = other.enter();
        let second = task::spawn_local(async { 2 });
        drop(nested);
        let third = task::spawn_local(async { 3 });
        drop(entered);
        panics_with("outside of a `LocalSet`", || drop(task::spawn_local(async {})));
        assert_eq!(other.run_until(second).await.unwrap(), 2);
        let both = one.run_until(join(first, third)).await;
        assert_eq!((both.0.unwrap(), both.1.unwrap()), (1, 3));
    });
}

/// L1, L3: many at once, each of which is woken and ends once.
#[test]
fn ten_thousand_tasks_end_once() {
    const TASKS: usize = 10_000;

    everywhere(|| async {
        let drops = Rc::new(Cell::new(0));
        let local = LocalSet::new();
        for n in 0..TASKS {
            let held = witness(&drops);
            let task = local.spawn_local(async move {
                let _held = held;
                for _ in 0..n % 4 {
                    yield_now().await;
                }
                if n % 10 == 0 {
                    pending::<()>().await;
                }
            });
            if n % 10 == 0 {
                task.abort();
            }
        }
        local.await;
        assert_eq!(drops.get(), TASKS);
    });
}
