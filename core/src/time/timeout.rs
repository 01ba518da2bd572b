//! A future with a time limit.

use std::error::Error;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fmt, io};

use pin_project_lite::pin_project;

use super::{Duration, Instant, Sleep, Timer};

/// Gives `future` at most `duration`, counted from this call (T1).
///
/// The future is polled first: if it is ready its output wins, however late it is, and even with a
/// duration of zero (T9). The limit holds also for a future that always finds something ready to
/// do, as long as it yields. When the limit is reached the future stays where it is, and is dropped
/// with the `Timeout`.
///
/// Cancel safe if `future` is.
///
/// ```
/// use std::time::Duration;
/// use anyrt_core::{Timer, time};
///
/// async fn answer<R: Timer>(runtime: &R, question: impl Future<Output = u32>) -> Option<u32> {
///     time::timeout(runtime, Duration::from_secs(1), question).await.ok()
/// }
/// ```
///
/// # Errors
/// [`Elapsed`] if the time is over first.
pub fn timeout<F: Future, R: Timer>(
    runtime: &R,
    duration: Duration,
    future: F,
) -> Timeout<F, R::Sleep> {
    Timeout { future, sleep: runtime.sleep(duration), is_due: false }
}

/// Gives `future` until `deadline`; see [`timeout`]. Cancel safe if `future` is.
///
/// ```
/// use std::time::Duration;
/// use anyrt_core::{Timer, time};
///
/// /// One deadline for two steps.
/// async fn both<R: Timer>(
///     runtime: &R,
///     first: impl Future<Output = u32>,
///     second: impl Future<Output = u32>,
/// ) -> Result<u32, time::Elapsed> {
///     let deadline = runtime.now() + Duration::from_secs(1);
///     let first = time::timeout_at(runtime, deadline, first).await?;
///     Ok(first + time::timeout_at(runtime, deadline, second).await?)
/// }
/// ```
///
/// # Errors
/// [`Elapsed`] if the deadline passes first.
pub fn timeout_at<F: Future, R: Timer>(
    runtime: &R,
    deadline: Instant,
    future: F,
) -> Timeout<F, R::Sleep> {
    Timeout { future, sleep: runtime.sleep_until(deadline), is_due: false }
}

pin_project! {
    /// The future of [`timeout`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct Timeout<F, S> {
        #[pin]
        future: F,
        #[pin]
        sleep: S,
        is_due: bool,
    }
}

impl<F: Future, S: Sleep> Future for Timeout<F, S> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        // `future` may use up the task's budget each time, and a sleep that is out of budget stays
        // pending however late it is. It may do so once, for the sake of the other tasks.
        let was_due = mem::replace(this.is_due, this.sleep.is_elapsed());
        if was_due || this.sleep.poll(cx).is_ready() {
            return Poll::Ready(Err(Elapsed(())));
        }
        Poll::Pending
    }
}

/// The time limit of a [`timeout`] was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time limit was reached")
    }
}

impl Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        io::Error::new(io::ErrorKind::TimedOut, elapsed)
    }
}
