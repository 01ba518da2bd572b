//! Sleeps are those of `anyrt_async_io`.

use std::time::Instant;

use anyrt_async_io::Sleep;
use anyrt_core::Timer;

use super::Handle;

impl Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep::until(deadline)
    }
}
