//! Timers: very many, very long ones, and such that come while everybody sleeps.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use anyrt_native::net::UdpSocket;
use anyrt_native::{BlockOn, Launch, Sleep, Spawn, Timer};
use futures::executor;
use futures::future::{FutureExt, join_all, select};

use super::support_faults::{Counter, child, memory, start};

/// Polls a sleep once, without anybody to be woken.
fn arm(sleep: &mut Pin<Box<Sleep>>) -> bool {
    sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[test]
fn the_longest_sleeps_stay_pending_and_the_past_is_ready() {
    child(|| {
        for workers in 0..3 {
            let runtime = start(workers);
            let handle = runtime.handle();
            let now = handle.now();
            let mut far = now;
            // As far as instants go.
            for step in (0..63).rev() {
                far = far.checked_add(Duration::from_secs(1 << step)).unwrap_or(far);
            }
            far = far.checked_add(Duration::from_nanos(999_999_999)).unwrap_or(far);
            let mut endless = [
                Box::pin(handle.sleep(Duration::MAX)),
                Box::pin(handle.sleep(Duration::MAX - Duration::from_nanos(1))),
                Box::pin(handle.sleep(Duration::from_secs(u64::MAX))),
                Box::pin(handle.sleep_until(far)),
                Box::pin(handle.sleep_until(now + Duration::from_secs(1 << 40))),
            ];
            handle.block_on(async {
                assert!(!endless.iter_mut().any(arm));
                handle.sleep(Duration::from_millis(5)).await;
                assert!(!endless.iter_mut().any(arm));
                let past = now.checked_sub(Duration::from_secs(1)).unwrap_or(now);
                for deadline in [now, past] {
                    assert!(handle.sleep_until(deadline).now_or_never().is_some());
                }
                assert!(handle.sleep(Duration::ZERO).now_or_never().is_some());
            });
        }
    });
}

#[test]
fn a_million_timers_that_are_dropped_leave_nothing() {
    child(|| {
        let runtime = start(1);
        let handle = runtime.handle();
        let around = || {
            let mut sleeps: Vec<_> = (0..100_000)
                .map(|n| Box::pin(handle.sleep(Duration::from_millis(10_000 + n * 7))))
                .collect();
            assert!(!sleeps.iter_mut().any(arm));
        };
        around();
        let before = memory();
        (0..10).for_each(|_| around());
        let grown = memory().saturating_sub(before);
        // A sleep and its node are more than 50 bytes, and there were a million.
        assert!(grown < 5_000_000, "{grown} bytes are left");
        handle.block_on(handle.sleep(Duration::from_millis(1)));
    });
}

#[test]
fn timers_are_dropped_while_others_fire() {
    child(|| {
        let runtime = start(2);
        let handle = runtime.handle();
        let fired = Counter::default();
        let tasks: Vec<_> = (0..20_000)
            .map(|n| {
                let (inside, fired) = (handle.clone(), fired.clone());
                handle.spawn(async move {
                    let [short, long] = [n % 40, 40 + n % 7]
                        .map(|time| Box::pin(inside.sleep(Duration::from_millis(time))));
                    drop(select(short, long).await);
                    fired.add();
                })
            })
            .collect();
        for (n, task) in tasks.into_iter().enumerate() {
            if n % 3 == 0 {
                task.abort();
            }
            match executor::block_on(task) {
                Ok(()) => {}
                Err(error) => assert!(error.is_cancelled(), "{error}"),
            }
        }
        assert!(fired.count() >= 20_000 / 3 * 2 - 2, "{} have fired", fired.count());
        handle.block_on(handle.sleep(Duration::from_millis(1)));
    });
}

#[test]
fn a_hundred_thousand_timers_of_one_instant_fire_while_sockets_go_on() {
    child(|| {
        const TIMERS: usize = 100_000;

        for workers in [1, 2] {
            let runtime = start(workers);
            let handle = runtime.handle().clone();
            let exchanges = Counter::default();
            let (asks, answers) = handle.block_on(async {
                let [one, other] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0"));
                let (one, other) = (one.await.unwrap(), other.await.unwrap());
                one.connect(other.local_addr().unwrap()).await.unwrap();
                other.connect(one.local_addr().unwrap()).await.unwrap();
                (one, other)
            });
            let answering = handle.spawn(async move {
                loop {
                    answers.recv(&mut [0; 2]).await.unwrap();
                    answers.send(b"x").await.unwrap();
                }
            });
            let counted = exchanges.clone();
            let asking = handle.spawn(async move {
                loop {
                    asks.send(b"x").await.unwrap();
                    asks.recv(&mut [0; 2]).await.unwrap();
                    counted.add();
                }
            });
            // Until then they are all armed, even where that takes long.
            let deadline = handle.now() + Duration::from_secs(3);
            let timers: Vec<_> = (0..TIMERS)
                .map(|_| {
                    let (sleep, exchanges) = (handle.sleep_until(deadline), exchanges.clone());
                    handle.spawn(async move {
                        sleep.await;
                        (Instant::now(), exchanges.count())
                    })
                })
                .collect();
            let all = executor::block_on(join_all(timers));
            let all: Vec<_> = all.into_iter().map(Result::unwrap).collect();
            assert!(all.iter().all(|(at, _)| *at >= deadline));
            let mut counts: Vec<_> = all.iter().map(|(_, count)| *count).collect();
            counts.sort_unstable();
            let longest = counts.chunk_by(PartialEq::eq).map(<[_]>::len).max();
            // Where sockets have to wait for the timers, all of these fire during one exchange; how many do otherwise is
            // a matter of how fast tasks run. Of two threads the one that exchanges may be stopped by the system for as long as the
            // other takes.
            assert!(workers > 1 || longest < Some(TIMERS / 2), "{longest:?} during one exchange");
            asking.abort();
            answering.abort();
        }
    });
}

#[test]
fn a_sleep_ends_what_uses_up_each_budget_before_it() {
    child(|| {
        for workers in [0, 1] {
            let runtime = start(workers);
            let handle = runtime.handle().clone();
            let hog = {
                let handle = handle.clone();
                async move {
                    loop {
                        handle.sleep(Duration::ZERO).await;
                    }
                }
            };
            let sleep = handle.sleep(Duration::from_millis(5));
            // The hog is polled first each time.
            let both = async move {
                select(pin!(hog), pin!(sleep)).await;
            };
            let task = handle.spawn(both);
            handle.block_on(task).unwrap();
        }
    });
}

#[test]
fn a_timer_that_comes_while_everybody_sleeps_is_not_slept_through() {
    child(|| {
        for workers in [0, 1, 2] {
            let runtime = start(workers);
            let handle = runtime.handle();
            let is_over = AtomicBool::new(false);
            thread::scope(|scope| {
                if workers == 0 {
                    // Who drives it sleeps as well.
                    scope.spawn(|| {
                        handle.block_on(async {
                            while !is_over.load(Ordering::SeqCst) {
                                handle.sleep(Duration::from_millis(7)).await;
                            }
                        });
                    });
                }
                let mut long = Box::pin(handle.sleep(Duration::from_secs(3600)));
                assert!(!arm(&mut long));
                for round in 0..3000_u64 {
                    // From no time at all to more than it takes to fall asleep.
                    let pause = Duration::from_micros(round * 7919 % 400);
                    let sleep = handle.sleep(pause);
                    let deadline = anyrt_core::Sleep::deadline(&sleep);
                    executor::block_on(sleep);
                    assert!(Instant::now() >= deadline);
                    (0..round % 50).for_each(|_| std::hint::spin_loop());
                }
                is_over.store(true, Ordering::SeqCst);
            });
        }
    });
}

#[test]
fn a_sleep_is_moved_a_million_times() {
    child(|| {
        for workers in [0, 1] {
            let runtime = start(workers);
            let handle = runtime.handle();
            handle.block_on(async {
                let mut sleep = Box::pin(handle.sleep(Duration::from_secs(3600)));
                let start = Instant::now();
                for round in 0..1_000_000_u64 {
                    let far = Duration::from_millis(100_000 + round * 7919 % 1_000_000);
                    anyrt_core::Sleep::reset(sleep.as_mut(), start + far);
                    assert!(!arm(&mut sleep));
                }
                let near = Instant::now() + Duration::from_millis(2);
                anyrt_core::Sleep::reset(sleep.as_mut(), near);
                sleep.await;
                assert!(Instant::now() >= near);
            });
        }
    });
}
