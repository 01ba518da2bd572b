//! Stopping the clock of the runtime, for tests.

use std::io;
use std::time::Duration;

use anyrt::{Handle, PauseClock, Timer};

/// What tokio says where there is no clock to be stopped.
const NO_RUNTIME: &str = "time cannot be frozen from outside the Tokio runtime";

/// What tokio says where the clock is not the affair of one thread.
const HAS_WORKERS: &str = "`time::pause()` requires the `current_thread` Tokio runtime. This is the default Runtime \
                           used by `#[tokio::test].";

/// Stops the clock of the runtime: [`Instant::now`](super::Instant::now) stands still.
///
/// It goes on by [`advance`], and by itself: where nothing is left to do but to wait for the time, it jumps to
/// the next deadline. It does not jump while a [blocking closure](crate::task::spawn_blocking) runs.
///
/// # Panics
///
/// If the clock stands already, or the thread is not inside of a runtime of the flavor `current_thread`.
#[track_caller]
pub fn pause() {
    let runtime = runtime();
    match runtime.pause_clock() {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::Unsupported => refuse(&runtime),
        Err(_) => panic!("time is already frozen"),
    }
}

/// Lets a clock that stands go on, from where it is.
///
/// # Panics
///
/// If the clock does not stand, or the thread is not inside of a runtime.
#[track_caller]
pub fn resume() {
    let was_paused = runtime().resume_clock().is_ok();
    assert!(was_paused, "time is not frozen");
}

/// Moves a clock that stands by `duration`, and lets what has become due have its turn.
///
/// It moves in one jump: all sleeps that have become due find the same time, the new one. It does not wait for what
/// these sleeps have started; to go from deadline to deadline, [`sleep`](super::sleep()) instead.
///
/// # Panics
///
/// If the clock does not stand, or the thread is not inside of a runtime, or the clock would be more than a hundred
/// years ahead.
pub async fn advance(duration: Duration) {
    let runtime = runtime();
    assert!(runtime.is_clock_paused(), "time is not frozen");
    let is_told = runtime.now().checked_add(duration).is_some();
    assert!(is_told, "overflow when adding duration to instant");
    if let Err(error) = runtime.advance_clock(duration).await {
        panic!("{error}");
    }
}

#[track_caller]
fn runtime() -> Handle {
    Handle::try_current().expect(NO_RUNTIME)
}

#[track_caller]
fn refuse(runtime: &Handle) -> ! {
    match runtime.backend() {
        "native" | "smol" => panic!("{HAS_WORKERS}"),
        other => panic!("the clock of {other} can't be stopped: run this on native or smol"),
    }
}
