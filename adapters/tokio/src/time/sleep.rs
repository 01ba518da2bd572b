//! Waiting for a point in time.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::{fmt, mem};

use anyrt::{PauseClock, Timer};
use pin_project_lite::pin_project;

use super::Instant;
use crate::context::{self, Settings};
use crate::counted::{keep, poll_proceed};

/// What tokio says where a timer has outlived its runtime.
const SHUT_DOWN: &str = "A Tokio 1.x context was found, but it is being shutdown.";

/// What tokio's timers are rounded up to.
const TICK: Duration = Duration::from_millis(1);

/// Completes after `duration`, counted from this call; never early.
///
/// A duration too long to be added to now, such as [`Duration::MAX`], is as good as endless. Cancel safe.
///
/// # Panics
///
/// If the thread is not inside of a runtime, or inside of one that was built without time.
#[inline]
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::new(context::with_time().sleep(duration))
}

/// Completes once `deadline` has passed, at the first poll if it has for a millisecond. Cancel safe.
///
/// # Panics
///
/// If the thread is not inside of a runtime, or inside of one that was built without time.
#[inline]
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep::new(context::with_time().sleep_until(deadline.into_std()))
}

pin_project! {
    /// A future that completes at its deadline; made by [`sleep`] and [`sleep_until`].
    ///
    /// It is not `Unpin`: to poll it through a reference, pin it first.
    ///
    /// # Panics
    ///
    /// When it is polled before its deadline and the runtime that it was made in has ended.
    #[project(!Unpin)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Sleep {
        #[pin]
        inner: anyrt::time::Sleep,
        was_refused: bool,
        was_polled: bool,
        was_reset: bool,
        is_ending: bool,
        // By how many nanoseconds `inner` is later.
        rounded_by: u32,
    }
}

impl Sleep {
    #[inline]
    fn new(inner: anyrt::time::Sleep) -> Self {
        Self {
            inner,
            was_refused: false,
            was_polled: false,
            was_reset: false,
            is_ending: false,
            rounded_by: 0,
        }
    }

    /// When it completes.
    pub fn deadline(&self) -> Instant {
        Instant::from_std(self.inner.deadline() - Duration::from_nanos(self.rounded_by.into()))
    }

    /// Whether the deadline has passed. Not before it was polled or reset for the first time.
    pub fn is_elapsed(&self) -> bool {
        (self.was_polled || self.was_reset) && self.inner.is_elapsed()
    }

    /// Whether it would be ready, though it has no budget to be asked.
    pub(super) fn is_due(&self) -> bool {
        let is_past_tick = |runtime: anyrt::Handle| {
            runtime.now().saturating_duration_since(self.inner.deadline()) >= TICK
        };
        let has_begun = self.was_polled || self.was_reset;
        self.inner.is_elapsed()
            && (has_begun || anyrt::Handle::try_current().is_none_or(is_past_tick))
    }

    /// Moves the deadline, to earlier or later, whether it has passed or not.
    ///
    /// Whoever polled it last and waits is woken at the new deadline, without a poll in between.
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        let this = self.project();
        (*this.rounded_by, *this.was_reset) = (0, true);
        this.inner.reset(deadline.into_std());
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("deadline", &self.deadline()).finish_non_exhaustive()
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let unit = match poll_proceed(cx) {
            Poll::Ready(unit) => unit,
            // Not twice: another future of the task may use all of each budget before this is polled.
            Poll::Pending if mem::replace(this.was_refused, true) => None,
            Poll::Pending => return Poll::Pending,
        };
        *this.was_refused = false;
        let was_polled = mem::replace(this.was_polled, true);
        ready!(this.inner.as_mut().poll(cx));
        if !was_polled && !is_over(this.inner.as_mut(), this.rounded_by, cx) {
            return Poll::Pending;
        }
        keep(unit);
        if this.inner.is_elapsed() {
            return Poll::Ready(());
        }
        end_early(this.is_ending, cx)
    }
}

/// Whether a sleep is over which is ready when it is first polled: tokio's ends with the millisecond of its deadline, so that
/// one of no time lets others go first.
#[cold]
fn is_over(
    mut sleep: Pin<&mut anyrt::time::Sleep>,
    rounded_by: &mut u32,
    cx: &mut Context<'_>,
) -> bool {
    // A sleep that ends before its time is one of a runtime that has ended.
    if !sleep.is_elapsed() {
        return true;
    }
    let Some(runtime) = anyrt::Handle::try_current() else { return true };
    let (now, deadline) = (runtime.now(), sleep.deadline());
    let since = now.saturating_duration_since(deadline);
    if since >= TICK {
        return true;
    }
    if !runtime.is_clock_paused() {
        cx.waker().wake_by_ref();
        return false;
    }
    // A clock that was stopped in the midst of a millisecond moves by whole ones.
    if Settings::is_at_tick(&runtime, now) {
        return true;
    }
    *rounded_by = (since + TICK).subsec_nanos();
    sleep.as_mut().reset(deadline + since + TICK);
    sleep.poll(cx).is_ready()
}

/// What becomes of a sleep whose runtime has ended.
#[cold]
#[track_caller]
fn end_early(is_ending: &mut bool, cx: &mut Context<'_>) -> Poll<()> {
    // A task that is polled at the end of its runtime is dropped after the poll.
    let is_of_task = anyrt::task::try_id().is_some();
    assert!(is_of_task && !mem::replace(is_ending, true), "{SHUT_DOWN}");
    cx.waker().wake_by_ref();
    Poll::Pending
}
