//! Pausing the clock of the runtime, where its backend can.

use std::future::Future;
use std::io;

use anyrt_core::PauseClock;
use anyrt_core::time::Duration;

use crate::Handle;
use crate::default_runtime::{here, running_here};

/// Stops the clock of the runtime: [`now`](super::now) stands still, and the clock goes on by [`advance`] alone, and
/// by jumps where nothing is left to do but to wait for it.
///
/// See [testing with time](super#testing-with-time), and [`PauseClock`] for all that is promised.
///
/// ```
/// # #[anyrt::main(backend = "native", current_thread)]
/// # async fn main() -> std::io::Result<()> {
/// use anyrt::time::{self, Duration};
///
/// time::pause()?;
/// let start = time::now();
/// time::sleep(Duration::from_secs(3600)).await; // at once
/// assert_eq!(time::now() - start, Duration::from_secs(3600));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `Unsupported` where the clock can't be paused: on a runtime with worker threads, and on any backend but native and smol.
/// `InvalidInput` if it is paused already. (tokio panics instead.)
///
/// # Panics
/// As [`spawn`](crate::spawn).
#[track_caller]
pub fn pause() -> io::Result<()> {
    pause_on(&here())
}

/// [`pause`] on a given runtime.
///
/// ```
/// let runtime = anyrt::Builder::new().backend("native").current_thread().build()?;
/// anyrt::time::pause_on(runtime.handle())?;
/// assert!(anyrt::time::is_paused_on(runtime.handle()));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// As [`pause`].
pub fn pause_on<R: PauseClock>(runtime: &R) -> io::Result<()> {
    runtime.pause_clock()
}

/// Lets a paused clock go on, from where it is, in real time.
///
/// ```
/// # #[anyrt::main(backend = "native", start_paused = true)]
/// # async fn main() -> std::io::Result<()> {
/// use anyrt::time::{self, Duration};
///
/// let start = time::now();
/// time::advance(Duration::from_secs(10)).await?;
/// time::resume()?;
/// time::sleep(Duration::from_millis(2)).await; // takes its time
/// assert!(time::now() - start >= Duration::from_millis(10_002));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `InvalidInput` if it is not paused, and `Unsupported` where it can't be. (tokio panics instead.)
///
/// # Panics
/// As [`spawn`](crate::spawn).
#[track_caller]
pub fn resume() -> io::Result<()> {
    resume_on(&here())
}

/// [`resume`] on a given runtime.
///
/// # Errors
/// As [`resume`].
pub fn resume_on<R: PauseClock>(runtime: &R) -> io::Result<()> {
    runtime.resume_clock()
}

/// Moves a paused clock by `duration`, and lets what has become due have its turn.
///
/// All sleeps that have become due find the same time, the new one. To go from deadline to deadline,
/// [`sleep`](super::sleep()) instead.
///
/// The clock is moved when this is first polled. Cancel safe: it stays moved if this is dropped then.
///
/// ```
/// # #[anyrt::main(backend = "native", start_paused = true)]
/// # async fn main() -> std::io::Result<()> {
/// use anyrt::time::{self, Duration};
///
/// let task = anyrt::spawn(time::sleep(Duration::from_secs(60)));
/// time::advance(Duration::from_secs(59)).await?;
/// assert!(!task.is_finished());
/// time::advance(Duration::from_secs(1)).await?;
/// assert!(task.is_finished());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `InvalidInput` if the clock is not paused, or would be more than a hundred years ahead; `Unsupported`
/// where it can't be paused. (tokio panics instead.)
///
/// # Panics
/// As [`spawn`](crate::spawn).
pub async fn advance(duration: Duration) -> io::Result<()> {
    // What `here` returns is for immediate use.
    let runtime = Handle::current();
    advance_on(&runtime, duration).await
}

/// [`advance`] on a given runtime; as cancel safe.
///
/// ```
/// use anyrt::time::{self, Duration};
///
/// let builder = anyrt::Builder::new().backend("native").current_thread();
/// let runtime = builder.start_paused(true).build()?;
/// runtime.block_on(time::advance_on(runtime.handle(), Duration::from_secs(1)))?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// As [`advance`].
pub fn advance_on<R: PauseClock>(
    runtime: &R,
    duration: Duration,
) -> impl Future<Output = io::Result<()>> + Send + '_ {
    runtime.advance_clock(duration)
}

/// Whether the clock of the runtime is paused.
///
/// Where no runtime runs it is not, and none is started for this.
///
/// ```
/// assert!(!anyrt::time::is_paused());
/// ```
pub fn is_paused() -> bool {
    running_here().is_some_and(|runtime| is_paused_on(&runtime))
}

/// [`is_paused`] on a given runtime.
pub fn is_paused_on<R: PauseClock>(runtime: &R) -> bool {
    runtime.is_clock_paused()
}

/// The clock of the backend, if that can be paused: on others, and on those of `Handle::custom`, each method
/// that would change it returns `Unsupported`.
impl PauseClock for Handle {
    fn pause_clock(&self) -> io::Result<()> {
        self.check_process()?;
        dispatch!(Handles(handle) = &self.handles => ClockOf(handle).pause())
    }

    fn resume_clock(&self) -> io::Result<()> {
        self.check_process()?;
        dispatch!(Handles(handle) = &self.handles => ClockOf(handle).resume())
    }

    async fn advance_clock(&self, by: Duration) -> io::Result<()> {
        self.check_process()?;
        dispatch!(Handles(handle) = &self.handles => ClockOf(handle).advance(by).await)
    }

    fn is_clock_paused(&self) -> bool {
        dispatch!(Handles(handle) = &self.handles => ClockOf(handle).is_paused())
    }
}

/// The clock of a backend's handle. Where the type of that is known, its methods are those right below if it is
/// `PauseClock`, and else those of [`Unpausable`]: so no list says which backends are.
#[allow(dead_code, reason = "none of the backends that are compiled in may have such a clock")]
struct ClockOf<'a, H>(&'a H);

#[allow(dead_code, reason = "as above")]
impl<H: PauseClock> ClockOf<'_, H> {
    fn pause(&self) -> io::Result<()> {
        self.0.pause_clock()
    }

    fn resume(&self) -> io::Result<()> {
        self.0.resume_clock()
    }

    async fn advance(&self, by: Duration) -> io::Result<()> {
        self.0.advance_clock(by).await
    }

    fn is_paused(&self) -> bool {
        self.0.is_clock_paused()
    }
}

/// The methods of a clock that can't be paused.
trait Unpausable {
    fn pause(&self) -> io::Result<()> {
        refuse()
    }

    fn resume(&self) -> io::Result<()> {
        refuse()
    }

    async fn advance(&self, _: Duration) -> io::Result<()> {
        refuse()
    }

    fn is_paused(&self) -> bool {
        false
    }
}

impl<H> Unpausable for ClockOf<'_, H> {}

fn refuse() -> io::Result<()> {
    let what = "this backend has no clock that can be paused: run the test on native or smol, as by \
                `#[anyrt::test(backend = \"native\", start_paused = true)]`";
    Err(io::Error::new(io::ErrorKind::Unsupported, what))
}
