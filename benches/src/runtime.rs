//! What the workloads need of a runtime. Each does it by its own functions.

mod anyrt;
pub mod async_std;
pub(crate) mod futures_io;
mod native;
mod smol;
mod smolscale;
mod sockets;
mod tokio;
mod unwrapped;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

pub use anyrt::Anyrt;
pub use async_std::AsyncStd;
pub use native::Native;
pub use smol::Smol;
pub use smolscale::Smolscale;
pub use tokio::Tokio;
use unwrapped::Unwrapped;

/// A runtime with its threads.
///
/// The functions without `self` are for code that the runtime polls.
pub trait Runtime: Sized + 'static {
    /// A task to be awaited. Its panics are those of whoever awaits it.
    type Join<T: Send + 'static>: Future<Output = T> + Send + Unpin;
    /// Its TCP connection.
    type Stream: Stream;
    /// Its TCP listener.
    type Listener: Listener<Stream = Self::Stream>;

    /// Polls `future` on this thread, until it is ready.
    fn block_on<F: Future>(&self, future: F) -> F::Output;

    /// For threads outside.
    fn spawn_on<F>(&self, future: F) -> Self::Join<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// A task that will be awaited.
    fn spawn<F>(future: F) -> Self::Join<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// A task that runs by itself.
    fn detach(future: impl Future<Output = ()> + Send + 'static);

    /// [`Self::detach`] for threads outside.
    fn detach_on(&self, future: impl Future<Output = ()> + Send + 'static);

    /// Runs a closure on a thread for those that may block.
    fn spawn_blocking<F, T>(closure: F) -> Self::Join<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    /// Lets other tasks run.
    fn yield_now() -> impl Future<Output = ()> + Send + 'static;

    /// Waits.
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
        self.block_on(async { Self::spawn(task).await })
    }
}

/// How many connections wait to be accepted, at most.
const BACKLOG: u16 = 1024;

/// A TCP connection, without Nagle's algorithm.
pub trait Stream: Sized + Send + 'static {
    /// Connects, so that the connection is closed without a trace: ports do not run out.
    fn connect(address: SocketAddr) -> impl Future<Output = io::Result<Self>> + Send;

    /// Reads what there is, once there is something.
    fn read(&mut self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>> + Send;

    /// Writes all of it.
    fn write_all(&mut self, bytes: &[u8]) -> impl Future<Output = io::Result<()>> + Send;
}

/// A TCP listener.
pub trait Listener: Sized + Send + 'static {
    /// What it accepts.
    type Stream: Stream;

    /// A free port of this machine, with a long queue.
    fn bind() -> io::Result<Self>;

    /// Where clients connect to.
    fn address(&self) -> io::Result<SocketAddr>;

    /// The next client.
    fn accept(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}
