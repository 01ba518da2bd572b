//! The contract of `anyrt_core::PauseClock`, on a runtime's handle.

use std::io;
use std::time::Duration;

use anyrt_core::backend::clock_beside_workers;
use anyrt_core::{PauseClock, yield_now};

use crate::scheduler::Core;
use crate::shared::{Handle, INJECTOR_INTERVAL, Shared, runs};
use crate::time::Timers;

impl PauseClock for Handle {
    fn pause_clock(&self) -> io::Result<()> {
        self.with(|shared| shared.change_clock(Timers::pause))
    }

    fn resume_clock(&self) -> io::Result<()> {
        self.with(|shared| shared.change_clock(Timers::resume))
    }

    async fn advance_clock(&self, by: Duration) -> io::Result<()> {
        let (turns, queued) = self.with(|shared| {
            shared.check_clock()?;
            shared.timers.advance(by)?;
            Ok::<_, io::Error>((shared.turns(), shared.queued()))
        })?;
        loop {
            yield_now().await;
            let is_done = self.with(|shared| {
                let had_theirs = shared.turns().wrapping_sub(turns) as usize > queued;
                // Elsewhere than in the runtime this can't wait: nobody may be there to run what is queued.
                had_theirs || shared.queued() == 0 || !runs(shared)
            });
            if is_done {
                return Ok(());
            }
        }
    }

    fn is_clock_paused(&self) -> bool {
        self.with(|shared| shared.timers.is_paused())
    }
}

impl Shared {
    /// Whether the clock of this runtime can be paused at all.
    fn check_clock(&self) -> io::Result<()> {
        self.check_process()?;
        if self.has_workers() {
            return Err(clock_beside_workers());
        }
        Ok(())
    }

    fn change_clock(&self, change: fn(&Timers) -> io::Result<()>) -> io::Result<()> {
        self.check_clock()?;
        change(&self.timers)?;
        // The thread that sleeps there does so by the time that the clock showed.
        self.driver.kick();
        Ok(())
    }

    /// In how many turns of the queue all that wait have theirs; zero if none does.
    fn queued(&self) -> usize {
        self.injector.len() * INJECTOR_INTERVAL as usize
            + self.cores.iter().map(Core::queued).sum::<usize>()
    }

    /// How many turns of the queue there were so far, in a count that wraps: those of what events wake do not count.
    fn turns(&self) -> u32 {
        self.cores.iter().map(Core::oldest).fold(0, u32::wrapping_add)
    }
}
