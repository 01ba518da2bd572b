//! A tick at every period.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use anyrt::Timer;

use super::instant::NEVER;
use super::{Instant, Sleep, sleep_until};
use crate::context;

/// How late a tick may be before it counts as missed.
const TOLERANCE: Duration = Duration::from_millis(5);

/// Ticks now, and then every `period`.
///
/// # Panics
///
/// If `period` is zero, or the thread is not inside of a runtime, or inside of one that was built without time.
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    assert_not_zero(period);
    let now = Instant::from_std(context::with_time().now());
    Interval::new(now, period)
}

/// Ticks at `start`, and then every `period`.
///
/// # Panics
///
/// If `period` is zero, or the thread is not inside of a runtime, or inside of one that was built without time.
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert_not_zero(period);
    Interval::new(start, period)
}

#[track_caller]
fn assert_not_zero(period: Duration) {
    assert!(!period.is_zero(), "`period` must be non-zero.");
}

/// Ticks at a fixed period; made by [`interval`] and [`interval_at`].
#[derive(Debug)]
pub struct Interval {
    // On the heap because it is polled through `&mut Interval`, which is not pinned.
    delay: Pin<Box<Sleep>>,
    period: Duration,
    missed_tick_behavior: MissedTickBehavior,
}

impl Interval {
    #[track_caller]
    fn new(start: Instant, period: Duration) -> Self {
        let delay = Box::pin(sleep_until(start));
        let period = period.min(NEVER);
        Self { delay, period, missed_tick_behavior: MissedTickBehavior::default() }
    }

    /// Waits for the next tick, and returns when it was due.
    ///
    /// Cancel safe: no tick is lost when the future is dropped.
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// Like [`tick`](Self::tick), for one task at a time: the waker of the last call is woken.
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(self.delay.as_mut().poll(cx));
        let (due, now) = (self.delay.deadline(), Instant::now());
        let next = if now > due.after(TOLERANCE) {
            self.missed_tick_behavior.next_tick(due, now, self.period)
        } else {
            due.after(self.period)
        };
        self.delay.as_mut().reset(next);
        Poll::Ready(due)
    }

    /// Ticks one period from now, and goes on from there, whatever was missed.
    pub fn reset(&mut self) {
        self.reset_after(self.period);
    }

    /// Ticks now, and goes on from there, whatever was missed.
    pub fn reset_immediately(&mut self) {
        self.reset_at(Instant::now());
    }

    /// Ticks after `after`, and goes on from there, whatever was missed.
    pub fn reset_after(&mut self, after: Duration) {
        self.reset_at(Instant::now().after(after));
    }

    /// Ticks at `deadline`, and goes on from there, whatever was missed before.
    pub fn reset_at(&mut self, deadline: Instant) {
        self.delay.as_mut().reset(deadline);
    }

    /// What happens after a tick that was missed.
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed_tick_behavior
    }

    /// Says what happens after a tick that was missed.
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed_tick_behavior = behavior;
    }

    /// How long it is from one tick to the next; 30 years at most.
    pub fn period(&self) -> Duration {
        self.period
    }
}

/// When an [`Interval`] ticks after a tick that was asked for too late, by more than 5 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissedTickBehavior {
    /// At once, as often as it was missed, until it is where it would have been.
    #[default]
    Burst,
    /// One period after the late tick was asked for, and so on from there.
    Delay,
    /// At the next time that lies a multiple of the period after the start.
    Skip,
}

impl MissedTickBehavior {
    fn next_tick(self, due: Instant, now: Instant, period: Duration) -> Instant {
        match self {
            Self::Burst => due.after(period),
            Self::Delay => now.after(period),
            Self::Skip => now.after(period - remainder(now - due, period)),
        }
    }
}

fn remainder(dividend: Duration, divisor: Duration) -> Duration {
    const NANOS_PER_SECOND: u128 = 1_000_000_000;
    let nanos = dividend.as_nanos() % divisor.as_nanos();
    // Both fit: the remainder is shorter than `divisor`.
    Duration::new((nanos / NANOS_PER_SECOND) as u64, (nanos % NANOS_PER_SECOND) as u32)
}
