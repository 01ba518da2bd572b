//! S14, S15: a task is a strand of its own: it never meets what its callers hold, borrow or have set.
//!
//! Each case polls the handle in `block_on` and in a task, whose thread is one of those that poll tasks.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};

use anyrt_core::{BlockOn, JoinHandle, Launch, Spawn};
use futures::channel::oneshot;
use futures::{FutureExt, poll};

use crate::witness::{Drive, until};

/// Runs `case` in `block_on`, and in a task.
fn in_both_places<L: Launch, F>(runtime: &L, case: impl Fn(L::Handle) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let handle = runtime.handle();
    handle.drive(handle.spawn(case(handle.clone()))).unwrap();
    handle.drive(case(handle.clone()));
}

/// Polls `future` to its end, with `around` around each poll.
async fn poll_within<F: Future>(future: F, around: impl Fn(&mut dyn FnMut())) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let mut polled = Poll::Pending;
        around(&mut || polled = future.as_mut().poll(cx));
        polled
    })
    .await
}

pub fn a_lock_that_is_held_while_a_handle_is_polled_can_be_taken_by_the_task<L: Launch>(
    runtime: L,
) {
    in_both_places(&runtime, |handle| async move {
        let lock = Arc::new(Mutex::new(0));
        let taken = Arc::clone(&lock);
        // Nor does the task meet it while it is spawned.
        let task = {
            let _held = lock.lock().unwrap();
            handle.spawn(async move { *taken.lock().unwrap() += 1 })
        };
        let within = |poll: &mut dyn FnMut()| {
            let _held = lock.lock().unwrap();
            poll();
        };
        poll_within(task, within).await.unwrap();
        assert_eq!(*lock.lock().unwrap(), 1);
    });
}

thread_local! {
    static BORROWED: RefCell<u32> = const { RefCell::new(0) };
    static IS_SET: Cell<bool> = const { Cell::new(false) };
}

pub fn a_borrow_that_lasts_while_a_handle_is_polled_is_not_met_by_the_task<L: Launch>(runtime: L) {
    in_both_places(&runtime, |handle| async move {
        let task = BORROWED.with_borrow_mut(|_| {
            handle.spawn(async { BORROWED.with(|value| value.try_borrow_mut().is_ok()) })
        });
        let is_free = poll_within(task, |poll| BORROWED.with_borrow_mut(|_| poll())).await;
        assert!(is_free.unwrap(), "the task met the borrow of whoever polled its handle");
    });
}

pub fn a_thread_local_that_is_set_while_a_handle_is_polled_is_not_seen_by_the_task<L: Launch>(
    runtime: L,
) {
    in_both_places(&runtime, |handle| async move {
        let set = |call: &mut dyn FnMut()| {
            IS_SET.set(true);
            call();
            IS_SET.set(false);
        };
        let mut task = None;
        set(&mut || task = Some(handle.spawn(async { IS_SET.get() })));
        let task = task.expect("it was spawned");
        assert!(!poll_within(task, set).await.unwrap(), "the task saw what was set around a poll");
    });
}

pub fn the_poll_of_a_handle_does_not_wait_for_the_task<L: Launch>(runtime: L) {
    in_both_places(&runtime, |handle| async move {
        // The task blocks its thread until the handle was polled.
        let (open, gate) = mpsc::channel();
        let mut task = handle.spawn(async move { gate.recv() });
        assert!(poll!(&mut task).is_pending());
        open.send(7).unwrap();
        assert_eq!(task.await.unwrap(), Ok(7));

        let (open, gate) = mpsc::channel();
        let mut task = handle.spawn(async move { gate.recv() });
        assert!((&mut task).now_or_never().is_none());
        open.send(8).unwrap();
        assert_eq!(task.await.unwrap(), Ok(8));
    });
}

/// A waker that enters the runtime, to wait for another task.
struct BlockingWaker<H>(H);

impl<H: BlockOn + Spawn> Wake for BlockingWaker<H> {
    fn wake(self: Arc<Self>) {
        let task = self.0.spawn(async {});
        self.0.block_on(task).unwrap();
    }
}

pub fn a_join_waker_that_calls_block_on_stops_nobody<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (finish, may_finish) = oneshot::channel::<()>();
    let mut task = handle.spawn(async move { may_finish.await.unwrap() });
    let waker = Waker::from(Arc::new(BlockingWaker(handle.clone())));
    assert!(Pin::new(&mut task).poll(&mut Context::from_waker(&waker)).is_pending());
    finish.send(()).unwrap();
    // Whether the call is allowed there or refused.
    handle.drive(until(|| task.is_finished()));
    let others: Vec<_> = (0..100).map(|n| handle.spawn(async move { n })).collect();
    for (n, other) in others.into_iter().enumerate() {
        assert_eq!(handle.drive(other).unwrap(), n);
    }
}
