//! A TCP socket before it connects or listens.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::time::Duration;

use anyrt::Handle;
use socket2::{Domain, Protocol, SockRef, Type};

use crate::context;
use crate::counted::counted;
use crate::io::gone;
use crate::net::ip_options::ip_options;
use crate::net::{TcpListener, TcpStream};

/// A TCP socket before it connects or listens, so that options can be set first.
pub struct TcpSocket {
    inner: Inner,
}

enum Inner {
    /// Made by the runtime that it was made in.
    Runtime(anyrt::net::TcpSocket),
    /// Made outside of a runtime, or taken over.
    System(socket2::Socket),
}

impl TcpSocket {
    /// A socket for IPv4. Outside of a runtime, too.
    ///
    /// # Errors
    /// The system refuses one.
    pub fn new_v4() -> io::Result<TcpSocket> {
        Self::new(Domain::IPV4, anyrt::net::TcpSocket::new_v4_on)
    }

    /// A socket for IPv6. Outside of a runtime, too.
    ///
    /// # Errors
    /// The system refuses one.
    pub fn new_v6() -> io::Result<TcpSocket> {
        Self::new(Domain::IPV6, anyrt::net::TcpSocket::new_v6_on)
    }

    fn new(
        domain: Domain,
        new_on: fn(&Handle) -> io::Result<anyrt::net::TcpSocket>,
    ) -> io::Result<TcpSocket> {
        let inner = match Handle::try_current() {
            Some(runtime) => Inner::Runtime(new_on(&runtime).map_err(gone::as_tokio_says)?),
            None => {
                let socket = socket2::Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
                socket.set_nonblocking(true)?;
                Inner::System(socket)
            }
        };
        Ok(TcpSocket { inner })
    }

    /// Takes over a socket of the standard library, that is not connected and not bound yet, for instance
    /// one of `socket2`.
    pub fn from_std_stream(std_stream: std::net::TcpStream) -> TcpSocket {
        Self::from_owned(std_stream.into())
    }

    pub(crate) fn from_owned(socket: OwnedFd) -> Self {
        Self { inner: Inner::System(socket.into()) }
    }

    fn options(&self) -> SockRef<'_> {
        SockRef::from(self)
    }

    /// The socket in a runtime.
    #[track_caller]
    fn of_runtime(self) -> io::Result<anyrt::net::TcpSocket> {
        let runtime = context::with_io();
        match self.inner {
            Inner::Runtime(socket) => Ok(socket),
            Inner::System(socket) => anyrt::net::TcpSocket::from_std_on(&runtime, socket.into())
                .map_err(gone::as_tokio_says),
        }
    }

    /// Binds it to an address. Port 0 lets the system choose one.
    ///
    /// # Errors
    /// What the system says.
    pub fn bind(&self, addr: SocketAddr) -> io::Result<()> {
        match &self.inner {
            Inner::Runtime(socket) => socket.bind(addr),
            Inner::System(socket) => socket.bind(&addr.into()),
        }
    }

    /// Connects it. Dropping the future gives up, and closes the socket.
    ///
    /// # Errors
    /// What the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub async fn connect(self, addr: SocketAddr) -> io::Result<TcpStream> {
        let socket = self.of_runtime()?;
        let connected = counted(socket.connect(addr)).await;
        connected.map(TcpStream::from_inner).map_err(gone::as_tokio_says)
    }

    /// Listens; up to `backlog` connections wait to be accepted.
    ///
    /// # Errors
    /// What the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener> {
        self.of_runtime()?.listen(backlog).map(TcpListener::from_inner).map_err(gone::as_tokio_says)
    }

    /// The address it is bound to.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        match &self.inner {
            Inner::Runtime(socket) => socket.local_addr(),
            Inner::System(socket) => socket.local_addr()?.as_socket().ok_or_else(|| {
                let what = "invalid address family (not IPv4 or IPv6)";
                io::Error::new(io::ErrorKind::InvalidInput, what)
            }),
        }
    }

    /// Takes the error that the system holds for this socket.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        match &self.inner {
            Inner::Runtime(socket) => socket.take_error(),
            Inner::System(socket) => socket.take_error(),
        }
    }
}

/// One option and its setter.
macro_rules! option {
    ($name:ident, $set:ident, $type:ty, $what:literal, $get_on:ident, $set_on:ident) => {
        #[doc = concat!("Whether ", $what, ".")]
        ///
        /// # Errors
        /// What the system says.
        pub fn $name(&self) -> io::Result<$type> {
            self.options().$get_on()
        }

        #[doc = concat!("Sets whether ", $what, ".")]
        ///
        /// # Errors
        /// What the system says.
        pub fn $set(&self, $name: $type) -> io::Result<()> {
            self.options().$set_on($name)
        }
    };
}

/// The size of a buffer and its setter.
macro_rules! buffer_size {
    ($name:ident, $set:ident, $what:literal) => {
        #[doc = concat!("The size of the system's buffer for ", $what, ".")]
        ///
        /// # Errors
        /// What the system says.
        pub fn $name(&self) -> io::Result<u32> {
            // No system has larger ones.
            self.options().$name().map(|size| u32::try_from(size).unwrap_or(u32::MAX))
        }

        #[doc = concat!("Sets the size of the system's buffer for ", $what, ". Linux doubles it.")]
        ///
        /// # Errors
        /// What the system says.
        pub fn $set(&self, size: u32) -> io::Result<()> {
            self.options().$set(usize::try_from(size).unwrap_or(usize::MAX))
        }
    };
}

/// Options.
impl TcpSocket {
    option!(
        keepalive,
        set_keepalive,
        bool,
        "idle connections are tested (`SO_KEEPALIVE`)",
        keepalive,
        set_keepalive
    );
    option!(
        reuseaddr,
        set_reuseaddr,
        bool,
        "its address may be in use by closing connections (`SO_REUSEADDR`)",
        reuse_address,
        set_reuse_address
    );
    #[cfg(not(any(
        target_os = "solaris",
        target_os = "illumos",
        target_os = "cygwin",
        target_os = "nuttx"
    )))]
    option!(
        reuseport,
        set_reuseport,
        bool,
        "several sockets may have its port (`SO_REUSEPORT`)",
        reuse_port,
        set_reuse_port
    );
    option!(
        nodelay,
        set_nodelay,
        bool,
        "small packets are sent at once (`TCP_NODELAY`)",
        tcp_nodelay,
        set_tcp_nodelay
    );
    buffer_size!(send_buffer_size, set_send_buffer_size, "bytes to be sent (`SO_SNDBUF`)");
    buffer_size!(recv_buffer_size, set_recv_buffer_size, "received bytes (`SO_RCVBUF`)");

    /// How long dropping the connection waits for bytes that were not sent yet (`SO_LINGER`).
    ///
    /// # Errors
    /// What the system says.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        self.options().linger()
    }

    /// Sets how long dropping the connection waits for bytes that were not sent yet (`SO_LINGER`).
    ///
    /// # Errors
    /// What the system says.
    #[deprecated = "dropping the socket blocks the thread with `SO_LINGER`"]
    pub fn set_linger(&self, dur: Option<Duration>) -> io::Result<()> {
        self.options().set_linger(dur)
    }

    /// Makes dropping the connection reset it (`SO_LINGER` of zero).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.options().set_linger(Some(Duration::ZERO))
    }
}

ip_options!(TcpSocket);

impl fmt::Debug for TcpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner {
            Inner::Runtime(socket) => (*SockRef::from(socket)).fmt(f),
            Inner::System(socket) => socket.fmt(f),
        }
    }
}

impl AsRawFd for TcpSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for TcpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.inner {
            Inner::Runtime(socket) => socket.as_fd(),
            Inner::System(socket) => socket.as_fd(),
        }
    }
}

impl IntoRawFd for TcpSocket {
    /// # Panics
    /// If it was made in a runtime, and the process has no descriptor left for a copy.
    fn into_raw_fd(self) -> RawFd {
        match self.inner {
            Inner::Runtime(socket) => {
                let copy = socket.as_fd().try_clone_to_owned();
                copy.expect("no descriptor is left for a copy of the socket").into_raw_fd()
            }
            Inner::System(socket) => socket.into_raw_fd(),
        }
    }
}
