//! Time limits.

use std::future::{pending, ready};
use std::io;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::time::Duration;

use anyrt_core::net::UdpSocket;
use anyrt_core::time::{timeout, timeout_at};
use anyrt_core::{Launch, Spawn, Timer, yield_now};
use futures::poll;

use super::{HOUR, MILLISECOND};
use crate::witness::{Counter, Drive};

pub fn a_ready_future_wins_over_an_elapsed_limit<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        assert_eq!(timeout(handle, Duration::ZERO, async { 7 }).await, Ok(7));
        assert_eq!(timeout_at(handle, handle.now(), ready(8)).await, Ok(8));

        let late = timeout(handle, MILLISECOND, async { 9 });
        handle.sleep(10 * MILLISECOND).await;
        assert_eq!(late.await, Ok(9));
    });
}

pub fn a_timeout_passes_the_output_on<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        for limit in [HOUR, Duration::from_secs(u64::MAX), Duration::MAX] {
            let work = async {
                handle.sleep(5 * MILLISECOND).await;
                String::from("done")
            };
            assert_eq!(timeout(handle, limit, work).await.unwrap(), "done");
        }
        let yields = async {
            for _ in 0..1000 {
                yield_now().await;
            }
        };
        assert_eq!(timeout_at(handle, handle.now() + HOUR, yields).await, Ok(()));
    });
}

pub fn a_timeout_elapses_around_a_future_that_waits<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let start = handle.now();
        timeout(handle, 10 * MILLISECOND, pending::<()>()).await.unwrap_err();
        assert!(handle.now() - start >= 10 * MILLISECOND);

        let deadline = handle.now() + 10 * MILLISECOND;
        timeout_at(handle, deadline, handle.sleep(HOUR)).await.unwrap_err();
        assert!(handle.now() >= deadline);

        let mut elapsed = pin!(timeout(handle, Duration::ZERO, pending::<()>()));
        assert!(poll!(elapsed.as_mut()).is_ready(), "no time is over at once");
    });
}

pub fn a_timeout_elapses_around_a_future_that_yields<L: Launch>(runtime: L) {
    async fn limited(runtime: impl Timer) {
        let start = runtime.now();
        let yields = async {
            loop {
                yield_now().await;
            }
        };
        let result: Result<(), _> = timeout(&runtime, 10 * MILLISECOND, yields).await;
        result.unwrap_err();
        assert!(runtime.now() - start >= 10 * MILLISECOND);
    }

    let handle = runtime.handle();
    handle.drive(limited(handle.clone()));
    handle.drive(handle.spawn(limited(handle.clone()))).unwrap();
}

pub fn a_timeout_elapses_around_io_that_is_always_ready<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let limited = async move {
        let socket = UdpSocket::bind_on(&handle, (Ipv4Addr::LOCALHOST, 0)).await?;
        socket.send_to(b"always", socket.local_addr()?).await?;
        let peeks = async {
            loop {
                let mut buffer = [0; 6];
                if let Err(error) = socket.peek(&mut buffer).await {
                    return error;
                }
            }
        };
        let start = handle.now();
        timeout(&handle, 20 * MILLISECOND, peeks).await.unwrap_err();
        assert!(handle.now() - start >= 20 * MILLISECOND);
        io::Result::Ok(())
    };
    let task = runtime.handle().spawn(limited);
    runtime.handle().drive(task).unwrap().unwrap();
}

pub fn a_timeout_elapses_around_sleeps_that_are_always_ready<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let limited = async move {
        let naps = async {
            loop {
                handle.sleep(Duration::ZERO).await;
            }
        };
        let result: Result<(), _> = timeout(&handle, 20 * MILLISECOND, naps).await;
        result.unwrap_err();
    };
    let task = runtime.handle().spawn(limited);
    runtime.handle().drive(task).unwrap();
}

pub fn the_limit_of_a_timeout_is_fixed_at_the_call<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let mut limited = pin!(timeout(handle, 10 * MILLISECOND, pending::<()>()));
        handle.sleep(20 * MILLISECOND).await;
        assert!(poll!(limited.as_mut()).is_ready());
    });
}

pub fn the_future_inside_is_dropped_with_its_timeout<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let drops = Counter::new();
        let on_drop = drops.on_drop();
        let mut limited = Box::pin(timeout(handle, MILLISECOND, async move {
            let _on_drop = on_drop;
            pending::<()>().await;
        }));
        limited.as_mut().await.unwrap_err();
        assert_eq!(drops.count(), 0);
        drop(limited);
        assert_eq!(drops.count(), 1);
    });
}

pub fn an_elapsed_limit_is_an_io_error_of_its_kind<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let elapsed = handle.drive(timeout(handle, MILLISECOND, pending::<()>())).unwrap_err();
    assert_eq!(io::Error::from(elapsed).kind(), io::ErrorKind::TimedOut);
}
