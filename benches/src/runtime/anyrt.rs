//! anyrt's facade, on any of its backends.

use std::future::Future;
use std::io;
use std::time::Duration;

use ::anyrt::net::{TcpListener, TcpStream};
use ::anyrt::{Builder, JoinHandle};

use super::{Runtime, Unwrapped};

/// A runtime of the backend that it was started with.
#[derive(Debug)]
pub struct Anyrt(::anyrt::Runtime);

impl Anyrt {
    /// Starts it with so many workers.
    ///
    /// # Errors
    ///
    /// Those of the backend.
    pub fn start(backend: &str, workers: usize) -> io::Result<Self> {
        Builder::new().backend(backend).worker_threads(workers).build().map(Self)
    }
}

impl Runtime for Anyrt {
    type Join<T: Send + 'static> = Unwrapped<JoinHandle<T>>;
    type Stream = TcpStream;
    type Listener = TcpListener;

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn spawn_on<F>(&self, future: F) -> Unwrapped<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Unwrapped(self.0.spawn(future))
    }

    fn spawn<F>(future: F) -> Unwrapped<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Unwrapped(::anyrt::spawn(future))
    }

    fn detach(future: impl Future<Output = ()> + Send + 'static) {
        drop(::anyrt::spawn(future));
    }

    fn detach_on(&self, future: impl Future<Output = ()> + Send + 'static) {
        drop(self.0.spawn(future));
    }

    fn spawn_blocking<F, T>(closure: F) -> Unwrapped<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Unwrapped(::anyrt::spawn_blocking(closure))
    }

    fn yield_now() -> impl Future<Output = ()> + Send + 'static {
        ::anyrt::task::yield_now()
    }

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        ::anyrt::time::sleep(duration)
    }
}
