//! hyper's executor.

use anyrt_facade::task::Builder;
use anyrt_facade::{Handle, Spawn};

/// Starts what hyper and hyper-util spawn, as detached tasks of a runtime.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() {
/// use hyper::rt::Executor as _;
///
/// anyrt_hyper::Executor::new(anyrt::Handle::current()).execute(async { println!("in a task") });
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Executor<R = Handle> {
    runtime: R,
}

impl<R: Spawn> Executor<R> {
    /// Spawns with `runtime`.
    pub fn new(runtime: R) -> Self {
        Self { runtime }
    }
}

impl<R, F> hyper::rt::Executor<F> for Executor<R>
where
    R: Spawn,
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, future: F) {
        drop(Builder::new().name("hyper").spawn_on(&self.runtime, future));
    }
}
