//! Sets of tasks.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use anyrt::task::{self, JoinSet, LocalSet, yield_now};
use anyrt::{Builder, Handle};
use anyrt_tests::backend::{self, on_each};
use futures::channel::oneshot;
use futures::{FutureExt, poll};

/// Counts drops.
#[derive(Clone, Debug, Default)]
struct Drops(Arc<AtomicUsize>);

impl Drops {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn witness(&self) -> Witness {
        Witness(self.clone())
    }

    /// Waits until there are as many.
    async fn reach(&self, count: usize) {
        while self.count() < count {
            yield_now().await;
        }
        assert_eq!(self.count(), count);
    }
}

#[derive(Debug)]
struct Witness(Drops);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn forever(held: Witness) {
    let _held = held;
    pending::<()>().await;
}

/// Counts wakes.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Waits until a task of the set has ended, without joining it.
async fn until_finished(abort: &anyrt::AbortHandle) {
    while !abort.is_finished() {
        yield_now().await;
    }
}

/// J1: each output once, and not in the order in which they were spawned.
#[test]
fn tasks_are_joined_in_the_order_in_which_they_end() {
    on_each(|| async {
        const TASKS: usize = 100;

        let local = LocalSet::new();
        let mut set = JoinSet::new();
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..TASKS).map(|_| oneshot::channel::<usize>()).unzip();
        for receiver in receivers {
            // On one thread, where nothing comes between the end and the wake.
            set.spawn_local_on(async move { receiver.await.unwrap() }, &local);
        }
        assert_eq!((set.len(), set.try_join_next().is_none()), (TASKS, true));
        let mut senders: Vec<_> = senders.into_iter().map(Some).collect();
        // Each comes once, for the two numbers are coprime.
        let order: Vec<_> = (0..TASKS).map(|n| n * 37 % TASKS).collect();
        let all = async || {
            for _ in 0..10 {
                yield_now().await;
            }
        };
        local.run_until(all()).await;
        for n in &order {
            senders[*n].take().unwrap().send(*n).unwrap();
        }
        local.run_until(all()).await;
        let mut joined = Vec::new();
        while let Some(n) = set.join_next().await {
            joined.push(n.unwrap());
        }
        assert_eq!(joined, order);
        assert!(set.is_empty() && set.join_next().await.is_none());
        assert!(set.try_join_next().is_none());
    });
}

/// J1: whatever a task is, it ends in its turn.
#[test]
fn tasks_closures_local_tasks_and_those_of_other_runtimes_are_in_one_set() {
    on_each(|| async {
        let here = Handle::current();
        let other = thread::spawn(|| Builder::new().build().unwrap()).join().unwrap();
        let local = LocalSet::new();
        let sum = local.run_until(async {
            let mut set = JoinSet::new();
            let shared = Rc::new(1);
            set.spawn_local(async move { *shared });
            set.spawn_local_on(async { 2 }, &local);
            set.spawn(async { 4 });
            set.spawn_on(async { 8 }, &here);
            set.spawn_on(async { 16 }, other.handle());
            set.spawn_blocking(|| 32);
            set.spawn_blocking_on(|| 64, other.handle());
            set.build_task().name("a").spawn(async { 128 });
            set.build_task().spawn_on(async { 256 }, other.handle());
            set.build_task().name("b").spawn_local(async { 512 });
            set.build_task().spawn_local_on(async { 1024 }, &local);
            set.build_task().spawn_blocking(|| 2048);
            set.build_task().name("c").spawn_blocking_on(|| 4096, &here);
            set.extend([8192].map(|n| async move { n }));
            assert_eq!(set.len(), 14);
            set.join_all().await.iter().sum::<i32>()
        });
        assert_eq!(sum.await, 16383);
        thread::spawn(|| drop(other)).join().unwrap();
    });
}

/// J1: what can't be sent is awaited on its thread.
#[test]
fn outputs_of_local_tasks_need_not_be_send() {
    on_each(|| async {
        let local = LocalSet::new();
        let mut set = JoinSet::new();
        for n in 0..3 {
            set.spawn_local_on(async move { Rc::new(Cell::new(n)) }, &local);
        }
        let joined = local.run_until(set.join_all()).await;
        assert_eq!(joined.iter().map(|n| n.get()).collect::<Vec<_>>(), [0, 1, 2]);
    });
}

/// J2: a task is woken when another one ends, once for however many, and not when there is nothing new.
#[test]
fn the_waiter_is_woken_by_a_task_that_ends() {
    on_each(|| async {
        let mut set = JoinSet::new();
        let (sender, receiver) = oneshot::channel::<()>();
        let first = set.spawn(async move { receiver.await.unwrap() });
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..10).map(|_| oneshot::channel::<()>()).unzip();
        let others: Vec<_> =
            receivers.into_iter().map(|it| set.spawn(async move { it.await.unwrap() })).collect();
        let counter = Arc::new(Counter::default());
        let waker = Waker::from(Arc::clone(&counter));
        for _ in 0..2 {
            assert!(set.poll_join_next(&mut Context::from_waker(&waker)).is_pending());
        }
        sender.send(()).unwrap();
        until_finished(&first).await;
        while counter.0.load(Ordering::SeqCst) == 0 {
            yield_now().await;
        }
        for sender in senders {
            sender.send(()).unwrap();
        }
        for other in &others {
            until_finished(other).await;
        }
        assert_eq!(counter.0.load(Ordering::SeqCst), 1);
        assert_eq!(set.join_all().await.len(), 11);
    });
}

/// J2: tasks that end on other threads, while the set is asked and between, are all joined.
#[test]
fn no_end_of_a_task_is_missed() {
    on_each(|| async {
        let mut set = JoinSet::new();
        for round in 0..200_usize {
            let (senders, receivers): (Vec<_>, Vec<_>) =
                (0..8).map(|_| oneshot::channel::<usize>()).unzip();
            for receiver in receivers {
                set.spawn(async move { receiver.await.unwrap() });
            }
            let thread = anyrt::spawn_blocking(move || {
                senders.into_iter().enumerate().for_each(|(n, sender)| sender.send(n).unwrap());
            });
            let mut seen = BTreeSet::new();
            while let Some(joined) = set.join_next().await {
                seen.insert(joined.unwrap());
            }
            assert_eq!(seen.len(), 8, "in round {round}");
            thread.await.unwrap();
        }
    });
}

/// J3: in a race with something else, and whatever it is dropped for.
#[test]
fn nothing_is_lost_with_a_join_that_is_dropped() {
    on_each(|| async {
        const TASKS: usize = 500;

        let mut set: JoinSet<_> = (0..TASKS)
            .map(|n| async move {
                for _ in 0..n % 3 {
                    yield_now().await;
                }
                n
            })
            .collect();
        let mut seen = BTreeSet::new();
        let mut dropped = 0;
        while !set.is_empty() {
            // Polled once, and dropped if it is not ready.
            if let Some(joined) = set.join_next().now_or_never() {
                assert!(seen.insert(joined.unwrap().unwrap()));
            } else {
                dropped += 1;
                drop(set.join_next());
                yield_now().await;
            }
        }
        assert_eq!(seen.len(), TASKS);
        assert!(dropped > 0, "no join was dropped");
        let drops = Drops::default();
        set.spawn(ready(0));
        let held = drops.witness();
        set.spawn(async move {
            let _held = held;
            pending().await
        });
        {
            let mut shutdown = pin!(set.shutdown());
            let _ = poll!(&mut shutdown);
        }
        while set.join_next().await.is_some() {}
        assert_eq!(drops.count(), 1);
    });
}

/// J4: in one poll there are fewer outputs than tasks that have ended, on every backend.
#[test]
fn joining_counts_against_the_budget() {
    const TASKS: usize = 10_000;

    on_each(|| async {
        let first_poll = anyrt::spawn(async {
            let mut set = JoinSet::new();
            let tasks: Vec<_> = (0..TASKS).map(|n| set.spawn(ready(n))).collect();
            for task in &tasks {
                until_finished(task).await;
            }
            yield_now().await;
            let mut joined = 0;
            {
                let drains = pin!(async {
                    while set.join_next().await.is_some() {
                        joined += 1;
                    }
                });
                assert!(poll!(drains).is_pending());
            }
            assert!(0 < joined && joined < TASKS, "{joined} were joined");
            while set.join_next().await.is_some() {
                joined += 1;
            }
            assert_eq!(joined, TASKS);
        });
        first_poll.await.unwrap();
    });
}

/// J5: also those that have ended, and those that nobody has polled yet.
#[test]
fn dropping_a_set_aborts_its_tasks() {
    on_each(|| async {
        const TASKS: usize = 10_000;

        let drops = Drops::default();
        let mut set = JoinSet::new();
        for n in 0..TASKS {
            let held = drops.witness();
            if n % 3 == 0 {
                set.spawn(ready(Some(held)));
            } else {
                set.spawn(async move {
                    forever(held).await;
                    None
                });
            }
        }
        for _ in 0..TASKS / 10 {
            assert!(set.join_next().await.unwrap().unwrap().is_some());
        }
        drop(set);
        drops.reach(TASKS).await;
    });
}

/// J5: aborted, and joined as such; what has ended before keeps its output.
#[test]
fn aborted_tasks_are_joined() {
    on_each(|| async {
        let drops = Drops::default();
        let mut set = JoinSet::new();
        let ended = set.spawn(ready(()));
        until_finished(&ended).await;
        for _ in 0..100 {
            set.spawn(forever(drops.witness()));
        }
        let one = set.spawn(forever(drops.witness()));
        one.abort();
        set.abort_all();
        set.abort_all();
        assert_eq!(set.len(), 102);
        let (mut well, mut cancelled) = (0, 0);
        while let Some(joined) = set.join_next().await {
            match joined {
                Ok(()) => well += 1,
                Err(error) => {
                    assert!(error.is_cancelled());
                    cancelled += 1;
                    // Gone before the join tells it.
                    assert!(drops.count() >= cancelled);
                }
            }
        }
        assert_eq!((well, cancelled, drops.count()), (1, 101, 101));
        set.spawn(forever(drops.witness()));
        set.spawn(async { panic_any("in a task") });
        set.shutdown().await;
        assert!(set.is_empty());
        assert_eq!(drops.count(), 102);
    });
}

/// J5: they run on, and the set can be used again.
#[test]
fn detached_tasks_run_on() {
    on_each(|| async {
        let mut set = JoinSet::new();
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..3).map(|_| oneshot::channel::<mpsc::Sender<()>>()).unzip();
        for receiver in receivers {
            set.spawn(async move {
                receiver.await.unwrap().send(()).unwrap();
                0
            });
        }
        set.detach_all();
        assert_eq!(set.len(), 0);
        set.spawn(ready(1));
        assert_eq!(set.join_next().await.unwrap().unwrap(), 1);
        let (done, ended) = mpsc::channel();
        for sender in senders {
            sender.send(done.clone()).unwrap();
        }
        drop((done, set));
        let ended = anyrt::spawn_blocking(move || ended.iter().count());
        assert_eq!(ended.await.unwrap(), 3);
    });
}

/// J5, J6: the payload goes through; the rest is aborted. So it is for a task that was aborted.
#[test]
fn join_all_ends_with_the_first_task_that_fails() {
    async fn fails(set: JoinSet<()>) -> Box<dyn std::any::Any + Send> {
        AssertUnwindSafe(set.join_all()).catch_unwind().await.unwrap_err()
    }

    on_each(|| async {
        let drops = Drops::default();
        let mut set = JoinSet::new();
        set.spawn(forever(drops.witness()));
        set.spawn(async { resume_unwind(Box::new(7_u8)) });
        assert_eq!(*fails(set).await.downcast::<u8>().unwrap(), 7);
        drops.reach(1).await;
        let mut set = JoinSet::new();
        set.spawn(forever(drops.witness())).abort();
        let message = fails(set).await.downcast::<String>().unwrap();
        assert!(message.starts_with("the task was cancelled"), "{message}");
        drops.reach(2).await;
    });
}

/// J6: of outputs and of errors, also for one that ends at once.
#[test]
fn the_ids_are_those_of_the_tasks() {
    on_each(|| async {
        let mut set = JoinSet::new();
        let mut ids = BTreeSet::new();
        for n in 0..100 {
            let abort = match n % 4 {
                0 => set.spawn(async { task::id() }),
                1 => set.spawn_blocking(task::id),
                2 => set.spawn(async { panic_any(task::id()) }),
                _ => set.spawn(pending()),
            };
            if n % 4 == 3 {
                abort.abort();
            }
            assert!(ids.insert(abort.id()));
        }
        let mut check = |joined: Result<(task::Id, task::Id), anyrt::JoinError>| match joined {
            Ok((id, inside)) => assert!(id == inside && ids.remove(&id)),
            Err(error) => {
                assert!(ids.remove(&error.id()));
                let id = error.id();
                if let Ok(payload) = error.into_panic() {
                    assert_eq!(*payload.downcast::<task::Id>().unwrap(), id);
                }
            }
        };
        for _ in 0..50 {
            check(set.join_next_with_id().await.unwrap());
        }
        while !set.is_empty() {
            match set.try_join_next_with_id() {
                Some(joined) => check(joined),
                None => check(poll_fn(|cx| set.poll_join_next_with_id(cx)).await.unwrap()),
            }
        }
        assert!(ids.is_empty());
    });
}

/// J6: of a runtime that has ended, and of one that ends.
#[test]
fn tasks_of_a_runtime_that_is_gone_are_cancelled() {
    if !backend::has_owners() {
        println!("left out: the runtime is that of the process");
        return;
    }
    let runtime = Builder::new().backend(backend::name()).build().unwrap();
    let gone = runtime.handle().clone();
    let mut set = JoinSet::new();
    set.spawn_on(pending::<()>(), &gone);
    drop(runtime);
    let abort = set.spawn_on(async {}, &gone);
    let ids = BTreeSet::from([abort.id()]);
    let mut joined = Vec::new();
    futures::executor::block_on(async {
        while let Some(task) = set.join_next_with_id().await {
            joined.push(task.unwrap_err());
        }
    });
    assert_eq!(joined.len(), 2);
    assert!(joined.iter().all(anyrt::JoinError::is_cancelled));
    assert!(joined.iter().any(|error| ids.contains(&error.id())));
}

/// J6: a waker of the set that panics, and a set that is dropped by a task of its own.
#[test]
fn what_others_do_wrong_harms_no_task() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic_any("in a waker");
        }
    }

    on_each(|| async {
        let mut set = JoinSet::new();
        let (sender, receiver) = oneshot::channel::<()>();
        let abort = set.spawn(async move { receiver.await.unwrap() });
        let waker = Waker::from(Arc::new(Panics));
        assert!(set.poll_join_next(&mut Context::from_waker(&waker)).is_pending());
        sender.send(()).unwrap();
        until_finished(&abort).await;
        assert_eq!(set.join_all().await, [()]);
        let drops = Drops::default();
        let (sender, receiver) = oneshot::channel::<JoinSet<()>>();
        let mut set = JoinSet::new();
        let held = drops.witness();
        set.spawn(async move {
            let _held = held;
            drop(receiver.await.unwrap());
            pending::<()>().await;
        });
        set.spawn(forever(drops.witness()));
        sender.send(set).unwrap();
        drops.reach(2).await;
    });
}

/// J6: a set needs the runtime of its tasks alone.
#[test]
fn a_set_goes_where_its_outputs_may() {
    fn is_send_and_sync<T: Send + Sync>(_: &T) {}

    on_each(|| async {
        let mut set = JoinSet::new();
        set.spawn(async { Cell::new(1) });
        is_send_and_sync(&set);
        is_send_and_sync(&set.join_next());
        let joined = thread::spawn(move || futures::executor::block_on(set.join_next()));
        let joined = anyrt::spawn_blocking(move || joined.join().unwrap()).await.unwrap();
        assert_eq!(joined.unwrap().unwrap().get(), 1);
        // Also one that was not moved before.
        let mut set = JoinSet::new();
        set.spawn(ready(2));
        let mut boxed: Pin<Box<dyn Future<Output = _>>> =
            Box::pin(async move { set.join_next().await });
        assert_eq!(boxed.as_mut().await.unwrap().unwrap(), 2);
        assert!(catch_unwind(|| JoinSet::<u8>::new().len()).is_ok());
        assert_eq!(format!("{:?}", JoinSet::<Rc<()>>::default()), "JoinSet { len: 0, .. }");
        assert!(matches!(poll!(JoinSet::<u8>::new().join_next().boxed_local()), Poll::Ready(None)));
    });
}
