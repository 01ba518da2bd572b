//! Blocking operations that a runtime owes, once it has taken them.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use anyrt_core::backend::runtime_gone;
use anyrt_core::{Current, JoinError};

use crate::{Handle, JoinHandle, task};

/// Why an operation did not run, as the error of what was to be done by it.
pub(crate) fn error(error: JoinError) -> io::Error {
    if error.is_cancelled() { runtime_gone() } else { error.into() }
}

thread_local!(static STARTING: Cell<Starting> = const { Cell::new(Starting::No) });

/// Whether this thread hands an operation that is owed to a runtime.
#[derive(Clone, Copy, PartialEq)]
enum Starting {
    No,
    Yes,
    /// The runtime has dropped it.
    Refused,
}

/// A blocking operation that is carried out in any case once a runtime has taken it: where the runtime ends before its turn
/// has come, on the thread that drops it.
struct Owed<T, F: FnOnce() -> T> {
    operation: Option<F>,
}

impl<T, F: FnOnce() -> T> Owed<T, F> {
    fn run(mut self) -> T {
        let operation = self.operation.take().expect("an operation runs once");
        operation()
    }
}

impl<T, F: FnOnce() -> T> Drop for Owed<T, F> {
    fn drop(&mut self) {
        let Some(operation) = self.operation.take() else { return };
        if STARTING.get() == Starting::Yes {
            STARTING.set(Starting::Refused);
        } else {
            operation();
        }
    }
}

/// Starts `operation`, which the runtime owes to whoever gave it from then on.
///
/// # Errors
/// There is no runtime, or it refuses the operation. Then nobody runs it.
pub(crate) fn start_owed<T: Send + 'static>(
    operation: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    struct End;

    impl Drop for End {
        fn drop(&mut self) {
            STARTING.set(Starting::No);
        }
    }

    let runtime = Handle::here()?;
    let owed = Owed { operation: Some(operation) };
    let end = End;
    STARTING.set(Starting::Yes);
    let handle = runtime.spawn_blocking(move || owed.run());
    let is_refused = STARTING.get() == Starting::Refused;
    drop(end);
    if is_refused { Err(refusal(handle)) } else { Ok(handle) }
}

/// What the handle of a refused operation says.
fn refusal<T: Send + 'static>(handle: JoinHandle<T>) -> io::Error {
    let joined = pin!(task::unconstrained(handle)).poll(&mut Context::from_waker(Waker::noop()));
    match joined {
        Poll::Ready(Err(refusal)) => error(refusal),
        Poll::Ready(Ok(_)) | Poll::Pending => runtime_gone(),
    }
}
