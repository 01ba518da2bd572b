//! Cooperation of tasks on one thread: each may do so much in one poll, and none may block.
//!
//! For backends whose runtime has neither notion of its own: they hold a [`PollGuard`] around each
//! poll of a task and of the future in `block_on`, and their timers, sockets and join handles ask
//! [`poll_proceed`] before they complete. [`Task`](crate::task::Task) does its part by itself.

use std::cell::Cell;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::backend::refuse_block_on;
use crate::task::OwnWakers;

/// How many operations a task may complete in one poll (S12).
const BUDGET: i16 = 128;

/// Instead of a budget: no limit, as outside of any task.
const UNLIMITED: i16 = i16::MAX;

/// How many it is refused after that, before it is let through again: it does not return then, but
/// waits in another executor's `block_on`, which would go on like that for ever.
const REFUSALS: i16 = 10_000;

thread_local! {
    static STATE: Cell<State> = const { Cell::new(State { is_polling: false, budget: UNLIMITED }) };
}

#[derive(Clone, Copy, Debug)]
struct State {
    is_polling: bool,
    /// What is left, and below zero what was refused; or [`UNLIMITED`].
    budget: i16,
}

/// Whether this thread polls async code, which must not block it (K2).
///
/// ```
/// use anyrt_core::coop;
///
/// assert!(!coop::is_polling());
/// let _poll = coop::enter_poll();
/// assert!(coop::is_polling());
/// ```
#[inline]
pub fn is_polling() -> bool {
    STATE.get().is_polling
}

/// Refuses a `block_on` where it would block a thread that has tasks to poll.
///
/// ```
/// use std::panic::catch_unwind;
/// use anyrt_core::coop;
///
/// coop::check_block_on();
/// let _poll = coop::enter_poll();
/// assert!(catch_unwind(coop::check_block_on).is_err());
/// ```
///
/// # Panics
/// If [`is_polling`].
#[inline]
#[track_caller]
pub fn check_block_on() {
    if is_polling() {
        refuse_block_on();
    }
}

/// Marks that this thread polls async code until the guard is dropped, and gives that code a fresh
/// budget.
///
/// ```
/// use std::pin::Pin;
/// use std::task::{Context, Poll};
/// use anyrt_core::coop;
///
/// /// What an executor does with a task.
/// fn poll(task: Pin<&mut impl Future<Output = ()>>, cx: &mut Context<'_>) -> Poll<()> {
///     let _poll = coop::enter_poll();
///     task.poll(cx)
/// }
/// ```
#[inline]
pub fn enter_poll() -> PollGuard {
    let state = State { is_polling: true, budget: BUDGET };
    PollGuard { _restore: Restore::replacing(state) }
}

/// Gives the next poll a fresh budget, for a thread that polls one task after the other and holds a
/// [`PollGuard`] around all of them.
#[inline]
pub fn begin_poll() {
    STATE.set(State { is_polling: true, budget: BUDGET });
}

/// Marks that this thread may be blocked until the guard is dropped, though it is within a poll.
///
/// For runtimes alone, and hidden for that reason. Whoever calls it owes that other threads go on with all
/// that this one has to do: its tasks, its timers, its share of the reactor. In the hands of a task it
/// undoes K2: with two workers, two tasks that block for two others wait for ever.
#[doc(hidden)]
pub fn allow_blocking() -> PollGuard {
    let state = State { is_polling: false, budget: UNLIMITED };
    PollGuard { _restore: Restore::replacing(state) }
}

/// Keeps a thread in the state of polling async code or not; made by [`enter_poll`] and
/// [`allow_blocking`].
#[derive(Debug)]
#[must_use = "the state is left when the guard is dropped"]
pub struct PollGuard {
    _restore: Restore,
}

/// Takes one operation from the budget of the task that is being polled.
///
/// `Pending` if nothing is left: the task is woken, and is polled again behind the others. To be
/// called before an operation is attempted; where it has to wait, the guard gives back what it took.
///
/// ```
/// use std::task::{Context, Poll, ready};
/// use anyrt_core::coop;
///
/// /// An operation that has to wait until there is something.
/// fn poll_take(queue: &mut Vec<u8>, cx: &mut Context<'_>) -> Poll<u8> {
///     let operation = ready!(coop::poll_proceed(cx));
///     match queue.pop() {
///         Some(byte) => {
///             operation.made_progress();
///             Poll::Ready(byte)
///         }
///         // Here the waker is kept. What is taken from the budget is given back.
///         None => Poll::Pending,
///     }
/// }
/// ```
#[inline]
pub fn poll_proceed(cx: &mut Context<'_>) -> Poll<Operation> {
    let state = STATE.get();
    match state.budget {
        UNLIMITED => {}
        left @ 1.. => STATE.set(State { budget: left - 1, ..state }),
        refused if refused > -REFUSALS => return refuse(state, cx),
        _ => {}
    }
    Poll::Ready(Operation { budget_before: state.budget, _of_this_thread: PhantomData })
}

#[cold]
fn refuse(state: State, cx: &Context<'_>) -> Poll<Operation> {
    STATE.set(State { budget: state.budget - 1, ..state });
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// An operation of a task; made by [`poll_proceed`].
#[derive(Debug)]
#[must_use = "an operation that made progress says so"]
pub struct Operation {
    budget_before: i16,
    // What it gives back is this thread's.
    _of_this_thread: PhantomData<*const ()>,
}

impl Operation {
    /// Notes that the operation is complete. Dropped without that, it had to wait and cost nothing.
    #[inline]
    pub fn made_progress(self) {
        mem::forget(self);
    }
}

impl Drop for Operation {
    #[inline]
    fn drop(&mut self) {
        STATE.set(State { budget: self.budget_before, ..STATE.get() });
    }
}

/// Polls an operation that takes one from the budget if it is ready:
/// [`Spawn::poll_proceed`](crate::Spawn::poll_proceed) without a runtime.
#[inline]
pub fn poll_operation<T>(
    cx: &mut Context<'_>,
    operation: impl FnOnce(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    let budget = ready!(poll_proceed(cx));
    let output = ready!(operation(cx));
    budget.made_progress();
    Poll::Ready(output)
}

/// Polls a future without a budget.
pub fn poll_unconstrained<F: Future>(future: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
    let _restore = Restore::replacing(State { budget: UNLIMITED, ..STATE.get() });
    future.poll(cx)
}

thread_local! {
    /// The operations that a runtime's own budget has refused in the poll that runs.
    static REFUSED: Cell<i16> = const { Cell::new(0) };
}

/// For backends: to be called where an operation had budget, so that what was refused before is known to
/// have been refused in another poll. [`poll_with_budget`] does it by itself.
#[inline]
pub fn note_budget() {
    if REFUSED.get() > 0 {
        REFUSED.set(0);
    }
}

/// For backends whose runtime has a budget of its own: polls an operation that counts against that.
///
/// A runtime may answer every operation of a task without budget with `Pending`, and wake it when it has
/// returned. A task that waits for the operation in the `block_on` of another executor does not return:
/// it is woken at once, unless its waker is one of the runtime's `own`, and let through in the end, by
/// `unconstrained` (S17).
#[inline]
pub fn poll_with_budget<F: Future, const KINDS: usize>(
    mut operation: Pin<&mut F>,
    cx: &mut Context<'_>,
    own: &OwnWakers<KINDS>,
    has_budget: fn() -> bool,
    unconstrained: impl FnOnce(Pin<&mut F>, &mut Context<'_>) -> Poll<F::Output>,
) -> Poll<F::Output> {
    let refused = REFUSED.get();
    if refused > 0 {
        if has_budget() {
            REFUSED.set(0);
        } else if refused >= REFUSALS {
            return unconstrained(operation, cx);
        }
    }
    let poll = operation.as_mut().poll(cx);
    // One that has to wait gives back what it took.
    if poll.is_pending() && !has_budget() {
        REFUSED.set(REFUSED.get().saturating_add(1));
        if !own.made(cx.waker()) {
            cx.waker().wake_by_ref();
        }
    }
    poll
}

pin_project! {
    /// A future in which each poll counts as one of a task; made by [`as_task`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct AsTask<F> {
        #[pin]
        future: F,
    }
}

/// Makes the future of a `block_on` count as async code, which has a budget and must not block.
///
/// ```
/// use anyrt_core::coop;
///
/// fn block_on<F: Future>(future: F) -> F::Output {
///     futures::executor::block_on(coop::as_task(future))
/// }
///
/// assert!(block_on(async { coop::is_polling() }));
/// ```
pub fn as_task<F: Future>(future: F) -> AsTask<F> {
    AsTask { future }
}

impl<F: Future> Future for AsTask<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _guard = enter_poll();
        self.project().future.poll(cx)
    }
}

/// Puts the state of the thread back when it is dropped.
#[derive(Debug)]
struct Restore {
    before: State,
    _of_this_thread: PhantomData<*const ()>,
}

impl Restore {
    #[inline]
    fn replacing(state: State) -> Self {
        Self { before: STATE.replace(state), _of_this_thread: PhantomData }
    }
}

impl Drop for Restore {
    #[inline]
    fn drop(&mut self) {
        STATE.set(self.before);
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::future::poll_fn;
    use std::task::Waker;

    use super::*;

    fn operations_until_pending() -> i16 {
        let mut cx = Context::from_waker(Waker::noop());
        let mut proceeds = || match poll_proceed(&mut cx) {
            Poll::Ready(operation) => {
                operation.made_progress();
                true
            }
            Poll::Pending => false,
        };
        (0..1000).find(|_| !proceeds()).unwrap_or(1000)
    }

    #[test]
    fn an_operation_that_has_to_wait_costs_nothing() {
        let _guard = enter_poll();
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..1000 {
            assert!(poll_proceed(&mut cx).is_ready());
        }
        assert_eq!(operations_until_pending(), BUDGET);
    }

    #[test]
    fn who_does_not_return_is_let_through_in_the_end() {
        let _guard = enter_poll();
        assert_eq!(operations_until_pending(), BUDGET);
        let mut cx = Context::from_waker(Waker::noop());
        assert!((0..=REFUSALS).any(|_| poll_proceed(&mut cx).is_ready()));
    }

    #[test]
    fn each_poll_has_a_budget_of_its_own_and_other_code_has_none() {
        assert_eq!(operations_until_pending(), 1000);
        let outer = enter_poll();
        assert!(is_polling());
        assert_eq!(operations_until_pending(), BUDGET);
        let inner = enter_poll();
        assert_eq!(operations_until_pending(), BUDGET);
        drop(inner);
        assert_eq!(operations_until_pending(), 0);
        drop(outer);
        assert!(!is_polling());
        assert_eq!(operations_until_pending(), 1000);
    }

    #[test]
    fn blocking_can_be_allowed_for_a_while() {
        let poll = enter_poll();
        let allowed = allow_blocking();
        assert!(!is_polling());
        check_block_on();
        drop(allowed);
        assert!(is_polling());
        drop(poll);
    }

    #[test]
    fn an_unconstrained_future_uses_nothing_up_and_still_must_not_block() {
        let _guard = enter_poll();
        let mut cx = Context::from_waker(Waker::noop());
        let future = std::pin::pin!(poll_fn(|_| {
            assert!(is_polling());
            Poll::Ready(operations_until_pending())
        }));
        assert_eq!(poll_unconstrained(future, &mut cx), Poll::Ready(1000));
        assert_eq!(operations_until_pending(), BUDGET);
    }

    #[test]
    fn a_panic_in_a_poll_leaves_the_state_as_it_was() {
        let panicking = as_task(poll_fn(|_| -> Poll<()> { panic!("in a poll") }));
        let poll = std::panic::AssertUnwindSafe(|| {
            let mut cx = Context::from_waker(Waker::noop());
            _ = Box::pin(panicking).as_mut().poll(&mut cx);
        });
        assert!(std::panic::catch_unwind(poll).is_err());
        assert!(!is_polling());
    }
}
