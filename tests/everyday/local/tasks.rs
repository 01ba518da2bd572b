//! A local task is one as on a runtime.

use super::*;

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
