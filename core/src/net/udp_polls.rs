//! UDP without futures: poll functions, and attempts that do not wait.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use super::UdpSocket;
use super::socket::Short;
use crate::{Attempt, Interest, Reactor};

/// Poll functions, which serve one task in each direction: the last one that polled is woken (R2).
///
/// Receiving and peeking are one direction, with [`poll_recv_ready`](Self::poll_recv_ready), and sending
/// is the other one.
impl<R: Reactor> UdpSocket<R> {
    /// Like [`readable`](Self::readable), as a poll function.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::future::poll_fn;
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.send_to(b"hello", socket.local_addr()?).await?;
    /// poll_fn(|cx| socket.poll_recv_ready(cx)).await?;
    /// assert_eq!(socket.try_recv(&mut [0; 8])?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn poll_recv_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.endpoint.poll_ready(cx, Interest::Readable)
    }

    /// Like [`writable`](Self::writable), as a poll function.
    ///
    /// # Errors
    /// As there.
    pub fn poll_send_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.endpoint.poll_ready(cx, Interest::Writable)
    }

    /// Like [`send`](Self::send), as a poll function.
    ///
    /// # Errors
    /// As there.
    pub fn poll_send(&self, cx: &mut Context<'_>, datagram: &[u8]) -> Poll<io::Result<usize>> {
        self.endpoint.poll_io(cx, Interest::Writable, |lent| lent.send(Short::Unknown, datagram))
    }

    /// Like [`send_to`](Self::send_to), as a poll function.
    ///
    /// # Errors
    /// What the system says.
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        peer: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.endpoint.poll_io(cx, Interest::Writable, |lent| lent.send_to(datagram, peer))
    }

    /// Like [`recv`](Self::recv), as a poll function.
    ///
    /// # Errors
    /// As there.
    pub fn poll_recv(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.endpoint.poll_io(cx, Interest::Readable, |lent| lent.receive(Short::Unknown, buffer))
    }

    /// Like [`recv_from`](Self::recv_from), as a poll function.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::future::poll_fn;
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.send_to(b"hello", socket.local_addr()?).await?;
    /// let mut buffer = [0; 8];
    /// let (n, _) = poll_fn(|cx| socket.poll_recv_from(cx, &mut buffer)).await?;
    /// assert_eq!(n, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.endpoint.poll_io(cx, Interest::Readable, |lent| lent.recv_from(buffer))
    }

    /// Like [`peek`](Self::peek), as a poll function.
    ///
    /// # Errors
    /// As there.
    pub fn poll_peek(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.endpoint.poll_io(cx, Interest::Readable, |lent| lent.peek(buffer))
    }

    /// Like [`peek_from`](Self::peek_from), as a poll function.
    ///
    /// # Errors
    /// As there.
    pub fn poll_peek_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.endpoint.poll_io(cx, Interest::Readable, |lent| lent.peek_from(buffer))
    }

    /// Like [`peek_sender`](Self::peek_sender), as a poll function.
    ///
    /// # Errors
    /// As there.
    pub fn poll_peek_sender(&self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.endpoint.poll_io(cx, Interest::Readable, |lent| lent.peek_sender())
    }
}

/// Attempts, which return at once: [`WouldBlock`](io::ErrorKind::WouldBlock) if there is nothing to receive,
/// or no room to send (N12).
impl<R: Reactor> UdpSocket<R> {
    /// Like [`send`](Self::send), at once.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let server = UdpSocket::bind("127.0.0.1:0").await?;
    /// let client = UdpSocket::bind("127.0.0.1:0").await?;
    /// client.connect(server.local_addr()?).await?;
    /// assert_eq!(client.try_send(b"hello")?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.lend().send(Short::Unknown, datagram).map(Attempt::into_inner)
    }

    /// Like [`send_to`](Self::send_to), at once.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let server = UdpSocket::bind("127.0.0.1:0").await?;
    /// let client = UdpSocket::bind("127.0.0.1:0").await?;
    /// client.writable().await?;
    /// assert_eq!(client.try_send_to(b"hello", server.local_addr()?)?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `WouldBlock`; what else the system says.
    pub fn try_send_to(&self, datagram: &[u8], peer: SocketAddr) -> io::Result<usize> {
        self.lend().send_to(datagram, peer).map(Attempt::into_inner)
    }

    /// Like [`recv`](Self::recv), at once.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::io::ErrorKind;
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_eq!(socket.try_recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.lend().receive(Short::Unknown, buffer).map(Attempt::into_inner)
    }

    /// Like [`recv_from`](Self::recv_from), at once.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::io::ErrorKind;
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// let nothing = socket.try_recv_from(&mut [0; 8]);
    /// assert_eq!(nothing.unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.lend().recv_from(buffer).map(Attempt::into_inner)
    }

    /// Like [`peek`](Self::peek), at once.
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.lend().peek(buffer).map(Attempt::into_inner)
    }

    /// Like [`peek_from`](Self::peek_from), at once.
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_peek_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.lend().peek_from(buffer).map(Attempt::into_inner)
    }

    /// Like [`peek_sender`](Self::peek_sender), at once.
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_peek_sender(&self) -> io::Result<SocketAddr> {
        self.lend().peek_sender().map(Attempt::into_inner)
    }
}
