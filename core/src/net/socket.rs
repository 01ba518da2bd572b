//! The system calls that the sockets share: made non-blocking, connected, accepted, transferred.

use std::io;

use anyrt_socket::Spare;
use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};

use super::kind::SocketKind;
use crate::Attempt;
use crate::source::Source;

/// The number of connections over TCP that may wait to be accepted, as the standard of the field has it.
pub(super) const BACKLOG: u32 = 1024;

/// As many connections between processes as the system lets wait. A connect that finds no room fails there, whereas
/// TCP tries again by itself.
#[cfg(unix)]
pub(super) const LOCAL_BACKLOG: u32 = u32::MAX;

/// The number of slices that systems take in one call; they refuse more instead of taking some.
const MAX_SLICES: usize = 1024;

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))] {
        // These make a socket non-blocking in the call that creates it.

        pub(super) fn new(
            domain: Domain,
            kind: Type,
            protocol: Option<Protocol>,
        ) -> io::Result<Socket> {
            Socket::new(domain, kind.nonblocking(), protocol)
        }

        fn accept_on(listener: &Socket) -> io::Result<(Socket, SockAddr)> {
            match listener.accept4(libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK) {
                // Old kernels lack it, and some sandboxes refuse it like a kernel that lacks it.
                Err(error) if error.raw_os_error() == Some(libc::ENOSYS) => accept_plainly(listener),
                result => result,
            }
        }

        fn accept_plainly(listener: &Socket) -> io::Result<(Socket, SockAddr)> {
            let (socket, address) = listener.accept_raw()?;
            socket.set_cloexec(true)?;
            socket.set_nonblocking(true)?;
            Ok((socket, address))
        }
    } else {
        pub(super) fn new(
            domain: Domain,
            kind: Type,
            protocol: Option<Protocol>,
        ) -> io::Result<Socket> {
            let socket = Socket::new(domain, kind, protocol)?;
            set_nonblocking(&socket)?;
            Ok(socket)
        }

        fn accept_on(listener: &Socket) -> io::Result<(Socket, SockAddr)> {
            let (socket, address) = listener.accept()?;
            set_nonblocking(&socket)?;
            Ok((socket, address))
        }
    }
}

cfg_if::cfg_if! {
    if #[cfg(target_os = "wasi")] {
        /// By the call that the standard library makes. The one that `socket2` makes is refused.
        fn set_nonblocking(socket: &Socket) -> io::Result<()> {
            rustix::io::ioctl_fionbio(socket, true).map_err(io::Error::from)
        }
    } else if #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))] {
        fn set_nonblocking(socket: &Socket) -> io::Result<()> {
            socket.set_nonblocking(true)
        }
    }
}

cfg_if::cfg_if! {
    if #[cfg(any(unix, target_os = "wasi"))] {
        fn is_in_progress(error: &io::Error) -> bool {
            error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error())
        }
    } else {
        fn is_in_progress(error: &io::Error) -> bool {
            error.kind() == io::ErrorKind::WouldBlock
        }
    }
}

cfg_if::cfg_if! {
    if #[cfg(any(windows, target_os = "wasi", target_vendor = "apple"))] {
        /// Windows and WASI have no SIGPIPE; Apple's systems have an option of the socket for it, which is set
        /// when one is made.
        const SEND_FLAGS: i32 = 0;
    } else {
        /// Writing to a peer that is gone must not raise SIGPIPE, whatever the process set up.
        const SEND_FLAGS: i32 = libc::MSG_NOSIGNAL;
    }
}

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        // Half the instructions of the detour by the C library, in what programs do most.
        #[inline(always)]
        fn send_once<S: Source>(source: &S, bytes: &[u8]) -> io::Result<usize> {
            let flags = rustix::net::SendFlags::NOSIGNAL;
            rustix::net::send(source.as_fd(), bytes, flags).map_err(io::Error::from)
        }

        #[inline(always)]
        fn receive_once<S: Source>(source: &S, buffer: &mut [u8]) -> io::Result<usize> {
            let flags = rustix::net::RecvFlags::empty();
            let (n, _) = rustix::net::recv(source.as_fd(), buffer, flags)?;
            Ok(n)
        }
    } else {
        fn receive_once<S: Source>(source: &S, buffer: &mut [u8]) -> io::Result<usize> {
            io::Read::read(&mut &*SockRef::from(source), buffer)
        }

        fn send_once<S: Source>(source: &S, bytes: &[u8]) -> io::Result<usize> {
            SockRef::from(source).send_with_flags(bytes, SEND_FLAGS)
        }
    }
}

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        /// Two sockets that are connected to each other, in non-blocking mode.
        pub(super) fn pair(kind: SocketKind) -> io::Result<(Socket, Socket)> {
            if !matches!(kind, SocketKind::UnixStream | SocketKind::UnixDatagram) {
                return no_pairs();
            }
            let (domain, kind, protocol) = kind.to_system();
            let (one, other) = Socket::pair(domain, kind, protocol)?;
            one.set_nonblocking(true)?;
            other.set_nonblocking(true)?;
            Ok((one, other))
        }
    } else {
        pub(super) fn pair(_kind: SocketKind) -> io::Result<(Socket, Socket)> {
            no_pairs()
        }
    }
}

cfg_if::cfg_if! {
    if #[cfg(target_os = "wasi")] {
        fn send_slices_once(socket: &Socket, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
            io::Write::write_vectored(&mut &*socket, slices)
        }
    } else {
        fn send_slices_once(socket: &Socket, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
            socket.send_vectored_with_flags(slices, SEND_FLAGS)
        }
    }
}

fn no_pairs<T>() -> io::Result<T> {
    let what = "the system has no pairs of sockets of this kind";
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        #[inline(always)]
        fn receive_into<'r, S: Source>(
            source: &S,
            room: anyrt_socket::Room<'r>,
        ) -> io::Result<&'r mut [u8]> {
            room.receive(source)
        }
    } else {
        fn receive_into<'r, S: Source>(
            source: &S,
            room: anyrt_socket::Room<'r>,
        ) -> io::Result<&'r mut [u8]> {
            let bytes = room.zeroed();
            let n = io::Read::read(&mut &*SockRef::from(source), bytes)?;
            Ok(&mut bytes[..n])
        }
    }
}

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        /// Reads what stays there.
        pub(super) fn peek<S: Source>(source: &S, buffer: &mut [u8]) -> io::Result<usize> {
            let (n, _) = rustix::net::recv(source, buffer, rustix::net::RecvFlags::PEEK)?;
            Ok(n)
        }
    } else if #[cfg(target_os = "wasi")] {
        /// Its streams are read once.
        pub(super) fn peek<S: Source>(_source: &S, _buffer: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::Unsupported.into())
        }
    } else {
        /// Reads what stays there. Only a stream of the standard library does that on plain bytes.
        pub(super) fn peek<S: Source>(source: &S, buffer: &mut [u8]) -> io::Result<usize> {
            std::net::TcpStream::from(source.as_socket().try_clone_to_owned()?).peek(buffer)
        }
    }
}

/// Accepts one connection, in non-blocking mode.
pub(super) fn accept<S: Source>(listener: &S) -> io::Result<(Socket, SockAddr)> {
    accept_on(&SockRef::from(listener))
}

cfg_if::cfg_if! {
    if #[cfg(windows)] {
        // There the option would let another process take the port away.
        pub(super) fn allow_reuse_of_address(_socket: &Socket) -> io::Result<()> {
            Ok(())
        }
    } else {
        pub(super) fn allow_reuse_of_address(socket: &Socket) -> io::Result<()> {
            socket.set_reuse_address(true)
        }
    }
}

/// Begins to connect a non-blocking socket.
pub(super) fn start_connect(socket: &Socket, address: &SockAddr) -> io::Result<()> {
    match socket.connect(address) {
        // An interrupted connect goes on in the background like one in progress.
        Err(error) if !is_in_progress(&error) && error.kind() != io::ErrorKind::Interrupted => {
            Err(error)
        }
        _ => Ok(()),
    }
}

#[inline(always)]
pub(super) fn receive<S: Source>(
    source: &S,
    short: Short,
    buffer: &mut [u8],
) -> io::Result<Attempt<usize>> {
    let length = buffer.len();
    uninterrupted(|| receive_once(source, buffer)).map(|n| short.attempt(n, length))
}

#[inline(always)]
pub(super) fn receive_spare<S: Source>(
    source: &S,
    short: Short,
    buffer: &mut impl Spare,
) -> io::Result<Attempt<usize>> {
    let mut length = 0;
    let n = uninterrupted(|| {
        buffer.fill(|room| {
            length = room.len();
            receive_into(source, room)
        })
    })?;
    Ok(short.attempt(n, length))
}

pub(super) fn receive_vectored<S: Source>(
    source: &S,
    short: Short,
    buffers: &mut [io::IoSliceMut<'_>],
) -> io::Result<Attempt<usize>> {
    let socket = SockRef::from(source);
    let number = buffers.len().min(MAX_SLICES);
    let buffers = &mut buffers[..number];
    let length = buffers.iter().map(|buffer| buffer.len()).sum();
    uninterrupted(|| io::Read::read_vectored(&mut &*socket, buffers))
        .map(|n| short.attempt(n, length))
}

#[inline(always)]
pub(super) fn send<S: Source>(
    source: &S,
    short: Short,
    bytes: &[u8],
) -> io::Result<Attempt<usize>> {
    uninterrupted(|| send_once(source, bytes)).map(|n| short.attempt(n, bytes.len()))
}

/// Up to so many bytes are copied together and sent as one, which takes less time than to tell the system where each slice is:
/// an answer of HTTP, with its head.
const FEW: usize = 1024;

/// With room for the most of these, which is zeroed, a short answer would take as long for that as for all else.
const FEWER: usize = 256;

pub(super) fn send_vectored<S: Source>(
    source: &S,
    short: Short,
    slices: &[io::IoSlice<'_>],
) -> io::Result<Attempt<usize>> {
    let slices = &slices[..slices.len().min(MAX_SLICES)];
    let length = slices.iter().map(|slice| slice.len()).sum();
    match slices {
        [slice] => send(source, short, slice),
        _ if length <= FEWER => send(source, short, gather(slices, &mut [0; FEWER])),
        _ if length <= FEW => send(source, short, gather(slices, &mut [0; FEW])),
        _ => {
            let socket = SockRef::from(source);
            uninterrupted(|| send_slices_once(&socket, slices)).map(|n| short.attempt(n, length))
        }
    }
}

fn gather<'r>(slices: &[io::IoSlice<'_>], room: &'r mut [u8]) -> &'r [u8] {
    let mut length = 0;
    for slice in slices {
        room[length..][..slice.len()].copy_from_slice(slice);
        length += slice.len();
    }
    &room[..length]
}

/// What it means for a socket that a transfer stopped short of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Short {
    /// The transfer has emptied, or filled, the socket's buffer.
    #[allow(dead_code, reason = "not every system tells the reactor of urgent data")]
    UsedUp,
    /// The transfer may have stopped for another reason, with more to come or room left: where the
    /// writer of a Unix stream changes, behind bytes that brought descriptors along, at the end of a
    /// record.
    Unknown,
}

impl Short {
    /// For a socket that was taken over: only a TCP socket is known not to stop early. That its type
    /// in the program is a TCP stream does not make it one.
    pub(super) fn of<S: Source>(source: &S) -> Self {
        if is_tcp(&SockRef::from(source)) { Self::OF_TCP } else { Self::Unknown }
    }

    /// Zero bytes are the end of a stream, which stays ready.
    #[inline]
    fn attempt(self, n: usize, length: usize) -> Attempt<usize> {
        if self == Self::UsedUp && 0 < n && n < length {
            Attempt::Exhausted(n)
        } else {
            Attempt::Done(n)
        }
    }
}

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        impl Short {
            /// For TCP sockets. A read stops at the mark of urgent data as well, of which the system
            /// tells the reactor: see [`Attempt::Exhausted`].
            pub(super) const OF_TCP: Self = Self::UsedUp;
        }

        fn is_tcp(socket: &Socket) -> bool {
            matches!(socket.r#type(), Ok(Type::STREAM))
                && matches!(socket.protocol(), Ok(Some(Protocol::TCP)))
        }
    } else {
        impl Short {
            /// For TCP sockets. Elsewhere nobody tells the reactor of urgent data, at whose mark a
            /// read stops.
            pub(super) const OF_TCP: Self = Self::Unknown;
        }

        fn is_tcp(_socket: &Socket) -> bool {
            true
        }
    }
}

#[inline]
pub(super) fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
