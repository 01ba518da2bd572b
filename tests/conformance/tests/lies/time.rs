//! Lies about the clock and about sleeps.

use std::future::Future;
use std::mem::{forget, replace};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use anyrt_core::{Sleep as _, Timer};

use super::Lie;
use super::runtime::Handle;
use super::waker::FirstWaker;

impl Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        const STEP: Duration = Duration::from_millis(10);
        static CALLS: AtomicU32 = AtomicU32::new(0);

        let now = self.tokio.now();
        if !Lie::TimeRunsBackwards.is_told() {
            return now;
        }
        now.checked_sub(CALLS.fetch_add(1, Relaxed) * STEP).unwrap_or(now)
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        const PERIOD: Duration = Duration::from_secs(1);
        const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

        let remaining = || deadline.saturating_duration_since(self.tokio.now());
        let used = match Lie::told() {
            Some(Lie::SleepsEndEarly) => deadline - remaining() / 2,
            // So an interval asks for its first tick; which period it has is not known here.
            Some(Lie::DelaysTheFirstTick) if remaining().is_zero() => deadline + PERIOD,
            Some(Lie::FarDeadlinesOverflow) if remaining() > YEAR => self.tokio.now(),
            _ => deadline,
        };
        Sleep {
            tokio: Some(Box::pin(self.tokio.sleep_until(used))),
            handle: self.tokio.clone(),
            remaining: Lie::CountsFromTheFirstPoll.is_told().then(remaining),
            first_waker: FirstWaker::default(),
            was_polled: false,
            was_late: false,
            was_ready: false,
        }
    }
}

/// A sleep on tokio.
#[derive(Debug)]
pub(crate) struct Sleep {
    // `None` only while it is being dropped.
    tokio: Option<Pin<Box<anyrt_tokio::Sleep>>>,
    handle: anyrt_tokio::Handle,
    /// For how long to sleep from the first poll on.
    remaining: Option<Duration>,
    first_waker: FirstWaker,
    was_polled: bool,
    was_late: bool,
    was_ready: bool,
}

const ALIVE: &str = "the sleep has not been dropped";

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut tokio = this.tokio.as_mut().expect(ALIVE).as_mut();
        let Some(lie) = Lie::told() else { return tokio.poll(cx) };

        if let Some(remaining) = this.remaining.take() {
            tokio.as_mut().reset(this.handle.now() + remaining);
        }
        let is_first = !replace(&mut this.was_polled, true);
        ready!(match lie {
            Lie::DoesNothing => Poll::Ready(()),
            Lie::PastDeadlinesWait if is_first => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Lie::SleepsPendAfterReady if this.was_ready => Poll::Pending,
            Lie::SleepsWaitToBeWoken if !is_first && !replace(&mut this.was_late, true) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Lie::NeverWakesSleepers => tokio.poll(&mut Context::from_waker(Waker::noop())),
            Lie::SleepsWakeTheFirst => tokio.poll(&mut this.first_waker.context(cx)),
            _ => tokio.poll(cx),
        });
        this.was_ready = true;
        Poll::Ready(())
    }
}

impl anyrt_core::Sleep for Sleep {
    fn deadline(&self) -> Instant {
        self.tokio.as_ref().expect(ALIVE).deadline()
    }

    fn is_elapsed(&self) -> bool {
        match Lie::told() {
            Some(Lie::SleepsNeedBudgetToElapse) => self.was_ready,
            _ => self.tokio.as_ref().expect(ALIVE).is_elapsed(),
        }
    }

    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        if !Lie::IgnoresReset.is_told() {
            self.was_ready = false;
            let mut tokio = self.tokio.as_mut().expect(ALIVE).as_mut();
            tokio.as_mut().reset(deadline);
            if Lie::ResetForgetsWhoWaits.is_told() {
                let _ = tokio.poll(&mut Context::from_waker(Waker::noop()));
            }
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if Lie::KeepsDroppedTimers.is_told() {
            forget(self.tokio.take());
        }
    }
}
