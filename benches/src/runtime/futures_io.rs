//! Sockets with the traits of `futures`, made from those of the standard library.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

/// What a listener binds to.
pub(crate) fn listener() -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM.cloexec(), None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    socket.listen(super::BACKLOG.into())?;
    Ok(socket.into())
}

/// Connects. It does not wait for the peer, where there is room in its queue.
pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

macro_rules! sockets {
    ($net:path) => {
        use std::io;
        use std::net::SocketAddr;

        use futures::{AsyncReadExt, AsyncWriteExt};
        use $net::{TcpListener, TcpStream};

        use $crate::runtime::{Listener, Stream, futures_io};

        impl Stream for TcpStream {
            async fn connect(address: SocketAddr) -> io::Result<Self> {
                futures_io::connect(address)?.try_into().map_err(io::Error::other)
            }

            async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                AsyncReadExt::read(self, buffer).await
            }

            async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
                AsyncWriteExt::write_all(self, bytes).await
            }
        }

        impl Listener for TcpListener {
            type Stream = TcpStream;

            fn bind() -> io::Result<Self> {
                futures_io::listener()?.try_into().map_err(io::Error::other)
            }

            fn address(&self) -> io::Result<SocketAddr> {
                self.local_addr()
            }

            async fn accept(&self) -> io::Result<TcpStream> {
                let (stream, _) = TcpListener::accept(self).await?;
                stream.set_nodelay(true)?;
                Ok(stream)
            }
        }
    };
}

pub(super) use sockets;
