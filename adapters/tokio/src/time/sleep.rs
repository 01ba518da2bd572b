//! Waiting for a point in time.

use std::future::Future;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use anyrt::Timer;
use pin_project_lite::pin_project;

use super::Instant;
use crate::context;
use crate::counted::{keep, poll_proceed};
use crate::task::is_in_local_set;

/// What tokio says where a timer has outlived its runtime.
const SHUT_DOWN: &str = "A Tokio 1.x context was found, but it is being shutdown.";

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
    Sleep { inner: context::with_time().sleep(duration), was_refused: false }
}

/// Completes once `deadline` has passed, at the first poll if it already has. Cancel safe.
///
/// # Panics
///
/// If the thread is not inside of a runtime, or inside of one that was built without time.
#[inline]
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { inner: context::with_time().sleep_until(deadline.into_std()), was_refused: false }
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
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Sleep {
        #[pin]
        inner: anyrt::time::Sleep,
        was_refused: bool,
    }
}

impl Sleep {
    /// When it completes.
    pub fn deadline(&self) -> Instant {
        Instant::from_std(self.inner.deadline())
    }

    /// Whether the deadline has passed, polled or not. (tokio's says no until it was polled.)
    pub fn is_elapsed(&self) -> bool {
        self.inner.is_elapsed()
    }

    /// Moves the deadline, to earlier or later, whether it has passed or not.
    ///
    /// Whoever polled it last and waits is woken at the new deadline, without a poll in between.
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.project().inner.reset(deadline.into_std());
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
        ready!(this.inner.as_mut().poll(cx));
        keep(unit);
        if this.inner.is_elapsed() {
            return Poll::Ready(());
        }
        end_early(cx)
    }
}

/// What becomes of a sleep whose runtime has ended.
#[cold]
#[track_caller]
fn end_early(cx: &mut Context<'_>) -> Poll<()> {
    // The runtime waits for this poll, and drops the task after it.
    let mut is_about_to_be_dropped = || {
        let here = anyrt::Handle::try_current().filter(|_| anyrt::task::try_id().is_some());
        here.is_some_and(|here| pin!(here.sleep(Duration::MAX)).poll(cx).is_ready())
    };
    assert!(!is_in_local_set() && is_about_to_be_dropped(), "{SHUT_DOWN}");
    Poll::Pending
}
