//! What keeps the clock from jumping, and what does not.

use std::num::NonZeroUsize;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{RecvTimeoutError, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use anyrt_core::net::lookup_host;
use anyrt_core::time::timeout;
use anyrt_core::{AsyncFd, Launch, PauseClock, Spawn, SpawnBlocking, Timer};
use futures::channel::oneshot;
use futures::future::{join, join_all};

use super::{HOUR, MOMENT, SECOND, start_paused};
use crate::Launcher;
use crate::reactor::{read_byte, write_byte};
use crate::witness::Drive;

pub fn a_closure_that_runs_holds_the_clock<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    for _ in 0..3 {
        let (jumped, has_jumped) = channel();
        handle.drive(async {
            let closure = handle.spawn_blocking(move || has_jumped.recv_timeout(MOMENT));
            let clock = handle.clone();
            let sleeper = handle.spawn(async move {
                clock.sleep(SECOND).await;
                let _ = jumped.send(());
            });
            let limited = timeout(handle, SECOND, closure).await.expect("the time is not over");
            assert_eq!(limited.unwrap(), Err(RecvTimeoutError::Timeout), "the clock has jumped");
            sleeper.await.unwrap();
        });
    }
    assert_eq!(handle.now(), start + 3 * SECOND);
}

pub fn names_that_are_looked_up_hold_the_clock<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    /// More than have threads of the runtime at once.
    const NAMES: usize = 16;

    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    for _ in 0..20 {
        let look_up = |_| timeout(handle, HOUR, lookup_host(handle, "localhost:80"));
        let found = handle.drive(join_all((0..NAMES).map(look_up)));
        assert!(found.iter().all(|found| matches!(found, Ok(Ok(_)))), "{found:?}");
    }
}

pub fn closures_that_are_queued_hold_the_clock<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = launcher.start_with(|config| {
        (config.start_paused, config.max_blocking_threads) = (true, NonZeroUsize::MIN);
    });
    let handle = runtime.handle();
    let start = handle.now();
    let mut closures: Vec<_> = (0..50)
        .map(|_| {
            let clock = handle.clone();
            handle.spawn_blocking(move || {
                thread::yield_now();
                clock.now()
            })
        })
        .collect();
    // Behind these, so that they can't all be over before the clock could jump.
    let ((jumped, has_jumped), clock) = (channel(), handle.clone());
    closures.push(handle.spawn_blocking(move || {
        let _ = has_jumped.recv_timeout(MOMENT);
        clock.now()
    }));
    handle.drive(async {
        let clock = handle.clone();
        let sleeper = handle.spawn(async move {
            clock.sleep(SECOND).await;
            let _ = jumped.send(());
        });
        for end in join_all(closures).await {
            assert_eq!(end.unwrap(), start);
        }
        sleeper.await.unwrap();
        assert_eq!(handle.now(), start + SECOND);
    });
}

pub fn a_closure_that_nobody_awaits_lets_the_clock_go_on_when_it_ends<L: Launch>(
    launcher: &Launcher<L>,
) where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    for n in 1..50 {
        // The thread in `block_on` waits when it ends, or is about to, and nothing else wakes it.
        drop(handle.spawn_blocking(move || thread::sleep(n % 3 * Duration::from_micros(100))));
        if n % 10 == 0 {
            drop(handle.spawn_blocking(|| panic!("on purpose")));
        }
        handle.drive(handle.sleep(HOUR));
        assert_eq!(handle.now(), start + n * HOUR);
    }
}

pub fn a_closure_that_waits_in_block_on_lets_the_clock_go_on<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    for n in 1..20 {
        let (inner, (jumped, has_jumped)) = (handle.clone(), channel());
        let closure = handle.spawn_blocking(move || {
            inner.drive(inner.sleep(HOUR));
            let at = inner.now();
            // After that it holds the clock again.
            let late = inner.clone();
            drop(inner.spawn(async move {
                late.sleep(SECOND).await;
                let _ = jumped.send(());
            }));
            assert_eq!(has_jumped.recv_timeout(MOMENT / 10), Err(RecvTimeoutError::Timeout));
            at
        });
        let at = handle.drive(closure).unwrap();
        assert_eq!(at, start + n * HOUR);
    }
}

pub fn a_thread_in_block_on_that_does_not_wait_holds_the_clock<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    for n in 1..4 {
        let (other, (jumped, has_jumped)) = (handle.clone(), channel());
        let (enter, has_entered) = oneshot::channel();
        // This thread is the first in `block_on`, and so the one that polls the tasks and waits for the time.
        let busy = handle.drive(async {
            let busy = thread::spawn(move || {
                other.drive(async {
                    enter.send(()).unwrap();
                    has_jumped.recv_timeout(MOMENT)
                })
            });
            has_entered.await.unwrap();
            handle.sleep(SECOND).await;
            let _ = jumped.send(());
            busy
        });
        assert_eq!(busy.join().unwrap(), Err(RecvTimeoutError::Timeout), "the clock has jumped");
        assert_eq!(handle.now(), start + n * SECOND);
    }
}

pub fn several_threads_in_block_on_go_by_one_time<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    const THREADS: u32 = 4;
    const SLEEPS: u32 = 100;

    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    let threads: Vec<_> = (1..=THREADS)
        .map(|n| {
            let clock = handle.clone();
            let sleeps = async move {
                // The others may be on their way to the next deadline when this thread comes.
                clock.sleep(n * SECOND).await;
                let first = clock.now();
                for sleep in 1..=SLEEPS {
                    clock.sleep(n * SECOND).await;
                    assert_eq!(clock.now(), first + sleep * n * SECOND);
                }
            };
            let clock = handle.clone();
            thread::spawn(move || clock.drive(sleeps))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(handle.now() - start > THREADS * SLEEPS * SECOND);
}

pub fn what_is_ready_goes_before_the_clock<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    let (one, other) = UnixStream::pair().unwrap();
    let one = AsyncFd::new_on(handle, one).unwrap();
    let other = AsyncFd::new_on(handle, other).unwrap();
    handle.drive(async {
        for n in 0..50 {
            let expected = start + n * HOUR;
            let writes = async {
                write_byte(&one, 7).await.unwrap();
                handle.sleep(HOUR).await;
            };
            let reads = async {
                assert_eq!(read_byte(&other).await.unwrap(), 7);
                assert_eq!(handle.now(), expected, "the clock has jumped past what was ready");
            };
            // The reader waits when the other writes.
            join(reads, writes).await;
        }
    });
    assert_eq!(handle.now(), start + 50 * HOUR);
}

pub fn what_is_ready_beside_busy_reactors_goes_before_the_clock<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    // Another runtime takes events meanwhile, where the reactor belongs to the process.
    let other = launcher.start();
    let (keep, kept) = channel::<()>();
    thread::scope(|scope| {
        let other = other.handle();
        let busy = async move {
            while kept.try_recv() == Err(TryRecvError::Empty) {
                other.sleep(Duration::from_micros(20)).await;
            }
        };
        scope.spawn(|| other.drive(busy));
        // Also if a case fails.
        let _keep = keep;
        for _ in 0..10 {
            what_is_ready_goes_before_the_clock(launcher);
        }
    });
}

pub fn a_socket_that_is_not_ready_holds_nothing<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    let (silent, reader) = UnixStream::pair().unwrap();
    let reader = AsyncFd::new_on(handle, reader).unwrap();
    handle.drive(async {
        assert!(timeout(handle, HOUR, read_byte(&reader)).await.is_err());
    });
    assert_eq!(handle.now(), start + HOUR);
    drop(silent);
}
