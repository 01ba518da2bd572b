//! Signals, each test in a process of its own.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use anyrt::net::UdpSocket;
use anyrt::signal::unix::{Signal, SignalKind, signal, signal_on};
use anyrt::{Builder, Handle, Runtime, signal as signals, time};
use anyrt_tests::backend::{is_owned, on_each};
use anyrt_tests::child::child;
use futures::future::join_all;
use futures::{StreamExt, executor, poll};
use signal_hook::low_level;

/// Sends a signal to this thread, which has handled it when this returns.
#[track_caller]
fn raise(kind: SignalKind) {
    low_level::raise(kind.as_raw_value()).unwrap();
}

fn is_there(signal: &mut Signal) -> bool {
    let poll = signal.poll_recv(&mut Context::from_waker(Waker::noop()));
    assert_ne!(poll, Poll::Ready(None));
    poll.is_ready()
}

/// A runtime of each backend.
fn runtimes() -> Vec<Runtime> {
    let compiled = anyrt::selection().unwrap().compiled();
    compiled.iter().map(|backend| Builder::new().backend(*backend).build().unwrap()).collect()
}

/// A runtime of each backend that can have one which does nothing, because no thread is in its `block_on`.
fn undriven() -> Vec<Runtime> {
    let compiled = anyrt::selection().unwrap().compiled().iter().filter(|name| is_owned(name));
    let build = |name: &&str| Builder::new().backend(*name).current_thread().build().unwrap();
    compiled.map(build).collect()
}

/// Whether a runtime ends: that of async-std belongs to the process.
fn ends(runtime: &Runtime) -> bool {
    is_owned(runtime.handle().backend())
}

/// G1
#[test]
fn every_listener_gets_each_signal_of_its_kind() {
    child(|| {
        const ROUNDS: usize = 3;

        on_each(|| async {
            let kinds = [SignalKind::user_defined1(), SignalKind::hangup(), SignalKind::alarm()];
            let heard = Arc::new(AtomicUsize::new(0));
            let listeners = (0..300).map(|number| {
                let mut signal = signal(kinds[number % 3]).unwrap();
                let heard = Arc::clone(&heard);
                anyrt::spawn(async move {
                    for _ in 0..ROUNDS {
                        signal.recv().await.unwrap();
                        heard.fetch_add(1, Ordering::SeqCst);
                    }
                    assert!(!is_there(&mut signal), "it gets more than were sent");
                })
            });
            let listeners: Vec<_> = listeners.collect();
            for round in 1..=ROUNDS {
                for (number, kind) in kinds.into_iter().enumerate() {
                    raise(kind);
                    let expected = (round - 1) * 300 + (number + 1) * 100;
                    while heard.load(Ordering::SeqCst) != expected {
                        anyrt::task::yield_now().await;
                    }
                }
            }
            for listener in join_all(listeners).await {
                listener.unwrap();
            }
        });
    })
    .succeeds();
}

/// G1: and none of the past, or of another kind.
#[test]
fn what_arrives_unasked_is_one_signal_and_what_comes_later_another() {
    child(|| {
        on_each(|| async {
            let kind = SignalKind::user_defined2();
            let mut first = signal(kind).unwrap();
            for _ in 0..100 {
                raise(kind);
            }
            let mut second = signal(kind).unwrap();
            let mut other = signal(SignalKind::user_defined1()).unwrap();
            assert!(is_there(&mut first));
            assert!(!is_there(&mut first) && !is_there(&mut second) && !is_there(&mut other));
            raise(kind);
            assert!(is_there(&mut second) && is_there(&mut first) && !is_there(&mut other));
            assert!(!is_there(&mut first) && !is_there(&mut second));
        });
    })
    .succeeds();
}

/// G1: the last one of a storm reaches every listener, whenever it comes.
#[test]
fn a_storm_loses_nothing() {
    child(|| {
        const SENDERS: usize = 3;
        const EACH: usize = 3000;

        on_each(|| async {
            let sent = Arc::new(AtomicUsize::new(0));
            let kind = SignalKind::user_defined1();
            let listeners = (0..8).map(|_| {
                let (mut signal, sent) = (signal(kind).unwrap(), Arc::clone(&sent));
                anyrt::spawn(async move {
                    let mut heard = 0;
                    // Waits for ever, if the signal that follows the last number is lost.
                    while sent.load(Ordering::SeqCst) < SENDERS * EACH {
                        signal.recv().await.unwrap();
                        heard += 1;
                    }
                    heard
                })
            });
            let listeners: Vec<_> = listeners.collect();
            let senders = (0..SENDERS).map(|_| {
                let sent = Arc::clone(&sent);
                thread::spawn(move || {
                    for _ in 0..EACH {
                        sent.fetch_add(1, Ordering::SeqCst);
                        raise(kind);
                    }
                })
            });
            let senders: Vec<_> = senders.collect();
            for heard in join_all(listeners).await {
                let heard = heard.unwrap();
                assert!((1..=SENDERS * EACH).contains(&heard), "{heard} were heard");
            }
            senders.into_iter().for_each(|sender| sender.join().unwrap());
        });
    })
    .succeeds();
}

/// G1: dropping a wait loses nothing either.
#[test]
fn a_wait_that_is_dropped_leaves_the_signal_for_the_next_one() {
    child(|| {
        on_each(|| async {
            let mut signal = signal(SignalKind::user_defined1()).unwrap();
            let mut receive = Box::pin(signal.recv());
            assert!(poll!(receive.as_mut()).is_pending());
            raise(SignalKind::user_defined1());
            drop(receive);
            assert_eq!(signal.recv().await, Some(()));
            raise(SignalKind::user_defined1());
            assert_eq!(signal.next().await, Some(()), "it is a stream as well");
            assert!(poll!(signal.next()).is_pending());
        });
    })
    .succeeds();
}

/// G1, G2
#[test]
fn runtimes_of_all_backends_hear_each_signal_until_they_end() {
    child(|| {
        let kind = SignalKind::hangup();
        let mut runtimes: Vec<_> = runtimes().into_iter().chain(runtimes()).collect();
        let start = |runtime: &Runtime| {
            let mut signal = signal_on(runtime.handle(), kind).unwrap();
            let heard = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&heard);
            runtime.spawn(async move {
                while let Some(()) = signal.recv().await {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
            heard
        };
        let mut counts: Vec<_> = runtimes.iter().map(start).collect();
        let mut signals = 0;
        while !runtimes.is_empty() {
            raise(kind);
            signals += 1;
            for count in &counts {
                while count.load(Ordering::SeqCst) != signals {
                    thread::yield_now();
                }
            }
            drop(runtimes.pop());
            counts.pop();
        }
    })
    .succeeds();
}

/// G2
#[test]
fn a_listener_goes_on_in_the_runtime_that_it_is_moved_to() {
    child(|| {
        let kind = SignalKind::user_defined1();
        for other in runtimes() {
            for first in runtimes().into_iter().chain(undriven()) {
                let is_ending = ends(&first);
                let mut stays = signal_on(first.handle(), kind).unwrap();
                let mut moves = signal_on(first.handle(), kind).unwrap();
                // Waits in the first one when that ends, and is woken to look for another.
                let mut first = Some(first);
                other.block_on(async {
                    for is_last in [false, true] {
                        if is_last {
                            first.take();
                        }
                        let waiting = pin!(poll_fn(|cx| {
                            let poll = moves.poll_recv(cx);
                            if poll.is_pending() {
                                raise(kind);
                            }
                            poll
                        }));
                        assert_eq!(waiting.await, Some(()));
                    }
                });
                // What came before is still there.
                assert!(is_there(&mut stays));
                if is_ending {
                    assert_eq!(executor::block_on(stays.recv()), None);
                    assert_eq!(executor::block_on(stays.recv()), None);
                    assert!(signal_on(other.handle(), kind).is_ok());
                }
            }
        }
    })
    .succeeds();
}

/// G2: whoever waits elsewhere is told.
#[test]
fn a_wait_outside_of_runtimes_ends_with_the_runtime() {
    child(|| {
        for runtime in runtimes().into_iter().filter(ends) {
            let mut signal = signal_on(runtime.handle(), SignalKind::hangup()).unwrap();
            let handle = runtime.handle().clone();
            let waiting = thread::spawn(move || {
                raise(SignalKind::hangup());
                assert_eq!(executor::block_on(signal.recv()), Some(()));
                executor::block_on(signal.recv())
            });
            thread::yield_now();
            drop(runtime);
            assert_eq!(waiting.join().unwrap(), None);
            let error = signal_on(&handle, SignalKind::hangup()).unwrap_err();
            assert!(anyrt::is_runtime_gone(&error), "{error}");
            let error = executor::block_on(signals::ctrl_c_on(&handle)).unwrap_err();
            assert!(anyrt::is_runtime_gone(&error), "{error}");
        }
    })
    .succeeds();
}

/// G4
#[test]
fn handlers_and_listeners_of_others_stay_in_force() {
    static HANDLED: AtomicUsize = AtomicUsize::new(0);

    extern "C" fn handle(_: libc::c_int) {
        HANDLED.fetch_add(1, Ordering::SeqCst);
    }

    child(|| {
        let kind = SignalKind::user_defined1();
        let number = kind.as_raw_value();
        // SAFETY: the handler does nothing but to count in an atomic.
        let old = unsafe { libc::signal(number, handle as *const () as libc::sighandler_t) };
        assert_ne!(old, libc::SIG_ERR);
        let flag = Arc::new(AtomicUsize::new(0));
        let _early = signal_hook::flag::register_usize(number, Arc::clone(&flag), 1).unwrap();
        let mut expected = 0;
        for runtime in runtimes() {
            let mut ours = signal_on(runtime.handle(), kind).unwrap();
            let late = Arc::new(AtomicUsize::new(0));
            let _late = signal_hook::flag::register_usize(number, Arc::clone(&late), 1).unwrap();
            flag.store(0, Ordering::SeqCst);
            raise(kind);
            expected += 1;
            assert_eq!(HANDLED.load(Ordering::SeqCst), expected);
            assert_eq!(flag.load(Ordering::SeqCst), 1);
            assert_eq!(late.load(Ordering::SeqCst), 1);
            assert_eq!(runtime.block_on(ours.recv()), Some(()));
        }
    })
    .succeeds();
}

/// G5
#[test]
fn what_nobody_can_handle_is_refused_and_changes_nothing() {
    child(|| {
        on_each(|| async {
            let numbers = [libc::SIGKILL, libc::SIGSTOP, libc::SIGILL, libc::SIGFPE, libc::SIGSEGV];
            for number in numbers.into_iter().chain([-1, 0, 1000, i32::MAX]) {
                let error = signal(SignalKind::from_raw(number)).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                let message = format!("signal {number} can't be listened for");
                assert!(error.to_string().starts_with(&message), "{error}");
            }
            let mut signal = signal(SignalKind::from(libc::SIGURG)).unwrap();
            raise(SignalKind::from_raw(libc::SIGURG));
            assert_eq!(signal.recv().await, Some(()));
        });
    })
    .succeeds();
}

/// G6
#[test]
fn ctrl_c_is_awaited_from_the_first_poll() {
    child(|| {
        on_each(|| async {
            let runtime = Handle::current();
            let (mut one, mut other) =
                (Box::pin(signals::ctrl_c()), Box::pin(signals::ctrl_c_on(&runtime)));
            assert!(poll!(one.as_mut()).is_pending());
            raise(SignalKind::interrupt());
            assert!(poll!(other.as_mut()).is_pending(), "it heard what came before");
            one.await.unwrap();
            let later = anyrt::spawn(async { raise(SignalKind::interrupt()) });
            other.await.unwrap();
            later.await.unwrap();
        });
    })
    .succeeds();
}

/// G7: no system call of the runtime fails for a signal, and no timer is early.
#[test]
fn signals_interrupt_nothing() {
    child(|| {
        on_each(|| async {
            let kind = SignalKind::user_defined2();
            let mut listener = signal(kind).unwrap();
            let ended = Arc::new(AtomicUsize::new(0));
            let is_over = Arc::clone(&ended);
            let storm = thread::spawn(move || {
                let this = rustix::process::getpid();
                // To the process, and so to any of its threads.
                while is_over.load(Ordering::SeqCst) == 0 {
                    rustix::process::kill_process(this, rustix::process::Signal::USR2).unwrap();
                    thread::sleep(Duration::from_micros(100));
                }
            });
            let start = time::now();
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            socket.connect(socket.local_addr().unwrap()).await.unwrap();
            for _ in 0..300 {
                socket.send(b"x").await.unwrap();
                assert_eq!(socket.recv(&mut [0]).await.unwrap(), 1);
                time::sleep(Duration::from_micros(200)).await;
                listener.recv().await.unwrap();
            }
            assert!(time::now() - start >= Duration::from_millis(60));
            ended.store(1, Ordering::SeqCst);
            storm.join().unwrap();
        });
    })
    .succeeds();
}

/// G1: wakers are code of others.
#[test]
fn a_waker_that_panics_keeps_no_other_listener_waiting() {
    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("as it should");
        }
    }

    child(|| {
        std::panic::set_hook(Box::new(|_| {}));
        on_each(|| async {
            let kind = SignalKind::user_defined1();
            let mut bad = signal(kind).unwrap();
            let mut good = signal(kind).unwrap();
            let waker = Waker::from(Arc::new(Panics));
            for _ in 0..3 {
                assert!(bad.poll_recv(&mut Context::from_waker(&waker)).is_pending());
                let waiting = pin!(poll_fn(|cx| {
                    let poll = good.poll_recv(cx);
                    if poll.is_pending() {
                        raise(kind);
                    }
                    poll
                }));
                assert_eq!(waiting.await, Some(()));
                let again = catch_unwind(AssertUnwindSafe(|| is_there(&mut bad)));
                assert!(again.unwrap());
            }
        });
    })
    .succeeds();
}
