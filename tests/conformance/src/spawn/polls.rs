//! S1: when tasks are polled, and when not.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use anyrt_core::{JoinHandle, Launch, Spawn, yield_now};
use futures::channel::oneshot;

use crate::witness::{Counter, Drive, until};

/// Lets every thread of the runtime poll what it has, again and again.
async fn keep_busy<H: Spawn>(handle: &H) {
    const ROUNDS: usize = 100;
    const TASKS: usize = 8;

    for _ in 0..ROUNDS {
        for task in [(); TASKS].map(|()| handle.spawn(yield_now())) {
            task.await.unwrap();
        }
        yield_now().await;
    }
}

pub fn a_parked_task_is_not_polled<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let polls = Counter::new();
    let (finish, mut may_finish) = oneshot::channel();
    let counts = polls.clone();
    let task = handle.spawn(poll_fn(move |cx| {
        counts.add();
        Pin::new(&mut may_finish).poll(cx)
    }));
    handle.drive(async {
        until(|| polls.count() > 0).await;
        keep_busy(handle).await;
        assert_eq!(polls.count(), 1, "polls of a task that nobody woke");
        finish.send(7).unwrap();
        assert_eq!(task.await.unwrap(), Ok(7));
    });
    assert_eq!(polls.count(), 2, "polls of a task that was woken once");
}

pub fn a_future_is_not_polled_after_it_was_ready<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    for yields in [false, true] {
        let polls = Counter::new();
        let counts = polls.clone();
        let task = handle.spawn(poll_fn(move |cx| {
            // A wake that comes with the output is for nobody.
            cx.waker().wake_by_ref();
            if counts.add() == usize::from(yields) { Poll::Ready(7) } else { Poll::Pending }
        }));
        handle.drive(async {
            until(|| task.is_finished()).await;
            keep_busy(handle).await;
            assert_eq!(task.await.unwrap(), 7);
        });
        assert_eq!(polls.count(), 1 + usize::from(yields), "polls, the last of them ready");
    }
}
