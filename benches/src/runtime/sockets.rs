//! The sockets of anyrt's contract, which the facade and the native runtime have in common.

use std::io;
use std::net::SocketAddr;

use anyrt::generic::net::{TcpListener, TcpSocket, TcpStream};
use anyrt::generic::{Backend, Current};

use super::{BACKLOG, Listener, Stream};

impl<R: Backend + Current> Stream for TcpStream<R> {
    async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_zero_linger()?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        TcpStream::read(self, buffer).await
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        TcpStream::write_all(self, bytes).await
    }
}

impl<R: Backend + Current> Listener for TcpListener<R> {
    type Stream = TcpStream<R>;

    fn bind() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        socket.listen(BACKLOG.into())
    }

    fn address(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }

    async fn accept(&self) -> io::Result<TcpStream<R>> {
        let (stream, _) = TcpListener::accept(self).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}
