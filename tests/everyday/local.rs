//! Tasks that stay on their thread.

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
            anyrt::spawn(async { panics_with(MESSAGE, || drop(task::spawn_local(async {}))) })
        });
        task.await.await.unwrap();
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

/// L3: of the payload, what the destructor does, and the other tasks.
#[test]
fn a_panic_ends_one_task_and_comes_back_from_its_join() {
    struct PanicsOnDrop;
    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            panic_any("in a destructor");
        }
    }

    everywhere(|| async {
        let local = LocalSet::new();
        let panics: JoinHandle<()> = local.spawn_local(async { panic_any(7_u8) });
        let at_drop = local.spawn_local(async {
            let _bomb = PanicsOnDrop;
            yield_now().await;
        });
        let detached: JoinHandle<()> = local.spawn_local(async { panic_any("detached") });
        drop(detached);
        drop(local.spawn_local(async { PanicsOnDrop }));
        let well = local.spawn_local(async { 1 });
        local
            .run_until(async {
                let payload = panics.await.unwrap_err().into_panic().unwrap();
                assert_eq!(*payload.downcast::<u8>().unwrap(), 7);
                let error = at_drop.await.unwrap_err();
                assert_eq!(error.to_string(), "the task panicked: in a destructor");
                assert_eq!(well.await.unwrap(), 1);
            })
            .await;
        local.await;
    });
}

/// L3: the future is dropped on the thread of the set, and before the join resolves.
#[test]
fn a_task_is_aborted_from_any_thread_and_dropped_on_its_own() {
    everywhere(|| async {
        let drops = Rc::new(Cell::new(0));
        let local = LocalSet::new();
        let held = witness(&drops);
        let task = local.spawn_local(async move {
            let _held = held;
            pending::<Rc<()>>().await
        });
        local.run_until(yield_now()).await;
        let abort = task.abort_handle();
        thread::spawn(move || (abort.abort(), abort.abort())).join().unwrap();
        assert_eq!((drops.get(), task.is_finished()), (0, false));
        let abort = task.abort_handle();
        let joined = local.run_until(task).await;
        assert!(joined.unwrap_err().is_cancelled());
        assert!(abort.is_finished());
        assert_eq!(drops.get(), 1);
        // One that was never polled, and one that returns its output in the poll in which it is aborted.
        let held = witness(&drops);
        let unpolled = local.spawn_local(async move { drop(held) });
        unpolled.abort();
        let own = Rc::new(RefCell::new(None::<anyrt::AbortHandle>));
        let in_task = Rc::clone(&own);
        let stands = local.spawn_local(async move {
            in_task.borrow().as_ref().unwrap().abort();
            Rc::new(5)
        });
        *own.borrow_mut() = Some(stands.abort_handle());
        let both = local.run_until(join(unpolled, stands)).await;
        assert!(both.0.unwrap_err().is_cancelled());
        assert_eq!((*both.1.unwrap(), drops.get()), (5, 2));
    });
}

/// L3: an output that can be sent is awaited anywhere; what is left of a handle that is dropped is dropped here.
#[test]
fn handles_await_elsewhere_and_detach() {
    everywhere(|| async {
        let local = LocalSet::new();
        let (result, done) = oneshot::channel();
        let task = local.spawn_local(async { *Rc::new(3) });
        let thread = thread::spawn(move || drop(result.send(executor::block_on(task))));
        assert_eq!(local.run_until(done).await.unwrap().unwrap(), 3);
        thread.join().unwrap();
        let drops = Rc::new(Cell::new(0));
        for early in [true, false] {
            let output = witness(&drops);
            let task = local.spawn_local(async move { output });
            let mut task = Some(task);
            if early {
                drop(task.take());
            }
            local
                .run_until(async {
                    for _ in 0..3 {
                        yield_now().await
                    }
                })
                .await;
            drop(task);
        }
        assert_eq!(drops.get(), 2);
    });
}

/// L3: the error agrees, and the future of `run_until` has the id of the task around it.
#[test]
fn a_local_task_has_an_id() {
    on_each(|| async {
        struct TellsOnDrop(Rc<Cell<Option<task::Id>>>);
        impl Drop for TellsOnDrop {
            fn drop(&mut self) {
                self.0.set(task::try_id());
            }
        }

        // Within a task of the runtime, whose own id is another.
        let outer = anyrt::spawn(async {
            let outer = task::id();
            let local = LocalSet::new();
            executor::block_on(local.run_until(async {
                assert_eq!(task::try_id(), Some(outer));
                let task = task::spawn_local(async {
                    (task::id(), task::spawn_local(async { task::id() }))
                });
                let (expected, abort) = (task.id(), task.abort_handle());
                let (id, nested) = task.await.unwrap();
                assert_eq!((id, abort.id()), (expected, expected));
                let expected = nested.id();
                assert_eq!(nested.await.unwrap(), expected);
                assert_eq!(task::try_id(), Some(outer));
                assert!(id != outer && expected != outer && id != expected);
            }));
            assert_eq!(task::id(), outer);
        });
        outer.await.unwrap();
        let local = LocalSet::new();
        let seen = Rc::new(Cell::new(None));
        let tells = TellsOnDrop(Rc::clone(&seen));
        let task = local.spawn_local(async move {
            let _tells = tells;
            pending::<()>().await;
        });
        let id = task.id();
        local.run_until(yield_now()).await;
        drop(local);
        assert_eq!(seen.get(), Some(id));
        assert_eq!(task.await.unwrap_err().id(), id);
    });
}

/// L3: a handle that has returned its result says so.
#[test]
fn a_handle_is_not_polled_twice() {
    everywhere(|| async {
        let local = LocalSet::new();
        let mut task = local.spawn_local(async {});
        local.run_until(&mut task).await.unwrap();
        assert!(task.is_finished());
        let mut cx = Context::from_waker(Waker::noop());
        let message = "polled after it had returned its result";
        panics_with(message, || drop(pin!(&mut task).poll(&mut cx)));
        panics_with("asked for the id", || _ = task.id());
    });
}

/// L4: there is less in one poll than all that is ready, and another task and a timer come in between.
#[test]
fn each_poll_of_a_local_task_has_a_budget() {
    const READY: usize = 100_000;

    on_each(|| async {
        let local = LocalSet::new();
        let done = Rc::new(Cell::new(0));
        let (counted, seen) = (Rc::clone(&done), Rc::clone(&done));
        let hog = local.spawn_local(async move {
            for _ in 0..READY {
                task::consume_budget().await;
                counted.set(counted.get() + 1);
            }
        });
        let other = local.spawn_local(async move {
            // Each of these needs some budget as well.
            for _ in 0..3 {
                task::consume_budget().await;
                yield_now().await;
            }
            anyrt::time::sleep(std::time::Duration::ZERO).await;
            seen.get()
        });
        let (first, seen) = local.run_until(join(hog, other)).await;
        first.unwrap();
        let seen = seen.unwrap();
        assert!(0 < seen && seen < READY, "{seen} operations came before the others");
    });
}

/// L4: it would block the thread of the others.
#[test]
fn block_on_is_refused_in_a_local_task() {
    everywhere(|| async {
        let local = LocalSet::new();
        let task = local
            .spawn_local(async { panics_with("from async code", || anyrt::block_on(async {})) });
        local.run_until(task).await.unwrap();
        // Destructors are async code as well.
        struct Blocks(Rc<Cell<bool>>);
        impl Drop for Blocks {
            fn drop(&mut self) {
                panics_with("from async code", || anyrt::block_on(async {}));
                self.0.set(true);
            }
        }
        let refused = Rc::new(Cell::new(false));
        let held = Blocks(Rc::clone(&refused));
        local.spawn_local(async move {
            let _held = held;
            pending::<()>().await;
        });
        drop(local);
        assert!(refused.get());
    });
}

/// L4: a poll of the set ends although there is always something to do, and asks for the next one.
#[test]
fn tasks_that_wake_themselves_leave_the_thread_to_others() {
    let local = LocalSet::new();
    let polls = Rc::new(Cell::new(0));
    for _ in 0..3 {
        let polls = Rc::clone(&polls);
        local.spawn_local(async move {
            loop {
                polls.set(polls.get() + 1);
                yield_now().await;
            }
        });
    }
    let mut running = pin!(local.run_until(pending::<()>()));
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&counter));
    for polled in 1..10 {
        assert!(running.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(counter.wakes(), polled);
        assert!((polled..=100 * polled).contains(&polls.get()));
    }
}

/// L5: each once, whatever has become of its handle, and no sooner.
#[test]
fn dropping_the_set_drops_its_tasks() {
    everywhere(|| async {
        let drops = Rc::new(Cell::new(0));
        let local = LocalSet::new();
        let mut tasks: Vec<_> = (0..100)
            .map(|_| {
                let held = witness(&drops);
                local.spawn_local(async move {
                    let _held = held;
                    pending::<()>().await;
                })
            })
            .collect();
        tasks.truncate(50);
        local.run_until(yield_now()).await;
        // Some that were never polled.
        let held = witness(&drops);
        tasks.push(local.spawn_local(async move {
            let _held = held;
            pending::<()>().await;
        }));
        assert_eq!(drops.get(), 0);
        drop(local);
        assert_eq!(drops.get(), 101);
        for task in tasks {
            assert!(task.await.unwrap_err().is_cancelled());
        }
    });
}

/// L5: also from a destructor that runs at its end, and the rest of the tasks is dropped all the same.
#[test]
fn what_is_spawned_on_a_set_that_ends_is_cancelled() {
    everywhere(|| async {
        struct Spawns(Rc<RefCell<Vec<JoinHandle<()>>>>);
        impl Drop for Spawns {
            fn drop(&mut self) {
                self.0.borrow_mut().push(task::spawn_local(async {}));
                panic_any("in a destructor");
            }
        }

        let late = Rc::new(RefCell::new(Vec::new()));
        let local = LocalSet::new();
        for _ in 0..2 {
            let held = Spawns(Rc::clone(&late));
            local.spawn_local(async move {
                let _held = held;
                pending::<()>().await;
            });
        }
        drop(local);
        let local = LocalSet::new();
        let entered = local.enter();
        drop(local);
        late.borrow_mut().push(task::spawn_local(async {}));
        let late = late.take();
        assert!(late.iter().all(JoinHandle::is_finished));
        drop(entered);
        assert_eq!(late.len(), 3);
        for task in late {
            assert!(task.await.unwrap_err().is_cancelled());
        }
    });
}

/// L5: its tasks are dropped with the thread, and wakers that are left do no harm.
#[test]
fn a_set_may_end_with_its_thread() {
    thread_local!(static LOCAL: LocalSet = LocalSet::new());

    let (wakers, waker) = mpsc::channel();
    thread::spawn(move || {
        LOCAL.with(|local| {
            let task = local.spawn_local(poll_fn(move |cx| {
                wakers.send(cx.waker().clone()).unwrap();
                Poll::<()>::Pending
            }));
            executor::block_on(local.run_until(yield_now()));
            drop(task);
        });
    })
    .join()
    .unwrap();
    let waker = waker.recv().unwrap();
    waker.wake_by_ref();
    waker.wake();
}

/// L6: also where some are aborted or spawned meanwhile, and without any.
#[test]
fn the_set_is_ready_when_all_its_tasks_have_ended() {
    everywhere(|| async {
        LocalSet::new().await;
        let ended = Rc::new(Cell::new(0));
        let local = LocalSet::new();
        let (sender, receiver) = oneshot::channel();
        let counted = Rc::clone(&ended);
        local.spawn_local(async move {
            receiver.await.unwrap();
            for _ in 0..10 {
                let counted = Rc::clone(&counted);
                task::spawn_local(async move {
                    yield_now().await;
                    counted.set(counted.get() + 1);
                });
            }
        });
        let aborted = local.spawn_local(pending::<()>());
        let thread = thread::spawn(move || {
            sender.send(()).unwrap();
            aborted.abort();
        });
        local.await;
        thread.join().unwrap();
        assert_eq!(ended.get(), 10);
    });
}

/// L6: tasks that have not ended go on with the next call, also one that was dropped on the way.
#[test]
fn a_set_can_be_run_again() {
    everywhere(|| async {
        let local = LocalSet::new();
        let (sender, receiver) = oneshot::channel();
        let task = local.spawn_local(async move { receiver.await.unwrap() });
        local.run_until(yield_now()).await;
        {
            let mut dropped = pin!(local.run_until(pending::<()>()));
            assert!(futures::poll!(&mut dropped).is_pending());
        }
        sender.send(9).unwrap();
        assert_eq!(local.run_until(task).await.unwrap(), 9);
    });
}

/// L7: two at once, of which the one that ends first leaves the tasks to the other.
#[test]
fn several_may_run_a_set() {
    everywhere(|| async {
        let local = LocalSet::new();
        let (sender, receiver) = oneshot::channel::<()>();
        let (first, ended) = oneshot::channel::<()>();
        let task = local.spawn_local(async move { receiver.await.unwrap() });
        let one = local.run_until(async move {
            yield_now().await;
            drop(first);
        });
        let other = local.run_until(async {
            ended.await.unwrap_err();
            thread::spawn(move || sender.send(()));
            task.await.unwrap();
        });
        join(one, other).await;
    });
}

/// L7: all of them, for the first one may be ready by then, and not run the set any more.
#[test]
fn a_wake_reaches_all_who_run_a_set() {
    let local = LocalSet::new();
    let (sender, receiver) = oneshot::channel::<()>();
    local.spawn_local(async move { receiver.await.unwrap() });
    let mut runs = [0, 1].map(|_| Box::pin(local.run_until(pending::<()>())));
    let counters = [0, 1].map(|_| Arc::new(Counter::default()));
    for (run, counter) in runs.iter_mut().zip(&counters) {
        let waker = Waker::from(Arc::clone(counter));
        assert!(run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!(counters.each_ref().map(|counter| counter.wakes()), [0, 0]);
    sender.send(()).unwrap();
    assert_eq!(counters.map(|counter| counter.wakes()), [1, 1]);
}

/// L7: a task that runs its own set finds the others there, and a wake for it in that time is not lost.
#[test]
fn a_task_may_run_its_own_set() {
    everywhere(|| async {
        let local = Rc::new(LocalSet::new());
        let own = Rc::clone(&local);
        let task = local.spawn_local(async move {
            let other = own.spawn_local(async {
                yield_now().await;
                4
            });
            let result = own.run_until(other).await.unwrap();
            yield_now().await;
            result
        });
        assert_eq!(local.run_until(task).await.unwrap(), 4);
    });
}

/// L8: a set needs no runtime, and outlives one.
#[test]
fn a_set_goes_on_where_its_runtime_is_gone() {
    let local = LocalSet::new();
    let runtime = Runtime::new().unwrap();
    let (sender, receiver) = oneshot::channel();
    let task = local.spawn_local(async move { receiver.await.unwrap() });
    local.block_on(&runtime, yield_now());
    drop(runtime);
    sender.send(1).unwrap();
    assert_eq!(executor::block_on(local.run_until(task)).unwrap(), 1);
    let runtime = Runtime::new().unwrap();
    let again = local.spawn_local(async { anyrt::spawn(async { 2 }).await.unwrap() });
    assert_eq!(local.block_on(&runtime, again).unwrap(), 2);
}

/// L9: of the beginning, each poll, what the task waits for, and the end, with its id; not of what the observer spawns.
#[test]
fn an_observer_is_told_of_local_tasks() {
    /// A call, and how many have come before it.
    static CALLS: Mutex<Vec<String>> = Mutex::new(Vec::new());

    fn note(call: String) {
        CALLS.lock().unwrap().push(call);
    }

    struct Notes;

    impl Observer for Notes {
        fn spawned(&self, task: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
            assert_eq!(task.location.file(), file!());
            note(format!("{:?} {}", task.kind, task.name.unwrap_or("-")));
            Some(Arc::new(Notes))
        }
    }

    impl TaskObserver for Notes {
        fn identified(&self, id: task::Id) {
            note(format!("id {id}"));
        }

        fn poll_begins(&self) {
            note("begins".to_owned());
        }

        fn poll_ends(&self) {
            note("ends".to_owned());
        }

        fn waits_for(&self, wait: &Wait<'_>) {
            note(format!("waits {wait:?}").split(' ').take(2).collect::<Vec<_>>().join(" "));
        }

        fn ended(&self, end: observe::End) {
            note(format!("{end:?}"));
        }
    }

    child(|| {
        let local = LocalSet::new();
        let (sender, receiver) = oneshot::channel();
        let forever = local.spawn_local(async move { receiver.await.unwrap() });
        observe::install(Arc::new(Notes));
        let joins = task::Builder::new().name("joins").spawn_local_on(&local, forever);
        let panics: JoinHandle<()> = local.spawn_local(async { panic_any(0) });
        let cancelled = local.spawn_local(pending::<()>());
        let ids = [joins.id(), panics.id(), cancelled.id()];
        let expected = |calls: &[&str]| {
            let calls = calls.iter().map(|call| call.to_string()).collect::<Vec<_>>();
            assert_eq!(std::mem::take(&mut *CALLS.lock().unwrap()), calls);
        };
        let [first, second, third] = ids.map(|id| format!("id {id}"));
        let kind = "LocalTask -";
        expected(&["LocalTask joins", &first, kind, &second, kind, &third]);
        executor::block_on(local.run_until(yield_now()));
        let waits = "waits Join";
        expected(&["begins", waits, "ends", "begins", "ends", "Panicked", "begins", "ends"]);
        sender.send(()).unwrap();
        executor::block_on(local.run_until(joins)).unwrap().unwrap();
        expected(&["begins", "ends", "Completed"]);
        drop(local);
        expected(&["Cancelled"]);
        assert!(executor::block_on(cancelled).unwrap_err().is_cancelled());
    })
    .succeeds();
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
