//! Linux' epoll, and a descriptor that ends a wait in it.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::ptr;
use std::time::Duration;

use crate::sync::{AtomicBool, Ordering};

/// An interpreter knows the older call alone.
const MAY_HAVE_NANOSECONDS: bool = !cfg!(miri);

/// An epoll instance.
///
/// All of its events are edge-triggered. It is closed with the last handle, and by `exec`.
#[derive(Debug)]
pub(crate) struct Epoll {
    fd: OwnedFd,
    /// Whether waits are given in nanoseconds; not before Linux 5.11, and where a filter of system
    /// calls forbids it.
    has_nanoseconds: AtomicBool,
}

/// A set of events, and the number of the source that it belongs to.
pub(crate) use libc::epoll_event as Event;

impl Epoll {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: it takes flags alone.
        let fd = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: the call has just made the descriptor, so nobody else owns it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Self { fd, has_nanoseconds: AtomicBool::new(MAY_HAVE_NANOSECONDS) })
    }

    /// Begins to watch `fd` for the events in `flags`; those it has now are told of as well.
    pub(crate) fn add(&self, fd: RawFd, flags: i32, data: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd, flags, data)
    }

    /// Looks at `fd` again: those events that it has now are told of once more.
    pub(crate) fn renew(&self, fd: RawFd, flags: i32, data: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, fd, flags, data)
    }

    pub(crate) fn remove(&self, fd: RawFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, fd, 0, 0)
    }

    #[allow(clippy::cast_sign_loss, reason = "flags, the highest of which is the sign")]
    fn control(&self, operation: i32, fd: RawFd, flags: i32, data: u64) -> io::Result<()> {
        let mut event = Event { events: (flags | libc::EPOLLET) as u32, u64: data };
        // SAFETY: the kernel reads the event, a local, and looks the descriptors up; a number that
        // is not open is an error.
        check(unsafe { libc::epoll_ctl(self.fd.as_raw_fd(), operation, fd, &mut event) }).map(drop)
    }

    /// Blocks until there are events, which replace those in `events`, at most as many as there is
    /// room for.
    ///
    /// May return early with none.
    pub(crate) fn wait(
        &self,
        events: &mut Vec<Event>,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        events.clear();
        let count = match timeout {
            Some(timeout) if !timeout.is_zero() => self.wait_some_time(events, timeout),
            Some(_) => self.wait_milliseconds(events, 0),
            None => self.wait_milliseconds(events, -1),
        }?;
        // SAFETY: the kernel has written so many events, and never more than there is room for.
        unsafe { events.set_len(count) };
        Ok(())
    }

    fn wait_some_time(&self, events: &mut Vec<Event>, timeout: Duration) -> io::Result<usize> {
        // Relaxed: a thread that does not know yet finds out by itself.
        if self.has_nanoseconds.load(Ordering::Relaxed) {
            match self.wait_nanoseconds(events, timeout) {
                Err(error) if is_missing(&error) => {
                    self.has_nanoseconds.store(false, Ordering::Relaxed);
                }
                result => return result,
            }
        }
        self.wait_milliseconds(events, milliseconds(timeout))
    }

    fn wait_nanoseconds(&self, events: &mut Vec<Event>, timeout: Duration) -> io::Result<usize> {
        // What the kernel wants for a duration, on every architecture: the seconds, and the nanoseconds beside them.
        let seconds = timeout.as_secs().try_into().unwrap_or(i64::MAX);
        let timeout: [i64; 2] = [seconds, timeout.subsec_nanos().into()];
        let [fd, room] = [self.fd.as_raw_fd(), room(events)].map(libc::c_long::from);
        // SAFETY: the kernel writes at most `room` events to the buffer, whose capacity that is, and
        // reads the duration, a local in the form that it wants. There is no signal mask.
        let count = unsafe {
            libc::syscall(
                libc::SYS_epoll_pwait2,
                fd,
                events.as_mut_ptr(),
                room,
                timeout.as_ptr(),
                ptr::null::<libc::sigset_t>(),
                0 as libc::c_long,
            )
        };
        usize::try_from(count).map_err(|_| io::Error::last_os_error())
    }

    fn wait_milliseconds(&self, events: &mut Vec<Event>, timeout: i32) -> io::Result<usize> {
        let (buffer, room) = (events.as_mut_ptr(), room(events));
        // SAFETY: the kernel writes at most `room` events to the buffer, whose capacity that is.
        let count = unsafe { libc::epoll_wait(self.fd.as_raw_fd(), buffer, room, timeout) };
        usize::try_from(count).map_err(|_| io::Error::last_os_error())
    }
}

/// Whether a descriptor is a socket, whatever type of the standard library owns it.
pub(crate) fn is_socket(fd: RawFd) -> bool {
    let (mut kind, mut size) = (0_i32, size_of::<i32>() as libc::socklen_t);
    // SAFETY: the kernel writes the kind, a local of that size, and how much it has written; a number that is no socket's is an error.
    let result = unsafe {
        let kind = ptr::from_mut(&mut kind).cast();
        libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_TYPE, kind, &mut size)
    };
    result == 0
}

/// How many events there is room for.
fn room(events: &Vec<Event>) -> i32 {
    i32::try_from(events.capacity()).unwrap_or(i32::MAX)
}

/// Rounded up, so that nobody who waits for a deadline wakes up before it, and again and again. What
/// is too long ends early.
fn milliseconds(timeout: Duration) -> i32 {
    timeout.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(i32::MAX)
}

/// Whether the kernel does not have a call, or a filter of system calls says so.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM))
}

fn check(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Ends waits in an epoll instance: the one under way, or else the next one.
#[derive(Debug)]
pub(crate) enum Alarm {
    /// Adding to the counter is an event each time, so nobody has to read it.
    Counter(File),
    /// Where there is no eventfd: a socket that can always be written to, and its peer. To look at
    /// it again is an event each time.
    Socket { socket: UnixStream, _peer: UnixStream },
}

impl Alarm {
    /// An alarm for `epoll`, whose events carry `data`.
    pub(crate) fn new(epoll: &Epoll, data: u64) -> io::Result<Self> {
        // SAFETY: it takes a number and flags alone.
        let fd = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) });
        let fd = match fd {
            Err(error) if is_missing(&error) => return Self::without_eventfd(epoll, data),
            fd => fd?,
        };
        // SAFETY: the call has just made the descriptor, so nobody else owns it.
        let counter = unsafe { File::from_raw_fd(fd) };
        epoll.add(counter.as_raw_fd(), libc::EPOLLIN, data)?;
        Ok(Self::Counter(counter))
    }

    fn without_eventfd(epoll: &Epoll, data: u64) -> io::Result<Self> {
        let (socket, peer) = UnixStream::pair()?;
        // Without an interest for now: there is no reason to end the first wait.
        epoll.add(socket.as_raw_fd(), 0, data)?;
        Ok(Self::Socket { socket, _peer: peer })
    }

    /// Ends a wait in `epoll`, for which the alarm was made with `data`.
    pub(crate) fn ring(&self, epoll: &Epoll, data: u64) -> io::Result<()> {
        match self {
            Self::Counter(counter) => (&*counter).write_all(&1_u64.to_ne_bytes()),
            Self::Socket { socket, .. } => epoll.renew(socket.as_raw_fd(), libc::EPOLLOUT, data),
        }
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::time::Instant;

    use super::*;

    const DATA: u64 = u64::MAX;

    fn alarms(epoll: &Epoll) -> [Alarm; 2] {
        [Alarm::new(epoll, DATA).unwrap(), Alarm::without_eventfd(epoll, DATA).unwrap()]
    }

    #[test]
    fn an_alarm_ends_the_next_wait_once_for_each_ring() {
        for chosen in 0..2 {
            let epoll = Epoll::new().unwrap();
            let alarms = alarms(&epoll);
            let mut events = Vec::with_capacity(4);
            epoll.wait(&mut events, Some(Duration::ZERO)).unwrap();
            assert!(events.is_empty());
            for _ in 0..3 {
                alarms[chosen].ring(&epoll, DATA).unwrap();
                epoll.wait(&mut events, None).unwrap();
                assert_eq!(events.len(), 1);
                assert_eq!({ events[0].u64 }, DATA);
                epoll.wait(&mut events, Some(Duration::ZERO)).unwrap();
                assert!(events.is_empty());
            }
        }
    }

    #[test]
    fn an_alarm_ends_the_wait_under_way() {
        for chosen in 0..2 {
            let epoll = Epoll::new().unwrap();
            let alarms = alarms(&epoll);
            std::thread::scope(|scope| {
                scope.spawn(|| alarms[chosen].ring(&epoll, DATA).unwrap());
                let mut events = Vec::with_capacity(1);
                while events.is_empty() {
                    epoll.wait(&mut events, None).unwrap();
                }
            });
        }
    }

    #[test]
    fn waits_are_not_shorter_than_asked_with_nanoseconds_and_without() {
        for has_nanoseconds in [true, false] {
            let epoll = Epoll::new().unwrap();
            epoll.has_nanoseconds.store(has_nanoseconds, Ordering::Relaxed);
            let mut events = Vec::with_capacity(1);
            for micros in [1, 300, 1500] {
                let timeout = Duration::from_micros(micros);
                let start = Instant::now();
                match epoll.wait(&mut events, Some(timeout)) {
                    Ok(()) => assert!(start.elapsed() >= timeout),
                    Err(error) => assert_eq!(error.kind(), io::ErrorKind::Interrupted),
                }
            }
        }
    }

    #[test]
    fn milliseconds_are_rounded_up_and_bounded() {
        assert_eq!(milliseconds(Duration::from_nanos(1)), 1);
        assert_eq!(milliseconds(Duration::from_millis(7)), 7);
        assert_eq!(milliseconds(Duration::from_micros(7001)), 8);
        assert_eq!(milliseconds(Duration::MAX), i32::MAX);
    }

    #[test]
    fn the_longest_timeout_is_accepted() {
        for has_nanoseconds in [true, false] {
            let epoll = Epoll::new().unwrap();
            epoll.has_nanoseconds.store(has_nanoseconds, Ordering::Relaxed);
            let [alarm, _other] = alarms(&epoll);
            alarm.ring(&epoll, DATA).unwrap();
            let mut events = Vec::with_capacity(1);
            epoll.wait(&mut events, Some(Duration::MAX)).unwrap();
            assert_eq!(events.len(), 1);
        }
    }

    #[test]
    fn descriptors_are_closed_by_exec() {
        let epoll = Epoll::new().unwrap();
        let mut fds = vec![epoll.fd.as_raw_fd()];
        let alarms = alarms(&epoll);
        for alarm in &alarms {
            match alarm {
                Alarm::Counter(fd) => fds.push(fd.as_raw_fd()),
                Alarm::Socket { socket, _peer } => {
                    fds.extend([socket.as_raw_fd(), _peer.as_raw_fd()])
                }
            }
        }
        assert_eq!(fds.len(), 4);
        for fd in fds {
            // SAFETY: it reads flags of a descriptor.
            let flags = unsafe { libc::fcntl(fd, libc::F_GETFD) };
            assert_eq!(flags & libc::FD_CLOEXEC, libc::FD_CLOEXEC);
        }
    }
}
