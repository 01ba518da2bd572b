//! Options of a TCP connection.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

use super::{TcpStream, units};
use crate::Reactor;

/// Options.
impl<R: Reactor> TcpStream<R> {
    fn socket(&self) -> SockRef<'_> {
        SockRef::from(self.endpoint())
    }

    /// Whether small writes are sent at once instead of being collected (`TCP_NODELAY`).
    ///
    /// # Errors
    /// What the system says.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.socket().tcp_nodelay()
    }

    /// Chooses whether small writes are sent at once instead of being collected (`TCP_NODELAY`).
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// stream.set_nodelay(true)?;
    /// assert!(stream.nodelay()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.socket().set_tcp_nodelay(nodelay)
    }

    /// The time-to-live of the IP packets that it sends.
    ///
    /// # Errors
    /// What the system says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket().ttl_v4()
    }

    /// Sets the time-to-live of the IP packets that it sends.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// stream.set_ttl(3)?;
    /// assert_eq!(stream.ttl()?, 3);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` if it is not 1 to 255; what else the system says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket().set_ttl_v4(units::ttl(ttl)?)
    }

    /// How long the system goes on sending after the stream was dropped; `None` is its own choice.
    ///
    /// # Errors
    /// What the system says.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        self.socket().linger()
    }

    /// Sets how long the system goes on sending after the stream was dropped, in seconds; parts of one
    /// count as a whole one.
    ///
    /// Zero drops what is unsent and resets the connection. A longer time makes the drop itself
    /// block the thread, on some systems.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::time::Duration;
    /// use anyrt::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// // Its end is to reset the connection.
    /// stream.set_linger(Some(Duration::ZERO))?;
    /// assert_eq!(stream.linger()?, Some(Duration::ZERO));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` if it is longer than the system takes (2147483647 s on Linux); what else the
    /// system says.
    pub fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        self.socket().set_linger(units::linger(linger)?)
    }

    /// Makes dropping the stream drop what is unsent and reset the connection, as [`set_linger`](Self::set_linger)
    /// with no time does.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.set_linger(Some(Duration::ZERO))
    }

    /// Whether the system probes a connection on which nothing happens.
    ///
    /// # Errors
    /// What the system says.
    pub fn keepalive(&self) -> io::Result<bool> {
        self.socket().keepalive()
    }

    /// Makes the system probe the connection when nothing has happened for `idle`, in seconds, parts of
    /// one counting as a whole one; `None` turns that off.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::time::Duration;
    /// use anyrt::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// stream.set_keepalive(Some(Duration::from_secs(60)))?;
    /// assert!(stream.keepalive()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` if it is zero, or longer than the system takes (32767 s on Linux); what else the
    /// system says.
    pub fn set_keepalive(&self, idle: Option<Duration>) -> io::Result<()> {
        match idle {
            Some(idle) => self
                .socket()
                .set_tcp_keepalive(&TcpKeepalive::new().with_time(units::keepalive(idle)?)),
            None => self.socket().set_keepalive(false),
        }
    }

    /// The size of the system's buffer for received bytes.
    ///
    /// # Errors
    /// What the system says.
    pub fn recv_buffer_size(&self) -> io::Result<usize> {
        self.socket().recv_buffer_size()
    }

    /// The size of the system's buffer for bytes to send.
    ///
    /// # Errors
    /// What the system says.
    pub fn send_buffer_size(&self) -> io::Result<usize> {
        self.socket().send_buffer_size()
    }
}

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        /// Options of Linux.
        impl<R: Reactor> TcpStream<R> {
            /// Whether received bytes are acknowledged at once instead of with what is sent
            /// (`TCP_QUICKACK`). The system changes that by itself.
            ///
            /// # Errors
            /// What the system says.
            pub fn quickack(&self) -> io::Result<bool> {
                self.socket().tcp_quickack()
            }

            /// Chooses whether received bytes are acknowledged at once (`TCP_QUICKACK`), until the system
            /// changes it again.
            ///
            /// # Errors
            /// What the system says.
            pub fn set_quickack(&self, quickack: bool) -> io::Result<()> {
                self.socket().set_tcp_quickack(quickack)
            }
        }
    }
}
