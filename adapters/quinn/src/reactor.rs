//! The socket of an endpoint, which all its connections send on.

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use anyrt_facade::Backend;
use anyrt_facade::generic::net::UdpSocket;
use anyrt_facade::reactor::{Interest, Waiter, Watched};
use quinn::udp::{RecvMeta, Transmit, UdpSocketState};
use quinn::{AsyncUdpSocket, UdpPoller};

/// How many errors may follow each other before they are taken for the socket's end.
///
/// One that a datagram brought about is told once, and the next attempt gets what is behind it. To come to this many,
/// errors have to arrive faster than they are read; those of a broken socket are there each time.
const MOST_ERRORS: usize = 100;

/// A socket of the system's that one runtime watches, with what quinn-udp has found out about it.
#[derive(Debug)]
pub(crate) struct Socket<R: Backend> {
    socket: UdpSocket<R>,
    state: UdpSocketState,
    /// Whether the last attempt to send found no room, and nobody has seen any since.
    is_full: AtomicBool,
}

impl<R: Backend> Socket<R> {
    /// # Errors
    /// The system can't watch the socket, or refuses an option that QUIC needs; the runtime is gone.
    pub(crate) fn new(runtime: &R, socket: std::net::UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new((&socket).into())?;
        let socket = UdpSocket::from_std_on(runtime, socket)?;
        Ok(Self { socket, state, is_full: AtomicBool::new(false) })
    }
}

impl<R: Backend> AsyncUdpSocket for Socket<R> {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(Room(Waiter::new(self, Interest::Writable)))
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let send = |socket: &std::net::UdpSocket| self.state.send(socket.into(), transmit);
        let result = self.socket.try_io(Interest::Writable, send);
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.is_full.store(true, Ordering::Relaxed);
        }
        result
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_io(cx, Interest::Readable, |socket| {
            past_errors(|| self.state.recv(socket.into(), buffers, meta))
        })
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    fn max_transmit_segments(&self) -> usize {
        self.state.max_gso_segments()
    }

    fn max_receive_segments(&self) -> usize {
        self.state.gro_segments()
    }

    fn may_fragment(&self) -> bool {
        self.state.may_fragment()
    }
}

/// Receives what is behind errors that concern one peer at most, as a port that is closed, told by ICMP.
///
/// quinn takes most errors for the end of the endpoint, and so of all connections. That of the runtime comes from
/// the wait, not from `receive`.
fn past_errors<T>(mut receive: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 1..MOST_ERRORS {
        match receive() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => {}
            result => return result,
        }
    }
    receive()
}

impl<R: Backend> Watched for Socket<R> {
    async fn ready(&self, interest: Interest) -> io::Result<()> {
        self.socket.ready(interest).await
    }
}

/// The wait of one connection for room in the socket.
///
/// quinn asks before each call of [`try_send`](AsyncUdpSocket::try_send), where there is room nearly always: the
/// system is asked only where an attempt has failed. A connection that relies on what another one saw at the
/// same time finds no room once more, and asks again.
#[derive(Debug)]
struct Room<R: Backend>(Waiter<Socket<R>>);

impl<R: Backend> UdpPoller for Room<R> {
    fn poll_writable(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Relaxed, here and above: it is a hint. Whoever is to wait has stored it on this thread before.
        if self.0.source().is_full.load(Ordering::Relaxed) {
            ready!(self.0.poll_ready(cx))?;
            self.0.source().is_full.store(false, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}
