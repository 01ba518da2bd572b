//! What a clock that can be paused has of async-io.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Waker};
use std::time::Instant;

use anyrt_core::backend::{ClockReactor, PausableClock};
use async_io::Timer;

use super::probe::{Look, Probe};

/// The clock of a runtime that is run by the threads in `block_on` alone; made by [`pausable_clock`].
pub type Clock = PausableClock<Alarm>;

/// A clock that can be paused, with one timer of async-io for all sleeps by it: that is set for the one that is over first.
///
/// ```
/// use std::pin::pin;
/// use std::time::Duration;
///
/// let clock = anyrt_async_io::pausable_clock();
/// clock.pause()?;
/// let start = clock.now();
/// let sleep = pin!(clock.sleep_until(start + Duration::from_secs(3600)));
/// async_io::block_on(clock.drive(sleep)); // at once
/// assert_eq!(clock.now() - start, Duration::from_secs(3600));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn pausable_clock() -> Arc<Clock> {
    PausableClock::new(|bell| Alarm {
        timer: Mutex::new(Timer::never()),
        bell,
        probe: OnceLock::new(),
    })
}

/// A timer of async-io, and a socket by which to look at the others.
#[derive(Debug)]
pub struct Alarm {
    timer: Mutex<Timer>,
    bell: Waker,
    /// There since the first pause.
    probe: OnceLock<Probe>,
}

impl ClockReactor for Alarm {
    type Look = Look;

    fn set_alarm(&self, time: impl FnOnce() -> Option<Instant>) -> bool {
        // async-io may drop wakers of others here. These find the clock unlocked, and set no alarm.
        let mut timer = self.timer.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(time) = time() else { return true };
        timer.set_at(time);
        Pin::new(&mut *timer).poll(&mut Context::from_waker(&self.bell)).is_pending()
    }

    fn prepare_to_look(&self) -> io::Result<()> {
        if self.probe.get().is_none() {
            // Of two threads one has come first.
            let _ = self.probe.set(Probe::new()?);
        }
        Ok(())
    }

    fn look(&self) -> Look {
        self.probe.get().expect("it is there since the first pause").look()
    }
}
