//! A look at the sockets of the process, by one that is always ready.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::{io, mem};

use async_io::{Async, WritableOwned};

#[cfg(unix)]
type Socket = std::os::unix::net::UnixDatagram;
#[cfg(not(unix))]
type Socket = std::net::UdpSocket;

/// A socket that can always be written to.
#[cfg(unix)]
fn ready_socket() -> io::Result<Socket> {
    Socket::unbound()
}

#[cfg(not(unix))]
fn ready_socket() -> io::Result<Socket> {
    Socket::bind((std::net::Ipv4Addr::LOCALHOST, 0))
}

/// What looks are made by.
#[derive(Debug)]
pub(super) struct Probe {
    // `None` only while this is dropped.
    socket: Option<Arc<Async<Socket>>>,
    /// What `anyrt_fork` said when the watch began.
    process: u32,
}

impl Probe {
    /// # Errors
    /// The system has no socket for it, or refuses to watch that.
    pub(super) fn new() -> io::Result<Self> {
        let socket = Some(Arc::new(Async::new(ready_socket()?)?));
        Ok(Self { socket, process: anyrt_fork::watch() })
    }

    /// Is ready when whoever waits for a socket that is ready at its first poll has been woken.
    ///
    /// async-io takes no event from a round of its reactor that has begun before it is asked. Of the round that ends
    /// the first wait, others may not be woken yet; but there is no second one before they are.
    pub(super) fn look(&self) -> Look {
        let socket = self.socket.as_ref().expect("it is there until this is dropped");
        let wait = Arc::clone(socket).writable_owned();
        Look { socket: Arc::clone(socket), wait, is_second: false, process: self.process }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        // As a registration: a forked child has the parent's instance of epoll.
        if let Some(socket) = self.socket.take().filter(|_| self.process != anyrt_fork::forks()) {
            mem::forget(socket);
        }
    }
}

/// A look at the sockets of the process, before a paused clock jumps.
#[derive(Debug)]
pub struct Look {
    socket: Arc<Async<Socket>>,
    wait: WritableOwned<Socket>,
    is_second: bool,
    process: u32,
}

impl Future for Look {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // A forked child, where nothing is ready any more, is not to disturb its parent.
        while self.process == anyrt_fork::forks() {
            // Where the socket can't be watched, no look can be had.
            drop(ready!(Pin::new(&mut self.wait).poll(cx)));
            if self.is_second {
                break;
            }
            self.wait = Arc::clone(&self.socket).writable_owned();
            self.is_second = true;
        }
        Poll::Ready(())
    }
}
