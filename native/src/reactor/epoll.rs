//! Waiting for events with epoll: edge-triggered, one registration of a source for both directions. A connection has none before
//! somebody waits for it.

use std::any::TypeId;
use std::io;
use std::net::TcpStream;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use anyrt_core::Source;

use super::registry::Token;
use super::word::{Event, Waited};
use crate::sys::{Alarm, Epoll, EpollEvent, is_socket};

/// How many bits of a token's parts the events carry.
pub(super) const KEY_BITS: u32 = 32;
pub(super) const GENERATION_BITS: u32 = 32;

/// Whether a source that has reached its end says so in its event. Where it does not, a short
/// transfer is no sign that nothing is left.
pub(crate) const TELLS_THE_END: bool = true;

/// Whether what was asked for once is told of each time.
pub(super) const GOES_ON_TO_TELL: bool = true;

/// By what the system knows a source.
pub(crate) type RawSource = RawFd;

/// How many events one wait brings at most; the others stay for the next one.
const BATCH: usize = 128;

/// No registry has so many sources.
const ALARM: Token = Token { key: u32::MAX, generation: u32::MAX };

/// An interpreter does not know this event.
const PRIORITY: i32 = if cfg!(miri) { 0 } else { libc::EPOLLPRI };

/// An interpreter can't ask what kind of socket a descriptor is.
const IS_INTERPRETED: bool = cfg!(miri);

/// What readers wait for, and whoever writes will. Errors and hang-ups are told of unasked.
const OF_READERS: i32 = libc::EPOLLIN | PRIORITY | libc::EPOLLRDHUP;

/// What waits for the events of sources.
#[derive(Debug)]
pub(super) struct Selector {
    epoll: Epoll,
    alarm: Alarm,
}

/// The events that one wait has brought.
pub(super) struct Events(Vec<EpollEvent>);

impl Selector {
    pub(super) fn new() -> io::Result<Self> {
        let epoll = Epoll::new()?;
        let alarm = Alarm::new(&epoll, ALARM.to_data())?;
        Ok(Self { epoll, alarm })
    }

    /// Watches a source, which is to be [removed](Self::remove) before it is closed, for readers and those who wait. What it has
    /// now is told of as well.
    pub(super) fn watch(
        &self,
        source: RawSource,
        token: Token,
        is_watched: bool,
        waited: Waited,
    ) -> io::Result<()> {
        let call = if is_watched { Epoll::renew } else { Epoll::add };
        let interests = OF_READERS | if waited.writers { libc::EPOLLOUT } else { 0 };
        call(&self.epoll, source, interests, token.to_data())
    }

    pub(super) fn remove(&self, source: RawSource) -> io::Result<()> {
        self.epoll.remove(source)
    }

    /// Blocks until there are events, which replace those in `events`. May return early.
    pub(super) fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        self.epoll.wait(&mut events.0, timeout)
    }

    /// Ends the wait under way, or else the next one.
    pub(super) fn kick(&self) -> io::Result<()> {
        self.alarm.ring(&self.epoll, ALARM.to_data())
    }
}

impl Events {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(BATCH))
    }

    /// What was told of sources.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Token, Event)> {
        let all = self.0.iter().map(|event| (Token::of_data(event.u64), to_event(event.events)));
        all.filter(|(token, _)| *token != ALARM)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

pub(crate) fn raw<T: Source>(source: &T) -> RawSource {
    source.as_fd().as_raw_fd()
}

/// Whether a source is watched only once somebody waits for it: of a connection that a server accepts, reads, answers and closes at
/// once the reactor never hears. Of other sources the refusal is to be told early (R1); a socket meets none but for want of memory.
pub(crate) fn is_watched_late<T: Source>(source: &T) -> bool {
    let connections = [TypeId::of::<TcpStream>(), TypeId::of::<UnixStream>()];
    connections.contains(&TypeId::of::<T>()) && (IS_INTERPRETED || is_socket(raw(source)))
}

#[allow(clippy::cast_sign_loss, reason = "flags")]
fn to_event(flags: u32) -> Event {
    let table = [
        (libc::EPOLLIN, Event::READABLE),
        (libc::EPOLLOUT, Event::WRITABLE),
        // The peer writes no more; it may go on to read. Or it has sent urgent data, at whose mark a
        // read stops: a short read is no sign then that nothing is left, as it is none at the end.
        (libc::EPOLLRDHUP | libc::EPOLLPRI, Event::READ_CLOSED),
        // Errors come alone from the write end of a pipe whose read end was closed. On a datagram
        // socket they pass, which an attempt that would block finds out.
        (libc::EPOLLHUP | libc::EPOLLERR, Event::READ_CLOSED | Event::WRITE_CLOSED),
    ];
    let told = table.into_iter().filter(|(mask, _)| flags & *mask as u32 != 0);
    told.fold(Event::NOTHING, |event, (_, more)| event | more)
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::fs::File;
    use std::io::{Write, pipe};
    use std::os::fd::{AsFd, OwnedFd};

    use super::*;

    const TOKEN: Token = Token { key: 7, generation: u32::MAX };

    /// What a wait tells of the source now.
    fn told(selector: &Selector) -> Option<Event> {
        let mut events = Events::new();
        selector.wait(&mut events, Some(Duration::ZERO)).unwrap();
        let mut iter = events.iter();
        let (token, event) = iter.next()?;
        assert_eq!(token, TOKEN);
        assert!(iter.next().is_none());
        Some(event)
    }

    const BOTH: Waited = Waited { readers: true, writers: true };

    fn watch(source: &impl AsFd) -> Selector {
        let selector = Selector::new().unwrap();
        selector.watch(source.as_fd().as_raw_fd(), TOKEN, false, BOTH).unwrap();
        selector
    }

    #[test]
    fn tokens_come_back_as_they_were() {
        for token in [TOKEN, ALARM, Token { key: 0, generation: 0 }] {
            assert_eq!(Token::of_data(token.to_data()), token);
        }
    }

    #[test]
    fn a_stream_tells_its_edges() {
        let (stream, mut peer) = UnixStream::pair().unwrap();
        let selector = watch(&stream);
        assert_eq!(told(&selector), Some(Event::WRITABLE));
        assert_eq!(told(&selector), None);
        peer.write_all(b"x").unwrap();
        assert_eq!(told(&selector), Some(Event::READABLE | Event::WRITABLE));
        assert_eq!(told(&selector), None);
        peer.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(told(&selector), Some(Event::READ_CLOSED | Event::WRITABLE));
        drop(peer);
        assert_eq!(told(&selector), Some(Event::READ_CLOSED | Event::WRITE_CLOSED));
        selector.remove(stream.as_raw_fd()).unwrap();
        assert!(selector.remove(stream.as_raw_fd()).is_err());
    }

    #[test]
    fn what_nobody_has_asked_for_is_not_told_and_what_is_there_is_when_somebody_asks() {
        let (stream, mut peer) = UnixStream::pair().unwrap();
        let selector = Selector::new().unwrap();
        let raw = stream.as_raw_fd();
        selector.watch(raw, TOKEN, false, Waited::READERS).unwrap();
        assert_eq!(told(&selector), None);
        peer.write_all(b"x").unwrap();
        assert_eq!(told(&selector), Some(Event::READABLE));
        selector.watch(raw, TOKEN, true, BOTH).unwrap();
        assert_eq!(told(&selector), Some(Event::READABLE | Event::WRITABLE));
        // The end is told of in any case.
        selector.watch(raw, TOKEN, true, Waited::READERS).unwrap();
        drop(peer);
        assert_eq!(told(&selector), Some(Event::READ_CLOSED | Event::WRITE_CLOSED));
    }

    #[test]
    fn a_connection_is_watched_late_if_it_is_a_socket() {
        let (stream, _peer) = UnixStream::pair().unwrap();
        assert!(is_watched_late(&stream));
        assert!(!is_watched_late(&OwnedFd::from(stream)));
        let file = OwnedFd::from(File::open("/proc/self/exe").unwrap());
        assert!(!is_watched_late(&TcpStream::from(file)));
    }

    #[test]
    fn a_pipe_tells_that_its_other_end_is_gone() {
        let both = Event::READ_CLOSED | Event::WRITE_CLOSED;
        let (reader, writer) = pipe().unwrap();
        let selector = watch(&reader);
        drop(writer);
        assert_eq!(told(&selector), Some(both));

        let (reader, writer) = pipe().unwrap();
        let selector = watch(&writer);
        drop(reader);
        assert_eq!(told(&selector), Some(both));
    }

    #[test]
    fn regular_files_are_refused_with_the_systems_error() {
        let file = File::open("/proc/self/exe").unwrap();
        let selector = Selector::new().unwrap();
        let error = selector.watch(file.as_raw_fd(), TOKEN, false, Waited::READERS).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EPERM));
    }

    #[test]
    fn a_kick_is_told_of_nobody() {
        let selector = Selector::new().unwrap();
        selector.kick().unwrap();
        let mut events = Events::new();
        selector.wait(&mut events, None).unwrap();
        assert_eq!(events.iter().count(), 0);
        assert!(!events.is_empty());
    }
}
