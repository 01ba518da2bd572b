//! Sleeps are async-io's, whose timers belong to the process.

use std::time::Instant;

use anyrt_core::Timer;

use crate::Handle;

pub use anyrt_async_io::Sleep;

impl Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep::until(deadline)
    }
}
