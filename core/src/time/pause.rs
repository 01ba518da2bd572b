//! A clock that can be stopped and moved: a capability, for tests.

use std::future::Future;
use std::io;

use super::{Duration, Timer};

/// A runtime whose clock can be paused, so that tests of what takes long take no time.
///
/// Guarantees: T14 to T17 of the [table](crate#guarantees), and all others of timers, by the clock as it then
/// is: no sleep is early by [`now`](Timer::now), although a year of it may pass in no time.
///
/// Only a runtime without worker threads can have it, for only there does one thread know that nothing is
/// left to do. Where a runtime that can't is behind a type that can (one with workers, or one that
/// `anyrt::Handle` stands for), each method that would change the clock returns `Unsupported`.
///
/// # While the clock is paused
///
/// [`now`](Timer::now) stands still, and goes on in two ways only:
///
/// - [`advance_clock`](Self::advance_clock) moves it;
/// - it *jumps* to the next deadline of all sleeps that wait, as soon as nothing is left to do but to wait for the
///   time (T16).
///
/// The clock does not jump (T17)
///
/// - while a task can be polled, or a thread in `block_on` does anything but wait;
/// - while a blocking closure runs or is queued, unless it waits in `block_on` itself. So what waits for a
///   closure, as files do, waits as long as that takes, and none of its time limits passes;
/// - before a look at the sockets. What is ready there goes first. A socket that is *not* ready holds nothing: a
///   read with a time limit from a peer outside of the process elapses at once, unless something of the above
///   holds the clock meanwhile.
///
/// It jumps to no deadline that is further than a hundred years from the start of the runtime: such ones never come.
/// The thirty years of [`Duration::MAX`] do, if nothing else is left (T4).
///
/// [`system_now`](Timer::system_now) and the clocks of the standard library go on as ever, among them
/// `Instant::now` and `Instant::elapsed`: code under test asks the runtime for the time.
///
/// ```
/// use anyrt_core::{PauseClock, time::Duration};
///
/// async fn a_year<R: PauseClock>(runtime: &R) -> std::io::Result<()> {
///     runtime.pause_clock()?;
///     let start = runtime.now();
///     let year = Duration::from_secs(365 * 24 * 60 * 60);
///     runtime.sleep(year).await; // at once
///     assert_eq!(runtime.now() - start, year);
///     runtime.resume_clock()
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the clock of `{Self}` can't be paused",
    label = "its backend has no clock that can be paused",
    note = "those of native and smol can, and `anyrt::Handle` returns an error where it can't"
)]
pub trait PauseClock: Timer {
    /// Stops the clock (T14).
    ///
    /// # Errors
    /// `Unsupported` where the clock can't be paused, as on a runtime with worker threads; `InvalidInput` if it is
    /// paused already. Nothing is changed then.
    fn pause_clock(&self) -> io::Result<()>;

    /// Lets the clock go on, from where it is, in real time (T14).
    ///
    /// # Errors
    /// `InvalidInput` if it is not paused, and `Unsupported` where it can't be.
    fn resume_clock(&self) -> io::Result<()>;

    /// Moves a paused clock, when this is first polled, and lets what has become due have its turn (T15).
    ///
    /// All sleeps that have become due find the same time, the new one. To go from deadline to
    /// deadline, [`sleep`](Timer::sleep) instead: then the clock jumps to each of them.
    ///
    /// Cancel safe: the clock stays moved if this is dropped after that. Awaited on another executor than
    /// the runtime's, it does not wait for the turns of the runtime's tasks; and with several threads in `block_on` not
    /// for what another one of them has begun.
    ///
    /// # Errors
    /// `InvalidInput` if the clock is not paused, or would be further than a hundred years from the start of
    /// the runtime; `Unsupported` where it can't be paused.
    fn advance_clock(&self, by: Duration) -> impl Future<Output = io::Result<()>> + Send;

    /// Whether the clock is paused.
    fn is_clock_paused(&self) -> bool;
}
