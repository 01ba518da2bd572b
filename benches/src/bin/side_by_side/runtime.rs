//! What the workloads need of a runtime. Each of the two does it by its own functions.

mod native;
mod tokio;

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) use native::Native;
pub(crate) use tokio::Tokio;

/// A runtime with its threads.
///
/// The functions without `self` are for code that the runtime polls.
pub(crate) trait Runtime: Sized + 'static {
    const NAME: &'static str;

    type Join<T: Send + 'static>: Future<Output = Result<T, Self::JoinError>> + Send + Unpin;
    type JoinError: Debug + Send;
    type Stream: Stream;
    type Listener: Listener<Stream = Self::Stream>;

    fn start(workers: usize) -> io::Result<Self>;

    fn block_on<F: Future>(&self, future: F) -> F::Output;

    /// For threads outside.
    fn spawn_on<F>(&self, future: F) -> Self::Join<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    fn spawn<F>(future: F) -> Self::Join<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    fn spawn_blocking<F, T>(closure: F) -> Self::Join<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    fn yield_now() -> impl Future<Output = ()> + Send + 'static;

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send + 'static;

    /// Runs `future` as a task, and waits for it.
    fn run<F>(&self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let task = async {
            // From here on by a worker's loop, and not within the poll of whoever awaits it.
            Self::yield_now().await;
            future.await
        };
        self.block_on(async { Self::spawn(task).await.unwrap() })
    }
}

/// How many connections wait to be accepted, at most.
const BACKLOG: u32 = 1024;

/// A TCP connection. Closed without a trace, so that ports do not run out.
pub(crate) trait Stream: Sized + Send + 'static {
    fn connect(address: SocketAddr) -> impl Future<Output = io::Result<Self>> + Send;

    fn read(&mut self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>> + Send;

    fn write_all(&mut self, bytes: &[u8]) -> impl Future<Output = io::Result<()>> + Send;
}

pub(crate) trait Listener: Sized + Send + 'static {
    type Stream: Stream;

    /// A free port of this machine, with a long queue.
    fn bind() -> io::Result<Self>;

    fn address(&self) -> io::Result<SocketAddr>;

    fn accept(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}
