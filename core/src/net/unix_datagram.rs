//! Unix datagram sockets.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::SocketAddr;
use std::path::Path;
use std::task::{Context, Poll};
use std::time::Duration;

use super::endpoint::{Endpoint, Lent, Socket};
use super::kind::SocketKind;
use super::network::Net;
use super::own_operation::impl_own_operations;
use super::socket::Short;
use super::stream::impl_as_fd;
use super::unix_address::at_path;
use crate::{Attempt, Current, Interest, Reactor, Timer};

/// A socket for datagrams between processes of one machine.
///
/// The async methods serve any number of tasks and are cancel safe: no datagram is lost. A datagram
/// longer than the buffer is cut off (N8).
///
/// ```
/// use std::io;
/// use anyrt_core::{Backend, net::UnixDatagram};
///
/// async fn log<R: Backend>(runtime: &R, line: &str) -> io::Result<()> {
///     let socket = UnixDatagram::unbound_on(runtime)?;
///     socket.send_to(line.as_bytes(), "/dev/log").await?;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct UnixDatagram<R: Reactor> {
    pub(super) endpoint: Endpoint<std::os::unix::net::UnixDatagram, R>,
    // Its timers are for `send_to`.
    runtime: R,
}

impl<R: Reactor> UnixDatagram<R> {
    /// Binds to `path`, which must not exist, with the runtime that this thread is inside.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixDatagram;
    ///
    /// # let path = std::env::temp_dir().join(format!("anyrt-doc-datagram-{}", std::process::id()));
    /// let receiver = UnixDatagram::bind(&path)?;
    /// let sender = UnixDatagram::unbound()?;
    /// sender.send_to(b"hello", &path).await?;
    /// let (n, sender) = receiver.recv_from(&mut [0; 8]).await?;
    /// assert!(n == 5 && sender.is_unnamed());
    /// # std::fs::remove_file(path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `AddrInUse` if the path exists; `InvalidInput` if it is too long; what else the system says;
    /// there is no runtime.
    #[track_caller]
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::bind_on(&R::here()?, path)
    }

    /// Binds with `runtime`; see [`bind`](Self::bind).
    ///
    /// # Errors
    /// As there.
    pub fn bind_on(runtime: &R, path: impl AsRef<Path>) -> io::Result<Self>
    where
        R: Net,
    {
        Self::bind_to(runtime, at_path(path.as_ref())?)
    }

    /// Binds to this address, with the runtime that this thread is inside.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    #[track_caller]
    pub fn bind_addr(address: &SocketAddr) -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::bind_addr_on(&R::here()?, address)
    }

    /// Binds with `runtime`; see [`bind_addr`](Self::bind_addr).
    ///
    /// # Errors
    /// As there.
    pub fn bind_addr_on(runtime: &R, address: &SocketAddr) -> io::Result<Self>
    where
        R: Net,
    {
        Self::bind_to(runtime, address.clone())
    }

    fn bind_to(runtime: &R, address: SocketAddr) -> io::Result<Self>
    where
        R: Net,
    {
        let socket = runtime.open(SocketKind::UnixDatagram)?;
        socket.bind(&address.into())?;
        Self::new(runtime, socket)
    }

    /// A socket without an address, with the runtime that this thread is inside.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixDatagram;
    ///
    /// # let path = std::env::temp_dir().join(format!("anyrt-doc-unbound-{}", std::process::id()));
    /// let receiver = UnixDatagram::bind(&path)?;
    /// UnixDatagram::unbound()?.send_to(b"hello", &path).await?;
    /// assert_eq!(receiver.recv(&mut [0; 8]).await?, 5);
    /// # std::fs::remove_file(path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says; there is no runtime.
    #[track_caller]
    pub fn unbound() -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::unbound_on(&R::here()?)
    }

    /// A socket without an address, with `runtime`.
    ///
    /// # Errors
    /// What the system says; the runtime is gone.
    pub fn unbound_on(runtime: &R) -> io::Result<Self>
    where
        R: Net,
    {
        Self::new(runtime, runtime.open(SocketKind::UnixDatagram)?)
    }

    /// Two sockets that are connected to each other, with the runtime that this thread is inside.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixDatagram;
    ///
    /// let (ours, theirs) = UnixDatagram::pair()?;
    /// ours.send(b"hello").await?;
    /// let mut greeting = [0; 8];
    /// assert_eq!(theirs.recv(&mut greeting).await?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says; there is no runtime.
    #[track_caller]
    pub fn pair() -> io::Result<(Self, Self)>
    where
        R: Current + Net,
    {
        Self::pair_on(&R::here()?)
    }

    /// Two sockets that are connected to each other, with `runtime`.
    ///
    /// # Errors
    /// What the system says; the runtime is gone.
    pub fn pair_on(runtime: &R) -> io::Result<(Self, Self)>
    where
        R: Net,
    {
        let (one, other) = runtime.open_pair(SocketKind::UnixDatagram)?;
        Ok((Self::new(runtime, one)?, Self::new(runtime, other)?))
    }

    pub(super) fn new(runtime: &R, socket: Socket) -> io::Result<Self> {
        Ok(Self { endpoint: socket.watch(runtime)?, runtime: runtime.clone() })
    }

    /// Takes over a socket of the standard library, and puts it into non-blocking mode.
    ///
    /// # Errors
    /// The system can't watch it; there is no runtime.
    #[track_caller]
    pub fn from_std(socket: std::os::unix::net::UnixDatagram) -> io::Result<Self>
    where
        R: Current,
    {
        Self::from_std_on(&R::here()?, socket)
    }

    /// Takes over a socket of the standard library for `runtime`, and puts it into non-blocking
    /// mode.
    ///
    /// # Errors
    /// The system can't watch it; the runtime is gone.
    pub fn from_std_on(runtime: &R, socket: std::os::unix::net::UnixDatagram) -> io::Result<Self> {
        Ok(Self { endpoint: Endpoint::adopt(runtime, socket)?, runtime: runtime.clone() })
    }

    /// The socket of the standard library, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch; `Unsupported` if the socket is a virtual one.
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixDatagram> {
        self.endpoint.into_source()
    }

    pub(super) fn lend(&self) -> Lent<'_, std::os::unix::net::UnixDatagram> {
        self.endpoint.lend()
    }

    /// Fixes the peer: [`send`](Self::send) goes to the socket at `path`.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixDatagram;
    ///
    /// # let path = std::env::temp_dir().join(format!("anyrt-doc-connected-{}", std::process::id()));
    /// let receiver = UnixDatagram::bind(&path)?;
    /// let sender = UnixDatagram::unbound()?;
    /// sender.connect(&path)?;
    /// sender.send(b"hello").await?;
    /// assert_eq!(receiver.recv(&mut [0; 8]).await?, 5);
    /// # std::fs::remove_file(path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound`, `ConnectionRefused`, and what else the system says.
    pub fn connect(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.lend().connect(&at_path(path.as_ref())?.into())
    }

    /// Fixes the peer; see [`connect`](Self::connect).
    ///
    /// # Errors
    /// As there.
    pub fn connect_addr(&self, address: &SocketAddr) -> io::Result<()> {
        self.lend().connect(&address.clone().into())
    }

    /// Sends a datagram to the connected peer. Cancel safe: it is sent whole, or not at all.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixDatagram;
    ///
    /// let (ours, _theirs) = UnixDatagram::pair()?;
    /// assert_eq!(ours.send(b"hello").await?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.endpoint.io(Interest::Writable, |lent| lent.send(Short::Unknown, datagram)).await
    }

    /// Sends a datagram to the socket at `path`. Cancel safe: it is sent whole, or not at all.
    ///
    /// While the queue of that socket is full, it tries again after pauses that grow from 1 to 16 ms
    /// (N10): the system tells nobody when there is room. Where there is one peer,
    /// [`connect`](Self::connect) and [`send`](Self::send) go on at once.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixDatagram;
    ///
    /// # let path = std::env::temp_dir().join(format!("anyrt-doc-send-to-{}", std::process::id()));
    /// let receiver = UnixDatagram::bind(&path)?;
    /// UnixDatagram::unbound()?.send_to(b"hello", &path).await?;
    /// # drop(receiver);
    /// # std::fs::remove_file(path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub async fn send_to(&self, datagram: &[u8], path: impl AsRef<Path>) -> io::Result<usize>
    where
        R: Timer,
    {
        let peer = at_path(path.as_ref())?;
        self.send_to_addr(datagram, &peer).await
    }

    /// Sends a datagram to the socket with this address; see [`send_to`](Self::send_to). Cancel safe as it
    /// is.
    ///
    /// # Errors
    /// As there.
    pub async fn send_to_addr(&self, datagram: &[u8], peer: &SocketAddr) -> io::Result<usize>
    where
        R: Timer,
    {
        const FIRST_PAUSE: Duration = Duration::from_millis(1);
        const LONGEST_PAUSE: Duration = Duration::from_millis(16);

        let attempt =
            |lent: Lent<'_, std::os::unix::net::UnixDatagram>| match lent.send_to(datagram, peer) {
                // The system goes by this socket's own buffer, and calls it writable whatever the queue of
                // the other one: to wait for that would be to try again all the time.
                Err(error)
                    if error.kind() == io::ErrorKind::WouldBlock
                        && lent.is_ready(Interest::Writable)? =>
                {
                    Ok(Attempt::Done(None))
                }
                result => result.map(|n| Attempt::Done(Some(n))),
            };
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(n) = self.endpoint.io(Interest::Writable, attempt).await? {
                return Ok(n);
            }
            self.runtime.sleep(pause).await;
            pause = LONGEST_PAUSE.min(2 * pause);
        }
    }

    /// Receives a datagram. Cancel safe: none is lost.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixDatagram;
    ///
    /// let (ours, theirs) = UnixDatagram::pair()?;
    /// theirs.send(b"hello").await?;
    /// let mut buffer = [0; 8];
    /// let n = ours.recv(&mut buffer).await?;
    /// assert_eq!(&buffer[..n], b"hello");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.endpoint.io(Interest::Readable, |lent| lent.receive(Short::Unknown, buffer)).await
    }

    /// Receives a datagram, and says who sent it. Cancel safe: none is lost.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixDatagram;
    ///
    /// let (ours, theirs) = UnixDatagram::pair()?;
    /// theirs.send(b"hello").await?;
    /// let (n, sender) = ours.recv_from(&mut [0; 8]).await?;
    /// assert!(n == 5 && sender.is_unnamed());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.endpoint.io(Interest::Readable, |lent| lent.recv_from(buffer)).await
    }

    /// Waits until there is a datagram to receive. Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn readable(&self) -> io::Result<()> {
        self.endpoint.ready(Interest::Readable).await
    }

    /// Waits until there is room for a datagram to send. Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn writable(&self) -> io::Result<()> {
        self.endpoint.ready(Interest::Writable).await
    }

    /// The address of this end.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.lend().local_addr()?.to_unix()
    }

    /// The address that it is connected to.
    ///
    /// # Errors
    /// What the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.lend().peer_addr()?.to_unix()
    }

    /// Takes the error that the system holds for this socket, if any.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.lend().take_error()
    }

    /// Ends receiving, sending or both.
    ///
    /// # Errors
    /// What the system says.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.lend().shutdown(how)
    }
}

/// Poll functions, which serve one task in each direction: the last one that polled is woken (R2).
///
/// There is none to send to an address: nobody is told when the queue there has room, so that only a
/// future can wait for it ([`send_to`](Self::send_to)).
impl<R: Reactor> UnixDatagram<R> {
    /// Like [`readable`](Self::readable), as a poll function.
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

    /// Like [`recv`](Self::recv), as a poll function.
    ///
    /// # Errors
    /// As there.
    pub fn poll_recv(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.endpoint.poll_io(cx, Interest::Readable, |lent| lent.receive(Short::Unknown, buffer))
    }

    /// Like [`recv_from`](Self::recv_from), as a poll function.
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
}

/// Attempts, which return at once: [`WouldBlock`](io::ErrorKind::WouldBlock) if there is nothing to receive,
/// or no room to send (N12).
impl<R: Reactor> UnixDatagram<R> {
    /// Like [`send`](Self::send), at once.
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.lend().send(Short::Unknown, datagram).map(Attempt::into_inner)
    }

    /// Like [`send_to`](Self::send_to), at once.
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_send_to(&self, datagram: &[u8], path: impl AsRef<Path>) -> io::Result<usize> {
        self.try_send_to_addr(datagram, &at_path(path.as_ref())?)
    }

    /// Like [`send_to_addr`](Self::send_to_addr), at once.
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_send_to_addr(&self, datagram: &[u8], peer: &SocketAddr) -> io::Result<usize> {
        self.lend().send_to(datagram, peer)
    }

    /// Like [`recv`](Self::recv), at once.
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.lend().receive(Short::Unknown, buffer).map(Attempt::into_inner)
    }

    /// Like [`recv_from`](Self::recv_from), at once.
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.lend().recv_from(buffer).map(Attempt::into_inner)
    }
}

impl_own_operations!(UnixDatagram of std::os::unix::net::UnixDatagram);
impl_as_fd!([R: Reactor] UnixDatagram<R>);
