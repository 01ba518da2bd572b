//! A connection between processes of one machine.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use anyrt::net::Stream as Inner;
use real::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
use super::{SocketAddr, UCred};
use crate::context;
use crate::counted::counted;
use crate::io::{Interest, Ready, gone};
use crate::net::blocking_mode;
use crate::net::stream::Stream;
use crate::net::stream_methods::stream_methods;

/// A connection between processes of one machine.
///
/// Dropping it closes the connection.
pub struct UnixStream {
    pub(super) stream: Stream<std::os::unix::net::UnixStream>,
}

impl UnixStream {
    /// Connects to the socket at `path`. One that begins with a zero is a name in the abstract namespace, on
    /// Linux.
    ///
    /// # Errors
    /// What the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub async fn connect<P>(path: P) -> io::Result<UnixStream>
    where
        P: AsRef<Path>,
    {
        let runtime = context::with_io();
        let path = path.as_ref();
        let connected = anyrt::net::UnixStream::connect_on(&runtime, path);
        Self::look_again(counted(connected).await.map_err(gone::as_tokio_says)?).await
    }

    /// Connects to the socket at an address.
    ///
    /// # Errors
    /// What the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub async fn connect_addr(socket_addr: &SocketAddr) -> io::Result<UnixStream> {
        let runtime = context::with_io();
        let connected = anyrt::net::UnixStream::connect_addr_on(&runtime, &socket_addr.0);
        Self::look_again(counted(connected).await.map_err(gone::as_tokio_says)?).await
    }

    /// Lets others go first, as connecting does on tokio, and tells the error if the listener is gone by then.
    pub(super) async fn look_again(stream: anyrt::net::UnixStream) -> io::Result<UnixStream> {
        anyrt::task::yield_now().await;
        stream.take_error()?.map_or_else(|| Ok(Self::from_inner(stream)), Err)
    }

    /// Two streams that are connected to each other.
    ///
    /// # Errors
    /// The system refuses them.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (one, other) =
            anyrt::net::UnixStream::pair_on(&context::with_io()).map_err(gone::as_tokio_says)?;
        Ok((Self::from_inner(one), Self::from_inner(other)))
    }

    /// The address of this end.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.stream.inner.local_addr().map(SocketAddr)
    }

    /// The address of the other end.
    ///
    /// # Errors
    /// What the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.inner.peer_addr().map(SocketAddr)
    }

    /// Who is at the other end.
    ///
    /// # Errors
    /// What the system says.
    pub fn peer_cred(&self) -> io::Result<UCred> {
        self.stream.inner.peer_cred().map(UCred::from_inner)
    }
}

stream_methods!(UnixStream, std::os::unix::net::UnixStream);
