//! S12, S17: tasks that are always ready leave room for the others.

use std::future::{pending, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use anyrt_core::net::UdpSocket;
use anyrt_core::time::{Interval, timeout};
use anyrt_core::{Launch, Reactor, Spawn, SpawnBlocking, Tasks, Timer, yield_now};

use crate::witness::{Counter, Drive, executor, until};

/// What a hog and the case tell each other.
#[derive(Clone, Debug, Default)]
struct Signals {
    started: Counter,
    is_over: Arc<AtomicBool>,
}

impl Signals {
    fn is_over(&self) -> bool {
        self.is_over.load(SeqCst)
    }
}

/// Runs as many hogs as occupy every worker, until a new task, a timer and a datagram got through.
///
/// A hog does something that is always ready, until it is over. If it starves the others, it never
/// is, and the watchdog says so.
fn assert_starves_nobody<L: Launch, F>(runtime: &L, hog: impl Fn(L::Handle, Signals) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    const HOGS: usize = 8;

    let handle = runtime.handle();
    let signals = Signals::default();
    let hogs: [_; HOGS] =
        std::array::from_fn(|_| handle.spawn(hog(handle.clone(), signals.clone())));
    handle.drive(async {
        until(|| signals.started.count() == HOGS).await;
        handle.spawn(async {}).await.unwrap();
        let foreign = handle.clone();
        thread::spawn(move || foreign.spawn(async {})).join().unwrap().await.unwrap();
        handle.spawn(handle.sleep(Duration::from_millis(1))).await.unwrap();

        let socket = bind(handle);
        let address = socket.local_addr().unwrap();
        let receiver = handle.spawn(async move { socket.recv_from(&mut [0; 1]).await });
        yield_now().await;
        thread::spawn(move || send_to(address)).join().unwrap();
        receiver.await.unwrap().unwrap();

        signals.is_over.store(true, SeqCst);
        for hog in hogs {
            hog.await.unwrap();
        }
    });
}

fn bind<R: Reactor>(runtime: &R) -> UdpSocket<R> {
    UdpSocket::from_std_on(runtime, std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap()
}

/// A socket with a datagram that waits to be received.
fn bind_readable<R: Reactor>(runtime: &R) -> UdpSocket<R> {
    let socket = bind(runtime);
    send_to(socket.local_addr().unwrap());
    socket
}

fn send_to(address: SocketAddr) {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(&[7], address).unwrap();
}

pub fn tasks_that_spawn_and_await_starve_nobody<L: Launch>(runtime: L) {
    // Numbers that come round with those by which a runtime may take turns.
    for children in [1, 3, 7, 15] {
        assert_starves_nobody(&runtime, |handle, signals| async move {
            signals.started.add();
            while !signals.is_over() {
                for _ in 0..children {
                    handle.spawn(async {}).await.unwrap();
                }
                yield_now().await;
            }
        });
    }
}

pub fn trees_of_tasks_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        signals.started.add();
        while !signals.is_over() {
            tree(handle.clone(), 6).await;
        }
    });
}

/// Nobody in it yields, and most of its tasks wait for others.
fn tree<R: Spawn>(handle: R, height: u32) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        if height > 0 {
            let children = [(); 2].map(|()| handle.spawn(tree(handle.clone(), height - 1)));
            for child in children {
                child.await.unwrap();
            }
        }
    })
}

pub fn sleeps_that_are_due_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        let past = handle.now();
        signals.started.add();
        while !signals.is_over() {
            handle.sleep_until(past).await;
        }
    });
}

pub fn ticks_that_are_due_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        // A nanosecond is over before its tick is, so this one never catches up.
        let mut ticks = Interval::new(&handle, Duration::from_nanos(1));
        signals.started.add();
        while !signals.is_over() {
            ticks.tick().await;
        }
    });
}

pub fn limits_that_are_over_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        signals.started.add();
        while !signals.is_over() {
            timeout(&handle, Duration::ZERO, pending::<()>()).await.unwrap_err();
        }
    });
}

pub fn reads_that_are_ready_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        let socket = bind_readable(&handle);
        signals.started.add();
        while !signals.is_over() {
            socket.peek_from(&mut [0; 1]).await.unwrap();
        }
    });
}

pub fn poll_reads_that_are_ready_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        let socket = bind(&handle);
        let address = socket.local_addr().unwrap();
        signals.started.add();
        while !signals.is_over() {
            poll_fn(|cx| socket.poll_send_to(cx, &[7], address)).await.unwrap();
            poll_fn(|cx| socket.poll_recv_from(cx, &mut [0; 1])).await.unwrap();
        }
    });
}

pub fn writes_that_are_ready_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        let (socket, sink) = (bind(&handle), bind(&handle));
        let address = sink.local_addr().unwrap();
        signals.started.add();
        while !signals.is_over() {
            // What the sink has no room for is lost.
            socket.send_to(&[7], address).await.unwrap();
        }
    });
}

pub fn readiness_that_lasts_starves_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        let socket = bind_readable(&handle);
        signals.started.add();
        while !signals.is_over() {
            socket.readable().await.unwrap();
            socket.writable().await.unwrap();
        }
    });
}

pub fn steps_that_ask_for_budget_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        signals.started.add();
        while !signals.is_over() {
            handle.consume_budget().await;
        }
    });
}

pub fn an_operation_that_has_to_wait_takes_nothing_from_the_budget<L: Launch>(runtime: L) {
    // More than any runtime allows in one poll.
    const OPERATIONS: usize = 1000;

    let handle = runtime.handle().clone();
    let task = handle.clone().spawn(poll_fn(move |cx| {
        let waits = |cx: &mut Context<'_>| handle.poll_proceed(cx, |_| Poll::<()>::Pending);
        let asked = (0..OPERATIONS).filter(|_| waits(cx).is_pending()).count();
        // In the same poll.
        let proceeds = handle.poll_proceed(cx, |_| Poll::Ready(7));
        Poll::Ready((asked, proceeds))
    }));
    let (asked, proceeds) = runtime.handle().drive(task).unwrap();
    assert_eq!(asked, OPERATIONS);
    assert_eq!(proceeds, Poll::Ready(7), "it was refused for want of budget");
}

pub fn an_operation_out_of_budget_is_not_attempted<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let (mut in_this_poll, mut polls) = (0, 0);
    let task = handle.clone().spawn(poll_fn(move |cx| {
        polls += 1;
        if polls > 1 {
            // The task was woken for want of budget, and by nothing else.
            return Poll::Ready(in_this_poll);
        }
        loop {
            let mut was_attempted = false;
            let attempt = |_: &mut Context<'_>| {
                was_attempted = true;
                Poll::Ready(())
            };
            if handle.poll_proceed(cx, attempt).is_pending() {
                assert!(!was_attempted, "an operation that was done is not told to wait");
                return Poll::Pending;
            }
            in_this_poll += 1;
        }
    }));
    assert!(runtime.handle().drive(task).unwrap() > 0);
}

pub fn an_unconstrained_future_goes_on_where_others_let_go<L: Launch>(runtime: L) {
    const OPERATIONS: usize = 1000;

    /// How often a task is polled that does nothing but what is ready.
    async fn polls<R: Tasks>(runtime: R) -> usize {
        let past = runtime.now();
        let mut operations = pin!(async {
            for _ in 0..OPERATIONS {
                runtime.sleep_until(past).await;
                runtime.consume_budget().await;
            }
        });
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            operations.as_mut().poll(cx)
        })
        .await;
        polls
    }

    let handle = runtime.handle();
    let constrained = handle.spawn(polls(handle.clone()));
    let unconstrained = handle.spawn(handle.unconstrained(polls(handle.clone())));
    handle.drive(async {
        assert!(constrained.await.unwrap() > 1);
        assert_eq!(unconstrained.await.unwrap(), 1);
    });
}

pub fn a_task_that_waits_in_a_foreign_executor_comes_to_its_end<L: Launch>(runtime: L) {
    // More than any runtime allows in one poll, of which the task here does all it does.
    const OPERATIONS: usize = 300;

    let handle = runtime.handle().clone();
    let done = Counter::new();
    let counted = done.clone();
    let task = handle.clone().spawn(async move {
        for n in 0..OPERATIONS {
            let closure = executor::block_on(handle.spawn_blocking(move || n));
            assert_eq!(closure.unwrap(), n);
            executor::block_on(handle.sleep(Duration::ZERO));
            let mut interval = Interval::new(&handle, Duration::from_secs(1));
            executor::block_on(interval.tick());
            executor::block_on(handle.consume_budget());
            counted.add();
        }
    });
    runtime.handle().drive(task).unwrap();
    assert_eq!(done.count(), OPERATIONS);
}
