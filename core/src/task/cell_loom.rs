//! What loom explores of the cell of a task: `cell.rs` says which model checks which claim.

use std::future::poll_fn;
use std::sync::Arc;

use loom::thread;

use super::*;
use crate::sync::models::block_on;

/// What was done before the task has ended. It is ordered by the cell alone.
struct Ended<T> {
    cell: Cell<T>,
    is_gone: AtomicBool,
}

impl<T: 'static> Ended<T> {
    fn start(output: T) -> (Arc<Self>, thread::JoinHandle<()>) {
        let ended = Arc::new(Self { cell: Cell::new(), is_gone: AtomicBool::new(false) });
        let ends = Arc::clone(&ended);
        let task = thread::spawn(move || {
            ends.is_gone.store(true, Ordering::Relaxed);
            ends.cell.finish(Ok(output));
        });
        (ended, task)
    }

    fn check(&self) {
        assert!(
            self.is_gone.load(Ordering::Relaxed),
            "the future is not gone for who sees the end"
        );
    }
}

#[test]
fn whoever_awaits_the_outcome_is_woken_or_finds_it() {
    loom::model(|| {
        let (ended, task) = Ended::start(7);
        // Polled once with the waker of another task.
        let first = ended.cell.poll_join(&mut Context::from_waker(Waker::noop()));
        let outcome = match first {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => block_on(poll_fn(|cx| ended.cell.poll_join(cx))),
        };
        assert_eq!(outcome.unwrap(), 7);
        ended.check();
        task.join().unwrap();
    });
}

#[test]
fn who_sees_that_a_task_has_ended_sees_that_its_future_is_gone() {
    loom::model(|| {
        let (ended, task) = Ended::start(7);
        if ended.cell.is_finished() {
            ended.check();
        }
        task.join().unwrap();
    });
}

#[test]
fn an_outcome_that_nobody_takes_is_dropped_once() {
    loom::model(|| {
        let output = Arc::new(());
        let (ended, task) = Ended::start(Arc::clone(&output));
        ended.cell.detach();
        task.join().unwrap();
        assert_eq!(Arc::strong_count(&output), 1);
        assert!(ended.cell.is_taken());
    });
}

#[test]
fn an_abort_is_seen_before_the_task_waits_or_wakes_it() {
    loom::model(|| {
        let cell = Arc::new(Cell::<()>::new());
        let aborts = Arc::clone(&cell);
        let abort = thread::spawn(move || aborts.abort());
        // What a task does that is pending. Other wakes have it polled twice, the second time with another waker.
        let poll = |cx: &mut Context<'_>| match !cell.is_aborted() && cell.park(cx.waker()) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        };
        if poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            block_on(poll_fn(poll));
        }
        cell.finish(Err(JoinError::cancelled(cell.id())));
        abort.join().unwrap();
    });
}
