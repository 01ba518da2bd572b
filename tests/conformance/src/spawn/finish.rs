//! S4, S8: what a join handle says before, at and after the end of its task.

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use anyrt_core::{AbortHandle, JoinHandle, Launch, Spawn, yield_now};
use futures::channel::oneshot;

use crate::witness::{Counter, Drive, message, on_drop, until};

#[derive(Clone, Copy, Debug)]
enum End {
    Ready,
    Abort,
    Panic,
}

const ENDS: [End; 3] = [End::Ready, End::Abort, End::Panic];

/// A future that ends in this way when `finish` is there, and is pending else. Owns `witness` until
/// it is dropped, and not only until it is ready.
fn ending<W: Send + 'static>(
    end: End,
    witness: W,
    mut finish: oneshot::Receiver<()>,
) -> impl Future<Output = ()> + Send + 'static {
    poll_fn(move |cx| {
        let _witness = &witness;
        match (Pin::new(&mut finish).poll(cx), end) {
            (Poll::Pending, _) | (_, End::Abort) => Poll::Pending,
            (Poll::Ready(_), End::Ready) => Poll::Ready(()),
            (Poll::Ready(_), End::Panic) => resume_unwind(Box::new("expected")),
        }
    })
}

type Join<L> = <<L as Launch>::Handle as Spawn>::JoinHandle<()>;

pub fn is_finished_turns_true_after_the_future_was_dropped<L: Launch>(runtime: L) {
    for end in ENDS {
        let seen = Arc::new(Mutex::new(None));
        let slot = Arc::new(Mutex::new(None));
        let destructor = {
            let (seen, slot) = (seen.clone(), slot.clone());
            on_drop(move || {
                let abort_handle = slot.lock().unwrap().take().expect("the handle was put there");
                *seen.lock().unwrap() = Some(AbortHandle::is_finished(&abort_handle));
            })
        };
        let (finish, may_finish) = oneshot::channel();
        let task = runtime.handle().spawn(ending(end, destructor, may_finish));
        *slot.lock().unwrap() = Some(task.abort_handle());
        assert!(!task.is_finished());
        finish.send(()).unwrap();
        if let End::Abort = end {
            task.abort();
        }
        runtime.handle().drive(until(|| task.is_finished()));
        assert_eq!(*seen.lock().unwrap(), Some(false), "{end:?}: what the destructor saw");
        assert_eq!(runtime.handle().drive(task).is_ok(), matches!(end, End::Ready));
    }
}

pub fn the_join_resolves_after_the_future_was_dropped<L: Launch>(runtime: L) {
    for end in ENDS {
        let seen = Arc::new(Mutex::new(None));
        let slot: Arc<Mutex<Option<Join<L>>>> = Arc::default();
        let (give_back, take_back) = oneshot::channel();
        let destructor = {
            let (seen, slot) = (seen.clone(), slot.clone());
            on_drop(move || {
                let mut task = slot.lock().unwrap().take().expect("the handle was put there");
                let poll = Pin::new(&mut task).poll(&mut Context::from_waker(Waker::noop()));
                *seen.lock().unwrap() = Some(poll.is_pending());
                let _ = give_back.send(task);
            })
        };
        let (finish, may_finish) = oneshot::channel();
        let task = runtime.handle().spawn(ending(end, destructor, may_finish));
        let abort_handle = task.abort_handle();
        *slot.lock().unwrap() = Some(task);
        finish.send(()).unwrap();
        if let End::Abort = end {
            abort_handle.abort();
        }
        let task = runtime.handle().drive(take_back);
        let task = task.unwrap_or_else(|_| panic!("the handle comes back"));
        assert_eq!(*seen.lock().unwrap(), Some(true), "{end:?}: it resolved in the destructor");
        assert_eq!(runtime.handle().drive(task).is_ok(), matches!(end, End::Ready));
    }
}

pub fn is_finished_stays_false_while_the_task_is_parked<L: Launch>(runtime: L) {
    let polls = Counter::new();
    let (finish, may_finish) = oneshot::channel();
    let witness = polls.clone();
    let task = runtime.handle().spawn(async move {
        witness.add();
        yield_now().await;
        witness.add();
        may_finish.await
    });
    runtime.handle().drive(async {
        until(|| polls.count() == 2).await;
        for _ in 0..100 {
            assert!(!task.is_finished());
            assert!(!task.abort_handle().is_finished());
            yield_now().await;
        }
        finish.send(()).unwrap();
        until(|| task.is_finished()).await;
        assert!(task.abort_handle().is_finished());
        task.await.unwrap().unwrap();
    });
}

/// Polls a handle that has returned `Ready`, and checks how it complains.
pub(crate) fn assert_poll_panics<T>(task: &mut impl JoinHandle<T>) {
    let poll = catch_unwind(AssertUnwindSafe(|| {
        let _ = Pin::new(task).poll(&mut Context::from_waker(Waker::noop()));
    }));
    let payload = poll.expect_err("a second poll panics");
    let message = message(&*payload);
    // The words of `anyrt_core::backend::refuse_poll`, whichever runtime it is.
    assert_eq!(message, "a join handle was polled after it had returned its result");
}

pub fn polling_a_join_handle_after_its_output_panics<L: Launch>(runtime: L) {
    let mut task = runtime.handle().spawn(async { 7 });
    assert_eq!(runtime.handle().drive(&mut task).unwrap(), 7);
    assert_poll_panics(&mut task);
    assert_poll_panics(&mut task);
    let mut task = runtime.handle().spawn(async { 7 });
    runtime.handle().drive(async {
        assert_eq!((&mut task).await.unwrap(), 7);
        assert_poll_panics(&mut task);
    });
}

pub fn polling_a_join_handle_after_its_error_panics<L: Launch>(runtime: L) {
    let mut cancelled = runtime.handle().spawn(pending::<()>());
    cancelled.abort();
    assert!(runtime.handle().drive(&mut cancelled).unwrap_err().is_cancelled());
    assert_poll_panics(&mut cancelled);

    let mut panicked = runtime.handle().spawn(async { resume_unwind(Box::new("expected")) });
    let error: anyrt_core::JoinError = runtime.handle().drive(&mut panicked).unwrap_err();
    assert!(error.is_panic());
    assert_poll_panics::<()>(&mut panicked);
}
