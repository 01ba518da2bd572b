//! smolscale's executor, with the timers and sockets of smol, as its users have them.

use std::future::Future;
use std::io;
use std::time::Duration;

use smol::{Task, Timer};

use super::{Runtime, Smol};
use crate::system;

/// The executor, which is one for the process.
#[derive(Debug)]
pub struct Smolscale(());

impl Smolscale {
    /// Makes sure that it will start so many workers, at the first spawn.
    ///
    /// # Errors
    ///
    /// The process may run on another number of processors, which is how many workers smolscale has.
    pub fn start(workers: usize) -> io::Result<Self> {
        match system::processors() {
            number if number == workers => Ok(Self(())),
            number => {
                Err(io::Error::other(format!("smolscale has {number} workers: see taskset(1)")))
            }
        }
    }
}

impl Runtime for Smolscale {
    type Join<T: Send + 'static> = Task<T>;
    type Stream = smol::net::TcpStream;
    type Listener = smol::net::TcpListener;

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        smol::block_on(future)
    }

    fn spawn_on<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        ::smolscale::spawn(future)
    }

    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        ::smolscale::spawn(future)
    }

    fn detach(future: impl Future<Output = ()> + Send + 'static) {
        ::smolscale::spawn(future).detach();
    }

    fn detach_on(&self, future: impl Future<Output = ()> + Send + 'static) {
        ::smolscale::spawn(future).detach();
    }

    fn spawn_blocking<F, T>(closure: F) -> Task<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Smol::spawn_blocking(closure)
    }

    fn yield_now() -> impl Future<Output = ()> + Send + 'static {
        Smol::yield_now()
    }

    async fn sleep(duration: Duration) {
        Timer::after(duration).await;
    }
}
