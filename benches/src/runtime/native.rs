//! The native runtime.

use std::future::Future;
use std::io;
use std::time::Duration;

use anyrt_native::net::{TcpListener, TcpStream};
use anyrt_native::{
    BlockOn, Builder, Current, Handle, JoinHandle, Launch, Spawn, SpawnBlocking, Timer,
};

use super::{Runtime, Unwrapped};

/// The runtime.
#[derive(Debug)]
pub struct Native(anyrt_native::Runtime);

fn here() -> Handle {
    Handle::try_here().expect("the workloads are polled by the runtime")
}

impl Native {
    /// Starts it with so many workers.
    pub fn start(workers: usize) -> io::Result<Self> {
        Builder::new().worker_threads(workers).build().map(Self)
    }
}

impl Runtime for Native {
    type Join<T: Send + 'static> = Unwrapped<JoinHandle<T>>;
    type Stream = TcpStream;
    type Listener = TcpListener;

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.handle().block_on(future)
    }

    fn spawn_on<F>(&self, future: F) -> Unwrapped<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Unwrapped(self.0.handle().spawn(future))
    }

    fn spawn<F>(future: F) -> Unwrapped<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Unwrapped(here().spawn(future))
    }

    fn detach(future: impl Future<Output = ()> + Send + 'static) {
        drop(here().spawn(future));
    }

    fn detach_on(&self, future: impl Future<Output = ()> + Send + 'static) {
        drop(self.0.handle().spawn(future));
    }

    fn spawn_blocking<F, T>(closure: F) -> Unwrapped<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Unwrapped(here().spawn_blocking(closure))
    }

    fn yield_now() -> impl Future<Output = ()> + Send + 'static {
        anyrt_native::yield_now()
    }

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        here().sleep(duration)
    }
}
