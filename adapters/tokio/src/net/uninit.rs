//! Reading into memory that was not written before.
#![expect(unsafe_code, reason = "the spare room of a buffer may be read only where it was filled")]

use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use bytes::BufMut;
use rustix::io::Errno;
use rustix::net::RecvFlags;

/// Reads from a file or a pipe into the spare room of a buffer.
pub(super) fn read(fd: impl AsFd, buffer: &mut impl BufMut) -> io::Result<usize> {
    let n = loop {
        match rustix::io::read(&fd, room_of(buffer)) {
            Err(Errno::INTR) => {}
            result => break result?.0.len(),
        }
    };
    fill(buffer, n);
    Ok(n)
}

/// Receives from a socket into the spare room of a buffer. What does not fit is lost.
pub(super) fn recv(fd: impl AsFd, buffer: &mut impl BufMut) -> io::Result<usize> {
    let n = loop {
        match rustix::net::recv(&fd, room_of(buffer), RecvFlags::empty()) {
            Err(Errno::INTR) => {}
            result => break result?.0.0.len(),
        }
    };
    fill(buffer, n);
    Ok(n)
}

/// Like [`recv`], with the address of the sender.
pub(super) fn recv_from(fd: impl AsFd, buffer: &mut impl BufMut) -> io::Result<SocketAddr> {
    let (n, from) = loop {
        match rustix::net::recvfrom(&fd, room_of(buffer), RecvFlags::empty()) {
            Err(Errno::INTR) => {}
            result => {
                let ((filled, _), _, from) = result?;
                break (filled.len(), from);
            }
        }
    };
    let no_address = || io::Error::other("the datagram has no address of a sender");
    let from = SocketAddr::try_from(from.ok_or_else(no_address)?)?;
    fill(buffer, n);
    Ok(from)
}

fn room_of(buffer: &mut impl BufMut) -> &mut [MaybeUninit<u8>] {
    // SAFETY: the system writes bytes into it and nothing else, and what this module does not pass on to it
    // is not touched.
    unsafe { buffer.chunk_mut().as_uninit_slice_mut() }
}

/// Notes that the system has filled so many bytes of the room, as it has just said.
fn fill(buffer: &mut impl BufMut, n: usize) {
    // SAFETY: the callers, all in this module, pass on what the system has said of this room.
    unsafe { buffer.advance_mut(n) };
}
