//! What every socket of this module stands on: a socket of the system that a runtime watches, or a
//! virtual one.

use std::future::Future;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_socket::Spare;
use pin_project_lite::pin_project;

use super::kind::{Address, SocketKind};
use super::socket::{self, Short, uninterrupted};
use super::virtual_socket::VirtualSocket;
use super::virtuals;
use crate::source::{Source, is_ready};
use crate::{Attempt, Interest, Reactor, Registration};

/// A socket that is neither bound nor connected, and that no runtime watches yet; what
/// [`Net::open`](super::Net::open) makes.
///
/// It lends its descriptor for options (`AsFd`, on Windows `AsSocket`).
#[derive(Debug)]
pub struct Socket(Inner);

#[derive(Debug)]
enum Inner {
    System(socket2::Socket),
    Virtual(virtuals::Shared),
}

// As sockets of the system are: a panic leaves one as its operations left it.
impl UnwindSafe for Socket {}
impl RefUnwindSafe for Socket {}

impl Socket {
    /// A socket of the system, in non-blocking mode.
    ///
    /// ```
    /// use anyrt_core::net::{Socket, SocketKind};
    ///
    /// let socket = Socket::system(SocketKind::UdpV4)?;
    /// # drop(socket);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// The system refuses one, for instance because too many descriptors are open.
    pub fn system(kind: SocketKind) -> io::Result<Self> {
        let (domain, kind, protocol) = kind.to_system();
        socket::new(domain, kind, protocol).map(Self::of_system)
    }

    /// Two sockets of the system that are connected to each other, in non-blocking mode.
    ///
    /// ```
    /// use anyrt_core::net::{Socket, SocketKind};
    ///
    /// let (ours, theirs) = Socket::system_pair(SocketKind::UnixStream)?;
    /// assert!(Socket::system_pair(SocketKind::TcpV4).is_err());
    /// # drop((ours, theirs));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`system`](Self::system); `InvalidInput` where it has no pairs of this kind.
    pub fn system_pair(kind: SocketKind) -> io::Result<(Self, Self)> {
        let (one, other) = socket::pair(kind)?;
        Ok((Self::of_system(one), Self::of_system(other)))
    }

    /// A socket that is none of the system's.
    #[cfg(feature = "virtual")]
    #[cfg_attr(docsrs, doc(cfg(feature = "virtual")))]
    pub fn from_virtual(socket: std::sync::Arc<dyn super::VirtualSocket>) -> Self {
        Self(Inner::Virtual(socket))
    }

    /// A socket of the system that is in non-blocking mode.
    pub(super) fn of_system(socket: socket2::Socket) -> Self {
        Self(Inner::System(socket))
    }

    pub(super) fn bind(&self, address: &Address) -> io::Result<()> {
        match &self.0 {
            Inner::System(socket) => socket.bind(&address.to_system()?),
            Inner::Virtual(socket) => socket.bind(address),
        }
    }

    /// Lets a listener have the address of connections that are closing (N1). A virtual socket has its own way.
    pub(super) fn allow_reuse_of_address(&self) -> io::Result<()> {
        match &self.0 {
            Inner::System(socket) => socket::allow_reuse_of_address(socket),
            Inner::Virtual(_) => Ok(()),
        }
    }

    pub(super) fn listen(&self, backlog: u32) -> io::Result<()> {
        match &self.0 {
            Inner::System(socket) => socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX)),
            Inner::Virtual(socket) => socket.listen(backlog),
        }
    }

    pub(super) fn start_connect(&self, address: &Address) -> io::Result<()> {
        match &self.0 {
            Inner::System(socket) => socket::start_connect(socket, &address.to_system()?),
            Inner::Virtual(socket) => socket.connect(address),
        }
    }

    pub(super) fn local_addr(&self) -> io::Result<Address> {
        match &self.0 {
            Inner::System(socket) => Address::from_system(&socket.local_addr()?),
            Inner::Virtual(socket) => socket.local_addr(),
        }
    }

    pub(super) fn take_error(&self) -> io::Result<Option<io::Error>> {
        match &self.0 {
            Inner::System(socket) => socket.take_error(),
            Inner::Virtual(socket) => socket.take_error(),
        }
    }

    /// Lets `runtime` watch it, if it is one of the system.
    pub(super) fn watch<S, R>(self, runtime: &R) -> io::Result<Endpoint<S, R>>
    where
        S: Source + From<socket2::Socket>,
        R: Reactor,
    {
        match self.0 {
            Inner::System(socket) => {
                runtime.register_nonblocking(socket.into()).map(Endpoint::System)
            }
            Inner::Virtual(socket) => Ok(Endpoint::Virtual(virtuals::Watch::new(socket))),
        }
    }
}

/// A socket of type `S` that `R` watches, or a virtual one in its place.
#[derive(Debug)]
pub(super) enum Endpoint<S: Source, R: Reactor> {
    System(R::Registration<S>),
    Virtual(virtuals::Watch),
}

pin_project! {
    /// An operation on an endpoint. An `async fn` would keep the operation twice, and so would every task that waits in it.
    #[project = IoProjected]
    enum Io<S, V> {
        System {
            #[pin]
            io: S,
        },
        Virtual {
            #[pin]
            io: V,
        },
    }
}

impl<S: Future, V: Future<Output = S::Output>> Future for Io<S, V> {
    type Output = S::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<S::Output> {
        match self.project() {
            IoProjected::System { io } => io.poll(cx),
            IoProjected::Virtual { io } => io.poll(cx),
        }
    }
}

/// A socket as it is lent to an attempt.
pub(super) enum Lent<'a, S> {
    System(&'a S),
    Virtual(virtuals::Lent<'a>),
}

impl<S: Source, R: Reactor> Endpoint<S, R> {
    /// Takes over a socket of the system in any mode.
    pub(super) fn adopt(runtime: &R, source: S) -> io::Result<Self> {
        runtime.register(source).map(Self::System)
    }

    /// Gives a socket of the system back.
    ///
    /// # Errors
    /// It is none; the system refuses to end the watch.
    pub(super) fn into_source(self) -> io::Result<S> {
        match self {
            Self::System(registration) => registration.into_source(),
            Self::Virtual(_) => Err(is_virtual()),
        }
    }

    #[inline(always)]
    pub(super) fn lend(&self) -> Lent<'_, S> {
        match self {
            Self::System(registration) => Lent::System(registration.source()),
            Self::Virtual(watch) => Lent::Virtual(watch.lend()),
        }
    }

    /// See [`Registration::io`].
    #[inline]
    pub(super) fn io<T: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(Lent<'_, S>) -> io::Result<Attempt<T>> + Send,
    ) -> impl Future<Output = io::Result<T>> + Send {
        match self {
            Self::System(registration) => Io::System {
                io: registration.io(interest, move |source| operation(Lent::System(source))),
            },
            Self::Virtual(watch) => Io::Virtual {
                io: watch.io(interest, move |socket| operation(Lent::Virtual(socket))),
            },
        }
    }

    /// See [`Registration::poll_io`].
    #[inline(always)]
    pub(super) fn poll_io<T>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(Lent<'_, S>) -> io::Result<Attempt<T>>,
    ) -> Poll<io::Result<T>> {
        match self {
            Self::System(registration) => {
                registration.poll_io(cx, interest, |source| operation(Lent::System(source)))
            }
            Self::Virtual(watch) => {
                watch.poll_io(cx, interest, |socket| operation(Lent::Virtual(socket)))
            }
        }
    }

    /// See [`Registration::poll_first`].
    #[inline(always)]
    pub(super) fn poll_first<T>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(Lent<'_, S>) -> io::Result<Attempt<T>>,
    ) -> Poll<Option<io::Result<T>>> {
        match self {
            Self::System(registration) => {
                // Moved, so that the operation need not lie in memory for whichever backend it is.
                registration.poll_first(cx, interest, move |source| operation(Lent::System(source)))
            }
            Self::Virtual(_) => Poll::Ready(None),
        }
    }

    /// See [`Registration::io_after_first`].
    #[inline(always)]
    pub(super) fn io_after_first<T: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(Lent<'_, S>) -> io::Result<Attempt<T>> + Send,
    ) -> impl Future<Output = io::Result<T>> + Send {
        match self {
            Self::System(registration) => Io::System {
                io: registration
                    .io_after_first(interest, move |source| operation(Lent::System(source))),
            },
            Self::Virtual(watch) => Io::Virtual {
                io: watch.io(interest, move |socket| operation(Lent::Virtual(socket))),
            },
        }
    }

    /// Like [`ready`](Self::ready), for one task in each direction.
    pub(super) fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
    ) -> Poll<io::Result<()>> {
        self.poll_io(cx, interest, |lent| lent.ready(interest))
    }

    /// See [`Registration::ready`].
    pub(super) async fn ready(&self, interest: Interest) -> io::Result<()> {
        match self {
            Self::System(registration) => registration.ready(interest).await,
            Self::Virtual(watch) => {
                watch.io(interest, |socket| Lent::<S>::Virtual(socket).ready(interest)).await
            }
        }
    }
}

/// Operations.
impl<S: Source> Lent<'_, S> {
    #[inline(always)]
    pub(super) fn receive(self, short: Short, buffer: &mut [u8]) -> io::Result<Attempt<usize>> {
        match self {
            Self::System(source) => socket::receive(source, short, buffer),
            Self::Virtual(socket) => {
                receive_virtual(socket, &mut [IoSliceMut::new(buffer)], false).map(number)
            }
        }
    }

    /// Receives into the spare room of a buffer.
    #[inline(always)]
    pub(super) fn receive_spare(
        self,
        short: Short,
        buffer: &mut impl Spare,
    ) -> io::Result<Attempt<usize>> {
        match self {
            Self::System(source) => socket::receive_spare(source, short, buffer),
            Self::Virtual(socket) => {
                let received = buffer.fill(|room| {
                    let bytes = room.zeroed();
                    let (n, _) = receive_virtual(socket, &mut [IoSliceMut::new(bytes)], false)?;
                    Ok(&mut bytes[..n])
                });
                received.map(Attempt::Done)
            }
        }
    }

    #[inline]
    pub(super) fn receive_vectored(
        self,
        short: Short,
        buffers: &mut [IoSliceMut<'_>],
    ) -> io::Result<Attempt<usize>> {
        match self {
            Self::System(source) => socket::receive_vectored(source, short, buffers),
            Self::Virtual(socket) => receive_virtual(socket, buffers, false).map(number),
        }
    }

    #[inline(always)]
    pub(super) fn send(self, short: Short, bytes: &[u8]) -> io::Result<Attempt<usize>> {
        match self {
            Self::System(source) => socket::send(source, short, bytes),
            Self::Virtual(socket) => socket.send(&[IoSlice::new(bytes)], None).map(Attempt::Done),
        }
    }

    #[inline]
    pub(super) fn send_vectored(
        self,
        short: Short,
        slices: &[IoSlice<'_>],
    ) -> io::Result<Attempt<usize>> {
        match self {
            Self::System(source) => socket::send_vectored(source, short, slices),
            Self::Virtual(socket) => socket.send(slices, None).map(Attempt::Done),
        }
    }

    pub(super) fn peek_stream(self, buffer: &mut [u8]) -> io::Result<Attempt<usize>> {
        match self {
            Self::System(source) => {
                uninterrupted(|| socket::peek(source, buffer)).map(Attempt::Done)
            }
            Self::Virtual(socket) => {
                receive_virtual(socket, &mut [IoSliceMut::new(buffer)], true).map(number)
            }
        }
    }

    pub(super) fn accept(self) -> io::Result<Attempt<(Socket, Address)>> {
        match self {
            Self::System(source) => {
                let (socket, address) = uninterrupted(|| socket::accept(source))?;
                let address = Address::from_system(&address)?;
                Ok(Attempt::Done((Socket::of_system(socket), address)))
            }
            Self::Virtual(socket) => {
                let (socket, address) = virtuals::accept(socket)?;
                Ok(Attempt::Done((Socket(Inner::Virtual(socket)), address)))
            }
        }
    }

    /// Whether a connect that was begun has succeeded or failed.
    pub(super) fn finish_connect(self) -> io::Result<Attempt<()>> {
        if let Some(error) = self.take_error()? {
            return Err(error);
        }
        // No error may also mean that it is still under way.
        let peer = match self {
            Self::System(source) => socket2::SockRef::from(source).peer_addr().map(drop),
            Self::Virtual(socket) => socket.peer_addr().map(drop),
        };
        match peer {
            Ok(()) => Ok(Attempt::Done(())),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                Err(io::ErrorKind::WouldBlock.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Shuts down; a connection that is gone already is as good as shut down (N6).
    pub(super) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let result = match self {
            Self::System(source) => socket2::SockRef::from(*source).shutdown(how),
            Self::Virtual(socket) => socket.shutdown(how),
        };
        match result {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        }
    }

    pub(super) fn connect(&self, address: &Address) -> io::Result<()> {
        match self {
            Self::System(source) => socket2::SockRef::from(*source).connect(&address.to_system()?),
            Self::Virtual(socket) => socket.connect(address),
        }
    }

    pub(super) fn local_addr(&self) -> io::Result<Address> {
        match self {
            Self::System(source) => {
                Address::from_system(&socket2::SockRef::from(*source).local_addr()?)
            }
            Self::Virtual(socket) => socket.local_addr(),
        }
    }

    pub(super) fn peer_addr(&self) -> io::Result<Address> {
        match self {
            Self::System(source) => {
                Address::from_system(&socket2::SockRef::from(*source).peer_addr()?)
            }
            Self::Virtual(socket) => socket.peer_addr(),
        }
    }

    pub(super) fn take_error(&self) -> io::Result<Option<io::Error>> {
        match self {
            Self::System(source) => socket2::SockRef::from(*source).take_error(),
            Self::Virtual(socket) => socket.take_error(),
        }
    }

    fn ready(self, interest: Interest) -> io::Result<Attempt<()>> {
        if self.is_ready(interest)? {
            Ok(Attempt::Done(()))
        } else {
            Err(io::ErrorKind::WouldBlock.into())
        }
    }

    pub(super) fn is_ready(&self, interest: Interest) -> io::Result<bool> {
        match self {
            Self::System(source) => is_ready(*source, interest),
            Self::Virtual(socket) => Ok(socket.is_ready(interest)),
        }
    }

    /// The socket of the system, for an operation that the caller brings.
    ///
    /// # Errors
    /// `Unsupported` if it is a virtual one.
    #[inline(always)]
    pub(super) fn as_system(&self) -> io::Result<&S> {
        match self {
            Self::System(source) => Ok(source),
            Self::Virtual(_) => Err(is_virtual()),
        }
    }
}

/// Receives from a virtual socket, and does not believe more than there was room for.
pub(super) fn receive_virtual(
    socket: impl Deref<Target = dyn VirtualSocket>,
    buffers: &mut [IoSliceMut<'_>],
    peek: bool,
) -> io::Result<(usize, Option<Address>)> {
    let room: usize = buffers.iter().map(|buffer| buffer.len()).sum();
    let (n, from) = socket.receive(buffers, peek)?;
    if n > room {
        let what = "a virtual socket says that it received more than there was room for";
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    Ok((n, from))
}

pub(super) fn number((n, _): (usize, Option<Address>)) -> Attempt<usize> {
    Attempt::Done(n)
}

#[cold]
fn is_virtual() -> io::Error {
    let what = "this socket is virtual: there is none of the system to work on";
    io::Error::new(io::ErrorKind::Unsupported, what)
}

cfg_if::cfg_if! {
    if #[cfg(windows)] {
        use std::os::windows::io::{AsSocket, BorrowedSocket};

        impl AsSocket for Socket {
            fn as_socket(&self) -> BorrowedSocket<'_> {
                match &self.0 {
                    Inner::System(socket) => socket.as_socket(),
                    Inner::Virtual(socket) => socket.stand_in(),
                }
            }
        }

        impl<S: Source, R: Reactor> AsSocket for Endpoint<S, R> {
            fn as_socket(&self) -> BorrowedSocket<'_> {
                match self {
                    Self::System(registration) => registration.source().as_socket(),
                    Self::Virtual(watch) => watch.stand_in(),
                }
            }
        }
    } else {
        use std::os::fd::{AsFd, BorrowedFd};

        impl AsFd for Socket {
            fn as_fd(&self) -> BorrowedFd<'_> {
                match &self.0 {
                    Inner::System(socket) => socket.as_fd(),
                    Inner::Virtual(socket) => socket.stand_in(),
                }
            }
        }

        impl<S: Source, R: Reactor> AsFd for Endpoint<S, R> {
            fn as_fd(&self) -> BorrowedFd<'_> {
                match self {
                    Self::System(registration) => registration.source().as_fd(),
                    Self::Virtual(watch) => watch.stand_in(),
                }
            }
        }
    }
}
