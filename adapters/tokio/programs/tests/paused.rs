//! Tests as users write them with a clock that stands still: hours go by at once, and in order.

use std::{cell::RefCell, future::Future, rc::Rc, time::Duration};

use tokio::{
    sync::mpsc,
    task::LocalSet,
    time::{self, Instant},
};
use tokio_stream::{StreamExt, wrappers::IntervalStream};
use tokio_util::{sync::CancellationToken, time::DelayQueue};

const HOUR: Duration = Duration::from_secs(3600);

/// As `#[tokio::test(start_paused = true)]`.
fn paused(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(test);
}

#[test]
fn timers_end_in_order() {
    paused(async {
        let began = Instant::now();
        let (sender, mut receiver) = mpsc::unbounded_channel();
        for hours in [5, 2, 9, 1] {
            let sender = sender.clone();
            tokio::spawn(async move {
                time::sleep(hours * HOUR).await;
                sender.send((hours, began.elapsed())).unwrap();
            });
        }
        drop(sender);
        for hours in [1, 2, 5, 9] {
            assert_eq!(receiver.recv().await, Some((hours, hours * HOUR)));
        }
        assert_eq!(receiver.recv().await, None);
        assert!(time::timeout(HOUR, std::future::pending::<()>()).await.is_err());
        assert_eq!(began.elapsed(), 10 * HOUR);
    });
}

#[test]
fn it_goes_on_by_hand() {
    paused(async {
        let token = CancellationToken::new();
        let task = tokio::spawn(token.clone().run_until_cancelled_owned(async {
            let mut ticks = time::interval(HOUR);
            loop {
                ticks.tick().await;
            }
        }));
        let sleep = time::sleep(2 * HOUR);
        tokio::pin!(sleep);
        time::advance(HOUR).await;
        assert!(!sleep.is_elapsed());
        time::advance(HOUR).await;
        sleep.await;
        token.cancel();
        assert!(task.await.unwrap().is_none());
    });
}

#[test]
fn streams_and_queues_see_the_same_clock() {
    paused(async {
        let began = Instant::now();
        let ticks: Vec<_> = IntervalStream::new(time::interval(HOUR)).take(100).collect().await;
        assert_eq!(ticks[99] - ticks[0], 99 * HOUR);
        let mut queue = DelayQueue::new();
        for hours in [3, 1, 2] {
            queue.insert(hours, hours * HOUR);
        }
        let mut due = Vec::new();
        while let Some(expired) = queue.next().await {
            due.push(expired.into_inner());
        }
        assert_eq!((due, began.elapsed()), (vec![1, 2, 3], 102 * HOUR));

        let throttled: Vec<_> = tokio_stream::iter(0..10).throttle(HOUR).collect().await;
        assert_eq!((throttled.len(), began.elapsed()), (10, 112 * HOUR));
    });
}

#[test]
fn local_tasks_too() {
    paused(async {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let set = LocalSet::new();
        for hours in [2, 1] {
            let seen = seen.clone();
            set.spawn_local(async move {
                time::sleep(hours * HOUR).await;
                seen.borrow_mut().push(hours);
            });
        }
        set.await;
        assert_eq!(*seen.borrow(), [1, 2]);
    });
}
