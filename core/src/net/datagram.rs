//! Attempts to send and receive datagrams, on sockets of the system and on virtual ones.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::ops::Deref;

use socket2::SockRef;

use super::endpoint::{Lent, number, receive_virtual};
use super::kind::Address;
use super::socket::uninterrupted;
use super::virtual_socket::{Membership, VirtualSocket};
use crate::Attempt;

impl Lent<'_, UdpSocket> {
    pub(super) fn recv_from(self, buffer: &mut [u8]) -> io::Result<Attempt<(usize, SocketAddr)>> {
        match self {
            Self::System(socket) => uninterrupted(|| socket.recv_from(buffer)).map(Attempt::Done),
            Self::Virtual(socket) => receive_from(socket, buffer, false),
        }
    }

    pub(super) fn peek(self, buffer: &mut [u8]) -> io::Result<Attempt<usize>> {
        match self {
            Self::System(socket) => uninterrupted(|| socket.peek(buffer)).map(Attempt::Done),
            Self::Virtual(socket) => {
                receive_virtual(socket, &mut [IoSliceMut::new(buffer)], true).map(number)
            }
        }
    }

    pub(super) fn peek_from(self, buffer: &mut [u8]) -> io::Result<Attempt<(usize, SocketAddr)>> {
        match self {
            Self::System(socket) => uninterrupted(|| socket.peek_from(buffer)).map(Attempt::Done),
            Self::Virtual(socket) => receive_from(socket, buffer, true),
        }
    }

    pub(super) fn peek_sender(self) -> io::Result<Attempt<SocketAddr>> {
        match self {
            Self::System(socket) => {
                let peer = uninterrupted(|| SockRef::from(socket).peek_sender())?;
                Ok(Attempt::Done(Address::from_system(&peer)?.to_internet()?))
            }
            Self::Virtual(socket) => {
                let (_, peer) = receive_virtual(socket, &mut [IoSliceMut::new(&mut [])], true)?;
                Ok(Attempt::Done(of_somebody(peer)?.to_internet()?))
            }
        }
    }

    pub(super) fn send_to(self, datagram: &[u8], peer: SocketAddr) -> io::Result<Attempt<usize>> {
        match self {
            Self::System(socket) => {
                uninterrupted(|| socket.send_to(datagram, peer)).map(Attempt::Done)
            }
            Self::Virtual(socket) => {
                let peer = Address::from(peer);
                socket.send(&[IoSlice::new(datagram)], Some(&peer)).map(Attempt::Done)
            }
        }
    }

    /// Joins a multicast group or leaves it: by `system`, where the socket is one of the system's.
    pub(super) fn change_membership(
        self,
        change: Membership,
        system: impl FnOnce(&UdpSocket) -> io::Result<()>,
    ) -> io::Result<()> {
        match self {
            Self::System(socket) => system(socket),
            Self::Virtual(socket) => socket.change_membership(change),
        }
    }
}

fn receive_from(
    socket: impl Deref<Target = dyn VirtualSocket>,
    buffer: &mut [u8],
    peek: bool,
) -> io::Result<Attempt<(usize, SocketAddr)>> {
    let (n, peer) = receive_virtual(socket, &mut [IoSliceMut::new(buffer)], peek)?;
    Ok(Attempt::Done((n, of_somebody(peer)?.to_internet()?)))
}

/// Whose a datagram is.
fn of_somebody(peer: Option<Address>) -> io::Result<Address> {
    let nobody = "a virtual socket did not say who sent a datagram";
    peer.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, nobody))
}

#[cfg(unix)]
mod unix {
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    use super::*;

    impl Lent<'_, UnixDatagram> {
        pub(in crate::net) fn recv_from(
            self,
            buffer: &mut [u8],
        ) -> io::Result<Attempt<(usize, SocketAddr)>> {
            match self {
                Self::System(socket) => {
                    uninterrupted(|| socket.recv_from(buffer)).map(Attempt::Done)
                }
                Self::Virtual(socket) => {
                    let (n, peer) = receive_virtual(socket, &mut [IoSliceMut::new(buffer)], false)?;
                    Ok(Attempt::Done((n, of_somebody(peer)?.to_unix()?)))
                }
            }
        }

        pub(in crate::net) fn send_to(
            &self,
            datagram: &[u8],
            peer: &SocketAddr,
        ) -> io::Result<usize> {
            match self {
                Self::System(socket) => uninterrupted(|| socket.send_to_addr(datagram, peer)),
                Self::Virtual(socket) => {
                    let peer = Address::from(peer.clone());
                    socket.send(&[IoSlice::new(datagram)], Some(&peer))
                }
            }
        }
    }
}
