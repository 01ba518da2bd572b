//! Who is at the other end of a Unix socket.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        fn of(socket: BorrowedFd<'_>) -> io::Result<UCred> {
            let mut peer = libc::ucred { pid: 0, uid: 0, gid: 0 };
            let mut length = size_of::<libc::ucred>() as libc::socklen_t;
            // SAFETY: the descriptor is open, and the pointers lead to a number and to as many bytes as it
            // says, in which any value is one of `ucred`.
            let result = unsafe {
                libc::getsockopt(
                    socket.as_raw_fd(),
                    libc::SOL_SOCKET,
                    libc::SO_PEERCRED,
                    (&raw mut peer).cast(),
                    &raw mut length,
                )
            };
            if result != 0 {
                return Err(io::Error::last_os_error());
            }
            // A process of another namespace has no number here.
            Ok(UCred { uid: peer.uid, gid: peer.gid, pid: (peer.pid != 0).then_some(peer.pid) })
        }
    } else if #[cfg(any(
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "dragonfly",
        target_os = "netbsd",
        target_os = "openbsd",
    ))] {
        fn of(socket: BorrowedFd<'_>) -> io::Result<UCred> {
            let (mut uid, mut gid) = (0, 0);
            // SAFETY: the descriptor is open, and the pointers lead to numbers.
            let result =
                unsafe { libc::getpeereid(socket.as_raw_fd(), &raw mut uid, &raw mut gid) };
            if result != 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(UCred { uid, gid, pid: None })
        }
    } else {
        fn of(_socket: BorrowedFd<'_>) -> io::Result<UCred> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}

/// The user, the group and, where the system says so, the process that connected a Unix socket or listened on
/// it, as they were then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UCred {
    uid: u32,
    gid: u32,
    pid: Option<i32>,
}

impl UCred {
    /// The number of the user.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// The number of the group.
    pub fn gid(&self) -> u32 {
        self.gid
    }

    /// The number of the process, on Linux, unless it is in a namespace from where none leads here.
    pub fn pid(&self) -> Option<i32> {
        self.pid
    }
}

/// Who is at the other end of a connected Unix stream socket.
///
/// # Errors
/// What the system says; `Unsupported` where it says nothing of peers.
pub fn peer_cred(socket: impl AsFd) -> io::Result<UCred> {
    of(socket.as_fd())
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::*;

    #[test]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn the_peer_of_a_pair_is_this_process() {
        let (one, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        let peer = peer_cred(&one).unwrap();
        assert_eq!(peer.pid(), Some(std::process::id() as i32));
        assert_eq!(peer.uid(), rustix::process::geteuid().as_raw());
        assert_eq!(peer.gid(), rustix::process::getegid().as_raw());
    }

    #[test]
    fn what_has_no_peer_is_an_error() {
        assert!(peer_cred(std::fs::File::open("/dev/null").unwrap()).is_err());
    }
}
