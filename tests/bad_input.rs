//! What cannot be done as asked: options, durations, addresses, runtimes that are gone. Each is an
//! error that says what to do, or has a meaning; none is a hang, an overflow or a surprising panic.
#![cfg(all(unix, feature = "some-backend"))]

use std::future::pending;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use anyrt::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
use anyrt::reactor::AsyncFd;
use anyrt::time::{self, interval, interval_at, now, sleep, sleep_until, timeout, timeout_at};
use anyrt::{Builder, Handle, Launch, Runtime};
use anyrt_core::Config;
use anyrt_tests::backend;
#[cfg(any(feature = "tokio", feature = "async-std"))]
use anyrt_tests::child::child;
use futures::executor;
use futures::future::FutureExt;

const MILLISECOND: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(60 * 60);

mod options {
    use super::*;

    #[track_caller]
    fn assert_refused(builder: Builder, message: &str) {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn no_worker_threads() {
        assert_refused(
            Builder::new().worker_threads(0),
            "the number of worker threads must be at least 1",
        );
    }

    #[test]
    fn no_blocking_threads() {
        assert_refused(
            Builder::new().max_blocking_threads(0),
            "the number of blocking threads must be at least 1",
        );
    }

    #[test]
    fn a_thread_name_with_a_zero_byte() {
        assert_refused(
            Builder::new().thread_name("a\0b"),
            "the name of a thread must not contain a zero byte",
        );
    }

    /// Where there is such a clock, workers are in its way.
    fn way_out<'a>(backend: &str, other: &'a str) -> &'a str {
        if ["native", "smol"].contains(&backend) { "current_thread()" } else { other }
    }

    #[test]
    fn a_paused_clock_on_a_runtime_that_has_none() {
        for name in anyrt::selection().unwrap().compiled() {
            let error = Builder::new().backend(*name).start_paused(true).build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert!(error.to_string().contains(way_out(name, "start_paused")), "{name}: {error}");
            assert!(Builder::new().backend(*name).start_paused(false).build().is_ok());
        }
        backend::on_each(|| async {
            assert!(!time::is_paused());
            for refused in [time::pause(), time::resume(), time::advance(LONG).await] {
                let error = refused.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Unsupported);
                let way_out = way_out(Handle::current().backend(), "native");
                assert!(error.to_string().contains(way_out), "{error}");
            }
            assert!(!time::is_paused());
        });
    }

    #[test]
    fn the_first_of_several_mistakes_is_reported() {
        let builder = Builder::new().max_blocking_threads(0).worker_threads(0).thread_name("\0");
        assert_refused(builder, "the number of blocking threads must be at least 1");
    }

    #[test]
    fn a_config_is_checked_like_a_builder() {
        let config = Config::default().thread_name("a\0b");
        let error = <Runtime as Launch>::start(&config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), "the name of a thread must not contain a zero byte");
    }

    #[test]
    fn names_that_look_odd_are_fine() {
        for name in ["", "a name that is longer than the fifteen bytes of the system", "Täsk ✓"]
        {
            let runtime = Builder::new().thread_name(name).build().unwrap();
            let name_there = || std::thread::current().name().map(str::to_owned);
            // Not awaited in `block_on`, whose thread may poll tasks itself.
            let found = executor::block_on(runtime.spawn(async move { name_there() })).unwrap();
            let expected = backend::name_of_thread(name);
            assert_eq!(found.as_deref(), Some(expected));
        }
    }

    #[cfg(feature = "async-std")]
    #[test]
    fn options_of_a_runtime_that_belongs_to_the_process() {
        for (builder, what) in [
            (Builder::new().current_thread(), "async-std has no current-thread runtime"),
            (
                Builder::new().worker_threads(2),
                "async-std takes the number of its threads from ASYNC_STD_THREAD_COUNT",
            ),
            (Builder::new().stack_size(1 << 20), "async-std chooses the stacks of its threads"),
        ] {
            let error = builder.backend("async-std").build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            let advice = "leave the option out, or choose another backend";
            assert_eq!(error.to_string(), format!("{what}: {advice}"));
        }
    }

    #[cfg(feature = "async-std")]
    #[test]
    fn a_number_of_workers_that_async_std_finds_in_its_own_variable() {
        for value in ["0", "many", "-1"] {
            child(|| {
                let runtime = Builder::new().backend("async-std").build().unwrap();
                assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
            })
            .env("ASYNC_STD_THREAD_COUNT", value)
            .succeeds();
        }
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn a_number_of_workers_that_tokio_finds_in_its_own_variable() {
        for value in ["0", "many", "-1"] {
            child(|| {
                // Either it does not matter, or the error says which variable is wrong.
                if let Err(error) = Builder::new().backend("tokio").build() {
                    let message = error.to_string();
                    assert!(message.contains("TOKIO_WORKER_THREADS"), "{message}");
                }
            })
            .env("TOKIO_WORKER_THREADS", value)
            .succeeds();
        }
    }

    #[test]
    fn a_stack_that_cannot_be_had() {
        // More than the address space of today's processors, and what overflows when rounded up.
        for bytes in [1 << 52, usize::MAX] {
            let error = Builder::new().worker_threads(2).stack_size(bytes).build().unwrap_err();
            let unsupported = error.kind() == ErrorKind::Unsupported;
            assert_eq!(unsupported, !backend::has_owners(), "{error}");
        }
    }

    #[test]
    fn a_stack_for_blocking_threads_that_cannot_be_had() {
        for bytes in [1 << 52, usize::MAX] {
            let runtime = backend::start(Builder::new().current_thread().stack_size(bytes));
            let task = runtime.handle().spawn_blocking(|| {});
            // The process's threads for blocking closures have stacks that no runtime chooses.
            assert_eq!(runtime.block_on(task).is_err(), backend::is_self_contained());
            assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
        }
    }

    #[test]
    fn a_stack_of_nothing_is_the_least_there_is() {
        let runtime = backend::start(Builder::new().worker_threads(1).stack_size(0));
        assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
    }

    #[test]
    fn keep_alives_of_nothing_and_for_ever() {
        for keep_alive in [Duration::ZERO, Duration::MAX] {
            let runtime = Builder::new().blocking_keep_alive(keep_alive).build().unwrap();
            for n in 0..3 {
                let task = runtime.handle().spawn_blocking(move || n);
                assert_eq!(runtime.block_on(task).unwrap(), n);
            }
        }
    }

    #[test]
    fn shutdown_timeouts_of_nothing_and_for_ever() {
        for timeout in [Duration::ZERO, Duration::MAX] {
            let runtime = Builder::new().build().unwrap();
            drop(runtime.handle().spawn_blocking(|| {}));
            let task = runtime.spawn(pending::<()>());
            let ended = runtime.shutdown_timeout(timeout);
            if backend::has_owners() {
                ended.unwrap();
            } else {
                let error = ended.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Unsupported);
                let message = "the runtime of async-std belongs to the process, and ends with it";
                assert_eq!(error.to_string(), message);
                assert!(!task.is_finished());
                task.abort();
            }
            assert!(executor::block_on(task).unwrap_err().is_cancelled());
        }
    }
}

mod times {
    use super::*;

    /// The last instant there is.
    fn end_of_time() -> Instant {
        let mut instant = Instant::now();
        let mut step = Duration::from_secs(u64::MAX);
        while step > Duration::ZERO {
            match instant.checked_add(step) {
                Some(later) => instant = later,
                None => step /= 2,
            }
        }
        instant
    }

    fn long_ago() -> Instant {
        (0..63)
            .rev()
            .find_map(|power| Instant::now().checked_sub(Duration::from_secs(1 << power)))
            .expect("the machine has run for a second")
    }

    #[anyrt::test]
    async fn a_sleep_of_zero_is_ready_at_the_first_poll() {
        assert!(sleep(Duration::ZERO).now_or_never().is_some());
        assert!(sleep_until(now()).now_or_never().is_some());
        assert!(sleep_until(long_ago()).now_or_never().is_some());
    }

    #[anyrt::test]
    async fn a_sleep_that_never_ends_stays_pending() {
        let sleeps = [
            sleep(Duration::MAX),
            sleep(Duration::from_secs(u64::MAX)),
            sleep_until(now() + Duration::from_secs(1000 * 365 * 24 * 60 * 60)),
            sleep_until(end_of_time()),
        ];
        for sleep in sleeps {
            assert!(!sleep.is_elapsed());
            assert!(sleep.deadline() > now() + LONG);
            timeout(5 * MILLISECOND, sleep).await.expect_err("it stays pending");
        }
    }

    #[anyrt::test]
    async fn a_sleep_is_moved_to_the_end_of_time_and_back() {
        let mut sleep = pin!(sleep(LONG));
        assert!(futures::poll!(sleep.as_mut()).is_pending());
        sleep.as_mut().reset(end_of_time());
        assert!(futures::poll!(sleep.as_mut()).is_pending());
        sleep.as_mut().reset(long_ago());
        sleep.as_mut().await;
        sleep.as_mut().reset(end_of_time());
        assert!(futures::poll!(sleep).is_pending());
    }

    #[anyrt::test]
    async fn limits_of_zero_and_for_ever() {
        assert_eq!(timeout(Duration::ZERO, async { 7 }).await, Ok(7));
        let error = timeout(Duration::ZERO, pending::<()>()).await.unwrap_err();
        assert_eq!(error.to_string(), "the time limit was reached");
        assert_eq!(io::Error::from(error).kind(), ErrorKind::TimedOut);
        timeout_at(long_ago(), pending::<()>()).await.unwrap_err();
        assert_eq!(timeout_at(long_ago(), async { 7 }).await, Ok(7));

        let yields = || async {
            anyrt::task::yield_now().await;
            7
        };
        assert_eq!(timeout(Duration::MAX, yields()).await, Ok(7));
        assert_eq!(timeout_at(end_of_time(), yields()).await, Ok(7));
    }

    #[anyrt::test]
    #[should_panic(expected = "the period of an interval must be longer than zero")]
    async fn an_interval_of_zero_panics() {
        let _ = interval(Duration::ZERO);
    }

    #[anyrt::test]
    #[should_panic(expected = "the period of an interval must be longer than zero")]
    async fn an_interval_of_zero_that_starts_later_panics() {
        let _ = interval_at(now() + LONG, Duration::ZERO);
    }

    #[anyrt::test]
    async fn an_interval_of_for_ever_ticks_once() {
        let mut ticks = interval(Duration::MAX);
        ticks.tick().await;
        timeout(5 * MILLISECOND, ticks.tick()).await.unwrap_err();
        ticks.reset();
        timeout(5 * MILLISECOND, ticks.tick()).await.unwrap_err();
    }

    #[anyrt::test]
    async fn an_interval_that_starts_at_the_end_of_time_does_not_tick() {
        let mut ticks = interval_at(end_of_time(), MILLISECOND);
        timeout(5 * MILLISECOND, ticks.tick()).await.unwrap_err();
    }

    #[anyrt::test]
    async fn an_interval_that_started_long_ago_ticks() {
        let start = long_ago();
        let mut ticks = interval_at(start, LONG);
        assert_eq!(ticks.tick().await, start);
        ticks.set_missed_tick_behavior(anyrt::time::MissedTickBehavior::Skip);
        ticks.tick().await;
        timeout(5 * MILLISECOND, ticks.tick()).await.unwrap_err();
    }
}

mod addresses {
    use super::*;

    async fn bind_error(address: &str) -> (ErrorKind, String) {
        let error = TcpListener::bind(address).await.unwrap_err();
        let same = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(same.to_string(), error.to_string());
        let same = UdpSocket::bind(address).await.unwrap_err();
        assert_eq!(same.to_string(), error.to_string());
        let same = anyrt::net::lookup_host(address).await.unwrap_err();
        assert_eq!(same.to_string(), error.to_string());
        (error.kind(), error.to_string())
    }

    #[anyrt::test]
    async fn text_that_is_no_address() {
        for (address, message) in [
            ("", "`` has no port: write `host:port`"),
            ("localhost", "`localhost` has no port: write `host:port`"),
            ("127.0.0.1", "`127.0.0.1` has no port: write `host:port`"),
            (":80", "`:80` has no host: write `host:port`"),
            ("localhost:", "`localhost:` has no valid port number: write `host:port`"),
            ("localhost:-1", "`localhost:-1` has no valid port number: write `host:port`"),
            ("localhost:99999", "`localhost:99999` has no valid port number: write `host:port`"),
        ] {
            let expected = (ErrorKind::InvalidInput, message.to_owned());
            assert_eq!(bind_error(address).await, expected);
        }
    }

    #[anyrt::test]
    async fn names_that_no_host_can_have() {
        // Refused by the resolver itself: a label is at most 63 bytes, and none has a zero byte.
        let long = format!("{}.test:80", "x".repeat(64));
        for address in [long.as_str(), "with\0zero:80"] {
            anyrt::net::lookup_host(address).await.unwrap_err();
            TcpStream::connect(address).await.unwrap_err();
        }
    }

    #[anyrt::test]
    async fn no_address_at_all() {
        let none: [SocketAddr; 0] = [];
        let errors = [
            TcpListener::bind(none).await.unwrap_err(),
            TcpStream::connect(&none[..]).await.unwrap_err(),
            UdpSocket::bind(Vec::new()).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert_eq!(error.to_string(), "there is no address to use");
        }
    }

    #[anyrt::test]
    async fn a_port_in_use() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(TcpListener::bind(address).await.unwrap_err().kind(), ErrorKind::AddrInUse);
        let socket = TcpSocket::new_v4().unwrap();
        assert_eq!(socket.bind(address).unwrap_err().kind(), ErrorKind::AddrInUse);
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let error = UdpSocket::bind(socket.local_addr().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);

        // One that is free among several is found.
        let several = [address, "127.0.0.1:0".parse().unwrap()];
        TcpListener::bind(several).await.unwrap();
    }

    #[anyrt::test]
    async fn an_address_of_someone_else() {
        // From the range that is reserved for documentation.
        let error = TcpListener::bind("192.0.2.1:0").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
    }

    #[anyrt::test]
    async fn an_address_of_the_other_family() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("[::1]:0".parse().unwrap()).unwrap_err();
        socket.connect("[::1]:1".parse().unwrap()).await.unwrap_err();
    }

    #[anyrt::test]
    async fn paths_that_cannot_be_had() {
        let long = env::temp_dir().join("x".repeat(200));
        assert_eq!(UnixListener::bind(&long).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(UnixDatagram::bind(&long).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(UnixStream::connect(&long).await.unwrap_err().kind(), ErrorKind::InvalidInput);

        let path = env::temp_dir().join(format!("anyrt-bad-input-{}", process::id()));
        assert_eq!(UnixStream::connect(&path).await.unwrap_err().kind(), ErrorKind::NotFound);
        let listener = UnixListener::bind(&path).unwrap();
        assert_eq!(UnixListener::bind(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        drop(listener);
        let error = UnixStream::connect(&path).await.unwrap_err();
        fs::remove_file(&path).unwrap();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }

    #[anyrt::test]
    async fn a_file_that_cannot_be_watched() {
        AsyncFd::new(fs::File::open("Cargo.toml").unwrap()).unwrap_err();
    }
}

mod runtimes_that_are_gone {
    use super::*;

    /// Handles of runtimes whose owners were dropped. That of async-std goes on, by design.
    fn gone() -> [Handle; 2] {
        [Builder::new().worker_threads(1), Builder::new().current_thread()]
            .map(|options| backend::start(options).handle().clone())
    }

    #[test]
    fn tasks_are_cancelled() {
        for handle in gone() {
            let task = handle.spawn(async {});
            let closure = handle.spawn_blocking(|| {});
            if !backend::has_owners() {
                executor::block_on(async { task.await.and(closure.await) }).unwrap();
                continue;
            }
            assert!(task.is_finished());
            let error = executor::block_on(task).unwrap_err();
            assert!(error.is_cancelled());
            assert_eq!(error.to_string(), "the task was cancelled");
            assert!(executor::block_on(closure).unwrap_err().is_cancelled());
        }
    }

    #[test]
    fn sleeps_resolve() {
        use anyrt::Timer;

        // The process's timers go on, and resolve in time; others would not, so they do at once.
        let (long, for_ever) = match backend::is_self_contained() {
            true => (LONG, Duration::MAX),
            false => (MILLISECOND, MILLISECOND),
        };
        for handle in gone() {
            executor::block_on(handle.sleep(long));
            executor::block_on(handle.sleep(for_ever));
            assert!(handle.now() >= Instant::now() - LONG);
            let limited = anyrt_core::time::timeout(&handle, long, pending::<()>());
            executor::block_on(limited).unwrap_err();
        }
    }

    #[test]
    fn sockets_are_refused() {
        for handle in gone() {
            executor::block_on(async {
                assert_refused(TcpListener::bind_on(&handle, "127.0.0.1:0").await);
                assert_refused(UdpSocket::bind_on(&handle, "127.0.0.1:0").await);
                TcpStream::connect_on(&handle, "127.0.0.1:1").await.unwrap_err();
                // A name is looked up by a blocking closure, which the runtime does not take.
                let named = TcpListener::bind_on(&handle, "localhost:0").await;
                assert_eq!(named.is_err(), backend::has_owners());
            });
            assert_refused(UnixStream::pair_on(&handle));
            let (source, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
            assert_refused(AsyncFd::new_on(&handle, source));
        }
    }

    #[track_caller]
    fn assert_refused<T>(made: io::Result<T>) {
        assert_eq!(made.is_err(), backend::has_owners());
    }

    #[test]
    fn entered_they_are_refused_the_same_way() {
        for handle in gone() {
            let _guard = handle.enter();
            let task = executor::block_on(anyrt::spawn(async {}));
            assert_eq!(task.is_err_and(|error| error.is_cancelled()), backend::has_owners());
            executor::block_on(sleep(if backend::is_self_contained() {
                LONG
            } else {
                MILLISECOND
            }));
            assert_refused(executor::block_on(TcpListener::bind("127.0.0.1:0")));
            assert_refused(UnixStream::pair());
        }
    }

    #[test]
    fn block_on_runs_what_needs_no_runtime() {
        for handle in gone() {
            assert_eq!(handle.block_on(async { 7 }), 7);
            let long = if backend::is_self_contained() { LONG } else { MILLISECOND };
            handle.block_on(async { sleep(long).await });
            handle.block_on(async { assert_refused(UnixStream::pair()) });
        }
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

    #[anyrt::test]
    async fn is_refused_by_every_block_on() {
        let other = backend::start(Builder::new().worker_threads(1));
        let current_thread = backend::start(Builder::new().current_thread());
        assert_refused(|| anyrt::block_on(async {}));
        assert_refused(|| Handle::current().block_on(async {}));
        assert_refused(|| other.block_on(async {}));
        assert_refused(|| other.handle().block_on(async {}));
        assert_refused(|| current_thread.block_on(async {}));
        // The runtimes around and beside it are none the worse for it.
        anyrt::spawn(sleep(MILLISECOND)).await.unwrap();
        other.spawn(sleep(MILLISECOND)).await.unwrap();
        anyrt::spawn_blocking(move || drop((other, current_thread))).await.unwrap();
    }

    #[anyrt::test]
    async fn is_refused_in_a_task() {
        let task = anyrt::spawn(async { anyrt::block_on(async {}) });
        let error = task.await.unwrap_err();
        assert_eq!(error.to_string(), format!("the task panicked: {MESSAGE}"));
    }

    #[anyrt::test]
    async fn is_refused_in_a_destructor_of_a_task() {
        struct BlockOnDrop;

        impl Drop for BlockOnDrop {
            fn drop(&mut self) {
                anyrt::block_on(async {});
            }
        }

        let task = anyrt::spawn(async {
            let _dropped = BlockOnDrop;
        });
        assert!(task.await.unwrap_err().to_string().contains(MESSAGE));
    }

    #[anyrt::test]
    async fn the_way_out_works() {
        let closure = || anyrt::block_on(async { anyrt::spawn(async { 7 }).await.unwrap() });
        assert_eq!(anyrt::spawn_blocking(closure).await.unwrap(), 7);
    }

    #[test]
    fn a_panic_of_the_future_is_not_mistaken_for_it() {
        let payload = catch_unwind(|| anyrt::block_on(async { panic!("of the future") }));
        let payload = payload.map(|never: ()| never).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"of the future"));
    }
}
