//! Tasks that do not outlive their block.

use std::convert::Infallible;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, panic_any};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use anyrt::task::{self, Child, Scope, TryScope, yield_now};
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
}

#[derive(Debug)]
struct Witness(Drops);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn forever(held: Witness) -> Result<(), String> {
    let _held = held;
    pending().await
}

/// The payload of the panic that a future ends with.
async fn panic_of<T>(future: impl Future<Output = T>) -> String {
    let result = AssertUnwindSafe(future).catch_unwind().await;
    let payload = result.err().expect("it panics");
    match payload.downcast::<String>() {
        Ok(formatted) => *formatted,
        Err(payload) => (*payload.downcast::<&str>().expect("with a text")).to_owned(),
    }
}

/// J10: also of those that nobody awaits, and that children have spawned.
#[test]
fn a_scope_returns_when_all_its_tasks_have_ended() {
    on_each(|| async {
        let drops = Drops::default();
        let output = task::scope(async |scope| {
            for n in 0..100 {
                let held = drops.witness();
                let siblings = scope.clone();
                let again = drops.witness();
                scope.spawn(async move {
                    for _ in 0..n % 5 {
                        yield_now().await;
                    }
                    drop(held);
                    siblings.spawn(async move {
                        yield_now().await;
                        drop(again);
                    });
                });
            }
            5
        });
        assert_eq!((output.await, drops.count()), (5, 200));
        assert_eq!(task::scope(|_| ready(1)).await, 1);
    });
}

/// J10: whatever they are.
#[test]
fn a_scope_has_tasks_of_several_runtimes_and_closures() {
    on_each(|| async {
        let here = Handle::current();
        let sum = task::scope(async |scope: Scope| {
            let shared = Rc::new(1);
            let children = [
                scope.spawn(async { 2 }),
                scope.spawn_on(&here, async { 4 }),
                scope.spawn_blocking(|| 8),
            ];
            let mut sum = *shared;
            for child in children {
                sum += child.await;
            }
            sum
        });
        assert_eq!(sum.await, 15);
        let sum = task::try_scope(async |scope: TryScope<Infallible>| {
            let children = [
                scope.spawn(async { Ok(1) }),
                scope.spawn_on(&here, async { Ok(2) }),
                scope.spawn_blocking(|| Ok(4)),
            ];
            let mut sum = 0;
            for child in children {
                sum += child.await;
            }
            Ok(sum)
        });
        assert_eq!(sum.await, Ok(7));
        // Where everything that it holds may be sent, a scope is part of a task.
        let task =
            anyrt::spawn(async { task::scope(async |scope| scope.spawn(ready(3)).await).await });
        assert_eq!(task.await.unwrap(), 3);
    });
}

/// J11: of the body and of a child; the rest is aborted, and gone when it is returned.
#[test]
fn the_first_error_ends_a_scope() {
    on_each(|| async {
        let drops = Drops::default();
        let failed = task::try_scope(async |scope| {
            let held = drops.witness();
            for _ in 0..100 {
                scope.spawn(forever(drops.witness()));
            }
            let fails = scope.spawn(async {
                yield_now().await;
                Err::<(), _>("of a child".to_owned())
            });
            fails.await;
            drop(held);
            unreachable!("the child has failed")
        });
        let failed: Result<(), _> = failed.await;
        assert_eq!((failed.unwrap_err(), drops.count()), ("of a child".to_owned(), 101));
        let failed = task::try_scope(async |scope| {
            for _ in 0..100 {
                scope.spawn(forever(drops.witness()));
            }
            yield_now().await;
            Err::<(), _>("of the body".to_owned())
        });
        assert_eq!((failed.await.unwrap_err(), drops.count()), ("of the body".to_owned(), 201));
        // After the body has returned its output.
        let late = task::try_scope(async |scope| {
            scope.spawn(forever(drops.witness()));
            scope.spawn_blocking(|| Err::<(), _>("late".to_owned()));
            Ok(drops.witness())
        });
        assert_eq!((late.await.unwrap_err(), drops.count()), ("late".to_owned(), 203));
    });
}

/// J11: of the body, before its first await too, and of a child; what panics later is not told.
#[test]
fn the_first_panic_goes_on_in_the_scope() {
    struct PanicsOnDrop;
    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            panic_any("in a destructor");
        }
    }

    on_each(|| async {
        let drops = Drops::default();
        let of_child = task::scope(async |scope| {
            scope.spawn(forever(drops.witness()));
            let bomb = PanicsOnDrop;
            scope.spawn(async move {
                let _bomb = bomb;
                pending::<()>().await;
            });
            let _own_bomb = PanicsOnDrop;
            scope.spawn(async { panic_any("of a child") }).await
        });
        assert_eq!((panic_of(of_child).await, drops.count()), ("of a child".to_owned(), 1));
        let of_body = task::scope(async |scope| {
            scope.spawn(forever(drops.witness()));
            yield_now().await;
            panic_any("of the body")
        });
        assert_eq!((panic_of::<()>(of_body).await, drops.count()), ("of the body".to_owned(), 2));
        let of_call = task::scope(|scope| {
            scope.spawn(forever(drops.witness()));
            if drops.count() > 0 {
                panic_any("of the call");
            }
            ready(())
        });
        assert_eq!((panic_of(of_call).await, drops.count()), ("of the call".to_owned(), 3));
        let of_closure = task::try_scope(async |scope| {
            scope.spawn(forever(drops.witness()));
            scope.spawn_blocking(|| -> Result<(), String> { panic_any("of a closure") });
            Ok(())
        });
        assert_eq!((panic_of(of_closure).await, drops.count()), ("of a closure".to_owned(), 4));
    });
}

/// J12: what a child awaits that has failed is dropped with it, and no output is lost that was awaited.
#[test]
fn a_child_gives_its_output_to_whoever_awaits_it() {
    on_each(|| async {
        let drops = Drops::default();
        let outputs = task::scope(async |scope| {
            let one = scope.spawn(ready(drops.witness()));
            let other = scope.spawn(one);
            // Awaited by nobody.
            let forgotten = scope.spawn(ready(drops.witness()));
            while !forgotten.is_finished() {
                yield_now().await;
            }
            drop(forgotten);
            drop(scope.spawn(ready(drops.witness())));
            (other.await, scope.spawn(ready(drops.witness())))
        });
        let (one, child) = outputs.await;
        assert_eq!(drops.count(), 2);
        // The child has ended, and its output is there still.
        assert!(child.is_finished());
        drop((one, child.await));
        assert_eq!(drops.count(), 4);
        let mut child: Child<u8> = task::scope(async |scope| scope.spawn(ready(1))).await;
        assert_eq!((&mut child).await, 1);
        let again = AssertUnwindSafe(child).catch_unwind().await;
        assert!(again.is_err());
    });
}

/// J12: the destructor of an output that nobody takes is code of the child, wherever the handle goes.
#[test]
fn what_a_child_leaves_is_code_of_its_task() {
    struct Tells(mpsc::Sender<Option<task::Id>>);

    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.send(task::try_id()).unwrap();
        }
    }

    on_each(|| async {
        let (sender, receiver) = mpsc::channel();
        let (id_sender, ids) = mpsc::channel();
        let child = || {
            let (sender, id_sender) = (sender.clone(), id_sender.clone());
            move || {
                id_sender.send(task::try_id()).unwrap();
                Tells(sender)
            }
        };
        let assert_told = || {
            let id = ids.recv().unwrap();
            assert!(id.is_some());
            assert_eq!(receiver.recv().unwrap(), id);
        };
        let own = task::try_id();
        let [left] = task::scope(async |scope| {
            let code = child();
            let finished = scope.spawn(async { code() });
            while !finished.is_finished() {
                yield_now().await;
            }
            drop(finished);
            assert_told();
            drop(scope.spawn_blocking(child()));
            assert_told();
            let code = child();
            [scope.spawn_on(&Handle::current(), async { code() })]
        })
        .await;
        assert_eq!(task::try_id(), own);
        // The scope has ended, and so has the task.
        std::thread::spawn(move || drop(left)).join().unwrap();
        assert_told();
        for is_closure in [false, true] {
            let left = task::try_scope(async |scope: TryScope<()>| {
                let code = child();
                Ok(if is_closure {
                    scope.spawn_blocking(|| Ok(code()))
                } else {
                    scope.spawn(async { Ok(code()) })
                })
            });
            drop(left.await.unwrap());
            assert_told();
        }
    });
}

/// J13: nobody is left who could wait for them.
#[test]
fn dropping_a_scope_aborts_its_tasks() {
    on_each(|| async {
        let drops = Drops::default();
        let (late, receiver) = oneshot::channel::<Scope>();
        {
            let mut scope = pin!(task::scope(async |scope: Scope| {
                for _ in 0..100 {
                    scope.spawn(forever(drops.witness()));
                }
                late.send(scope).unwrap();
                pending::<()>().await;
            }));
            assert!(poll!(&mut scope).is_pending());
        }
        while drops.count() < 100 {
            yield_now().await;
        }
        let scope = receiver.await.unwrap();
        let message = panic_of(async { drop(scope.spawn(ready(()))) }).await;
        assert_eq!(message, "a task was spawned on a scope that has ended");
    });
}

/// J13: a clone of the scope that was carried out of it.
#[test]
fn nothing_is_spawned_on_a_scope_that_has_ended() {
    on_each(|| async {
        let scope: Mutex<Option<TryScope<()>>> = Mutex::default();
        let ended = task::try_scope(async |inside| {
            *scope.lock().unwrap() = Some(inside.clone());
            inside.spawn(ready(Ok(()))).await;
            Ok(())
        });
        ended.await.unwrap();
        let scope = scope.lock().unwrap().take().unwrap();
        for blocking in [true, false] {
            let message = panic_of(async {
                if blocking {
                    drop(scope.spawn_blocking(|| Ok(())));
                } else {
                    drop(scope.spawn(ready(Ok(()))));
                }
            });
            assert_eq!(message.await, "a task was spawned on a scope that has ended");
        }
    });
}

/// J10, J11: children that come while the scope fails are joined as well, and it fails once.
#[test]
fn children_that_come_late_are_waited_for() {
    struct SpawnsOnDrop(TryScope<&'static str>, Drops);
    impl Drop for SpawnsOnDrop {
        fn drop(&mut self) {
            let held = self.1.witness();
            drop(self.0.spawn(async move {
                let _held = held;
                pending().await
            }) as Child<()>);
        }
    }

    on_each(|| async {
        for _ in 0..50 {
            let drops = Drops::default();
            let failed = task::try_scope(async |scope: TryScope<&'static str>| {
                for _ in 0..10 {
                    let spawns = SpawnsOnDrop(scope.clone(), drops.clone());
                    scope.spawn(async move {
                        let _spawns = spawns;
                        pending::<Result<(), _>>().await
                    });
                }
                scope.spawn(async { Err::<(), _>("one") });
                scope.spawn(async { Err::<(), _>("one") });
                Ok(())
            });
            assert_eq!((failed.await, drops.count()), (Err("one"), 10));
        }
    });
}

/// J11: nobody else would wake it.
#[test]
fn a_runtime_that_ends_fails_the_scope_of_its_tasks() {
    if !backend::has_owners() {
        println!("left out: the runtime is that of the process");
        return;
    }
    let runtime = Builder::new().backend(backend::name()).build().unwrap();
    let handle = runtime.handle().clone();
    let (spawned, wait) = mpsc::channel();
    let scope = std::thread::spawn(move || {
        futures::executor::block_on(panic_of(task::scope(async |scope: Scope| {
            let child = scope.spawn_on(&handle, pending::<()>());
            spawned.send(()).unwrap();
            child.await;
        })))
    });
    wait.recv().unwrap();
    drop(runtime);
    assert_eq!(scope.join().unwrap(), "a task of a scope was dropped: the task was cancelled");
}
