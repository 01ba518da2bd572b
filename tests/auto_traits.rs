//! Which of the auto traits each public type has: the same ones with every set of features, none
//! included. A dependency that enables a feature must not break a crate beside it.
//!
//! It is the compiler that checks them, wherever this file is compiled: `.ci/run` does it with every set.

#![allow(dead_code, reason = "what is checked is that it compiles")]

use std::cell::Cell;
use std::future::Ready;
use std::net::TcpStream as Source;
use std::rc::Rc;

use anyrt::{net, reactor, task, time};

/// `fixed!(type: traits; not traits)`, with each of the five auto traits on one of the sides.
macro_rules! fixed {
    ($($type:ty: $($has:ident)*; not $($lacks:ident)*;)+) => {
        $(const _: () = {
            $(has::$has::<$type>();)*
            $(lacks!($type: $lacks);)*
            const SAID: usize = [$(stringify!($has),)* $(stringify!($lacks),)*].len();
            assert!(SAID == 5, "each of the auto traits is on one of the sides");
        };)+
    };
}

/// Fails to compile, for two answers, if the type has the trait.
macro_rules! lacks {
    ($type:ty: $trait:ident) => {{
        trait IfItHas<A> {
            const ANSWER: () = ();
        }
        impl<T: ?Sized> IfItHas<()> for T {}
        impl<T: ?Sized + auto::$trait> IfItHas<u8> for T {}
        <$type as IfItHas<_>>::ANSWER
    }};
}

mod auto {
    pub(crate) use std::marker::{Send, Sync, Unpin};
    pub(crate) use std::panic::{RefUnwindSafe, UnwindSafe};
}

#[allow(non_snake_case, reason = "each is named after its trait")]
mod has {
    use super::auto;

    pub(super) const fn Send<T: auto::Send>() {}
    pub(super) const fn Sync<T: auto::Sync>() {}
    pub(super) const fn Unpin<T: auto::Unpin>() {}
    pub(super) const fn UnwindSafe<T: auto::UnwindSafe>() {}
    pub(super) const fn RefUnwindSafe<T: auto::RefUnwindSafe>() {}
}

// Runtimes and their handles.
fixed! {
    anyrt::Handle: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::Runtime: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::EnterGuard<'static>: Unpin UnwindSafe RefUnwindSafe; not Send Sync;
    anyrt::Builder: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::DefaultRuntime: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::Selection: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::Reason: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::SelectionError: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::SetDefaultError: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
}

// Tasks. Whether a join handle may go to another thread depends on the output alone.
fixed! {
    anyrt::JoinHandle<u8>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::JoinHandle<Cell<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::JoinHandle<Rc<u8>>: Unpin UnwindSafe RefUnwindSafe; not Send Sync;
    anyrt::AbortHandle: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::JoinSet<u8>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::JoinSet<Cell<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::JoinSet<Rc<u8>>: Unpin UnwindSafe RefUnwindSafe; not Send Sync;
    task::join_set::Builder<'static, u8>: Send Sync Unpin RefUnwindSafe; not UnwindSafe;
    task::Scope: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::TryScope<u8>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::TryScope<Cell<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::Child<Cell<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::Child<Rc<u8>>: Unpin UnwindSafe RefUnwindSafe; not Send Sync;
    task::LocalKey<Rc<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::TaskLocalFuture<u8, Ready<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::TaskLocalFuture<Rc<u8>, Ready<u8>>: Unpin UnwindSafe RefUnwindSafe; not Send Sync;
    task::AccessError: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::LocalSet: Unpin UnwindSafe RefUnwindSafe; not Send Sync;
    task::LocalEnterGuard: Unpin UnwindSafe RefUnwindSafe; not Send Sync;
    anyrt::AbortOnDrop<u8>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::AbortOnDrop<Cell<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::JoinError: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::ConsumeBudget: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::Builder<'static>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::Id: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::Meta<'static>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::YieldNow: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::Unconstrained<Ready<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    task::Unconstrained<Rc<u8>>: Unpin UnwindSafe RefUnwindSafe; not Send Sync;
}

// Time. Some backends' sleeps hold their place in a list of timers, and must not be moved then.
fixed! {
    time::Sleep: Send Sync UnwindSafe RefUnwindSafe; not Unpin;
    time::Timeout<Ready<u8>>: Send Sync UnwindSafe RefUnwindSafe; not Unpin;
    time::Timeout<Rc<u8>>: UnwindSafe RefUnwindSafe; not Send Sync Unpin;
    time::Interval: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    time::Elapsed: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
}

// Random numbers.
fixed! {
    anyrt::random::Generator: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
}

// Readiness and sockets.
fixed! {
    reactor::Registration<Source>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    reactor::Waiter<net::TcpStream>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::Stream<Source>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::TcpStream: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::TcpListener: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::TcpSocket: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::Incoming<'static>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::UdpSocket: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::ReadHalf<'static>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::WriteHalf<'static>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::OwnedReadHalf: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::OwnedWriteHalf: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
}

#[cfg(unix)]
fixed! {
    reactor::AsyncFd<Source>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    reactor::AsyncFdReadyGuard<'static, Source>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    reactor::TryIoError: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::UnixStream: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::UnixListener: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::Incoming<'static, net::UnixListener>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::UnixSocket: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    net::UnixDatagram: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
}

#[cfg(all(unix, feature = "signal"))]
fixed! {
    anyrt::signal::unix::Signal: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::signal::unix::SignalKind: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
}

#[cfg(all(unix, feature = "process"))]
fixed! {
    anyrt::process::Command: Send Sync Unpin; not UnwindSafe RefUnwindSafe;
    anyrt::process::Child: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::process::ChildStdin: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::process::ChildStdout: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::process::ChildStderr: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
}

#[cfg(feature = "io")]
fixed! {
    anyrt::io::DuplexStream: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::io::SimplexStream: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::io::ReadHalf<Cell<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::io::WriteHalf<Cell<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::io::Join<u8, u8>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::io::BufStream<u8>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::io::Lines<u8>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::io::Split<u8>: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::io::Stdin: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::io::Stdout: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::io::Stderr: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
}

#[cfg(feature = "fs")]
fixed! {
    anyrt::fs::File: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::fs::OpenOptions: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::fs::DirBuilder: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::fs::ReadDir: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
    anyrt::fs::DirEntry: Send Sync Unpin UnwindSafe RefUnwindSafe; not;
}
