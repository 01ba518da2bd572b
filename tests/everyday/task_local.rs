//! Values that belong to a task.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::mpsc;
use std::thread;

use anyrt::Builder;
use anyrt::task::{LocalSet, TaskLocalFuture, yield_now};
use anyrt_tests::backend::{self, on_each};
use futures::future::join;
use futures::{FutureExt, executor, poll};

anyrt::task_local! {
    static NUMBER: u32;

    /// Neither `Send` in a thread that lets go of it, nor `Sync`.
    static SHARED: Cell<u32>;
    static NAME: RefCell<String>
}

fn number() -> Option<u32> {
    NUMBER.try_get().ok()
}

fn message_of(code: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(code)).expect_err("it panics");
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap()
}

/// J7: in each poll, on whichever thread, and between two polls nobody else sees it.
#[test]
fn a_value_goes_with_its_future() {
    on_each(|| async {
        let tasks: Vec<_> = (0..100)
            .map(|n| {
                anyrt::spawn(NUMBER.scope(n, async move {
                    for _ in 0..10 {
                        assert_eq!(NUMBER.get(), n);
                        yield_now().await;
                    }
                    NUMBER.with(|number| *number)
                }))
            })
            .collect();
        for (expected, task) in (0..).zip(tasks) {
            assert_eq!(task.await.unwrap(), expected);
            assert_eq!(number(), None);
        }
        // Two futures of one task, in turns.
        let counts = |n| {
            SHARED.scope(Cell::new(n), async {
                for _ in 0..3 {
                    SHARED.with(|shared| shared.set(shared.get() + 1));
                    yield_now().await;
                }
                SHARED.with(Cell::get)
            })
        };
        assert_eq!(join(counts(0), counts(10)).await, (3, 13));
    });
}

/// J7: the innermost counts, and after it the one before is there again.
#[test]
fn scopes_lie_in_each_other() {
    on_each(|| async {
        let outer = NUMBER.scope(1, async {
            let inner = NUMBER.scope(2, async {
                yield_now().await;
                let innermost =
                    NUMBER.sync_scope(3, || NAME.sync_scope(RefCell::default(), number));
                (number(), innermost)
            });
            let before = number();
            let inner = inner.await;
            (before, inner, number())
        });
        assert_eq!(outer.await, (Some(1), (Some(2), Some(3)), Some(1)));
        assert_eq!(number(), None);
    });
}

/// J8: by none that is spawned, whoever polls it.
#[test]
fn tasks_do_not_inherit_values() {
    on_each(|| async {
        NUMBER
            .scope(1, async {
                assert_eq!(anyrt::spawn(async { number() }).await.unwrap(), None);
                assert_eq!(anyrt::spawn_blocking(number).await.unwrap(), None);
                let local = LocalSet::new();
                let seen = local.run_until(async {
                    let task = local.spawn_local(async {
                        let own = NUMBER.scope(2, async { number() }).await;
                        (number(), own)
                    });
                    (number(), task.await.unwrap())
                });
                assert_eq!(seen.await, (Some(1), (None, Some(2))));
                assert_eq!(number(), Some(1));
            })
            .await;
    });
}

/// J8: not even where the thread that has the value polls them, in a `block_on` whose own future does have it.
#[test]
fn the_value_of_a_thread_in_block_on_is_there_for_its_future_alone() {
    struct Reads(mpsc::Sender<Option<u32>>);
    impl Drop for Reads {
        fn drop(&mut self) {
            self.0.send(number()).unwrap();
        }
    }

    for name in anyrt::selection().unwrap().compiled().iter().filter(|name| backend::is_owned(name))
    {
        let runtime = Builder::new().backend(*name).current_thread().build().unwrap();
        let (reads, read) = mpsc::channel();
        NUMBER.sync_scope(1, || {
            let at_end = Reads(reads.clone());
            let task = runtime.block_on(async move {
                let _at_end = at_end;
                let task = anyrt::spawn(async { number() }).await.unwrap();
                assert_eq!(number(), Some(1));
                task
            });
            assert_eq!((task, number()), (None, Some(1)), "on {name}");
            // And where it is dropped before its end.
            let at_end = Reads(reads.clone());
            let unpolled = async move {
                let _at_end = at_end;
                pending::<()>().await;
            };
            runtime.block_on(async { drop(unpolled) });
            // On another executor nothing is known of tasks.
            assert_eq!(executor::block_on(async { number() }), Some(1));
        });
        drop(reads);
        assert_eq!(read.iter().collect::<Vec<_>>(), [Some(1), Some(1)]);
    }
}

/// J7: in the destructors of the future too, when it ends, is dropped before, or is aborted.
#[test]
fn the_value_is_there_when_the_future_is_dropped() {
    struct Reads(mpsc::Sender<Option<u32>>);
    impl Drop for Reads {
        fn drop(&mut self) {
            self.0.send(number()).unwrap();
        }
    }

    on_each(|| async {
        let (sender, receiver) = mpsc::channel();
        let scoped = |n, ends: bool| {
            let reads = Reads(sender.clone());
            NUMBER.scope(n, async move {
                let _reads = reads;
                if !ends {
                    pending::<()>().await;
                }
            })
        };
        scoped(1, true).await;
        {
            let mut dropped = pin!(scoped(2, false));
            assert!(poll!(&mut dropped).is_pending());
        }
        drop(scoped(3, false));
        let aborted = anyrt::spawn(scoped(4, false));
        aborted.abort();
        assert!(aborted.await.unwrap_err().is_cancelled());
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [1, 2, 3, 4].map(Some));
    });
}

/// J7: a panic leaves no value behind, and takes none away.
#[test]
fn a_panic_in_a_scope_leaves_things_as_they_were() {
    on_each(|| async {
        NUMBER
            .scope(1, async {
                let panics = NUMBER.scope(2, async { panic!("with {}", NUMBER.get()) });
                let panics: TaskLocalFuture<u32, _> = panics;
                let payload = AssertUnwindSafe(panics).catch_unwind().await.unwrap_err();
                assert_eq!(*payload.downcast::<String>().unwrap(), "with 2");
                assert_eq!(number(), Some(1));
                let message =
                    message_of(|| NUMBER.sync_scope(3, || panic!("with {}", NUMBER.get())));
                assert_eq!((&*message, number()), ("with 3", Some(1)));
            })
            .await;
        assert_eq!(number(), None);
    });
}

/// J7: after the end, and before, from when on it is missing.
#[test]
fn a_value_can_be_taken_out() {
    on_each(|| async {
        let mut ends = pin!(NAME.scope(RefCell::default(), async {
            NAME.with(|name| name.borrow_mut().push_str("seen"));
        }));
        ends.as_mut().await;
        assert_eq!(ends.as_mut().take_value().unwrap().into_inner(), "seen");
        assert!(ends.as_mut().take_value().is_none());
        assert_eq!(
            message_of(|| _ = ends.as_mut().now_or_never()),
            "a `TaskLocalFuture` was polled after it was ready"
        );
        let mut goes_on = pin!(NUMBER.scope(1, async {
            let before = number();
            yield_now().await;
            (before, number())
        }));
        assert!(poll!(goes_on.as_mut()).is_pending());
        assert_eq!(goes_on.as_mut().take_value(), Some(1));
        assert_eq!(goes_on.await, (Some(1), None));
    });
}

/// J9: where there is no value, where it can't be set, and on a thread whose variables are gone.
#[test]
fn misuse_panics_with_words() {
    const MISSING: &str = "the task has no value for this task-local key";

    assert!(message_of(|| _ = NUMBER.get()).starts_with(MISSING));
    assert!(message_of(|| NUMBER.with(|_| ())).contains("call this within `scope`"));
    let error = NUMBER.try_with(|_| ()).unwrap_err();
    assert_eq!((error.to_string(), NUMBER.try_get()), (MISSING.to_owned(), Err(error)));
    NUMBER.sync_scope(1, || {
        let message = message_of(|| NUMBER.with(|_| NUMBER.sync_scope(2, || ())));
        assert!(message.contains("within `with` of its key"), "{message}");
        let polled = NUMBER.scope(2, async {});
        let message = message_of(|| NUMBER.with(|_| executor::block_on(polled)));
        assert!(message.contains("within `with` of its key"), "{message}");
        // Reading within reading is fine.
        assert_eq!(NUMBER.with(|one| NUMBER.with(|other| one + other)), 2);
    });
    assert_eq!(format!("{NUMBER:?} {error:?}"), "LocalKey { .. } AccessError");
    let scope = NUMBER.scope(7, pending::<()>());
    assert_eq!(format!("{scope:?}"), "TaskLocalFuture { value: Some(7), .. }");
}

/// J9: what is dropped there is dropped without a value, and nothing is lost.
#[test]
fn a_thread_that_ends_has_no_values() {
    struct AtEnd(mpsc::Sender<bool>);
    impl Drop for AtEnd {
        fn drop(&mut self) {
            self.0.send(NAME.try_with(|_| ()).is_err()).unwrap();
        }
    }
    thread_local!(static HELD: RefCell<Option<Box<dyn Future<Output = ()>>>> = const { RefCell::new(None) });

    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // Before the key, and so dropped after it.
        HELD.with(|_| ());
        NAME.sync_scope(RefCell::default(), || ());
        let at_end = AtEnd(sender);
        let scope = NAME.scope(RefCell::default(), async move {
            let _at_end = at_end;
            pending::<()>().await;
        });
        HELD.with(|held| *held.borrow_mut() = Some(Box::new(scope)));
    })
    .join()
    .unwrap();
    receiver.recv().unwrap();
}
