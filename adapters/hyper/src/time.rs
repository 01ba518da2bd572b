//! hyper's timers.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyrt_facade::{Handle, generic};
use pin_project_lite::pin_project;

/// Timers of a runtime, by its clock.
///
/// A sleep is the box that hyper asks for, and nothing else; moving its deadline allocates nothing.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() {
/// use std::time::{Duration, Instant};
/// use hyper::rt::Timer as _;
///
/// let timer = anyrt_hyper::Timer::new(anyrt::Handle::current());
/// let mut sleep = timer.sleep(Duration::from_secs(3600));
/// timer.reset(&mut sleep, Instant::now());
/// sleep.await;
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Timer<R = Handle> {
    runtime: R,
}

impl<R: generic::Timer> Timer<R> {
    /// Sleeps with `runtime`.
    pub fn new(runtime: R) -> Self {
        Self { runtime }
    }
}

impl<R: generic::Timer> hyper::rt::Timer for Timer<R> {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Sleep::<R> { sleep: self.runtime.sleep(duration) })
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Sleep::<R> { sleep: self.runtime.sleep_until(deadline) })
    }

    fn now(&self) -> Instant {
        self.runtime.now()
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn hyper::rt::Sleep>>, deadline: Instant) {
        match sleep.as_mut().downcast_mut_pin::<Sleep<R>>() {
            Some(ours) => generic::Sleep::reset(ours.project().sleep, deadline),
            None => *sleep = self.sleep_until(deadline),
        }
    }
}

pin_project! {
    /// A future that ends at its deadline, made by [`Timer`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct Sleep<R: generic::Timer = Handle> {
        #[pin]
        sleep: R::Sleep,
    }
}

impl<R: generic::Timer> Future for Sleep<R> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().sleep.poll(cx)
    }
}

impl<R: generic::Timer> hyper::rt::Sleep for Sleep<R> {}
