//! A tick at every period.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::{Duration, Instant, Sleep, Timer, deadline_after};

/// Ticks at a fixed period; the first tick is immediate (T8).
///
/// Also a [`Stream`] of the instants at which the ticks were due.
///
/// Ticks go on for as long as their runtime. When that is gone, an interval neither ticks too early
/// nor busies who waits for it (T13): the stream ends, and [`tick`](Self::tick) waits for ever, so that
/// what else a `select` has decides. Where the timers belong to the process, as on smol and async-std,
/// ticks go on.
///
/// ```
/// use anyrt_core::{Timer, time::{Duration, Interval}};
///
/// async fn heartbeat<R: Timer>(runtime: &R) {
///     let mut ticks = Interval::new(runtime, Duration::from_secs(1));
///     for _ in 0..3 {
///         ticks.tick().await;
///         println!("alive");
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Interval<R: Timer> {
    runtime: R,
    // On the heap because it is polled through `&mut Interval`, which is not pinned.
    sleep: Pin<Box<R::Sleep>>,
    period: Duration,
    missed: MissedTickBehavior,
}

impl<R: Timer> Interval<R> {
    /// Ticks now, and then every `period`.
    ///
    /// # Panics
    /// If `period` is zero.
    #[track_caller]
    pub fn new(runtime: &R, period: Duration) -> Self {
        Self::starting_at(runtime, runtime.now(), period)
    }

    /// Ticks at `start`, and then every `period`.
    ///
    /// # Panics
    /// If `period` is zero.
    #[track_caller]
    pub fn starting_at(runtime: &R, start: Instant, period: Duration) -> Self {
        assert!(
            !period.is_zero(),
            "the period of an interval must be longer than zero: to let others go first between two \
             steps, use `yield_now`"
        );
        Self {
            runtime: runtime.clone(),
            sleep: Box::pin(runtime.sleep_until(start)),
            period,
            missed: MissedTickBehavior::default(),
        }
    }

    /// Waits for the next tick and returns when it was due; waits for ever when the runtime is gone.
    ///
    /// Cancel safe: a tick is not lost when the future is dropped.
    ///
    /// ```
    /// use std::time::Duration;
    /// use anyrt_core::{Timer, time::Interval};
    ///
    /// async fn heartbeat<R: Timer>(ticks: &mut Interval<R>) {
    ///     for _ in 0..3 {
    ///         let due = ticks.tick().await;
    ///         println!("alive at {due:?}");
    ///     }
    /// }
    /// ```
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// Like [`tick`](Self::tick), for one task at a time.
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(self.poll_due(cx)).map_or(Poll::Pending, Poll::Ready)
    }

    /// When the next tick was due; `None` if it is not due yet and never will be.
    fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        ready!(self.sleep.as_mut().poll(cx));
        let (due, now) = (self.sleep.deadline(), self.runtime.now());
        if now < due {
            // A sleep is early only when its runtime is gone (R6), and would be so at once again.
            return Poll::Ready(None);
        }
        let next = self.missed.next_deadline(due, now, self.period);
        self.sleep.as_mut().reset(next);
        Poll::Ready(Some(due))
    }

    /// Makes the next tick due one period from now.
    ///
    /// As after each of the four: the ticks behind it are one period apart from it, and whoever waits for the
    /// tick is woken when it is due (T12).
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// use std::time::Duration;
    ///
    /// let mut ticks = anyrt::time::interval(Duration::from_millis(2));
    /// ticks.tick().await;
    /// let start = anyrt::time::now();
    /// ticks.reset();
    /// assert!(ticks.tick().await >= start + Duration::from_millis(2));
    /// # }
    /// ```
    pub fn reset(&mut self) {
        self.reset_after(self.period);
    }

    /// Makes the next tick due at once.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// use anyrt::time::{self, Duration};
    ///
    /// let mut ticks = time::interval(Duration::from_secs(3600));
    /// ticks.tick().await;
    /// ticks.reset_immediately();
    /// ticks.tick().await;
    /// # }
    /// ```
    pub fn reset_immediately(&mut self) {
        self.reset_at(self.runtime.now());
    }

    /// Makes the next tick due when `after` has passed, counted from this call, whatever the period is.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// use anyrt::time::{self, Duration};
    ///
    /// let mut ticks = time::interval(Duration::from_secs(3600));
    /// ticks.tick().await;
    /// ticks.reset_after(Duration::from_millis(1));
    /// ticks.tick().await;
    /// # }
    /// ```
    pub fn reset_after(&mut self, after: Duration) {
        self.reset_at(deadline_after(self.runtime.now(), after));
    }

    /// Makes the next tick due at `deadline`, whatever the period is.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// use anyrt::time::{self, Duration};
    ///
    /// let mut ticks = time::interval(Duration::from_secs(3600));
    /// ticks.tick().await;
    /// ticks.reset_at(time::now() + Duration::from_millis(1));
    /// ticks.tick().await;
    /// # }
    /// ```
    pub fn reset_at(&mut self, deadline: Instant) {
        self.sleep.as_mut().reset(deadline);
    }

    /// The time between two ticks.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// What happens to ticks that were missed.
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed
    }

    /// Chooses what happens to ticks that were missed. Default: [`MissedTickBehavior::Burst`].
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// use std::time::Duration;
    /// use anyrt_core::time::MissedTickBehavior;
    ///
    /// let mut ticks = anyrt::time::interval(Duration::from_millis(2));
    /// ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    /// assert_eq!(ticks.missed_tick_behavior(), MissedTickBehavior::Skip);
    /// # }
    /// ```
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed = behavior;
    }
}

// Whatever the handle is: it is not pinned, and the sleep is pinned on its own.
impl<R: Timer> Unpin for Interval<R> {}

impl<R: Timer> Stream for Interval<R> {
    type Item = Instant;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        self.poll_due(cx)
    }
}

/// What an [`Interval`] does when ticks were missed because nobody asked for them in time.
///
/// With a period of 10, ticks taken at 0 and then at 25, the following ones are due at:
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissedTickBehavior {
    /// 20, 30, 40: the missed ones come in a burst until the schedule is met again.
    #[default]
    Burst,
    /// 35, 45, 55: a full period after the late one; the schedule moves.
    Delay,
    /// 30, 40, 50: the missed ones are left out; the schedule stays.
    Skip,
}

impl MissedTickBehavior {
    fn next_deadline(self, due: Instant, now: Instant, period: Duration) -> Instant {
        let next = deadline_after(due, period);
        if now <= next {
            return next;
        }
        match self {
            Self::Burst => next,
            Self::Delay => deadline_after(now, period),
            Self::Skip => {
                let late = remainder(now.duration_since(due), period);
                deadline_after(now, period - late)
            }
        }
    }
}

fn remainder(dividend: Duration, divisor: Duration) -> Duration {
    const NANOS_PER_SECOND: u128 = 1_000_000_000;
    let nanos = dividend.as_nanos() % divisor.as_nanos();
    // Both fit: the remainder is shorter than `divisor`.
    Duration::new((nanos / NANOS_PER_SECOND) as u64, (nanos % NANOS_PER_SECOND) as u32)
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    /// The deadline after a tick that was due at 10 and taken at `now`, with a period of 10.
    fn next(behavior: MissedTickBehavior, now: u64) -> u64 {
        let start = Instant::now();
        let at = |units| start + Duration::from_secs(units);
        behavior
            .next_deadline(at(10), at(now), Duration::from_secs(10))
            .duration_since(start)
            .as_secs()
    }

    #[test]
    fn ticks_in_time_keep_the_schedule() {
        use MissedTickBehavior::{Burst, Delay, Skip};
        for behavior in [Burst, Delay, Skip] {
            assert_eq!(next(behavior, 10), 20, "{behavior:?}");
            assert_eq!(next(behavior, 17), 20, "{behavior:?}");
        }
    }

    #[test]
    fn missed_ticks_follow_the_behavior() {
        assert_eq!(next(MissedTickBehavior::Burst, 45), 20);
        assert_eq!(next(MissedTickBehavior::Delay, 45), 55);
        assert_eq!(next(MissedTickBehavior::Skip, 45), 50);
    }

    #[test]
    fn absurd_periods_do_not_overflow() {
        let now = Instant::now();
        for behavior in
            [MissedTickBehavior::Burst, MissedTickBehavior::Delay, MissedTickBehavior::Skip]
        {
            let next = behavior.next_deadline(now, now, Duration::MAX);
            assert!(next > now + Duration::from_secs(1_000_000));
        }
    }
}
