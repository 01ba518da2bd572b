//! Connecting to a Unix socket.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll};

use anyrt_facade::generic::net::UnixStream;
use anyrt_facade::{Backend, Handle};
use hyper::Uri;
use tower_service::Service;

use super::Connecting;
use crate::Io;

/// Connects to one Unix socket, whatever the URI is.
///
/// # Errors
/// Those of [`UnixStream::connect`](anyrt_facade::net::UnixStream::connect).
#[derive(Clone, Debug)]
pub struct UnixConnector<R = Handle> {
    runtime: R,
    path: Arc<PathBuf>,
}

impl<R: Backend> UnixConnector<R> {
    /// Connects to the socket at `path` with `runtime`.
    pub fn new(runtime: R, path: impl Into<PathBuf>) -> Self {
        Self { runtime, path: Arc::new(path.into()) }
    }
}

impl<R: Backend> Service<Uri> for UnixConnector<R> {
    type Response = Io<UnixStream<R>>;
    type Error = io::Error;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        let Self { runtime, path } = self.clone();
        Box::pin(async move { UnixStream::connect_on(&runtime, &*path).await.map(Io::new) })
    }
}
