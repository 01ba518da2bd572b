//! What needs the reactor panics without one, and tells the line of the caller.
#![allow(deprecated, reason = "`AsyncFd::new` is deprecated, because it should be unsafe")]
#![cfg(target_os = "linux")]

use std::io::Write;
use std::os::unix::net;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::{
    TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixSocket, UnixStream,
};
use tokio::runtime::{Builder, Runtime};

/// The hook belongs to the process.
static HOOK: Mutex<()> = Mutex::new(());

/// What `code` panics with, if by the panic's own word it does in this file.
fn panic_of(code: impl FnOnce()) -> String {
    let _alone = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let (tell, told) = std::sync::mpsc::channel();
    let tell = Mutex::new(tell);
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map(|location| location.file().to_owned());
        let _ = tell.lock().unwrap().send(place);
    }));
    let panic = catch_unwind(AssertUnwindSafe(code));
    drop(panic::take_hook());
    let place = told.recv().unwrap().unwrap();
    assert!(place.ends_with("net_panics.rs"), "{place}");
    let panic = panic.unwrap_err();
    let text = panic.downcast_ref::<String>().cloned();
    text.unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap()).to_owned())
}

fn without_io() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// All that is to panic.
fn each(check: impl Fn(&mut dyn FnMut())) {
    let listener = || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        listener
    };
    let pair = || {
        let (one, other) = net::UnixStream::pair().unwrap();
        one.set_nonblocking(true).unwrap();
        (one, other)
    };
    check(&mut || drop(TcpListener::from_std(listener())));
    check(&mut || {
        let listener = listener();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        stream.set_nonblocking(true).unwrap();
        drop(TcpStream::from_std(stream));
    });
    check(&mut || {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        drop(UdpSocket::from_std(socket));
    });
    check(&mut || {
        let folder = tempfile::tempdir().unwrap();
        drop(UnixListener::bind(folder.path().join("socket")));
    });
    check(&mut || {
        let folder = tempfile::tempdir().unwrap();
        let listener = net::UnixListener::bind(folder.path().join("socket")).unwrap();
        listener.set_nonblocking(true).unwrap();
        drop(UnixListener::from_std(listener));
    });
    check(&mut || drop(UnixStream::from_std(pair().0)));
    check(&mut || {
        let (socket, _other) = net::UnixDatagram::pair().unwrap();
        socket.set_nonblocking(true).unwrap();
        drop(UnixDatagram::from_std(socket));
    });
    check(&mut || drop(AsyncFd::new(pair().0)));
    check(&mut || drop(AsyncFd::with_interest(pair().0, Interest::READABLE)));
    check(&mut || drop(AsyncFd::try_new(pair().0)));
    check(&mut || drop(AsyncFd::try_with_interest(pair().0, Interest::READABLE)));
}

#[test]
fn outside_of_a_runtime() {
    let what =
        "there is no reactor running, must be called from the context of a Tokio 1.x runtime";
    each(|code| assert_eq!(panic_of(code), what));
    let _ = std::io::stderr().flush();
}

#[test]
fn in_a_runtime_without_io() {
    let what = "A Tokio 1.x context was found, but IO is disabled. \
                Call `enable_io` on the runtime builder to enable IO.";
    each(|code| {
        let runtime = without_io();
        let text = runtime.block_on(async { panic_of(code) });
        assert_eq!(text, what);
    });
}

#[test]
fn a_connection_that_is_accepted_in_a_runtime_without_io() {
    // The hook of another test would be told of this panic.
    let _alone = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let _client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let accept = || without_io().block_on(listener.accept()).unwrap();
    let panic = catch_unwind(AssertUnwindSafe(accept)).unwrap_err();
    let text = *panic.downcast::<String>().unwrap();
    assert!(text.contains("IO is disabled"), "{text}");
}

#[test]
fn what_needs_none_does_not_panic() {
    assert!(UnixSocket::new_stream().is_ok());
    assert!(tokio::net::TcpSocket::new_v4().is_ok());
    without_io().block_on(async {
        assert!(tokio::net::TcpSocket::new_v6().is_ok() || cfg!(not(target_os = "linux")));
        assert!(UnixSocket::new_datagram().is_ok());
    });
}
