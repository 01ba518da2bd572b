//! What opendal does concurrently.

use anyrt_facade::task::Builder;
use anyrt_facade::{Handle, Spawn};
use opendal_core::Execute;
use opendal_core::raw::BoxedStaticFuture;

/// Runs what opendal does concurrently: what `opendal::Executor::with` takes.
///
/// When the runtime ends, it drops its tasks. opendal panics where it waits for one of them then, so that operations are
/// to be over before.
///
/// ```
/// use anyrt_opendal::Executor;
/// use opendal_core::{OperationContext, Operator, services};
///
/// # anyrt::Builder::new().build()?.block_on(async {
/// let executor = opendal_core::Executor::with(Executor::current());
/// let operator = Operator::new(services::Memory::default())?;
/// let operator = operator.with_context(OperationContext::new().with_executor(executor));
/// operator.write("greeting", "hello").await?;
/// # Ok::<(), opendal_core::Error>(())
/// # }).unwrap();
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Executor<R: Spawn = Handle> {
    runtime: R,
}

impl<R: Spawn> Executor<R> {
    /// The runtime of this handle.
    pub fn new(runtime: R) -> Self {
        Self { runtime }
    }
}

impl Executor {
    /// The runtime that a call made here and now belongs to: see [`Handle::current`].
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn current() -> Self {
        Self::new(Handle::current())
    }
}

impl<R: Spawn> Execute for Executor<R> {
    fn execute(&self, future: BoxedStaticFuture<()>) {
        // It goes on without its handle (S2); opendal has one of its own.
        drop(Builder::new().name("opendal").spawn_on(&self.runtime, future));
    }
}
