//! One budget for all.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::{UdpSocket, UnixStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::{self, JoinSet, coop};
use tokio::time;

fn runtimes() -> [Runtime; 2] {
    [
        Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
        Builder::new_current_thread().enable_all().build().unwrap(),
    ]
}

/// How many operations go through at once; 1000 if that has no end.
fn count(cx: &mut Context<'_>) -> usize {
    let proceeds = |_: &usize| match coop::poll_proceed(cx) {
        Poll::Ready(operation) => {
            operation.made_progress();
            true
        }
        Poll::Pending => false,
    };
    (0..1000).take_while(proceeds).count()
}

async fn counted() -> usize {
    poll_fn(|cx| Poll::Ready(count(cx))).await
}

/// 128 in tokio. Any other number of that size does.
fn is_budget(number: usize) -> bool {
    (100..=128).contains(&number)
}

#[test]
fn the_future_in_block_on_and_a_task_have_turns_one_by_one() {
    const ROUNDS: usize = 1000;

    let runtime = Builder::new_current_thread().build().unwrap();
    let turns = runtime.block_on(async {
        let turns = Arc::new(AtomicUsize::new(0));
        let of_task = Arc::clone(&turns);
        let task = tokio::spawn(async move {
            loop {
                of_task.fetch_add(1, Ordering::Relaxed);
                task::yield_now().await;
            }
        });
        for _ in 0..ROUNDS {
            task::yield_now().await;
        }
        task.abort();
        turns.load(Ordering::Relaxed)
    });
    assert!(turns.abs_diff(ROUNDS) <= 2, "{turns}");
}

#[test]
fn each_poll_of_a_task_has_a_budget() {
    for runtime in runtimes() {
        let in_task = runtime.spawn(async {
            assert!(coop::has_budget_remaining());
            let first = counted().await;
            assert!(!coop::has_budget_remaining());
            assert_eq!(counted().await, 0);
            task::yield_now().await;
            (first, counted().await)
        });
        let (first, second) = runtime.block_on(in_task).unwrap();
        assert!(is_budget(first) && first == second, "{first} {second}");
        let local = task::LocalSet::new();
        let in_local = local.block_on(&runtime, async {
            let in_local = task::spawn_local(counted());
            let here = counted().await;
            (here, in_local.await.unwrap())
        });
        assert_eq!(in_local, (first, first));
    }
}

#[test]
fn code_outside_of_tasks_has_none() {
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(count(&mut cx), 1000);
    for runtime in runtimes() {
        assert!(is_budget(runtime.block_on(counted())));
        assert_eq!(count(&mut cx), 1000);
        let closure = runtime.spawn_blocking(|| count(&mut Context::from_waker(Waker::noop())));
        assert_eq!(runtime.block_on(closure).unwrap(), 1000);
    }
}

#[test]
fn an_operation_that_has_to_wait_gives_its_unit_back() {
    let [runtime, _] = runtimes();
    let whole = runtime.block_on(counted());
    runtime.block_on(poll_fn(move |cx| {
        for _ in 0..1000 {
            assert!(coop::poll_proceed(cx).is_ready());
        }
        assert_eq!(count(cx), whole);
        Poll::Ready(())
    }));
}

#[test]
fn an_unconstrained_future_has_no_budget() {
    let [runtime, _] = runtimes();
    runtime.block_on(async {
        assert_eq!(task::unconstrained(counted()).await, 1000);
        assert!(is_budget(counted().await));
        let in_task = tokio::spawn(task::unconstrained(async {
            let (sender, mut receiver) = mpsc::unbounded_channel();
            for _ in 0..1000 {
                sender.send(()).unwrap();
            }
            let mut received = 0;
            poll_fn(|cx| {
                while receiver.poll_recv(cx).is_ready() {
                    received += 1;
                }
                Poll::Ready(received)
            })
            .await
        }));
        assert_eq!(in_task.await.unwrap(), 1000);
    });
}

/// Runs a task that never waits beside another one, which ends it.
fn is_fair<F>(runtime: &Runtime, busy: impl FnOnce(Arc<AtomicBool>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let has_ended = Arc::new(AtomicBool::new(false));
    let busy = runtime.spawn(busy(Arc::clone(&has_ended)));
    let other = runtime.spawn(async move {
        task::yield_now().await;
        has_ended.store(true, Ordering::SeqCst);
    });
    runtime.block_on(async {
        busy.await.unwrap();
        other.await.unwrap();
    });
}

#[test]
fn channels_and_locks_let_others_go_first() {
    for runtime in runtimes() {
        is_fair(&runtime, |ended| async move {
            let (sender, mut receiver) = mpsc::channel(1);
            while !ended.load(Ordering::SeqCst) {
                sender.send(()).await.unwrap();
                receiver.recv().await.unwrap();
            }
        });
        is_fair(&runtime, |ended| async move {
            let semaphore = Semaphore::new(1);
            while !ended.load(Ordering::SeqCst) {
                let _permit = semaphore.acquire().await.unwrap();
            }
        });
        is_fair(&runtime, |ended| async move {
            while !ended.load(Ordering::SeqCst) {
                task::consume_budget().await;
            }
        });
        is_fair(&runtime, |ended| async move {
            while !ended.load(Ordering::SeqCst) {
                coop::cooperative(std::future::ready(())).await;
            }
        });
    }
}

#[test]
fn joins_let_others_go_first() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let mut tasks: Vec<_> = (0..1000).map(|_| tokio::spawn(async {})).collect();
            let mut set = JoinSet::new();
            set.extend((0..1000).map(|_| async {}));
            while !tasks.iter().all(task::JoinHandle::is_finished) {
                task::yield_now().await;
            }
            let joined = poll_fn(|cx| {
                let ready = tasks.iter_mut().map(|task| Pin::new(task).poll(cx).is_ready());
                Poll::Ready(ready.take_while(|is_ready| *is_ready).count())
            });
            assert!(is_budget(joined.await));
            let mut all = 0;
            while !set.is_empty() {
                let joined = poll_fn(|cx| {
                    let mut joined = 0;
                    while let Poll::Ready(Some(_)) = set.poll_join_next(cx) {
                        joined += 1;
                    }
                    if joined == 0 { Poll::Pending } else { Poll::Ready(joined) }
                });
                let joined = joined.await;
                assert!(joined <= 128, "{joined} in one poll");
                all += joined;
                task::yield_now().await;
            }
            assert_eq!(all, 1000);
        });
    }
}

#[test]
fn select_and_join_are_polled_again() {
    let [runtime, _] = runtimes();
    let polls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&polls);
    let task = runtime.spawn(async move {
        counted().await;
        // There is nothing left, and yet nobody else wakes this task.
        tokio::select! {
            () = poll_fn(|_| { counter.fetch_add(1, Ordering::SeqCst); Poll::Ready(()) }) => {}
            () = pending::<()>() => {}
        }
        counted().await
    });
    assert!(is_budget(runtime.block_on(task).unwrap()));
    assert_eq!(polls.load(Ordering::SeqCst), 1);
}

#[test]
fn a_closure_in_place_has_none_and_gives_it_back() {
    let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let task = runtime.spawn(async {
        let half = poll_fn(|cx| {
            for _ in 0..50 {
                let Poll::Ready(operation) = coop::poll_proceed(cx) else { unreachable!() };
                operation.made_progress();
            }
            Poll::Ready(())
        });
        half.await;
        let in_place = || task::block_in_place(|| count(&mut Context::from_waker(Waker::noop())));
        (in_place(), counted().await)
    });
    let (in_place, rest) = runtime.block_on(task).unwrap();
    assert_eq!(in_place, 1000);
    assert!(is_budget(rest + 50), "{rest}");
}

#[test]
fn a_task_that_is_woken_by_its_budget_waits_for_events_too() {
    let [_, runtime] = runtimes();
    runtime.block_on(async {
        let notify = Arc::new(Notify::new());
        let waits = {
            let notify = Arc::clone(&notify);
            tokio::spawn(async move { notify.notified().await })
        };
        let sleep = tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            notify.notify_one();
        });
        while !waits.is_finished() {
            task::consume_budget().await;
        }
        sleep.await.unwrap();
        waits.await.unwrap();
    });
}

#[test]
fn sockets_and_channels_take_from_one_budget() {
    for runtime in runtimes() {
        let task = runtime.spawn(async {
            let (one, mut other) = UnixStream::pair().unwrap();
            other.write_all(&[7; 200]).await.unwrap();
            one.readable().await.unwrap();
            task::yield_now().await;
            let mut one = pin!(one);
            poll_fn(move |cx| {
                for _ in 0..100 {
                    let Poll::Ready(operation) = coop::poll_proceed(cx) else { unreachable!() };
                    operation.made_progress();
                }
                let mut read =
                    || one.as_mut().poll_read(cx, &mut ReadBuf::new(&mut [0])).is_ready();
                Poll::Ready((0..200).take_while(|_| read()).count())
            })
            .await
        });
        let reads = runtime.block_on(task).unwrap();
        assert!(is_budget(reads + 100), "{reads}");
    }
}

#[test]
fn what_has_to_wait_costs_nothing() {
    for runtime in runtimes() {
        let task = runtime.spawn(async {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            task::yield_now().await;
            let mut room = Vec::with_capacity(10);
            let mut receive = pin!(socket.recv_buf(&mut room));
            let is_pending = |cx: &mut Context<'_>| {
                Poll::Ready((0..50).all(|_| receive.as_mut().poll(cx).is_pending()))
            };
            assert!(poll_fn(is_pending).await);
            counted().await
        });
        let rest = runtime.block_on(task).unwrap();
        assert!(is_budget(rest), "{rest}");
    }
}

#[test]
fn a_sleep_ends_beside_what_uses_all() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let mut sleep = pin!(time::sleep(Duration::from_millis(2)));
            // Each poll uses all there is, and then asks the sleep.
            poll_fn(|cx| {
                count(cx);
                cx.waker().wake_by_ref();
                sleep.as_mut().poll(cx)
            })
            .await;
        });
    }
}

#[test]
fn a_block_on_that_is_none_of_a_runtimes_goes_on_without_a_budget() {
    for runtime in runtimes() {
        let task = runtime.spawn(async {
            let (mut one, mut other) = UnixStream::pair().unwrap();
            other.write_all(&[7; 500]).await.unwrap();
            futures::executor::block_on(async {
                for _ in 0..500 {
                    one.read_u8().await.unwrap();
                }
            });
        });
        runtime.block_on(task).unwrap();
    }
}

#[test]
fn tasks_that_are_none_of_this_packages_let_others_go_first_too() {
    let [_, runtime] = runtimes();
    runtime.block_on(async {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(socket.local_addr().unwrap()).await.unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&is_over);
        let busy = anyrt::spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                poll_fn(|cx| socket.poll_send_ready(cx)).await.unwrap();
            }
        });
        anyrt::spawn(async move { end.store(true, Ordering::Relaxed) }).await.unwrap();
        busy.await.unwrap();
    });
}

#[test]
fn a_loop_of_datagrams_lets_others_go_first() {
    const DATAGRAMS: usize = 1024;

    let [_, runtime] = runtimes();
    let others = Arc::new(AtomicUsize::new(0));
    let turns = Arc::clone(&others);
    let count = runtime.block_on(async {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(socket.local_addr().unwrap()).await.unwrap();
        let other = tokio::spawn(async move {
            loop {
                turns.fetch_add(1, Ordering::Relaxed);
                task::yield_now().await;
            }
        });
        for _ in 0..DATAGRAMS {
            socket.send(&[7]).await.unwrap();
            socket.recv(&mut [0]).await.unwrap();
        }
        other.abort();
        others.load(Ordering::Relaxed)
    });
    // Once for each budget at least, and where a datagram is waited for.
    assert!(count >= 2 * DATAGRAMS / 128, "{count} turns");
}
