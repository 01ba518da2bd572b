//! Tasks that can be joined and aborted, for backends whose runtime can't do that in the way of the
//! contract.
//!
//! [`joinable`] wraps a future into one that the runtime's own executor runs and forgets, and makes
//! the handle of it. The two share one allocation, which is all that this costs. What the wrapper
//! takes care of: an abort that never drops the future on the caller's thread (S3), panics of the
//! future and of destructors (S5), joins that resolve when the executor drops the task (S6), outputs
//! that are dropped once (S7), the budget (S12), an id (S19).

mod cell;
mod handle;
mod id;
mod meta;
mod waker;

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::{fmt, io, mem};

use pin_project_lite::pin_project;

use crate::{JoinError, coop};
use handle::Joint;
use id::Running;

pub use cell::{Cell as OutcomeCell, Completion};
pub use handle::{AbortHandle, JoinHandle};
pub(crate) use id::current;
pub use id::{Id, number_of};
pub use meta::{Builder, Kind, Meta};
pub use waker::{ContainedWaker, OwnWakers};

/// Makes a task of `future`, and the handle that awaits it.
///
/// The task is to be polled to its end by an executor, or dropped by it, which resolves the handle
/// to cancelled. Each poll counts as one of async code, with a [budget](crate::coop) of its own.
///
/// ```
/// use std::future::pending;
/// use anyrt_core::task::joinable;
/// use futures::executor::block_on;
///
/// let (task, handle) = joinable(async { 6 * 7 });
/// block_on(task); // by an executor, which forgets about the output
/// assert_eq!(block_on(handle)?, 42);
///
/// let (task, handle) = joinable(pending::<()>());
/// drop(task); // by an executor that ends
/// assert!(block_on(handle).unwrap_err().is_cancelled());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn joinable<F>(future: F) -> (Task<F>, JoinHandle<F::Output>)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let cell = Joint::new();
    let handle = JoinHandle::new(Arc::clone(&cell));
    (Task::new(future, cell), handle)
}

/// Makes of `closure` one that never panics, and the handle that awaits its result.
///
/// If it is dropped without being called, the handle resolves to cancelled.
///
/// ```
/// use anyrt_core::task::joinable_closure;
///
/// let (closure, handle) = joinable_closure(|| 6 * 7);
/// std::thread::spawn(closure);
/// assert_eq!(futures::executor::block_on(handle)?, 42);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn joinable_closure<F, T>(closure: F) -> (impl FnOnce() + Send + 'static, JoinHandle<T>)
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let (pending, handle) = pending_closure(closure);
    (move || pending.call(), handle)
}

/// The same, for a closure that may have to be refused.
pub(crate) fn pending_closure<F, T>(closure: F) -> (PendingClosure<F, T>, JoinHandle<T>)
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let cell = Joint::new();
    let handle = JoinHandle::new(Arc::clone(&cell));
    (PendingClosure { closure: Some(closure), cell }, handle)
}

/// Whether a future is so large that it is to be boxed before it is moved any further (S13, K7).
///
/// To be asked in `if const { is_large::<F>() }`: without optimization each function has room on its stack
/// for what it moves, also in the branch that is not taken, but for one that is known not to be.
///
/// ```
/// use anyrt_core::task::is_large;
///
/// fn drive<F: Future>(future: F) {
///     if const { is_large::<F>() } { poll(Box::pin(future)) } else { poll(future) }
/// }
///
/// fn poll<F: Future>(future: F) {
///     // ..
/// #   let _ = future;
/// }
/// ```
pub const fn is_large<F>() -> bool {
    size_of::<F>() > 16 * 1024
}

pin_project! {
    /// A future for an executor to run and forget; made by [`joinable`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Task<F: Future, C: Completion<F::Output> = Arc<Joint<<F as Future>::Output>>> {
        // `None` once it has ended.
        #[pin]
        future: Option<F>,
        cell: C,
    }

    impl<F: Future, C: Completion<F::Output>> PinnedDrop for Task<F, C> {
        fn drop(this: Pin<&mut Self>) {
            // An executor drops what it polls: whatever the destructor blocks would block tasks (K8).
            let _poll = coop::enter_poll();
            this.cancel();
        }
    }
}

impl<F: Future, C: Completion<F::Output>> Task<F, C> {
    /// One whose outcome goes elsewhere than to the handle of [`joinable`].
    pub fn new(future: F, completion: C) -> Self {
        Self { future: Some(future), cell: completion }
    }

    /// Drops the future right here, and resolves the handle to cancelled: for an executor that takes no
    /// more tasks (S6). The destructor of the future may block if the caller may.
    ///
    /// ```
    /// use anyrt_core::task::joinable;
    ///
    /// let (task, handle) = joinable(async {});
    /// task.refuse(); // the executor has ended
    /// assert!(futures::executor::block_on(handle).unwrap_err().is_cancelled());
    /// ```
    pub fn refuse(self) {
        pin!(self).cancel();
    }

    /// Has no effect on a task that has ended.
    fn cancel(self: Pin<&mut Self>) {
        let mut this = self.project();
        if this.future.is_some() {
            let id = this.cell.id();
            let _running = Running::enter(id);
            let outcome = catch(id, || this.future.set(None));
            this.cell.finish(outcome.and(Err(JoinError::cancelled(id))));
        }
    }
}

impl<F: Future, C: Completion<F::Output>> Future for Task<F, C> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let _poll = coop::enter_poll();
        let id = this.cell.id();
        let _running = Running::enter(id);
        if this.future.is_none() {
            return Poll::Ready(());
        }
        let outcome = if this.cell.is_aborted() {
            Err(JoinError::cancelled(id))
        } else {
            match catch(id, || poll_or_drop(this.future.as_mut(), cx)) {
                Ok(Poll::Pending) if this.cell.park(cx.waker()) => return Poll::Pending,
                Ok(Poll::Pending) => Err(JoinError::cancelled(id)),
                Ok(Poll::Ready(output)) => Ok(output),
                Err(error) => Err(error),
            }
        };
        // A panic of the destructor goes before an output: the task did not end well. The output is
        // dropped then, contained like every destructor.
        let outcome = match catch(id, || this.future.set(None)) {
            Ok(()) => outcome,
            Err(error) => {
                discard(outcome);
                Err(error)
            }
        };
        this.cell.finish(outcome);
        Poll::Ready(())
    }
}

/// Polls a future, and drops it while the panic unwinds if its poll panics (S16).
///
/// So a guard in the future learns of the panic from [`thread::panicking`](std::thread::panicking), as
/// one on the stack does. A panic of the destructor is contained: it would end the process. What is
/// `None` is pending.
#[inline]
pub fn poll_or_drop<F: Future>(
    future: Pin<&mut Option<F>>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let mut unwinding = DropFuture(future);
    let future = unwinding.0.as_mut().as_pin_mut();
    let poll = future.map_or(Poll::Pending, |future| future.poll(cx));
    mem::forget(unwinding);
    poll
}

/// Drops a future whose poll did not return.
struct DropFuture<'a, F>(Pin<&'a mut Option<F>>);

impl<F> Drop for DropFuture<'_, F> {
    fn drop(&mut self) {
        contain(|| self.0.set(None));
    }
}

impl<F: Future, C: Completion<F::Output>> fmt::Debug for Task<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("is_finished", &self.future.is_none()).finish()
    }
}

/// A closure that has not been called yet. Dropped, it resolves to cancelled.
pub(crate) struct PendingClosure<F, T> {
    closure: Option<F>,
    cell: Arc<Joint<T>>,
}

impl<F: FnOnce() -> T, T> PendingClosure<F, T> {
    pub(crate) fn call(mut self) {
        let Some(closure) = self.closure.take() else { return };
        let _running = Running::enter(self.cell.id());
        let outcome = if self.cell.is_aborted() {
            let error = JoinError::cancelled(self.cell.id());
            catch(self.cell.id(), || drop(closure)).and(Err(error))
        } else {
            catch(self.cell.id(), closure)
        };
        self.cell.finish(outcome);
    }
}

impl<F, T> PendingClosure<F, T> {
    /// Drops the closure, for there is no thread for it.
    pub(crate) fn refuse(mut self, cause: io::Error) {
        self.end(JoinError::refused(self.cell.id(), cause));
    }

    /// Has no effect on a closure that has been called.
    fn end(&mut self, error: JoinError) {
        if let Some(closure) = self.closure.take() {
            let _running = Running::enter(self.cell.id());
            let outcome = catch(self.cell.id(), || drop(closure)).and(Err(error));
            self.cell.finish(outcome);
        }
    }
}

impl<F, T> Drop for PendingClosure<F, T> {
    fn drop(&mut self) {
        self.end(JoinError::cancelled(self.cell.id()));
    }
}

/// Calls `code` of the user in a task, and turns its panic into an error.
fn catch<R>(task: Id, code: impl FnOnce() -> R) -> Result<R, JoinError> {
    catch_unwind(AssertUnwindSafe(code)).map_err(|payload| JoinError::panicked(task, payload))
}

/// Calls `code` of the user that has nobody to panic at, such as a waker, a hook or a destructor, and
/// lets no panic of it out.
///
/// ```
/// anyrt_core::task::contain(|| panic!("in a waker"));
/// ```
pub fn contain(code: impl FnOnce()) {
    // Whatever the panic left half done is dropped, or was shared by the user's own choice.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(code)) {
        drop_payload(payload);
    }
}

/// Apart from [`contain`], which has fewer registers to save without it.
#[cold]
#[inline(never)]
fn drop_payload(payload: Box<dyn Any + Send>) {
    // The destructor of a payload may panic as well, with a payload of the same kind: there is no
    // end to that but to leak one.
    mem::forget(catch_unwind(AssertUnwindSafe(|| drop(payload))));
}

/// Drops what belongs to the user, and lets no panic of that out.
fn discard<T>(value: T) {
    contain(|| drop(value));
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::future::{pending, poll_fn};
    use std::panic::panic_any;
    use std::sync::OnceLock;
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering::Relaxed;
    use std::task::{Wake, Waker};

    use crate::{AbortHandle as _, JoinHandle as _};

    use super::*;

    /// Counts.
    #[derive(Default)]
    struct Wakes(AtomicU32);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    /// The payload of a panic that panics itself when it is dropped.
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a payload was dropped");
        }
    }

    struct BombWaker;

    impl Wake for BombWaker {
        fn wake(self: Arc<Self>) {
            panic_any(Bomb);
        }
    }

    fn poll<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(waker))
    }

    #[test]
    fn payloads_that_panic_with_payloads_that_panic_are_contained() {
        struct Endless;
        impl Drop for Endless {
            fn drop(&mut self) {
                panic_any(Self);
            }
        }
        contain(|| panic_any(Endless));
    }

    #[test]
    fn an_abort_wakes_whoever_polled_last_and_no_poll_follows() {
        let (task, mut handle) = joinable(pending::<()>());
        let mut task = pin!(task);
        let [first, last] = [(); 2].map(|()| Arc::new(Wakes::default()));
        for waker in [&first, &last, &last] {
            assert!(poll(task.as_mut(), &Arc::clone(waker).into()).is_pending());
        }
        handle.abort();
        handle.abort();
        assert_eq!([first, last].map(|waker| waker.0.load(Relaxed)), [0, 1]);
        assert!(!handle.is_finished());
        assert!(poll(task.as_mut(), Waker::noop()).is_ready());
        assert!(handle.is_finished());
        let Poll::Ready(outcome) = poll(Pin::new(&mut handle), Waker::noop()) else { panic!() };
        assert!(outcome.unwrap_err().is_cancelled());
    }

    #[test]
    fn an_abort_in_a_poll_that_is_pending_ends_the_task_with_that_poll() {
        let abort = Arc::new(OnceLock::<AbortHandle>::new());
        let itself = Arc::clone(&abort);
        let aborts_itself = poll_fn(move |_| -> Poll<()> {
            itself.get().unwrap().abort();
            Poll::Pending
        });
        let (task, handle) = joinable(aborts_itself);
        abort.set(handle.abort_handle()).unwrap();
        let wakes = Arc::new(Wakes::default());
        assert!(poll(pin!(task), &Arc::clone(&wakes).into()).is_ready());
        // The future was dropped, and the waker is nobody's.
        assert_eq!((Arc::strong_count(&abort), Arc::strong_count(&wakes)), (1, 1));
        assert!(handle.is_finished());
    }

    #[test]
    fn no_panic_of_a_payload_comes_out_of_a_task() {
        let (task, handle) = joinable(async { panic_any(Bomb) });
        let handle: JoinHandle<()> = handle;
        drop(handle);
        assert!(poll(pin!(task), Waker::noop()).is_ready());

        let (task, mut handle) = joinable(async {});
        assert!(poll(Pin::new(&mut handle), &Arc::new(BombWaker).into()).is_pending());
        assert!(poll(pin!(task), Waker::noop()).is_ready());
        assert!(poll(Pin::new(&mut handle), Waker::noop()).is_ready());
    }
}
