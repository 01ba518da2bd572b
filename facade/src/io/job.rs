//! Blocking operations of which it is known for certain whether they were carried out.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use anyrt_core::backend::runtime_gone;
use anyrt_core::task::contain;
use anyrt_core::{Current, JoinError};

use crate::{Handle, JoinHandle, task};

/// Why an operation did not run, as the error of what was to be done by it.
pub(crate) fn error(error: JoinError) -> io::Error {
    if error.is_cancelled() { runtime_gone() } else { error.into() }
}

/// What becomes of an operation that a runtime has taken, if it ends before its turn has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum AtEnd {
    /// It is carried out on the thread that drops it.
    Run,
    /// It is not carried out.
    #[cfg(feature = "fs")]
    Drop,
}

/// It is being handed to a runtime, which may refuse it.
const HANDING: u8 = 0;
/// A runtime has it.
const ACCEPTED: u8 = 1;
/// Nobody will carry it out.
const REFUSED: u8 = 2;
/// It was carried out, or somebody is about it.
const RUN: u8 = 3;

/// What whoever carries an operation out shares with whoever waits for it.
///
/// Each operation has its own: one thread may drop many of them at once, of which it hands over no more than one.
#[derive(Debug)]
struct Hand<T> {
    state: AtomicU8,
    outcome: Mutex<Outcome<T>>,
}

#[derive(Debug)]
struct Outcome<T> {
    result: Option<T>,
    /// There is no result, and none comes: it has panicked.
    is_missing: bool,
    waiting: Option<Waker>,
}

impl<T> Hand<T> {
    fn turn(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn outcome(&self) -> MutexGuard<'_, Outcome<T>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls the operation, and leaves its result.
    fn run(&self, operation: impl FnOnce() -> T) {
        struct Missing<'a, T>(&'a Hand<T>);

        impl<T> Drop for Missing<'_, T> {
            fn drop(&mut self) {
                let mut outcome = self.0.outcome();
                outcome.is_missing = outcome.result.is_none();
                let waiting = outcome.waiting.take();
                drop(outcome);
                if let Some(waker) = waiting {
                    contain(|| waker.wake());
                }
            }
        }

        let missing = Missing(self);
        let result = operation();
        self.outcome().result = Some(result);
        drop(missing);
    }
}

/// An operation on its way through a runtime.
struct Owed<T, F: FnOnce() -> T> {
    operation: Option<F>,
    at_end: AtEnd,
    hand: Arc<Hand<T>>,
}

impl<T, F: FnOnce() -> T> Owed<T, F> {
    fn run(mut self) {
        let operation = self.operation.take().expect("an operation runs once");
        // A runtime that was refused a thread may come upon one that was given up meanwhile.
        let begin = |state| (state != REFUSED).then_some(RUN);
        if self.hand.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, begin).is_ok() {
            self.hand.run(operation);
        }
    }
}

impl<T, F: FnOnce() -> T> Drop for Owed<T, F> {
    fn drop(&mut self) {
        let Some(operation) = self.operation.take() else { return };
        if self.hand.turn(HANDING, REFUSED) {
            return;
        }
        if self.at_end == AtEnd::Run && self.hand.turn(ACCEPTED, RUN) {
            contain(|| self.hand.run(operation));
        }
    }
}

/// Waits for an operation.
///
/// An error other than that of a panic says that it was not carried out and never will be.
#[derive(Debug)]
pub(crate) struct OwedHandle<T> {
    hand: Arc<Hand<T>>,
    joined: Joined,
}

#[derive(Debug)]
enum Joined {
    No(JoinHandle<()>),
    /// The runtime has let go of it while somebody carries it out.
    LetGo(Option<JoinError>),
}

impl<T> Unpin for OwedHandle<T> {}

impl<T> Future for OwedHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Joined::No(handle) = &mut this.joined {
            let error = ready!(Pin::new(handle).poll(cx)).err();
            if error.is_some() {
                // Where nobody has begun, nobody will.
                this.hand.turn(ACCEPTED, REFUSED);
            }
            match error {
                Some(error) if this.hand.state.load(Ordering::Acquire) == REFUSED => {
                    return Poll::Ready(Err(error));
                }
                error => this.joined = Joined::LetGo(error),
            }
        }
        let Joined::LetGo(error) = &mut this.joined else { unreachable!("it was joined") };
        let waker = cx.waker().clone();
        let mut outcome = this.hand.outcome();
        if let Some(result) = outcome.result.take() {
            return Poll::Ready(Ok(result));
        }
        if outcome.is_missing {
            drop(outcome);
            return Poll::Ready(Err(error.take().expect("what has panicked tells of it")));
        }
        let before = outcome.waiting.replace(waker);
        drop(outcome);
        drop(before);
        Poll::Pending
    }
}

/// Starts `operation`.
///
/// # Errors
/// There is no runtime, or it refuses the operation. Then nobody runs it.
pub(crate) fn start_owed<T: Send + 'static>(
    at_end: AtEnd,
    operation: impl FnOnce() -> T + Send + 'static,
) -> io::Result<OwedHandle<T>> {
    let runtime = Handle::here()?;
    let hand = Arc::new(Hand {
        state: AtomicU8::new(HANDING),
        outcome: Mutex::new(Outcome { result: None, is_missing: false, waiting: None }),
    });
    let owed = Owed { operation: Some(operation), at_end, hand: Arc::clone(&hand) };
    let handle = runtime.spawn_blocking(move || owed.run());
    if !hand.turn(HANDING, ACCEPTED) && hand.state.load(Ordering::Acquire) == REFUSED {
        return Err(refusal(handle));
    }
    Ok(OwedHandle { hand, joined: Joined::No(handle) })
}

/// What the handle of a refused operation says.
fn refusal(handle: JoinHandle<()>) -> io::Error {
    let joined = pin!(task::unconstrained(handle)).poll(&mut Context::from_waker(Waker::noop()));
    match joined {
        Poll::Ready(Err(refusal)) => error(refusal),
        Poll::Ready(Ok(())) | Poll::Pending => runtime_gone(),
    }
}
