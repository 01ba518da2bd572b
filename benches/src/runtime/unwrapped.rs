//! A join handle, for workloads whose tasks do not panic.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What the task returns, where the handle of the runtime has a `Result`.
#[derive(Debug)]
pub struct Unwrapped<J>(pub(super) J);

impl<T, E: Debug, J: Future<Output = Result<T, E>> + Unpin> Future for Unwrapped<J> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(cx).map(Result::unwrap)
    }
}
