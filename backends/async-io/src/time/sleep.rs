//! Sleeps are async-io's timers, made fused and budgeted.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use anyrt_core::coop;
use async_io::Timer;

/// A sleep on async-io's timers.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    deadline: Instant,
    // async-io's timer fires once, and does not fire again when it is polled after that. Until then each poll asks for
    // the time.
    has_fired: bool,
    timer: Timer,
}

impl Sleep {
    /// Completes once `deadline` has passed.
    pub fn until(deadline: Instant) -> Self {
        Self { deadline, has_fired: false, timer: Timer::at(deadline) }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let operation = ready!(coop::poll_proceed(cx));
        if !self.has_fired {
            ready!(Pin::new(&mut self.timer).poll(cx));
            self.has_fired = true;
        }
        operation.made_progress();
        Poll::Ready(())
    }
}

impl anyrt_core::Sleep for Sleep {
    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn is_elapsed(&self) -> bool {
        self.deadline <= Instant::now()
    }

    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        self.deadline = deadline;
        self.has_fired = false;
        self.timer.set_at(deadline);
    }
}
