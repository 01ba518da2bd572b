//! What the SDK is given.

use std::fmt::Debug;

use anyrt_facade::task::Builder;
use anyrt_facade::time::Duration;
use anyrt_facade::{Handle, Tasks};
use opentelemetry_sdk::runtime;

use crate::{Receiver, Sender};

/// A runtime for OpenTelemetry's processors and readers.
///
/// `force_flush` and `shutdown` of a provider block their thread until the batch is exported, by a task of this runtime. In
/// async code call them in [`spawn_blocking`](anyrt_facade::spawn_blocking), or after `block_on`. On a current-thread
/// runtime, whose tasks wait for the thread in `block_on`, they would wait for ever elsewhere.
///
/// When the runtime ends, what has not been exported is lost, and `force_flush` and `shutdown` are errors: call `shutdown`
/// beforehand.
///
/// ```
/// use anyrt_opentelemetry::Runtime;
/// use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
///
/// let runtime = anyrt::Builder::new().build()?;
/// let for_spans = Runtime::new(runtime.handle().clone());
/// let processor = BatchSpanProcessor::builder(InMemorySpanExporter::default(), for_spans).build();
/// let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
/// // .. and after the program's work:
/// provider.shutdown()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Runtime<R: Tasks = Handle> {
    runtime: R,
}

impl<R: Tasks> Runtime<R> {
    /// The runtime of this handle.
    pub fn new(runtime: R) -> Self {
        Self { runtime }
    }
}

impl Runtime {
    /// The runtime that a call made here and now belongs to: see [`Handle::current`].
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn current() -> Self {
        Self::new(Handle::current())
    }
}

impl<R: Tasks> runtime::Runtime for Runtime<R> {
    fn spawn<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // It goes on without its handle (S2).
        drop(Builder::new().name("opentelemetry").spawn_on(&self.runtime, future));
    }

    fn delay(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        self.runtime.sleep(duration)
    }
}

impl<R: Tasks> runtime::RuntimeChannel for Runtime<R> {
    type Receiver<T: Debug + Send> = Receiver<T>;
    type Sender<T: Debug + Send> = Sender<T>;

    fn batch_message_channel<T: Debug + Send>(&self, capacity: usize) -> (Sender<T>, Receiver<T>) {
        // A channel has room for one at least.
        let (sender, receiver) = async_channel::bounded(capacity.max(1));
        (Sender(sender), Receiver::new(receiver))
    }
}
