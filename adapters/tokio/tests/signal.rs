//! Signals, each test with one of its own, for they are the process's.

#![cfg(unix)]

mod common;

use std::collections::HashSet;
use std::io;
use std::pin::pin;
use std::process::Command;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::ctrl_c;
use tokio::signal::unix::{Signal, SignalKind, signal};

use common::{NO_RUNTIME, panic_of, poll_once};

/// Sends the signal to this process.
fn raise(kind: SignalKind) {
    let kill = format!("kill -{} {}", kind.as_raw_value(), std::process::id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[tokio::test]
async fn a_listener_gets_what_is_raised_after_it_was_made() {
    let mut first = signal(SignalKind::user_defined1()).unwrap();
    raise(SignalKind::user_defined1());
    first.recv().await.unwrap();
    let mut second = signal(SignalKind::user_defined1()).unwrap();
    assert!(poll_once(pin!(second.recv())).is_pending());
    // Again, and both.
    raise(SignalKind::user_defined1());
    assert_eq!((first.recv().await, second.recv().await), (Some(()), Some(())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_waits_is_woken() {
    let mut signal = signal(SignalKind::user_defined2()).unwrap();
    let mut waits = pin!(signal.recv());
    assert!(poll_once(waits.as_mut()).is_pending());
    let raises = std::thread::spawn(|| raise(SignalKind::user_defined2()));
    waits.await.unwrap();
    raises.join().unwrap();
}

#[tokio::test]
async fn to_drop_a_wait_loses_no_signal() {
    let mut first = signal(SignalKind::hangup()).unwrap();
    assert!(poll_once(pin!(first.recv())).is_pending());
    raise(SignalKind::hangup());
    first.recv().await.unwrap();
    drop(first);
    // Nobody listens any more, and the process goes on. Nor has the runtime had a turn, so that it is for whoever comes next.
    raise(SignalKind::hangup());
    let mut next = signal(SignalKind::hangup()).unwrap();
    next.recv().await.unwrap();
    assert!(poll_once(pin!(next.recv())).is_pending());
}

#[test]
fn each_runtime_hears_them() {
    let runtimes = [current_thread(), current_thread(), Runtime::new().unwrap()];
    let listen =
        |runtime: &Runtime| runtime.block_on(async { signal(SignalKind::alarm()).unwrap() });
    let mut listeners: Vec<Signal> = runtimes.iter().map(listen).collect();
    raise(SignalKind::alarm());
    for (runtime, listener) in runtimes.iter().zip(&mut listeners) {
        runtime.block_on(listener.recv()).unwrap();
    }
    // Also when one of them has ended.
    let [first, ..] = runtimes;
    drop((first, listeners));
    let runtime = current_thread();
    let mut listener = listen(&runtime);
    raise(SignalKind::alarm());
    runtime.block_on(listener.recv()).unwrap();
}

#[tokio::test]
async fn ctrl_c_is_heard_from_the_first_poll_on() {
    let mut ctrl_c = pin!(ctrl_c());
    assert!(poll_once(ctrl_c.as_mut()).is_pending());
    raise(SignalKind::interrupt());
    ctrl_c.await.unwrap();
}

#[tokio::test]
async fn nobody_listens_for_what_can_not_be_handled() {
    for number in [-1, 0, 4, 8, 9, 11] {
        let error = signal(SignalKind::from_raw(number)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other, "{number}");
        assert_eq!(error.to_string(), format!("Refusing to register signal {number}"));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn nobody_listens_for_what_the_system_does_not_have() {
    let refusal = |number| signal(SignalKind::from_raw(number)).unwrap_err();
    for number in [32, 33] {
        assert_eq!(refusal(number).raw_os_error(), Some(libc::EINVAL), "{number}");
    }
    for number in [65, 1000] {
        assert_eq!(refusal(number).kind(), io::ErrorKind::Other, "{number}");
        assert_eq!(refusal(number).to_string(), "signal too large");
    }
}

#[test]
fn outside_of_a_runtime_nobody_listens() {
    assert_eq!(panic_of(|| signal(SignalKind::terminate())), NO_RUNTIME);
    assert_eq!(panic_of(|| poll_once(pin!(ctrl_c()))), NO_RUNTIME);
}

#[test]
fn a_runtime_that_was_built_without_io_hears_nothing() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let _inside = runtime.enter();
    panic_of(|| signal(SignalKind::terminate()));
}

#[test]
fn kinds_have_their_numbers() {
    const TERMINATE: SignalKind = SignalKind::terminate();
    assert_eq!((TERMINATE.as_raw_value(), i32::from(TERMINATE)), (15, 15));
    assert_eq!(
        (SignalKind::from(2), SignalKind::from_raw(1)),
        (SignalKind::interrupt(), SignalKind::hangup())
    );
    assert_eq!(format!("{TERMINATE:?}"), "SignalKind(15)");
    let all = HashSet::from([
        SignalKind::alarm(),
        SignalKind::child(),
        SignalKind::hangup(),
        SignalKind::interrupt(),
        SignalKind::io(),
        SignalKind::pipe(),
        SignalKind::quit(),
        SignalKind::terminate(),
        SignalKind::user_defined1(),
        SignalKind::user_defined2(),
        SignalKind::window_change(),
    ]);
    assert_eq!(all.len(), 11);
}

#[test]
fn listeners_may_be_sent_and_shared() {
    fn check<T: Send + Sync + Unpin>() {}
    check::<Signal>();
}
