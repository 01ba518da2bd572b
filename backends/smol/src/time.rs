//! Sleeps are async-io's, whose timers belong to the process: at the end of a runtime with workers those that wait go on, and
//! those that are polled after it are over. Without worker threads they go by a clock that can be paused.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyrt_async_io::{Alarm, Clock, Sources};
use anyrt_core::backend::{ClockSleep, clock_beside_workers};
use anyrt_core::task::joinable;
use anyrt_core::{PauseClock, Timer, coop, yield_now};

use crate::Handle;
use crate::handle::Owned;

impl Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        self.clock().map_or_else(Instant::now, |clock| clock.now())
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep(match self.clock() {
            None => Kind::OfProcess {
                sleep: anyrt_async_io::Sleep::until(deadline),
                sources: Arc::clone(self.sources()),
            },
            Some(clock) => Kind::ByClock(clock.sleep_until(deadline)),
        })
    }
}

/// A sleep on smol.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep(Kind);

#[derive(Debug)]
enum Kind {
    OfProcess {
        sleep: anyrt_async_io::Sleep,
        // They know of the end of the runtime.
        sources: Arc<Sources>,
    },
    ByClock(ClockSleep<Alarm>),
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            // That counts as well: a loop of such sleeps lets others go first, and its own executor end.
            Kind::OfProcess { sources, .. } if sources.is_over() => {
                coop::poll_proceed(cx).map(|operation| operation.made_progress())
            }
            Kind::OfProcess { sleep, .. } => Pin::new(sleep).poll(cx),
            Kind::ByClock(sleep) => Pin::new(sleep).poll(cx),
        }
    }
}

impl anyrt_core::Sleep for Sleep {
    fn deadline(&self) -> Instant {
        match &self.0 {
            Kind::OfProcess { sleep, .. } => sleep.deadline(),
            Kind::ByClock(sleep) => sleep.deadline(),
        }
    }

    fn is_elapsed(&self) -> bool {
        match &self.0 {
            Kind::OfProcess { sleep, .. } => sleep.is_elapsed(),
            Kind::ByClock(sleep) => sleep.is_elapsed(),
        }
    }

    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        match &mut self.0 {
            Kind::OfProcess { sleep, .. } => Pin::new(sleep).reset(deadline),
            Kind::ByClock(sleep) => Pin::new(sleep).reset(deadline),
        }
    }
}

impl PauseClock for Handle {
    fn pause_clock(&self) -> io::Result<()> {
        self.pausable()?.pause()
    }

    fn resume_clock(&self) -> io::Result<()> {
        self.pausable()?.resume()
    }

    async fn advance_clock(&self, by: Duration) -> io::Result<()> {
        let clock = self.pausable()?;
        let is_any_due = clock.advance(by)?;
        // Elsewhere nobody may be there to run what was woken.
        if !clock.is_driven_here() {
            return Ok(());
        }
        // Queued behind what was woken: when this had its turn, so have they.
        match self.owned().filter(|_| is_any_due) {
            Some(Owned { executor, .. }) => {
                // smol's own handle ends the process if a waker panics.
                let (task, behind) = joinable(async {});
                executor.spawn(task).detach();
                drop(behind.await);
            }
            None => yield_now().await,
        }
        Ok(())
    }

    fn is_clock_paused(&self) -> bool {
        self.clock().is_some_and(|clock| clock.is_paused())
    }
}

impl Handle {
    /// The clock, where it can be paused.
    fn pausable(&self) -> io::Result<&Arc<Clock>> {
        self.clock().ok_or_else(clock_beside_workers)
    }
}
