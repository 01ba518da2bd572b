//! Sleeping until an instant, and what is built on that alone.
//!
//! A backend implements [`Timer`] and [`Sleep`]; [`Timeout`] and [`Interval`] are written here,
//! once, and so behave the same everywhere.

mod clock;
pub(crate) mod clock_state;
mod interval;
pub(crate) mod pausable;
mod pause;
mod timeout;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

pub use clock::{Duration, Instant, SystemTime};
pub use interval::{Interval, MissedTickBehavior};
pub use pause::PauseClock;
pub use timeout::{Elapsed, Timeout, timeout, timeout_at};

/// Makes futures that wait for a point in time.
///
/// Guarantees: T1 to T7 and T10 to T12 of the [table](crate#guarantees).
///
/// How late a sleep ends is not promised, for the machine and the task's thread may be busy. On an idle
/// machine with Linux, a sleep of 100 µs takes 0.13 ms on smol and async-std, 0.18 ms on the native
/// runtime, and 1.1 ms on tokio, whose timers count in milliseconds and are rounded up.
///
/// ```
/// use anyrt_core::Timer;
/// use anyrt_core::time::Duration;
///
/// async fn nap<R: Timer>(runtime: &R) {
///     runtime.sleep(Duration::from_millis(5)).await;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no timers: it is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`"
)]
pub trait Timer: Clone + Debug + Send + Sync + Unpin + 'static {
    /// Completes at a point in time.
    type Sleep: Sleep;

    /// The time by this runtime's clock, which may be a virtual one.
    fn now(&self) -> Instant;

    /// The time of day by this runtime's clock: by default that of the system.
    ///
    /// To be written anew by a backend whose time is a virtual one; a clock that was merely
    /// [paused](PauseClock) leaves the time of day alone. Unlike [`now`](Self::now), it may be
    /// set, forwards and backwards, by whoever sets the clock of the system.
    ///
    /// ```
    /// use anyrt_core::{Timer, time::{Duration, SystemTime}};
    ///
    /// fn since_1970<R: Timer>(runtime: &R) -> Duration {
    ///     runtime.system_now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    /// }
    /// ```
    fn system_now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// Completes once `deadline` has passed; at the first poll if it already has (T3).
    ///
    /// May be called from anywhere, and polled on any executor and thread (T6). The deadline is
    /// that of the call, whenever the first poll comes (T1).
    fn sleep_until(&self, deadline: Instant) -> Self::Sleep;

    /// Completes after `duration`, counted from this call (T1).
    ///
    /// A duration too long to be added to now, such as [`Duration::MAX`], never ends (T4).
    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.sleep_until(deadline_after(self.now(), duration))
    }
}

/// A future that completes at its deadline.
///
/// Never early (T2), with one exception: on a runtime that has its timers to itself it completes at
/// once when the runtime is gone, because nothing would ever wake it (R6). Ready at each poll after its
/// deadline, woken or not (T11), and again when polled after it was ready (T5). Cancel safe; dropping it
/// frees its timer (T10).
pub trait Sleep: Future<Output = ()> + Debug + Send + Sync + 'static {
    /// When it completes.
    fn deadline(&self) -> Instant;

    /// Whether the deadline has passed by the runtime's clock, polled or not.
    fn is_elapsed(&self) -> bool;

    /// Moves the deadline, to earlier or later (T7).
    ///
    /// Whoever polled it last and waits is woken at the new deadline, without a poll in between (T12).
    fn reset(self: Pin<&mut Self>, deadline: Instant);
}

/// `start + duration`, or a time that nobody will live to see where that overflows.
///
/// Thirty years: far enough to be never, near enough for every timer implementation to add to.
#[inline]
pub(crate) fn deadline_after(start: Instant, duration: Duration) -> Instant {
    const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    start.checked_add(duration.min(NEVER)).unwrap_or(start)
}
