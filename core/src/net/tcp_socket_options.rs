//! Options of a TCP socket, before it connects or listens.

use std::io;
use std::time::Duration;

use socket2::TcpKeepalive;

use super::{TcpSocket, units};
use crate::Reactor;

/// Options.
impl<R: Reactor> TcpSocket<R> {
    /// Whether the local address may be one that closing connections still use (`SO_REUSEADDR`).
    ///
    /// # Errors
    /// What the system says.
    pub fn reuseaddr(&self) -> io::Result<bool> {
        self.options().reuse_address()
    }

    /// Allows the local address to be one that closing connections still use (`SO_REUSEADDR`).
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::TcpSocket;
    ///
    /// let socket = TcpSocket::new_v4()?;
    /// socket.set_reuseaddr(true)?;
    /// assert!(socket.reuseaddr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub fn set_reuseaddr(&self, reuse: bool) -> io::Result<()> {
        self.options().set_reuse_address(reuse)
    }

    /// Whether several sockets may listen on one address and share its connections
    /// (`SO_REUSEPORT`).
    ///
    /// # Errors
    /// What the system says.
    #[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos"))))]
    pub fn reuseport(&self) -> io::Result<bool> {
        self.options().reuse_port()
    }

    /// Allows several sockets to listen on one address and share its connections
    /// (`SO_REUSEPORT`).
    ///
    /// # Errors
    /// What the system says.
    #[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos"))))]
    pub fn set_reuseport(&self, reuse: bool) -> io::Result<()> {
        self.options().set_reuse_port(reuse)
    }

    /// Chooses whether an IPv6 socket refuses IPv4 (`IPV6_V6ONLY`).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_only_v6(&self, only_v6: bool) -> io::Result<()> {
        self.options().set_only_v6(only_v6)
    }

    /// See [`TcpStream::nodelay`](super::TcpStream::nodelay).
    ///
    /// # Errors
    /// What the system says.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.options().tcp_nodelay()
    }

    /// See [`TcpStream::set_nodelay`](super::TcpStream::set_nodelay).
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::TcpSocket;
    ///
    /// let socket = TcpSocket::new_v4()?;
    /// socket.set_nodelay(true)?;
    /// assert!(socket.nodelay()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.options().set_tcp_nodelay(nodelay)
    }

    /// See [`TcpStream::keepalive`](super::TcpStream::keepalive).
    ///
    /// # Errors
    /// What the system says.
    pub fn keepalive(&self) -> io::Result<bool> {
        self.options().keepalive()
    }

    /// See [`TcpStream::set_keepalive`](super::TcpStream::set_keepalive).
    ///
    /// # Errors
    /// As there.
    pub fn set_keepalive(&self, idle: Option<Duration>) -> io::Result<()> {
        match idle {
            Some(idle) => self
                .options()
                .set_tcp_keepalive(&TcpKeepalive::new().with_time(units::keepalive(idle)?)),
            None => self.options().set_keepalive(false),
        }
    }

    /// See [`TcpStream::linger`](super::TcpStream::linger).
    ///
    /// # Errors
    /// What the system says.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        self.options().linger()
    }

    /// See [`TcpStream::set_linger`](super::TcpStream::set_linger).
    ///
    /// # Errors
    /// As there.
    pub fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        self.options().set_linger(units::linger(linger)?)
    }

    /// Has a connection that is dropped end with a reset, at once and without what is unsent.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.set_linger(Some(Duration::ZERO))
    }

    /// See [`TcpStream::recv_buffer_size`](super::TcpStream::recv_buffer_size).
    ///
    /// # Errors
    /// What the system says.
    pub fn recv_buffer_size(&self) -> io::Result<usize> {
        self.options().recv_buffer_size()
    }

    /// Sets the size of the system's buffer for received bytes; accepted connections take it over.
    /// The system may choose another size; of one beyond its limit it takes the limit.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::TcpSocket;
    ///
    /// let socket = TcpSocket::new_v4()?;
    /// socket.set_recv_buffer_size(64 * 1024)?;
    /// assert!(socket.recv_buffer_size()? >= 64 * 1024);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub fn set_recv_buffer_size(&self, bytes: usize) -> io::Result<()> {
        self.options().set_recv_buffer_size(units::buffer_size(bytes))
    }

    /// See [`TcpStream::send_buffer_size`](super::TcpStream::send_buffer_size).
    ///
    /// # Errors
    /// What the system says.
    pub fn send_buffer_size(&self) -> io::Result<usize> {
        self.options().send_buffer_size()
    }

    /// Sets the size of the system's buffer for bytes to send; accepted connections take it over.
    /// The system may choose another size; of one beyond its limit it takes the limit.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_send_buffer_size(&self, bytes: usize) -> io::Result<()> {
        self.options().set_send_buffer_size(units::buffer_size(bytes))
    }
}
