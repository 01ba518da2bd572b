//! Runtimes of different backends in one process: what one makes another awaits, ambient calls go to
//! the innermost of them, and none blocks the tasks of another.
#![cfg(all(unix, feature = "dyn", feature = "some-backend"))]

#[path = "../examples/custom_backend.rs"]
#[allow(dead_code, unreachable_pub, reason = "written as a program, whose `main` is not called")]
mod custom_backend;

use std::future::{Future, pending};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use anyrt::net::{TcpListener, TcpStream, UnixStream};
use anyrt::time::sleep;
use anyrt::{Builder, Handle, JoinHandle, Launch, Runtime, Timer, task};
use anyrt_tests::backend;
use futures::executor;

const MILLISECOND: Duration = Duration::from_millis(1);
const WATCHDOG: Duration = Duration::from_secs(30);

/// A runtime of any backend.
struct Started {
    handle: Handle,
    // `None` if the process has the only one.
    owner: Option<Runtime>,
}

fn backends() -> Vec<&'static str> {
    let mut backends = anyrt::selection().unwrap().compiled().to_vec();
    backends.push("custom");
    backends
}

fn start_custom() -> Handle {
    let runtime = custom_backend::Runtime::start(&Default::default()).unwrap();
    Handle::custom("custom", runtime.handle().clone())
}

fn start(backend: &str) -> Started {
    if backend == "custom" {
        return Started { handle: start_custom(), owner: None };
    }
    let runtime = Builder::new().backend(backend).build().unwrap();
    Started { handle: runtime.handle().clone(), owner: Some(runtime) }
}

/// Calls `test` with runtimes of two backends, for each ordered pair. A pair that hangs is named.
fn each_pair(test: fn(&Started, &Started)) {
    for one in backends() {
        for other in backends().into_iter().filter(|other| *other != one) {
            let (sender, ended) = channel();
            let thread = thread::spawn(move || {
                test(&start(one), &start(other));
                sender.send(()).unwrap();
            });
            let hangs = ended.recv_timeout(WATCHDOG) == Err(RecvTimeoutError::Timeout);
            assert!(!hangs, "{one} around {other} hangs");
            thread.join().unwrap_or_else(|_| panic!("{one} around {other} failed, as said above"));
        }
    }
}

/// The backend of ambient calls made here, which is also the one that they run on.
fn here() -> &'static str {
    let name = Handle::current().backend();
    assert_eq!(Handle::try_current().map(|handle| handle.backend()), Some(name));
    assert_eq!(anyrt::selection().unwrap().backend(), name);
    let task = executor::block_on(anyrt::spawn(async { Handle::current().backend() }));
    assert_eq!(task.unwrap(), name);
    name
}

/// The backend of ambient calls in a task, which must not block.
async fn here_in_task() -> &'static str {
    let name = Handle::current().backend();
    let task = anyrt::spawn(async {
        sleep(MILLISECOND).await;
        Handle::current().backend()
    });
    assert_eq!(task.await.unwrap(), name);
    assert_eq!(Handle::current().backend(), name);
    name
}

fn is_outside() -> bool {
    Handle::try_current().is_none()
}

mod what_one_makes {
    use super::*;

    fn await_in_both<F>(one: &Started, make: impl Fn() -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        one.handle.block_on(make());
        one.handle.block_on(one.handle.spawn(make())).unwrap();
    }

    #[test]
    fn a_task_of_one_awaits_tasks_of_another() {
        each_pair(|one, other| {
            await_in_both(one, || {
                let (one, other) = (one.handle.clone(), other.handle.clone());
                async move {
                    let task = other.spawn({
                        let (one, other) = (one.clone(), other.clone());
                        async move {
                            let inner = one.spawn(async { here_in_task().await });
                            assert_eq!(inner.await.unwrap(), one.backend());
                            assert_eq!(here_in_task().await, other.backend());
                            7
                        }
                    });
                    assert_eq!(task.await.unwrap(), 7);
                    assert_eq!(here_in_task().await, one.backend());
                    let closure = other.spawn_blocking(|| Handle::current().backend());
                    assert_eq!(closure.await.unwrap(), other.backend());
                }
            });
        });
    }

    #[test]
    fn what_a_task_of_another_leaves_is_code_of_that_one() {
        struct Tells(Sender<Option<task::Id>>);

        impl Drop for Tells {
            fn drop(&mut self) {
                self.0.send(task::try_id()).unwrap();
            }
        }

        each_pair(|one, other| {
            await_in_both(one, || {
                let other = other.handle.clone();
                async move {
                    let (sender, receiver) = channel();
                    let left = other.spawn(async { Tells(sender) });
                    let id = left.id();
                    while !left.is_finished() {
                        task::yield_now().await;
                    }
                    let own = task::try_id();
                    drop(left);
                    assert_eq!(receiver.recv().unwrap(), Some(id));
                    assert_eq!(task::try_id(), own);
                }
            });
        });
    }

    #[test]
    fn a_task_of_one_aborts_and_sees_panics_of_another() {
        each_pair(|one, other| {
            await_in_both(one, || {
                let other = other.handle.clone();
                async move {
                    let endless = other.spawn(pending::<()>());
                    endless.abort();
                    assert!(endless.await.unwrap_err().is_cancelled());
                    let panics = other.spawn(async { std::panic::resume_unwind(Box::new(7)) });
                    let error = panics.await.map(|never: ()| never).unwrap_err();
                    assert_eq!(error.into_panic().unwrap().downcast_ref(), Some(&7));
                }
            });
        });
    }

    #[test]
    fn a_task_of_one_awaits_timers_of_another() {
        each_pair(|one, other| {
            await_in_both(one, || {
                let other = other.handle.clone();
                async move {
                    let start = other.now();
                    other.sleep(2 * MILLISECOND).await;
                    assert!(other.now() >= start + 2 * MILLISECOND);
                    let limit = anyrt_core::time::timeout(&other, MILLISECOND, pending::<()>());
                    limit.await.unwrap_err();
                }
            });
        });
    }

    #[test]
    fn a_task_of_one_uses_sockets_of_another() {
        async fn ping(from: &TcpStream, to: &TcpStream) -> io::Result<()> {
            for _ in 0..100 {
                from.write_all(b"ping").await?;
                let mut bytes = [0; 4];
                to.read_exact(&mut bytes).await?;
                assert_eq!(bytes, *b"ping");
            }
            Ok(())
        }

        each_pair(|one, other| {
            await_in_both(one, || {
                let (one, other) = (one.handle.clone(), other.handle.clone());
                async move {
                    let listener = TcpListener::bind_on(&other, "localhost:0").await.unwrap();
                    let address = listener.local_addr().unwrap();
                    let accept = one.spawn(async move { listener.accept().await });
                    let client = TcpStream::connect_on(&one, address).await.unwrap();
                    let (server, _) = accept.await.unwrap().unwrap();
                    ping(&client, &server).await.unwrap();
                    let task = other.spawn(async move { ping(&server, &client).await });
                    task.await.unwrap().unwrap();
                }
            });
        });
    }
}

mod the_innermost_is_used {
    use super::*;

    #[test]
    fn in_tasks_blocking_closures_block_on_and_under_guards() {
        each_pair(|one, other| {
            let (of_one, of_other) = (one.handle.backend(), other.handle.backend());
            assert!(is_outside());
            assert_eq!(one.handle.block_on(here_in_task()), of_one);
            assert_eq!(other.handle.block_on(here_in_task()), of_other);
            assert!(is_outside());
            for (started, name) in [(one, of_one), (other, of_other)] {
                let task = started.handle.spawn(here_in_task());
                assert_eq!(executor::block_on(task).unwrap(), name);
                let closure = started.handle.spawn_blocking(here);
                assert_eq!(executor::block_on(closure).unwrap(), name);
            }
            assert!(is_outside());
        });
    }

    #[test]
    fn under_nested_guards() {
        each_pair(|one, other| {
            let (of_one, of_other) = (one.handle.backend(), other.handle.backend());
            let outer = one.handle.enter();
            assert_eq!(here(), of_one);
            {
                let _inner = other.handle.enter();
                assert_eq!(here(), of_other);
                {
                    let _innermost = one.handle.enter();
                    assert_eq!(here(), of_one);
                    let pair = UnixStream::pair().unwrap();
                    executor::block_on(pair.0.writable()).unwrap();
                }
                assert_eq!(here(), of_other);
            }
            assert_eq!(here(), of_one);
            drop(outer);
            assert!(is_outside());
        });
    }

    #[test]
    fn under_a_guard_in_block_on_of_another() {
        each_pair(|one, other| {
            let (of_one, of_other) = (one.handle.backend(), other.handle.backend());
            let guarded = other.handle.clone();
            one.handle.block_on(async {
                let task = {
                    let _guard = guarded.enter();
                    assert_eq!(Handle::current().backend(), of_other);
                    anyrt::spawn(async { Handle::current().backend() })
                };
                assert_eq!(task.await.unwrap(), of_other);
                assert_eq!(here_in_task().await, of_one);
            });
            let _guard = other.handle.enter();
            assert_eq!(one.handle.block_on(here_in_task()), of_one);
            assert_eq!(here(), of_other);
        });
    }

    #[test]
    fn in_block_on_in_a_blocking_closure_of_another_and_back() {
        each_pair(|one, other| {
            let (of_one, of_other) = (one.handle.backend(), other.handle.backend());
            let (inner, innermost) = (other.handle.clone(), one.handle.clone());
            let closure = one.handle.spawn_blocking(move || {
                assert_eq!(here(), of_one);
                inner.block_on(async {
                    assert_eq!(here_in_task().await, of_other);
                    let closure = anyrt::spawn_blocking(move || {
                        assert_eq!(here(), of_other);
                        assert_eq!(innermost.block_on(here_in_task()), of_one);
                        assert_eq!(here(), of_other);
                    });
                    closure.await.unwrap();
                    assert_eq!(here_in_task().await, of_other);
                });
                assert_eq!(here(), of_one);
            });
            executor::block_on(closure).unwrap();
            assert!(is_outside());
        });
    }

    /// The future of `block_on` is no task, and neither is what runs under a guard.
    #[test]
    fn for_the_id_of_a_task_if_it_has_one() {
        each_pair(|one, other| {
            let inner = other.handle.clone();
            let closure = one.handle.spawn_blocking(move || {
                let own = task::id();
                inner.block_on(async {
                    assert_eq!(task::try_id(), None);
                    let task = anyrt::spawn(async { task::id() });
                    let id = task.id();
                    assert_eq!(task.await.unwrap(), id);
                    assert_ne!(id, own);
                });
                let _guard = inner.enter();
                assert_eq!(task::try_id(), Some(own));
                own
            });
            let id = closure.id();
            assert_eq!(executor::block_on(closure).unwrap(), id);
            assert_eq!(task::try_id(), None);
        });
    }

    #[test]
    fn in_destructors_of_tasks() {
        struct NameOnDrop(Sender<&'static str>);

        impl Drop for NameOnDrop {
            fn drop(&mut self) {
                self.0.send(Handle::current().backend()).unwrap();
            }
        }

        each_pair(|one, other| {
            let (sender, names) = channel();
            let dropped = NameOnDrop(sender);
            let task = other.handle.spawn(async {
                let _dropped = dropped;
                pending::<()>().await;
            });
            one.handle.block_on(async move {
                task.abort();
                assert!(task.await.unwrap_err().is_cancelled());
            });
            assert_eq!(names.recv().unwrap(), other.handle.backend());
        });
    }

    #[test]
    #[cfg(feature = "tokio")]
    fn also_a_tokio_runtime_that_someone_else_entered() {
        let tokio = ::tokio::runtime::Runtime::new().unwrap();
        for backend in backends().into_iter().filter(|backend| *backend != "tokio") {
            let other = start(backend);
            other.handle.block_on(async {
                assert_eq!(here(), backend);
                let guard = tokio.enter();
                assert_eq!(here(), "tokio", "within {backend}");
                let again = other.handle.enter();
                assert_eq!(here(), backend);
                drop(again);
                assert_eq!(here(), "tokio", "within {backend}");
                drop(guard);
                assert_eq!(here(), backend);
            });
            let (handle, inner) = (other.handle.clone(), tokio.handle().clone());
            let closure = other.handle.spawn_blocking(move || {
                assert_eq!(here(), handle.backend());
                inner.block_on(async { assert_eq!(here(), "tokio", "in a closure of {backend}") });
                assert_eq!(here(), handle.backend());
            });
            other.handle.block_on(closure).unwrap();
            // The other way round.
            tokio.block_on(async {
                assert_eq!(here(), "tokio");
                let guard = other.handle.enter();
                assert_eq!(here(), backend);
                drop(guard);
                assert_eq!(here(), "tokio");
            });
        }
    }

    #[test]
    fn after_a_panic_in_block_on() {
        each_pair(|one, other| {
            let inner = other.handle.clone();
            let closure = one.handle.spawn_blocking(move || {
                let panics = || inner.block_on(async { std::panic::resume_unwind(Box::new(7)) });
                let payload = catch_unwind(AssertUnwindSafe(panics)).map(|never: ()| never);
                assert_eq!(payload.unwrap_err().downcast_ref(), Some(&7));
                here()
            });
            assert_eq!(executor::block_on(closure).unwrap(), one.handle.backend());
        });
    }
}

mod a_runtime_dropped_inside_another {
    use super::*;

    /// Says so when it is dropped.
    struct Tell(Sender<()>);

    impl Drop for Tell {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }

    /// A runtime whose tasks wait for ever, one of them on a worker, and what tells that they are
    /// dropped. `None` if nobody can end it.
    fn busy(backend_name: &str) -> Option<(Runtime, [JoinHandle<()>; 2], Receiver<()>)> {
        let runtime = start(backend_name).owner.filter(|_| backend::is_owned(backend_name))?;
        let (sender, dropped) = channel();
        let tasks = [0; 2].map(|_| {
            let tell = Tell(sender.clone());
            runtime.spawn(async {
                let _tell = tell;
                pending().await
            })
        });
        Some((runtime, tasks, dropped))
    }

    fn assert_ended(tasks: [JoinHandle<()>; 2], dropped: &Receiver<()>) {
        for task in tasks {
            assert!(executor::block_on(task).unwrap_err().is_cancelled());
            dropped.recv().unwrap();
        }
    }

    #[test]
    fn in_a_task_returns_and_its_tasks_are_dropped() {
        each_pair(|one, other| {
            let Some((runtime, tasks, dropped)) = busy(other.handle.backend()) else { return };
            let name = one.handle.backend();
            let task = one.handle.spawn(async move {
                drop(runtime);
                assert_eq!(here_in_task().await, name);
            });
            executor::block_on(task).unwrap();
            assert_ended(tasks, &dropped);
        });
    }

    #[test]
    fn in_block_on_returns_and_its_tasks_are_dropped() {
        each_pair(|one, other| {
            let Some((runtime, tasks, dropped)) = busy(other.handle.backend()) else { return };
            one.handle.block_on(async {
                drop(runtime);
                assert_eq!(here_in_task().await, one.handle.backend());
            });
            assert_ended(tasks, &dropped);
        });
    }

    #[test]
    fn in_a_blocking_closure_returns_and_its_tasks_are_dropped() {
        each_pair(|one, other| {
            let Some((runtime, tasks, dropped)) = busy(other.handle.backend()) else { return };
            let closure = one.handle.spawn_blocking(|| {
                drop(runtime);
                here()
            });
            assert_eq!(executor::block_on(closure).unwrap(), one.handle.backend());
            assert_ended(tasks, &dropped);
        });
    }

    #[test]
    fn in_a_task_does_not_wait_for_its_blocking_closures() {
        each_pair(|one, other| {
            let Some((runtime, tasks, dropped)) = busy(other.handle.backend()) else { return };
            let (release, released) = channel::<()>();
            let (running, runs) = channel();
            let closure = runtime.handle().spawn_blocking(move || {
                running.send(()).unwrap();
                released.recv().unwrap_err();
            });
            runs.recv().unwrap();
            // Async code that waited would wait for ever: the closure is released after it.
            let task = one.handle.spawn(async move { drop(runtime) });
            executor::block_on(task).unwrap();
            drop(release);
            executor::block_on(closure).unwrap();
            assert_ended(tasks, &dropped);
        });
    }

    #[test]
    fn shut_down_in_a_task_does_not_block_it() {
        each_pair(|one, other| {
            let Some((runtime, tasks, dropped)) = busy(other.handle.backend()) else { return };
            let task = one.handle.spawn(async move { runtime.shutdown_timeout(WATCHDOG) });
            executor::block_on(task).unwrap().unwrap();
            assert_ended(tasks, &dropped);
        });
    }
}

mod block_on_in_async_code {
    use super::*;

    const MESSAGE: &str = "`block_on` was called from async code, where it would block a thread that \
                           has tasks to poll: await the future instead, or move the call into \
                           `spawn_blocking`";

    #[track_caller]
    fn assert_refused(call: impl FnOnce()) {
        let payload = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
        let message = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = message.or_else(|| payload.downcast_ref::<String>().cloned());
        assert_eq!(message.as_deref(), Some(MESSAGE));
    }

    #[test]
    fn of_another_is_refused() {
        each_pair(|one, other| {
            one.handle.block_on(async { assert_refused(|| other.handle.block_on(async {})) });
            let inner = other.handle.clone();
            let task = one.handle.spawn(async move {
                assert_refused(|| inner.block_on(async {}));
                let _guard = inner.enter();
                assert_refused(|| anyrt::block_on(async {}));
            });
            executor::block_on(task).unwrap();
            // Neither is the worse for it.
            assert_eq!(other.handle.block_on(here_in_task()), other.handle.backend());
            assert_eq!(one.handle.block_on(here_in_task()), one.handle.backend());
        });
    }

    #[test]
    fn in_a_blocking_closure_of_another_is_fine() {
        each_pair(|one, other| {
            let inner = other.handle.clone();
            let closure = one.handle.spawn_blocking(move || inner.block_on(here_in_task()));
            assert_eq!(executor::block_on(closure).unwrap(), other.handle.backend());
        });
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn of_a_tokio_runtime_that_someone_else_started_is_refused() {
        for backend in backends() {
            let started = start(backend);
            let handle = started.handle.clone();
            let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            tokio.block_on(async {
                assert_refused(|| started.handle.block_on(async {}));
                let task = tokio::spawn(async move {
                    assert_refused(|| handle.block_on(async {}));
                    let of_a_closure = tokio::task::spawn_blocking({
                        let handle = handle.clone();
                        move || handle.block_on(here_in_task())
                    });
                    assert_eq!(of_a_closure.await.unwrap(), handle.backend());
                    assert_eq!(here_in_task().await, "tokio");
                    tokio::task::block_in_place(|| handle.block_on(here_in_task()))
                });
                assert_eq!(task.await.unwrap(), backend);
            });
            let local = tokio::runtime::Builder::new_current_thread().build().unwrap();
            local.block_on(async { assert_refused(|| started.handle.block_on(async {})) });
        }
    }
}
