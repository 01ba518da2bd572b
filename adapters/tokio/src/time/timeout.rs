//! A future with a time limit.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant as StdInstant};

use anyrt::task::poll_proceed;
use pin_project_lite::pin_project;
use real::task::coop::has_budget_remaining;

use super::error::Elapsed;
use super::{Instant, Sleep, sleep, sleep_until};

/// Gives `future` at most `duration`, counted from this call.
///
/// The future is polled first: if it is ready its output wins, however late. It is dropped with the [`Timeout`], as
/// cancel safe as it is itself.
///
/// # Errors
///
/// The future that this returns has [`Elapsed`] if the time is over first.
///
/// # Panics
///
/// If the thread is not inside of a runtime, or inside of one that was built without time. A `duration` too long to
/// be added to now, such as [`Duration::MAX`], is no limit, and needs no runtime.
#[track_caller]
pub fn timeout<F>(duration: Duration, future: F) -> Timeout<F::IntoFuture>
where
    F: IntoFuture,
{
    let delay = if is_endless(duration) { None } else { Some(sleep(duration)) };
    Timeout { value: future.into_future(), delay, was_due: false }
}

/// Gives `future` until `deadline`; otherwise as [`timeout`].
///
/// # Errors
///
/// The future that this returns has [`Elapsed`] if the deadline passes first.
///
/// # Panics
///
/// If the thread is not inside of a runtime, or inside of one that was built without time.
#[track_caller]
pub fn timeout_at<F>(deadline: Instant, future: F) -> Timeout<F::IntoFuture>
where
    F: IntoFuture,
{
    let delay = Some(sleep_until(deadline));
    Timeout { value: future.into_future(), delay, was_due: false }
}

fn is_endless(duration: Duration) -> bool {
    // Nothing below that, more than a century, is worth a look at the clock.
    duration.as_secs() > u64::from(u32::MAX) && StdInstant::now().checked_add(duration).is_none()
}

pin_project! {
    /// A future with a time limit; made by [`timeout`] and [`timeout_at`].
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Timeout<T> {
        #[pin]
        value: T,
        #[pin]
        delay: Option<Sleep>,
        was_due: bool,
    }
}

impl<T> Timeout<T> {
    /// The future that has the limit.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The future that has the limit.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The future without the limit.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Timeout<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("value", &self.value).field("delay", &self.delay).finish()
    }
}

impl<T> Future for Timeout<T>
where
    T: Future,
{
    type Output = Result<T::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let had_budget = has_budget_remaining();
        if let Poll::Ready(output) = this.value.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        let Some(delay) = this.delay.as_pin_mut() else { return Poll::Pending };
        let is_over = poll_delay(delay, this.was_due, cx).is_ready() || *this.was_due && had_budget;
        if is_over { Poll::Ready(Err(Elapsed::new())) } else { Poll::Pending }
    }
}

/// A sleep that is out of budget stays pending however late it is: once, for the sake of the other tasks, and not again. It does not
/// if it is the future that has used up the budget, which it may do each time.
fn poll_delay(mut delay: Pin<&mut Sleep>, was_due: &mut bool, cx: &mut Context<'_>) -> Poll<()> {
    if *was_due || delay.as_mut().poll(cx).is_ready() {
        return Poll::Ready(());
    }
    // The clock is asked only where the sleep may not have done so.
    *was_due = !has_budget(cx) && delay.is_due();
    Poll::Pending
}

/// Whether something is left of the budgets of both, tokio's and anyrt's.
fn has_budget(cx: &mut Context<'_>) -> bool {
    let mut is_any_left = false;
    let _ = poll_proceed(cx, |_| {
        is_any_left = has_budget_remaining();
        Poll::<()>::Pending
    });
    is_any_left
}
