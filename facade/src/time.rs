//! Sleeping, time limits, intervals, and the clocks.
//!
//! Everything made here keeps to the runtime that it was made on, and may be polled anywhere.
//!
//! [`Instant`] and [`SystemTime`] are those of the standard library, except in browsers, where these panic.
//!
//! # Many deadlines
//!
//! What expires, each at its own time, is a set of sleeps: `FuturesUnordered` of the crate futures gives them in the order
//! in which they end, and asks only those that were woken. What tokio-util calls a `DelayQueue` is no more than that.
//!
//! ```
//! use anyrt::time::{Duration, sleep};
//! use futures_util::stream::{FuturesUnordered, StreamExt};
//!
//! # #[anyrt::main]
//! # async fn main() {
//! let expire = async |key, after| {
//!     sleep(Duration::from_millis(after)).await;
//!     key
//! };
//! let mut expired = FuturesUnordered::new();
//! expired.push(expire("later", 20));
//! expired.push(expire("soon", 1));
//! assert_eq!(expired.next().await, Some("soon"));
//! assert_eq!(expired.next().await, Some("later"));
//! assert_eq!(expired.next().await, None);
//! # }
//! ```
//!
//! # Testing with time
//!
//! A test of what takes an hour need not take one. On native and smol, without worker threads, the clock can be
//! paused, as tokio's can: [`pause`] does, and `start_paused = true` from the start.
//!
//! ```
//! use anyrt::time::{self, Duration};
//!
//! /// Tries again, after twice as long each time.
//! async fn retry<T>(mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
//!     let mut pause = Duration::from_secs(1);
//!     loop {
//!         if let Some(done) = attempt().await {
//!             return done;
//!         }
//!         time::sleep(pause).await;
//!         pause *= 2;
//!     }
//! }
//!
//! # /*
//! #[anyrt::test(backend = "native", start_paused = true)]
//! # */
//! # #[anyrt::main(backend = "native", start_paused = true)]
//! async fn each_pause_is_twice_as_long() {
//!     let start = time::now();
//!     let mut tries = 0;
//!     let mut at_the_tenth = async || {
//!         tries += 1;
//!         (tries == 10).then(|| time::now() - start)
//!     };
//!     // Over at once: nine pauses are 511 s.
//!     assert_eq!(retry(&mut at_the_tenth).await, Duration::from_secs(511));
//! }
//! # each_pause_is_twice_as_long();
//! ```
//!
//! Where nothing is left to do but to wait for the time, a paused clock *jumps* to the next deadline: exactly, so that
//! what is measured can be compared with `==`, and from one to the next, so that what happens has its order. It
//! does not jump while a blocking closure runs, nor past a socket that is ready; [`PauseClock`](crate::PauseClock) has the list. A
//! socket that is not ready yet holds nothing: where a peer in another process or thread is to answer within a time
//! limit, the limit may pass at once. Wait for such a peer in [`spawn_blocking`](crate::task::spawn_blocking), or
//! leave the clock alone.
//!
//! It is the clock of one runtime: [`now`], sleeps, time limits and intervals follow it. [`Instant::now`] and
//! [`Instant::elapsed`] are the standard library's, and so is the time of day, which
//! [`system_now`] tells: these go on as ever. (`tokio::time::Instant::now()` is `anyrt::time::now()`.)
//!
//! Elsewhere the calls are an error, `Unsupported`, and a runtime that is to start paused does not start.

mod pause;

use std::future::Future;
use std::marker::PhantomPinned;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_core::Timer;
use anyrt_core::observe::{self, Wait};
use pin_project_lite::pin_project;

pub use anyrt_core::time::{Duration, Elapsed, Instant, MissedTickBehavior, SystemTime};

use crate::Handle;
use crate::backends::Sleeps;
use crate::default_runtime::{here, running_here};

pub use pause::{advance, advance_on, is_paused, is_paused_on, pause, pause_on, resume, resume_on};

/// The time by the clock of the runtime, which may be a virtual one.
///
/// ```
/// # #[anyrt::main(current_thread)]
/// # async fn main() {
/// use std::time::Duration;
/// use anyrt::time;
///
/// let start = time::now();
/// time::sleep(Duration::from_millis(2)).await;
/// assert!(time::now() - start >= Duration::from_millis(2));
/// # }
/// ```
///
/// # Panics
/// As [`spawn`](crate::spawn).
#[track_caller]
pub fn now() -> Instant {
    here().now()
}

/// The time of day by the clock of the runtime, which may be a virtual one.
///
/// That is the runtime that the thread is inside, or else the default runtime if it runs. Where none runs it is the
/// time of the system: none is started for this.
///
/// ```
/// use anyrt::time::{SystemTime, system_now};
///
/// let since_1970 = system_now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
/// assert!(since_1970.as_secs() > 1_700_000_000);
/// ```
pub fn system_now() -> SystemTime {
    running_here().map_or_else(SystemTime::now, |handle| handle.system_now())
}

/// Completes after `duration`, counted from this call; never early.
///
/// A duration too long to be added to now, such as [`Duration::MAX`], never ends. Cancel safe.
///
/// How late it is on an idle machine is the [resolution](crate::Timer) of the backend's timers: up to a millisecond on
/// tokio, about a tenth of one elsewhere.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() {
/// use anyrt::time::{Duration, Instant};
///
/// let start = Instant::now();
/// anyrt::time::sleep(Duration::from_millis(5)).await;
/// assert!(start.elapsed() >= Duration::from_millis(5));
/// # }
/// ```
///
/// # Panics
/// As [`spawn`](crate::spawn).
#[inline]
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    Handle::sleep_here(duration)
}

/// Completes once `deadline` has passed; at the first poll if it already has. Cancel safe.
///
/// ```
/// # #[anyrt::main(current_thread)]
/// # async fn main() {
/// use std::time::Duration;
/// use anyrt::time;
///
/// let deadline = time::now() + Duration::from_millis(2);
/// time::sleep_until(deadline).await;
/// assert!(time::now() >= deadline);
/// # }
/// ```
///
/// # Panics
/// As [`spawn`](crate::spawn).
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    here().sleep_until(deadline)
}

/// Gives `future` at most `duration`, counted from this call.
///
/// The future is polled first: if it is ready its output wins, however late. Cancel safe if
/// `future` is.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() {
/// use std::future::pending;
/// use anyrt::time::{Duration, timeout};
///
/// let limit = Duration::from_millis(5);
/// assert_eq!(timeout(limit, async { 7 }).await, Ok(7));
/// assert!(timeout(limit, pending::<()>()).await.is_err());
/// # }
/// ```
///
/// # Errors
/// The future gives [`Elapsed`] if the time is over first.
///
/// # Panics
/// As [`spawn`](crate::spawn).
#[track_caller]
pub fn timeout<F: Future>(duration: Duration, future: F) -> Timeout<F> {
    anyrt_core::time::timeout(&here(), duration, future)
}

/// Gives `future` until `deadline`; see [`timeout`]. Cancel safe if `future` is.
///
/// ```
/// # #[anyrt::main(current_thread)]
/// # async fn main() {
/// use std::{future::pending, time::Duration};
/// use anyrt::time;
///
/// // One deadline for several steps.
/// let deadline = time::now() + Duration::from_millis(5);
/// assert_eq!(time::timeout_at(deadline, async { 7 }).await, Ok(7));
/// assert!(time::timeout_at(deadline, pending::<()>()).await.is_err());
/// # }
/// ```
///
/// # Errors
/// The future gives [`Elapsed`] if the deadline passes first.
///
/// # Panics
/// As [`spawn`](crate::spawn).
#[track_caller]
pub fn timeout_at<F: Future>(deadline: Instant, future: F) -> Timeout<F> {
    anyrt_core::time::timeout_at(&here(), deadline, future)
}

/// Ticks now, and then every `period`.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() {
/// use anyrt::time::{Duration, interval};
///
/// let mut ticks = interval(Duration::from_millis(2));
/// let first = ticks.tick().await; // at once
/// let second = ticks.tick().await;
/// assert_eq!(second - first, Duration::from_millis(2));
/// # }
/// ```
///
/// # Panics
/// If `period` is zero; a period that comes from outside is to be checked first. Otherwise as
/// [`spawn`](crate::spawn).
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    Interval::new(&here(), period)
}

/// Ticks at `start`, and then every `period`.
///
/// # Panics
/// If `period` is zero; otherwise as [`spawn`](crate::spawn).
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    Interval::starting_at(&here(), start, period)
}

/// A future with a time limit; made by [`timeout`].
pub type Timeout<F> = anyrt_core::time::Timeout<F, Sleep>;

/// Ticks at a fixed period; made by [`interval`].
pub type Interval = anyrt_core::time::Interval<Handle>;

pin_project! {
    /// A future that completes at its deadline; made by [`sleep`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct Sleep {
        #[pin]
        sleep: Sleeps,
        // Some backends have it in a list of timers, so it is to be pinned on all of them.
        #[pin]
        _pinned: PhantomPinned,
    }
}

// Whatever is compiled, as for a `Handle`.
impl UnwindSafe for Sleep {}
impl RefUnwindSafe for Sleep {}

impl Sleep {
    #[inline(always)]
    pub(crate) fn new(sleep: Sleeps) -> Self {
        Self { sleep, _pinned: PhantomPinned }
    }

    /// When it completes.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// use std::time::Duration;
    /// use anyrt::time;
    ///
    /// let before = time::now();
    /// let sleep = time::sleep(Duration::from_secs(1));
    /// assert!(sleep.deadline() >= before + Duration::from_secs(1));
    /// # }
    /// ```
    pub fn deadline(&self) -> Instant {
        anyrt_core::Sleep::deadline(&self.sleep)
    }

    /// Whether the deadline has passed, polled or not.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// use std::time::Duration;
    /// use anyrt::time;
    ///
    /// assert!(!time::sleep(Duration::from_secs(3600)).is_elapsed());
    /// assert!(time::sleep(Duration::ZERO).is_elapsed());
    /// # }
    /// ```
    pub fn is_elapsed(&self) -> bool {
        anyrt_core::Sleep::is_elapsed(&self.sleep)
    }

    /// Moves the deadline, to earlier or later.
    ///
    /// Whoever polled it last and waits is woken at the new deadline, without a poll in between.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// use std::{pin::pin, time::Duration};
    /// use anyrt::time;
    ///
    /// let mut sleep = pin!(time::sleep(Duration::from_secs(3600)));
    /// sleep.as_mut().reset(time::now() + Duration::from_millis(1));
    /// sleep.await;
    /// # }
    /// ```
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        anyrt_core::Sleep::reset(self.project().sleep, deadline);
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let poll = self.as_mut().project().sleep.poll(cx);
        observe::label(&poll, || Wait::sleep(self.deadline()));
        poll
    }
}

impl anyrt_core::Sleep for Sleep {
    fn deadline(&self) -> Instant {
        Sleep::deadline(self)
    }

    fn is_elapsed(&self) -> bool {
        Sleep::is_elapsed(self)
    }

    fn reset(self: Pin<&mut Self>, deadline: Instant) {
        Sleep::reset(self, deadline);
    }
}
