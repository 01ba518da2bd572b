//! anyrt inside a tokio runtime that the application started itself: calls use that runtime, and
//! start nothing of their own.
#![cfg(all(unix, feature = "tokio"))]

use std::future::pending;
use std::io;
use std::pin::pin;
use std::time::Duration;
use std::{fs, thread};

use anyrt::net::{TcpListener, TcpStream, UdpSocket, UnixStream};
use anyrt::{Handle, Reason};
use anyrt_tests::backend;
use anyrt_tests::child::child_without_choice as child;
use futures::executor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Id, Runtime};

const LONG: Duration = Duration::from_secs(60 * 60);
const MILLISECOND: Duration = Duration::from_millis(1);

fn multi_thread() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).thread_name("application").enable_all().build().unwrap()
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().thread_name("application").enable_all().build().unwrap()
}

fn adopt(runtime: &Runtime) -> Handle {
    anyrt::adapters::tokio::Handle::from(runtime.handle().clone()).into()
}

fn here() -> Id {
    tokio::runtime::Handle::current().id()
}

fn thread_name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

/// Every kind of call, from inside the runtime `own`.
async fn use_everything(own: Id) -> io::Result<()> {
    assert_eq!(anyrt::selection().unwrap().reason(), Reason::Inside);
    assert_eq!(anyrt::spawn(async { here() }).await?, own);
    assert_eq!(Handle::current().spawn(async { here() }).await?, own);
    assert_eq!(Handle::try_current().unwrap().spawn(async { here() }).await?, own);
    assert_eq!(
        anyrt::spawn_blocking(|| (here(), thread_name())).await?,
        (own, "application".into())
    );
    let nested = anyrt::spawn_blocking(|| anyrt::block_on(anyrt::spawn(async { here() })));
    assert_eq!(nested.await??, own);

    anyrt::time::sleep(MILLISECOND).await;
    anyrt::time::timeout(MILLISECOND, pending::<()>()).await.unwrap_err();
    anyrt::time::interval(MILLISECOND).tick().await;
    anyrt::task::yield_now().await;

    let listener = TcpListener::bind("localhost:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (server, _) = listener.accept().await?;
    server.write_all(b"x").await?;
    client.read_exact(&mut [0]).await
}

/// Fails if the calls before started a runtime or a thread of anyrt.
fn assert_nothing_of_our_own() {
    anyrt::set_default("tokio").expect("no call has started the default runtime");
    for task in fs::read_dir("/proc/self/task").into_iter().flatten() {
        let name = fs::read_to_string(task.unwrap().path().join("comm")).unwrap_or_default();
        assert!(!name.starts_with("anyrt"), "a thread called {name:?}");
    }
}

mod calls_inside {
    use super::*;

    #[test]
    fn a_multi_thread_runtime_use_it_alone() {
        child(|| {
            let runtime = multi_thread();
            let own = runtime.handle().id();
            runtime.block_on(use_everything(own)).unwrap();
            runtime.block_on(runtime.spawn(use_everything(own))).unwrap().unwrap();
            let name = runtime.block_on(async { anyrt::spawn(async { thread_name() }).await });
            assert_eq!(name.unwrap(), "application");
            assert_nothing_of_our_own();
        })
        .succeeds();
    }

    #[test]
    fn a_current_thread_runtime_use_it_alone() {
        child(|| {
            let runtime = current_thread();
            let own = runtime.handle().id();
            runtime.block_on(use_everything(own)).unwrap();
            runtime.block_on(runtime.spawn(use_everything(own))).unwrap().unwrap();
            let id =
                runtime.block_on(async { anyrt::spawn(async { thread::current().id() }).await });
            assert_eq!(id.unwrap(), thread::current().id());
            assert_nothing_of_our_own();
        })
        .succeeds();
    }

    #[test]
    fn the_attribute_of_tokio_use_it_alone() {
        #[tokio::main]
        async fn main() {
            anyrt::spawn(async { anyrt::time::sleep(MILLISECOND).await }).await.unwrap();
        }

        child(|| {
            main();
            assert_nothing_of_our_own();
        })
        .succeeds();
    }

    #[test]
    fn a_guard_of_tokio_use_it_alone() {
        child(|| {
            let runtime = multi_thread();
            let guard = runtime.enter();
            let task = anyrt::spawn(async { (here(), thread_name()) });
            let found = executor::block_on(task).unwrap();
            assert_eq!(found, (runtime.handle().id(), "application".into()));
            let pair = UnixStream::pair();
            drop(guard);
            executor::block_on(pair.unwrap().0.writable()).unwrap();
            assert_nothing_of_our_own();
        })
        .succeeds();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn block_in_place_may_block_on() {
        let own = here();
        let found = tokio::spawn(async {
            tokio::task::block_in_place(|| {
                anyrt::block_on(async {
                    anyrt::time::sleep(MILLISECOND).await;
                    anyrt::spawn(async { here() }).await.unwrap()
                })
            })
        });
        assert_eq!(found.await.unwrap(), own);
    }

    #[tokio::test]
    #[should_panic(expected = "await the future instead, or move the call into `spawn_blocking`")]
    async fn a_task_of_tokio_may_not() {
        anyrt::block_on(async {});
    }
}

mod handles_used_from_outside {
    use super::*;

    #[test]
    fn reach_a_multi_thread_runtime() {
        let runtime = multi_thread();
        let handle = adopt(&runtime);
        assert_eq!(handle.backend(), "tokio");
        let own = runtime.handle().id();

        let task = handle.spawn(async { (here(), thread_name()) });
        assert_eq!(executor::block_on(task).unwrap(), (own, "application".into()));
        let closure = handle.spawn_blocking(here);
        assert_eq!(executor::block_on(closure).unwrap(), own);
        assert_eq!(handle.block_on(async { here() }), own);
        executor::block_on(use_with_handle(&handle)).unwrap();
        handle.block_on(use_everything(own)).unwrap();

        let guard = handle.enter();
        assert_eq!(executor::block_on(anyrt::spawn(async { here() })).unwrap(), own);
        drop(guard);
        assert!(Handle::try_current().is_none());
    }

    #[test]
    fn reach_a_current_thread_runtime_that_some_thread_drives() {
        let runtime = current_thread();
        let handle = adopt(&runtime);
        let own = runtime.handle().id();
        let (stop, stopped) = futures::channel::oneshot::channel::<()>();
        thread::scope(|scope| {
            let driver = scope.spawn(|| {
                runtime.block_on(stopped).unwrap();
                thread::current().id()
            });
            let task = handle.spawn(async { (here(), thread::current().id()) });
            let (found, polled_on) = executor::block_on(task).unwrap();
            assert_eq!(found, own);
            executor::block_on(use_with_handle(&handle)).unwrap();
            handle.block_on(use_everything(own)).unwrap();
            stop.send(()).unwrap();
            assert_eq!(driver.join().unwrap(), polled_on);
        });
    }

    async fn use_with_handle(handle: &Handle) -> io::Result<()> {
        use anyrt::Timer;

        handle.sleep(MILLISECOND).await;
        let listener = TcpListener::bind_on(handle, "localhost:0").await?;
        let client = TcpStream::connect_on(handle, listener.local_addr()?).await?;
        let (server, _) = listener.accept().await?;
        server.write_all(b"x").await?;
        client.read_exact(&mut [0]).await
    }

    #[test]
    fn turn_into_the_same_runtime_again() {
        let runtime = multi_thread();
        let adapter = anyrt::adapters::tokio::Handle::from(runtime.handle().clone());
        assert_eq!(tokio::runtime::Handle::from(adapter).id(), runtime.handle().id());
    }
}

mod side_by_side {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn tasks_of_both_await_each_other() {
        let inner = tokio::spawn(async { 1 });
        let middle = anyrt::spawn(async { inner.await.unwrap() + 1 });
        let outer = tokio::spawn(async { middle.await.unwrap() + 1 });
        assert_eq!(anyrt::spawn(outer).await.unwrap().unwrap(), 3);
    }

    #[tokio::test]
    async fn channels_of_tokio_join_tasks_of_ours() {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let task = anyrt::spawn(async move {
            for n in 0..100 {
                sender.send(n).await.unwrap();
            }
        });
        let mut sum = 0;
        while let Some(n) = receiver.recv().await {
            sum += n;
        }
        task.await.unwrap();
        assert_eq!(sum, 4950);
    }

    #[tokio::test]
    async fn select_of_tokio_takes_our_futures() {
        let endless = anyrt::spawn(pending::<()>()).abort_on_drop();
        tokio::select! {
            _ = endless => unreachable!(),
            () = anyrt::time::sleep(LONG) => unreachable!(),
            () = anyrt::time::sleep(MILLISECOND) => {}
        }
    }

    #[tokio::test]
    async fn our_sockets_keep_to_the_limits_of_tokio() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut buffer = [0; 8];
        tokio::time::timeout(MILLISECOND, socket.recv(&mut buffer)).await.unwrap_err();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        tokio::time::timeout(MILLISECOND, listener.accept()).await.unwrap_err();
    }

    #[tokio::test]
    async fn sockets_of_tokio_keep_to_our_limits() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        anyrt::time::timeout(MILLISECOND, listener.accept()).await.unwrap_err();
        // The connection of our client is not lost by the one that gave up.
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let accept = anyrt::time::timeout(LONG, listener.accept());
        let (mut server, _) = accept.await.unwrap().unwrap();

        server.write_all(b"from tokio").await.unwrap();
        let mut text = [0; 10];
        client.read_exact(&mut text).await.unwrap();
        assert_eq!(text, *b"from tokio");
        client.write_all(b"from anyrt").await.unwrap();
        server.read_exact(&mut text).await.unwrap();
        assert_eq!(text, *b"from anyrt");
    }

    #[tokio::test]
    async fn sockets_change_sides() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let mut server = tokio::net::TcpStream::from_std(server.into_std().unwrap()).unwrap();
        server.write_all(b"x").await.unwrap();
        let client = TcpStream::from_std(client.into_std().unwrap()).unwrap();
        client.read_exact(&mut [0]).await.unwrap();
    }
}

mod a_library_without_a_backend {
    use super::*;
    use anyrt_test_library::{Pool, ask, heartbeat, length, retry, serve_echo};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn runs_on_the_runtime_of_the_application() {
        let server = serve_echo("127.0.0.1:0").await.unwrap();
        for request in [&b""[..], b"hello", &[7; 100_000]] {
            assert_eq!(ask(server.address, request, LONG).await.unwrap(), request);
        }
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let error = ask(silent.local_addr().unwrap(), b"", MILLISECOND).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);

        let listener = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap().to_string();
        heartbeat(&target, MILLISECOND, 2).await.unwrap();
        assert_eq!(listener.recv(&mut [0; 8]).await.unwrap(), 5);
        assert_eq!(length("Cargo.toml").await.unwrap(), fs::metadata("Cargo.toml").unwrap().len());

        let pool = Pool::new(LONG);
        assert_eq!(pool.squares(&[1, 2, 3]).await.unwrap(), [1, 4, 9]);
        assert_eq!(pool.run(here).await.unwrap(), here());
    }

    #[tokio::test]
    async fn takes_a_handle_of_one_backend() {
        let tokio = anyrt::adapters::tokio::Handle::from(tokio::runtime::Handle::current());
        let pool = Pool::on(tokio, LONG);
        assert_eq!(pool.squares(&[1, 2, 3]).await.unwrap(), [1, 4, 9]);
        assert_eq!(pool.run(here).await.unwrap(), here());
    }

    #[test]
    fn works_in_synchronous_code() {
        let mut attempts = [None, None, Some(7)].into_iter();
        assert_eq!(retry(|| attempts.next().unwrap()), 7);
    }
}

mod after_the_runtime_is_dropped {
    use super::*;

    /// What `make` makes inside a runtime that is gone when this returns.
    fn outlive<T>(make: impl AsyncFn() -> T) -> (Handle, T) {
        let runtime = multi_thread();
        let made = runtime.block_on(make());
        (adopt(&runtime), made)
    }

    #[test]
    fn sockets_return_errors() {
        let (_, (one, _other)) = outlive(async || UnixStream::pair().unwrap());
        executor::block_on(async {
            one.read(&mut [0]).await.unwrap_err();
            // At the latest when it would have to wait.
            while one.write(&[0; 65536]).await.is_ok() {}
            one.readable().await.unwrap_err();
            one.writable().await.unwrap_err();
        });
        let (_, listener) = outlive(async || TcpListener::bind("127.0.0.1:0").await.unwrap());
        executor::block_on(listener.accept()).unwrap_err();
    }

    #[test]
    fn a_read_that_waits_returns_an_error() {
        let runtime = multi_thread();
        let (one, _other) = runtime.block_on(async { UnixStream::pair() }).unwrap();
        executor::block_on(async {
            let mut buffer = [0];
            let mut read = pin!(one.read(&mut buffer));
            assert!(futures::poll!(read.as_mut()).is_pending());
            thread::spawn(|| drop(runtime));
            read.await.unwrap_err();
        });
    }

    #[test]
    fn sleeps_resolve() {
        let (_, sleep) = outlive(async || anyrt::time::sleep(LONG));
        executor::block_on(sleep);
        let (handle, ()) = outlive(async || {});
        executor::block_on(anyrt::Timer::sleep(&handle, LONG));
    }

    #[test]
    fn a_sleep_that_waits_resolves() {
        let runtime = multi_thread();
        let handle = adopt(&runtime);
        let mut sleep = pin!(anyrt::Timer::sleep(&handle, LONG));
        executor::block_on(async {
            assert!(futures::poll!(sleep.as_mut()).is_pending());
            thread::spawn(|| drop(runtime));
            sleep.await;
        });
    }

    #[test]
    fn tasks_are_cancelled() {
        let (handle, task) = outlive(async || anyrt::spawn(pending::<()>()));
        assert!(executor::block_on(task).unwrap_err().is_cancelled());
        assert!(executor::block_on(handle.spawn(async {})).unwrap_err().is_cancelled());
        assert!(executor::block_on(handle.spawn_blocking(|| {})).unwrap_err().is_cancelled());
    }

    #[test]
    fn new_sockets_are_refused() {
        let (handle, ()) = outlive(async || {});
        UnixStream::pair_on(&handle).unwrap_err();
        executor::block_on(TcpListener::bind_on(&handle, "127.0.0.1:0")).unwrap_err();
        executor::block_on(UdpSocket::bind_on(&handle, "localhost:0")).unwrap_err();
    }

    #[test]
    fn plain_threads_have_a_default_runtime_nevertheless() {
        let (_, sleep) = outlive(async || anyrt::time::sleep(LONG));
        executor::block_on(anyrt::spawn(sleep)).unwrap();
    }
}

#[test]
fn a_local_set_outside_of_any_runtime_gets_the_default_one() {
    let local = tokio::task::LocalSet::new();
    let task = local.run_until(async {
        tokio::task::spawn_local(async {
            anyrt::time::sleep(MILLISECOND).await;
            anyrt::spawn(async { backend::runtime_inside() }).await.unwrap()
        })
        .await
        .unwrap()
    });
    assert_eq!(executor::block_on(task), backend::runtime_here());
}

#[test]
fn a_local_set_inside_of_a_runtime_uses_that() {
    let runtime = current_thread();
    let local = tokio::task::LocalSet::new();
    let task = local.run_until(async {
        tokio::task::spawn_local(async { anyrt::spawn(async { here() }).await.unwrap() }).await
    });
    assert_eq!(runtime.block_on(task).unwrap(), runtime.handle().id());
}

#[test]
fn a_panic_that_reads_like_a_refusal_of_tokio_goes_through_block_on() {
    let own = multi_thread();
    let handle = adopt(&own);
    let nested = own.handle().clone();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        handle.block_on(async move { nested.block_on(async {}) });
    }));
    let payload = panicked.unwrap_err();
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap();
    assert!(text.starts_with("Cannot start a runtime"), "not tokio's own: {text}");
}
