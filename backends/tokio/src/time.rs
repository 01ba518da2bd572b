//! Sleeps are tokio's, with the clock asked first.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use anyrt_core::Timer;
use anyrt_core::task::ContainedWaker;
use pin_project_lite::pin_project;

use crate::Handle;
use crate::coop::{self, WAKERS};

impl Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        let _guard = self.enter_tokio();
        tokio::time::Instant::now().into_std()
    }

    // With one look at the clock, and tokio's end of time, which is as far away as that of the contract (T4).
    #[inline(always)]
    fn sleep(&self, duration: Duration) -> Sleep {
        let timer = self.make(|| tokio::time::sleep(duration));
        Sleep { waker: ContainedWaker::default(), timer }
    }

    #[inline]
    fn sleep_until(&self, deadline: Instant) -> Sleep {
        let deadline = convert(deadline);
        let timer = self.make(|| tokio::time::sleep_until(deadline));
        Sleep { waker: ContainedWaker::default(), timer }
    }
}

pin_project! {
    /// A sleep on tokio; late by up to a millisecond, which is the resolution of tokio's timers.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct Sleep {
        // tokio's timers wake in its driver.
        waker: ContainedWaker,
        #[pin]
        timer: tokio::time::Sleep,
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // tokio's timer rounds up to its next millisecond, a past deadline too. And it knows the time of the last look at
        // the clock by whoever drives the runtime, which may be busy with this very task (T11).
        if anyrt_core::Sleep::is_elapsed(&*self) {
            ready!(coop::poll_proceed(cx)).made_progress();
            return Poll::Ready(());
        }
        let this = self.project();
        // It panics when its runtime is gone, and does so before it changes anything.
        let poll = |cx: &mut Context<'_>| coop::poll(this.timer, cx);
        let poll = || this.waker.poll(&WAKERS, cx, poll);
        let polled = catch_unwind(AssertUnwindSafe(poll));
        polled.unwrap_or_else(|payload| match payload.downcast_ref::<String>() {
            Some(text) if text.contains("being shutdown") => Poll::Ready(()),
            _ => resume_unwind(payload),
        })
    }
}

impl anyrt_core::Sleep for Sleep {
    fn deadline(&self) -> Instant {
        self.timer.deadline().into_std()
    }

    fn is_elapsed(&self) -> bool {
        self.timer.deadline() <= tokio::time::Instant::now()
    }

    fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.project().timer.reset(convert(deadline));
    }
}

/// tokio adds up to its resolution to a deadline, so the very last instants have to come earlier.
fn convert(deadline: Instant) -> tokio::time::Instant {
    const RESOLUTION: Duration = Duration::from_millis(1);
    let is_last = deadline.checked_add(RESOLUTION).is_none();
    tokio::time::Instant::from_std(if is_last { deadline - RESOLUTION } else { deadline })
}
