//! Tasks that end when nobody holds them, unless they were let go.

use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_facade::JoinError;
use anyrt_facade::generic::JoinHandle;
use zbus::runtime::traits::TaskHandle;

/// A task of a connection: it ends with this, or runs on once it is detached.
#[derive(Debug)]
pub struct Task<T, H: JoinHandle<T>> {
    handle: H,
    is_detached: bool,
    output: PhantomData<fn() -> T>,
}

impl<T, H: JoinHandle<T>> Task<T, H> {
    pub(crate) fn new(handle: H) -> Self {
        Self { handle, is_detached: false, output: PhantomData }
    }
}

impl<T, H> TaskHandle<T> for Task<T, H>
where
    T: 'static,
    H: JoinHandle<T> + Send + Sync + 'static,
{
    fn detach(mut self) {
        self.is_detached = true;
    }
}

impl<T, H: JoinHandle<T>> Future for Task<T, H> {
    type Output = io::Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        Pin::new(&mut self.handle).poll(cx).map_err(io::Error::from)
    }
}

impl<T, H: JoinHandle<T>> Drop for Task<T, H> {
    fn drop(&mut self) {
        if !self.is_detached {
            self.handle.abort();
        }
    }
}

/// Where zbus leaves no room for an error: goes on with the panic of a closure, or begins one.
///
/// # Panics
/// Always.
pub(crate) fn give_up<T>(error: JoinError) -> T {
    if error.is_panic() {
        error.resume_unwind()
    }
    panic!("zbus waited for work that blocks: {error}")
}
