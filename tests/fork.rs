//! A process that forks: its child is told where it uses what it left in the parent, and never hangs for
//! it; and what the child starts by itself works.
//!
//! Each situation has a process of its own, which forks once for each backend.
#![cfg(all(unix, feature = "some-backend"))]

use std::future::Future;
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use anyrt::net::{TcpListener, TcpStream};
use anyrt::task::Kind;
use anyrt::{Builder, Handle, Runtime, time};
use anyrt_observe::Tasks;
use anyrt_tests::child::{child, child_without_choice};
use futures::executor;

const MESSAGE: &str = "a runtime was used after fork: its threads are not in this process, which has to \
                       start one of its own";

/// Forks, runs `in_child` in the child, and returns when that has ended well.
#[track_caller]
fn fork(in_child: impl FnOnce()) {
    // SAFETY: what a child does with the one thread that it has is what is tested. The system's own
    // functions work in there.
    let process = unsafe { libc::fork() };
    assert!(process >= 0, "it can't be forked");
    if process == 0 {
        let code = if catch_unwind(AssertUnwindSafe(in_child)).is_ok() { 7 } else { 101 };
        // SAFETY: it ends the process, and nothing else.
        unsafe { libc::_exit(code) };
    }
    assert_ends_well(process);
}

/// Waits for the end of a child.
#[track_caller]
fn assert_ends_well(process: libc::pid_t) {
    let mut status = 0;
    // SAFETY: it writes the status, which is a local.
    let ended = unsafe { libc::waitpid(process, &mut status, 0) };
    assert_eq!(ended, process);
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7, "it ended with {status:x}");
}

#[track_caller]
fn is_told(code: impl FnOnce()) {
    let panic = catch_unwind(AssertUnwindSafe(code)).expect_err("it does not panic");
    assert_eq!(panic.downcast_ref::<String>().expect("it says something"), MESSAGE);
}

fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn runtimes() -> Vec<Runtime> {
    let compiled = anyrt::selection().unwrap().compiled();
    compiled.iter().map(|backend| Builder::new().backend(*backend).build().unwrap()).collect()
}

/// Everything that a runtime of this process does.
fn assert_works(runtime: &Runtime) {
    let sum = runtime.block_on(async {
        time::sleep(Duration::from_millis(1)).await;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let mut client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let reading = anyrt::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut bytes = [0; 2];
            stream.read_exact(&mut bytes).await.unwrap();
            bytes[0] + bytes[1]
        });
        client.write_all(&[3, 4]).unwrap();
        assert_eq!(anyrt::spawn_blocking(|| 7).await.unwrap(), 7);
        reading.await.unwrap()
    });
    assert_eq!(sum, 7);
}

#[test]
fn a_child_that_uses_a_handle_of_its_parent_is_told() {
    child(|| {
        for runtime in runtimes() {
            let handle = runtime.handle().clone();
            let mut runtime = Some(runtime);
            fork(|| {
                is_told(|| drop(handle.spawn(async {})));
                is_told(|| drop(handle.spawn_blocking(|| ())));
                is_told(|| handle.block_on(async {}));
                is_told(|| runtime.as_ref().unwrap().block_on(async {}));
                is_told(|| drop(anyrt::Spawn::spawn(&handle, async {})));
                is_told(|| drop(anyrt::Timer::sleep(&handle, Duration::ZERO)));
                is_told(|| _ = anyrt::Timer::now(&handle));
                is_told(|| drop(handle.enter()));
                is_told(|| drop(handle.clone().spawn(async {})));
                let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
                let refused = anyrt::Reactor::register(&handle, socket).unwrap_err();
                assert_eq!(refused.to_string(), MESSAGE);
                // Neither does it wait for the threads of the parent.
                drop(runtime.take());
            });
            assert_works(runtime.as_ref().unwrap());
        }
    })
    .succeeds();
}

#[test]
fn a_child_that_awaits_what_its_parent_made_is_told() {
    child(|| {
        for runtime in runtimes() {
            let listener = TcpListener::bind_on(runtime.handle(), "127.0.0.1:0");
            let listener = runtime.block_on(listener).unwrap();
            let mut client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (stream, _) = runtime.block_on(listener.accept()).unwrap();
            let task = runtime.spawn(std::future::pending::<()>());
            let sleep = anyrt::Timer::sleep(runtime.handle(), Duration::from_secs(1000));
            let mut made = Some((task, Box::pin(sleep)));
            fork(|| {
                let (task, sleep) = made.take().unwrap();
                is_told(|| _ = poll(task));
                is_told(|| _ = poll(sleep));
                let refused = |poll| matches!(poll, Poll::Ready(Err(text)) if text == MESSAGE);
                let accepting = poll(listener.accept());
                assert!(refused(
                    accepting.map(|result| result.map(drop).map_err(|e| e.to_string()))
                ));
                let mut byte = [0];
                let reading = poll(stream.read(&mut byte));
                assert!(refused(reading.map(|result| result.map(drop).map_err(|e| e.to_string()))));
                let writing = poll(stream.write(b"x"));
                assert!(refused(writing.map(|result| result.map(drop).map_err(|e| e.to_string()))));
            });
            runtime.block_on(stream.write_all(b"x")).unwrap();
            client.read_exact(&mut [0]).unwrap();
            assert_works(&runtime);
        }
    })
    .succeeds();
}

#[test]
fn a_child_that_uses_the_default_runtime_of_its_parent_is_told() {
    child_without_choice(|| {
        assert_eq!(anyrt::block_on(anyrt::spawn(async { 7 })).unwrap(), 7);
        fork(|| {
            is_told(|| drop(anyrt::spawn(async {})));
            is_told(|| drop(anyrt::spawn_blocking(|| ())));
            is_told(|| anyrt::block_on(async {}));
            is_told(|| drop(time::sleep(Duration::ZERO)));
            is_told(|| _ = time::now());
            is_told(|| drop(time::timeout(Duration::ZERO, async {})));
            is_told(|| drop(time::interval(Duration::from_secs(1))));
            is_told(|| drop(Handle::current().spawn(async {})));
            // These ask no runtime that is not there.
            anyrt::random::u64();
            time::system_now();
            let connecting = executor::block_on(TcpStream::connect("127.0.0.1:1"));
            assert_eq!(connecting.unwrap_err().to_string(), MESSAGE);
        });
        assert_eq!(anyrt::block_on(anyrt::spawn(async { 7 })).unwrap(), 7);
    })
    .succeeds();
}

#[test]
fn a_child_that_goes_on_in_the_block_on_of_its_parent_is_told() {
    child_without_choice(|| {
        for runtime in runtimes() {
            let mut process = None;
            let result = catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on(async {
                    time::sleep(Duration::from_millis(1)).await;
                    // SAFETY: as above.
                    process = Some(unsafe { libc::fork() });
                    if process == Some(0) {
                        std::future::pending::<()>().await;
                    }
                });
            }));
            if process == Some(0) {
                let is_told = result.is_err_and(|panic| {
                    panic.downcast_ref::<String>().is_some_and(|text| text == MESSAGE)
                });
                drop(runtime);
                // SAFETY: it ends the process, and nothing else.
                unsafe { libc::_exit(if is_told { 7 } else { 101 }) };
            }
            result.unwrap();
            assert_ends_well(process.unwrap());
            assert_works(&runtime);
        }
    })
    .succeeds();
}

#[test]
fn a_child_goes_on_in_no_runtime_of_its_parent() {
    child_without_choice(|| {
        for runtime in runtimes() {
            runtime.block_on(async {
                fork(|| {
                    // The default runtime was never started, so that the child can have one.
                    assert!(Handle::try_current().is_none());
                    is_told(|| drop(runtime.handle().spawn(async {})));
                });
                assert!(Handle::try_current().is_some());
                assert_eq!(anyrt::spawn(async { 7 }).await.unwrap(), 7);
            });
            let guard = runtime.handle().enter();
            fork(|| assert!(Handle::try_current().is_none()));
            drop(guard);
            assert_works(&runtime);
        }
    })
    .succeeds();
}

#[test]
fn a_child_starts_a_runtime_of_its_own() {
    child(|| {
        for runtime in runtimes() {
            let backend = runtime.handle().backend();
            fork(|| {
                if !["tokio", "native"].contains(&backend) {
                    // Their reactor belongs to the process, and its thread is the parent's.
                    let refused = Builder::new().backend(backend).build().unwrap_err();
                    assert!(refused.to_string().contains("was started before fork"), "{refused}");
                    return;
                }
                let own = Builder::new().backend(backend).build().unwrap();
                assert_works(&own);
                let guard = own.handle().enter();
                assert_eq!(Handle::try_current().as_ref(), Some(own.handle()));
                assert_eq!(executor::block_on(anyrt::spawn(async { 7 })).unwrap(), 7);
                drop(guard);
                // And so does a child of the child.
                fork(|| {
                    is_told(|| drop(own.handle().spawn(async {})));
                    assert_works(&Builder::new().backend(backend).build().unwrap());
                });
                assert_works(&own);
            });
            assert_works(&runtime);
        }
    })
    .succeeds();
}

#[test]
fn a_child_of_a_process_that_used_no_runtime_does_everything() {
    child_without_choice(|| {
        for backend in anyrt::selection().unwrap().compiled() {
            fork(|| {
                let own = Builder::new().backend(*backend).build().unwrap();
                assert_works(&own);
                assert_eq!(anyrt::block_on(anyrt::spawn(async { 7 })).unwrap(), 7);
            });
        }
    })
    .succeeds();
}

/// The child calls into a runtime that someone else started in there.
#[cfg(feature = "tokio")]
#[test]
fn a_child_uses_a_tokio_runtime_that_it_started_elsewhere() {
    child(|| {
        let runtime = Builder::new().backend("tokio").build().unwrap();
        assert_works(&runtime);
        fork(|| {
            let tokio = tokio::runtime::Runtime::new().unwrap();
            let seven = tokio.block_on(async { anyrt::spawn(async { 7 }).await.unwrap() });
            assert_eq!(seven, 7);
            let handle = Handle::from(tokio.handle().clone());
            assert_eq!(tokio.block_on(handle.spawn(async { 7 })).unwrap(), 7);
        });
    })
    .succeeds();
}

/// A child has none of the tasks that are observed, and observes its own if it asks for that: whatever other threads of the
/// parent were about to do, whose locks stay locked in the child.
#[test]
fn observed_tasks_stay_with_the_parent() {
    child(|| {
        let tasks = Tasks::install();
        let watch = tasks.watch_stalls(Duration::from_millis(1), |_| ()).unwrap();
        let mut watch = Some(watch);
        let runtimes = runtimes();
        let handles: Vec<_> =
            runtimes.iter().map(|runtime| runtime.spawn(std::future::pending::<()>())).collect();
        let dumps = tasks.clone();
        std::thread::spawn(move || {
            loop {
                let _ = (dumps.dump(), dumps.metrics());
            }
        });
        for _ in 0..50 {
            fork(|| {
                assert!(tasks.dump().tasks.is_empty());
                assert_eq!(tasks.metrics().spawned(Kind::Task), 0);
                let runtime = Builder::new().build().unwrap();
                runtime.block_on(runtime.spawn(async {})).unwrap();
                assert!(tasks.dump().tasks.is_empty());

                let own = Tasks::install();
                let task = runtime.spawn(std::future::pending::<()>());
                assert_eq!(own.dump().tasks[0].id, Some(task.id()));
                // Neither waits for a thread that is not here.
                drop(watch.take());
                drop(own.watch_stalls(Duration::from_millis(1), |_| ()).unwrap());
            });
        }
        assert_eq!(tasks.dump().tasks.len(), handles.len());
    })
    .succeeds();
}
