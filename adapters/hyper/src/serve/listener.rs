//! Where connections come from.

use std::io;

use anyrt_facade::Backend;
use anyrt_facade::generic::net::{TcpListener, TcpStream};
use futures_core::Stream;
use futures_util::StreamExt;
use hyper::rt::{Read, Write};

use crate::Io;

/// What accepts connections: of anyrt `TcpListener` and `UnixListener`.
pub trait Listener: Send {
    /// A connection.
    type Io: Read + Write + Send + Unpin + 'static;
    /// Where it comes from.
    type Address: Send;

    /// The connections, one after the other.
    ///
    /// Errors do not end it, and come with pauses where they would come again at once, as those of a process that has no descriptors left.
    /// A server ends with the stream.
    fn incoming(&self) -> impl Stream<Item = io::Result<(Self::Io, Self::Address)>> + Send + Unpin;
}

impl<R: Backend> Listener for TcpListener<R> {
    type Io = Io<TcpStream<R>>;
    type Address = std::net::SocketAddr;

    fn incoming(&self) -> impl Stream<Item = io::Result<(Self::Io, Self::Address)>> + Send + Unpin {
        self.incoming().map(|accepted| {
            let (stream, address) = accepted?;
            // It is refused where the peer has gone already, which the first read tells.
            let _ = stream.set_nodelay(true);
            Ok((Io::new(stream), address))
        })
    }
}

#[cfg(unix)]
mod unix {
    use anyrt_facade::generic::net::{UnixListener, UnixStream};

    use super::*;

    impl<R: Backend> Listener for UnixListener<R> {
        type Io = Io<UnixStream<R>>;
        type Address = std::os::unix::net::SocketAddr;

        fn incoming(
            &self,
        ) -> impl Stream<Item = io::Result<(Self::Io, Self::Address)>> + Send + Unpin {
            self.incoming()
                .map(|accepted| accepted.map(|(stream, address)| (Io::new(stream), address)))
        }
    }
}
