//! smol's executor, on threads that run nothing else.

use std::future::{Future, pending};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use ::smol::{Executor, Task, Timer};

use super::Runtime;

super::futures_io::sockets!(::smol::net);

static EXECUTOR: Executor<'static> = Executor::new();

/// The executor, which is one for the process.
#[derive(Debug)]
pub struct Smol(());

impl Smol {
    /// Starts so many threads, which do not end; once, however often it is called.
    ///
    /// # Errors
    ///
    /// Those of starting a thread.
    pub fn start(workers: usize) -> io::Result<Self> {
        static STARTED: OnceLock<usize> = OnceLock::new();

        if STARTED.set(workers).is_ok() {
            for n in 0..workers {
                let work = || ::smol::block_on(EXECUTOR.run(pending::<()>()));
                thread::Builder::new().name(format!("smol-{n}")).spawn(work)?;
            }
        }
        Ok(Self(()))
    }
}

impl Runtime for Smol {
    type Join<T: Send + 'static> = Task<T>;
    type Stream = TcpStream;
    type Listener = TcpListener;

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        ::smol::block_on(future)
    }

    fn spawn_on<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        EXECUTOR.spawn(future)
    }

    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        EXECUTOR.spawn(future)
    }

    fn detach(future: impl Future<Output = ()> + Send + 'static) {
        EXECUTOR.spawn(future).detach();
    }

    fn detach_on(&self, future: impl Future<Output = ()> + Send + 'static) {
        EXECUTOR.spawn(future).detach();
    }

    fn spawn_blocking<F, T>(closure: F) -> Task<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        ::smol::unblock(closure)
    }

    fn yield_now() -> impl Future<Output = ()> + Send + 'static {
        ::smol::future::yield_now()
    }

    async fn sleep(duration: Duration) {
        Timer::after(duration).await;
    }
}
