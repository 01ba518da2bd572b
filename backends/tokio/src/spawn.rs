//! Tasks are tokio's tasks; only the error of the join is translated.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use anyrt_core::{JoinError, Spawn, coop};

use crate::Handle;

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    #[inline]
    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        JoinHandle(match &self.named {
            None => tokio::spawn(future),
            Some(tokio) => tokio.spawn(future),
        })
    }

    fn poll_unconstrained<F: Future>(
        &self,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        coop::poll_unconstrained(pin!(tokio::task::unconstrained(future)), cx)
    }
}

/// Awaits a task, or a blocking closure, on tokio.
#[derive(Debug)]
pub struct JoinHandle<T>(pub(crate) tokio::task::JoinHandle<T>);

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(translate)
    }
}

#[cold]
fn translate(error: tokio::task::JoinError) -> JoinError {
    match error.try_into_panic() {
        Ok(payload) => JoinError::panicked(payload),
        Err(_) => JoinError::cancelled(),
    }
}

impl<T: Send> anyrt_core::JoinHandle<T> for JoinHandle<T> {
    type AbortHandle = AbortHandle;

    fn abort(&self) {
        self.0.abort();
    }

    fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    fn abort_handle(&self) -> AbortHandle {
        AbortHandle(self.0.abort_handle())
    }
}

/// Aborts a task on tokio.
#[derive(Clone, Debug)]
pub struct AbortHandle(tokio::task::AbortHandle);

impl anyrt_core::AbortHandle for AbortHandle {
    fn abort(&self) {
        self.0.abort();
    }

    fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}
