//! How a set is run, and what becomes of its tasks when it ends.

use super::*;

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
