//! anyrt without any backend, as a library sees it on its own: everything compiles, and the first
//! call says which line of Cargo.toml is missing.
//!
//! `cargo test -p anyrt-tests --no-default-features --test no_backend`
#![cfg(not(feature = "some-backend"))]

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::panic::{Location, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::task::Poll;
use std::time::{Duration, Instant};

use anyrt::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use anyrt::{Builder, Handle, Launch, Runtime, SelectionError, SetDefaultError, time};
use anyrt_core::Config;
use futures::executor;

const MESSAGE: &str = "no async runtime is compiled in: add `anyrt = { version = \"0.1\", features = \
                       [\"tokio\"] }` to the [dependencies] of the application's Cargo.toml";

thread_local!(static LINE: RefCell<String> = const { RefCell::new(String::new()) });

/// It panics, and names its own line.
#[track_caller]
fn assert_panics(call: impl FnOnce() + std::panic::UnwindSafe) {
    let here = Location::caller();
    assert_eq!(line_of_panic(call), format!("{}:{}", here.file(), here.line()));
}

fn line_of_panic(call: impl FnOnce() + std::panic::UnwindSafe) -> String {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            let location = info.location().unwrap();
            LINE.set(format!("{}:{}", location.file(), location.line()));
            before(info);
        }));
    });
    let payload = catch_unwind(call).unwrap_err();
    assert_eq!(payload.downcast_ref::<String>().unwrap(), MESSAGE);
    LINE.take()
}

#[test]
fn a_call_names_the_missing_line() {
    assert_panics(|| _ = anyrt::spawn(async {}));
    assert_panics(|| _ = anyrt::spawn_blocking(|| {}));
    assert_panics(|| anyrt::block_on(async {}));
    assert_panics(|| _ = Handle::current());
    assert_panics(|| _ = time::now());
    assert_panics(|| drop(time::sleep(Duration::ZERO)));
    assert_panics(|| drop(time::sleep_until(Instant::now())));
    assert_panics(|| drop(time::timeout(Duration::ZERO, async {})));
    assert_panics(|| drop(time::timeout_at(Instant::now(), async {})));
    assert_panics(|| drop(time::interval(Duration::MAX)));
    assert_panics(|| drop(time::interval_at(Instant::now(), Duration::MAX)));
}

#[test]
fn a_call_of_the_network_names_the_missing_line() {
    const ADDRESS: &str = "127.0.0.1:0";

    // Within an `async fn` nobody knows the line of the caller.
    line_of_panic(|| drop(executor::block_on(anyrt::net::lookup_host(ADDRESS))));
    line_of_panic(|| drop(executor::block_on(TcpListener::bind(ADDRESS))));
    line_of_panic(|| drop(executor::block_on(TcpStream::connect(ADDRESS))));
    line_of_panic(|| drop(executor::block_on(UdpSocket::bind(ADDRESS))));
    assert_panics(|| drop(TcpSocket::new_v4().unwrap().listen(1)));
    let listener = std::net::TcpListener::bind(ADDRESS).unwrap();
    assert_panics(|| drop(TcpListener::from_std(listener)));
}

#[cfg(unix)]
#[test]
fn a_call_of_the_reactor_names_the_missing_line() {
    use anyrt::net::{UnixDatagram, UnixListener, UnixStream};
    use anyrt::reactor::AsyncFd;

    assert_panics(|| drop(UnixStream::pair()));
    assert_panics(|| drop(UnixDatagram::unbound()));
    let path = std::env::temp_dir().join(format!("anyrt-no-backend-{}", std::process::id()));
    assert_panics(|| drop(UnixListener::bind(&path)));
    assert!(!path.exists());
    let (source, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
    assert_panics(|| drop(AsyncFd::new(source)));
}

#[cfg(feature = "fs")]
#[test]
fn a_call_for_a_file_names_the_missing_line() {
    use anyrt::io::AsyncWriteExt;

    line_of_panic(|| drop(executor::block_on(anyrt::fs::read("Cargo.toml"))));
    line_of_panic(|| drop(executor::block_on(anyrt::fs::read_dir("."))));
    line_of_panic(|| drop(executor::block_on(anyrt::fs::File::open("Cargo.toml"))));
    line_of_panic(|| drop(executor::block_on(anyrt::io::stdout().write_all(b"x"))));
}

#[cfg(feature = "io")]
#[test]
fn streams_in_memory_need_no_runtime() {
    use anyrt::io::{AsyncReadExt, AsyncWriteExt, copy, duplex};

    executor::block_on(async {
        let (mut one, mut other) = duplex(64);
        assert_eq!(copy(&mut &b"hello"[..], &mut one).await.unwrap(), 5);
        one.shutdown().await.unwrap();
        let mut text = String::new();
        other.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
    });
}

#[test]
fn what_can_return_an_error_does() {
    let error = anyrt::selection().unwrap_err();
    assert_eq!(error.to_string(), MESSAGE);

    let failures = [
        Runtime::new(),
        Builder::new().worker_threads(2).build(),
        Builder::new().backend("tokio").build(),
        <Runtime as Launch>::start(&Config::default()),
    ];
    for result in failures {
        let error: io::Error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.get_ref().unwrap().is::<SelectionError>());
        assert_eq!(error.to_string(), MESSAGE);
    }

    let expected = Err(SetDefaultError::Selection(error));
    assert_eq!(anyrt::set_default("tokio"), expected);
    assert_eq!(anyrt::set_default(Builder::new()), expected);
}

#[test]
fn a_thread_is_inside_no_runtime() {
    assert!(Handle::try_current().is_none());
}

#[test]
fn main_names_the_missing_line() {
    #[anyrt::main]
    async fn main() {}

    let payload = catch_unwind(main).unwrap_err();
    let message = payload.downcast_ref::<String>().unwrap();
    assert_eq!(message, &format!("the runtime could not be started: {MESSAGE}"));
}

#[test]
fn what_needs_no_runtime_works() {
    assert!(time::system_now().elapsed().is_ok());
    assert_ne!(anyrt::random::u64(), anyrt::random::u64());
    assert!((1..=6).contains(&anyrt::random::range(1..=6)));
    executor::block_on(async {
        anyrt::task::yield_now().await;
        anyrt::task::consume_budget().await;
        assert_eq!(poll_fn(|cx| anyrt::task::poll_proceed(cx, |_| Poll::Ready(7))).await, 7);
    });
}
