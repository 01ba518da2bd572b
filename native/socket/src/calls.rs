//! System calls that sockets make often, or that the standard library has for its own types alone.
//!
//! They are few and plain. A crate for all system calls would take a third of the time in which a small program is
//! built.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

cfg_if::cfg_if! {
    if #[cfg(all(
        any(target_os = "linux", target_os = "android"),
        any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"),
        not(miri),
    ))] {
        // Past the functions of the C library, each of which is a point where a thread can be cancelled: half the
        // instructions, in what programs do most. No address is given and none is asked for.

        /// # Safety
        /// `memory` is valid for reads of `length` bytes.
        #[inline]
        unsafe fn send_some(fd: i32, memory: *const u8, length: usize, flags: i32) -> isize {
            // SAFETY: the kernel reads the memory, for which the caller vouches, and looks the descriptor up.
            let sent = unsafe { libc::syscall(libc::SYS_sendto, fd, memory, length, flags, 0_usize, 0_usize) };
            sent as isize
        }

        /// # Safety
        /// `memory` is valid for writes of `length` bytes.
        #[inline]
        unsafe fn receive_some(fd: i32, memory: *mut u8, length: usize, flags: i32) -> isize {
            // SAFETY: the kernel writes to the memory, for which the caller vouches, and looks the descriptor up.
            let received = unsafe { libc::syscall(libc::SYS_recvfrom, fd, memory, length, flags, 0_usize, 0_usize) };
            received as isize
        }
    } else {
        /// # Safety
        /// `memory` is valid for reads of `length` bytes.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        unsafe fn send_some(fd: i32, memory: *const u8, length: usize, flags: i32) -> isize {
            // SAFETY: the memory is valid, for which the caller vouches; a number that is not open is an error.
            unsafe { libc::send(fd, memory.cast(), length, flags) }
        }

        /// # Safety
        /// `memory` is valid for writes of `length` bytes.
        unsafe fn receive_some(fd: i32, memory: *mut u8, length: usize, flags: i32) -> isize {
            // SAFETY: the memory is valid, for which the caller vouches; a number that is not open is an error.
            unsafe { libc::recv(fd, memory.cast(), length, flags) }
        }
    }
}

/// Sends what the socket takes of `bytes`. A peer that is gone is an error and no signal.
///
/// # Errors
/// What the system says, such as `WouldBlock`.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
pub fn send(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the slice is valid for reads.
    checked(unsafe { send_some(fd, bytes.as_ptr(), bytes.len(), libc::MSG_NOSIGNAL) })
}

/// Copies to `buffer` what the socket has received, and leaves it there.
///
/// # Errors
/// What the system says, such as `WouldBlock`.
pub fn peek(socket: impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the slice is valid for writes, and any bytes may stand in it.
    checked(unsafe { receive_some(fd, buffer.as_mut_ptr(), buffer.len(), libc::MSG_PEEK) })
}

/// How many bytes at the start of `room` are what the socket has received.
#[inline]
pub(crate) fn receive(socket: BorrowedFd<'_>, room: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    // SAFETY: the slice is valid for writes; the system writes bytes, which makes nothing uninitialized.
    checked(unsafe { receive_some(socket.as_raw_fd(), room.as_mut_ptr().cast(), room.len(), 0) })
}

/// Makes operations on what is open there return `WouldBlock` instead of blocking the thread, or undoes that. Of
/// a socket or of anything else, in one call.
///
/// # Errors
/// What the system says.
pub fn set_nonblocking(fd: impl AsFd, nonblocking: bool) -> io::Result<()> {
    let mut value = libc::c_int::from(nonblocking);
    // SAFETY: the request reads a number, to which the pointer leads.
    let result = unsafe { libc::ioctl(fd.as_fd().as_raw_fd(), libc::FIONBIO, &raw mut value) };
    checked(result as isize).map(drop)
}

/// Whether a read would return now: something, the end or an error.
///
/// # Errors
/// What the system says.
pub fn is_readable(fd: impl AsFd) -> io::Result<bool> {
    has_event(fd.as_fd(), libc::POLLIN)
}

/// Whether a write would return now: with something written, or with an error.
///
/// # Errors
/// What the system says.
pub fn is_writable(fd: impl AsFd) -> io::Result<bool> {
    has_event(fd.as_fd(), libc::POLLOUT)
}

/// Hang-ups and errors are reported whether asked for or not, and end a wait as well.
fn has_event(fd: BorrowedFd<'_>, events: libc::c_short) -> io::Result<bool> {
    loop {
        let mut polled = libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 };
        // SAFETY: the pointer leads to one entry, which lives until the call returns.
        let result = unsafe { libc::poll(&raw mut polled, 1, 0) };
        match checked(result as isize) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            number => return number.map(|number| number > 0),
        }
    }
}

#[inline]
fn checked(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

#[cfg(all(test, not(miri)))]
mod tests {
    use std::fs::File;
    use std::io::{ErrorKind, Read, Write};
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn what_was_peeked_at_stays() {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        other.write_all(b"hello").unwrap();
        let mut buffer = [0; 8];
        assert_eq!(peek(&one, &mut buffer[..2]).unwrap(), 2);
        assert_eq!(&buffer[..3], b"he\0");
        assert_eq!(one.read(&mut buffer).unwrap(), 5);
        drop(other);
        assert_eq!(peek(&one, &mut buffer).unwrap(), 0);
    }

    #[test]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn a_peer_that_is_gone_is_an_error_of_a_send() {
        let (one, mut other) = UnixStream::pair().unwrap();
        assert_eq!(send(&one, b"hello").unwrap(), 5);
        let mut buffer = [0; 5];
        other.read_exact(&mut buffer).unwrap();
        assert_eq!(&buffer, b"hello");
        drop(other);
        assert_eq!(send(&one, b"hello").unwrap_err().kind(), ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_socket_that_does_not_block_says_so_until_it_blocks_again() {
        let (one, mut other) = UnixStream::pair().unwrap();
        set_nonblocking(&one, true).unwrap();
        let error = peek(&one, &mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        set_nonblocking(&one, false).unwrap();
        other.write_all(b"x").unwrap();
        assert_eq!(peek(&one, &mut [0]).unwrap(), 1);
    }

    #[test]
    fn readiness_is_told_without_waiting() {
        let (one, mut other) = UnixStream::pair().unwrap();
        assert!(!is_readable(&one).unwrap() && is_writable(&one).unwrap());
        other.write_all(b"x").unwrap();
        assert!(is_readable(&one).unwrap());
        drop(other);
        assert!(is_readable(&one).unwrap() && is_writable(&one).unwrap());

        let (full, _peer) = UnixStream::pair().unwrap();
        set_nonblocking(&full, true).unwrap();
        while (&full).write(&[0; 4096]).is_ok() {}
        assert!(!is_writable(&full).unwrap());
    }

    #[test]
    fn what_is_no_socket_is_an_error() {
        let file = File::open("/dev/null").unwrap();
        assert!(peek(&file, &mut [0]).is_err());
        assert!(is_readable(&file).unwrap());
    }
}
