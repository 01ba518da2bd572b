//! async-std, whose runtime is one for the process.

use std::env;
use std::future::Future;
use std::time::Duration;

use ::async_std::task::{self, JoinHandle};

use super::Runtime;

super::futures_io::sockets!(::async_std::net);

/// What async-std reads, when it starts.
pub const WORKERS: &str = "ASYNC_STD_THREAD_COUNT";

/// The runtime, which starts at the first call.
#[derive(Debug)]
pub struct AsyncStd(());

impl AsyncStd {
    /// Makes sure that it will start so many workers.
    ///
    /// # Errors
    ///
    /// The environment asks for another number.
    pub fn start(workers: usize) -> io::Result<Self> {
        match env::var(WORKERS) {
            Ok(number) if number == workers.to_string() => Ok(Self(())),
            _ => Err(io::Error::other(format!("set {WORKERS}={workers} for async-std"))),
        }
    }
}

impl Runtime for AsyncStd {
    type Join<T: Send + 'static> = JoinHandle<T>;
    type Stream = TcpStream;
    type Listener = TcpListener;

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        task::block_on(future)
    }

    fn spawn_on<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        task::spawn(future)
    }

    fn spawn<F>(future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        task::spawn(future)
    }

    fn detach(future: impl Future<Output = ()> + Send + 'static) {
        drop(task::spawn(future));
    }

    fn detach_on(&self, future: impl Future<Output = ()> + Send + 'static) {
        drop(task::spawn(future));
    }

    fn spawn_blocking<F, T>(closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        task::spawn_blocking(closure)
    }

    fn yield_now() -> impl Future<Output = ()> + Send + 'static {
        task::yield_now()
    }

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        task::sleep(duration)
    }
}
