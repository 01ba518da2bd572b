//! The sockets of queries.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_facade::Current;
use anyrt_facade::generic::net::{TcpSocket, TcpStream, UdpSocket};
use anyrt_facade::generic::time;
use anyrt_facade::time::Duration;
use async_trait::async_trait;
use futures_io::{AsyncRead, AsyncWrite};
use hickory_resolver::net::runtime::{DnsTcpStream, DnsUdpSocket};

use crate::Clock;

/// How long a connection may take to be made, where hickory says nothing: as on its own runtime.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The socket of a query.
#[derive(Debug)]
pub struct Socket<R: Current>(pub(crate) UdpSocket<R>);

#[async_trait]
impl<R: Current> DnsUdpSocket for Socket<R> {
    type Time = Clock<R>;

    fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.0.poll_recv_from(cx, buffer)
    }

    fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        peer: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.0.poll_send_to(cx, datagram, peer)
    }
}

/// A connection to a name server.
#[derive(Debug)]
pub struct Connection<R: Current>(TcpStream<R>);

impl<R: Current> Connection<R> {
    pub(crate) async fn open(
        runtime: R,
        server: SocketAddr,
        from: Option<SocketAddr>,
        limit: Option<Duration>,
    ) -> io::Result<Self> {
        let socket = match server {
            SocketAddr::V4(_) => TcpSocket::new_v4_on(&runtime)?,
            SocketAddr::V6(_) => TcpSocket::new_v6_on(&runtime)?,
        };
        if let Some(from) = from {
            socket.bind(from)?;
        }
        socket.set_nodelay(true)?;
        let connect = socket.connect(server);
        time::timeout(&runtime, limit.unwrap_or(CONNECT_LIMIT), connect).await?.map(Self)
    }
}

impl<R: Current> DnsTcpStream for Connection<R> {
    type Time = Clock<R>;
}

impl<R: Current> AsyncRead for Connection<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<R: Current> AsyncWrite for Connection<R> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, slices)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}
