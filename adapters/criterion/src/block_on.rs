//! What drives a benchmark.

use anyrt_facade::{BlockOn, Handle};
use criterion::async_executor::AsyncExecutor;

/// Drives the futures of a benchmark by `block_on` of a runtime: what `Bencher::to_async` takes.
///
/// Each iteration's future is polled by the benchmark's thread, inside the runtime. What it spawns runs on the workers.
///
/// ```
/// use anyrt_criterion::Executor;
/// use criterion::Criterion;
///
/// fn spawn(criterion: &mut Criterion) {
///     let runtime = anyrt::Builder::new().build().unwrap();
///     let executor = Executor::new(runtime.handle().clone());
///     criterion.bench_function("spawn and join", |bencher| {
///         bencher.to_async(&executor).iter(|| async { anyrt::spawn(async {}).await });
///     });
/// }
/// # let _: fn(&mut Criterion) = spawn;
/// ```
#[derive(Clone, Debug)]
pub struct Executor<R: BlockOn = Handle> {
    runtime: R,
}

impl<R: BlockOn> Executor<R> {
    /// The runtime of this handle.
    pub fn new(runtime: R) -> Self {
        Self { runtime }
    }
}

impl<R: BlockOn> AsyncExecutor for Executor<R> {
    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

impl<R: BlockOn> AsyncExecutor for &Executor<R> {
    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}
