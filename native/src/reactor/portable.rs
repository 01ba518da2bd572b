//! Waiting for events by the `polling` crate, where the system has no epoll.
//!
//! Edge-triggered where the crate offers that. Elsewhere a source is asked for once more each time
//! that somebody waits for it.

use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

use anyrt_core::Source;
use polling::{AsRawSource, AsSource, PollMode, Poller};

use super::registry::Token;
use super::word::{Event, Waited};

/// How many bits of a token's parts the keys of events carry.
pub(super) const KEY_BITS: u32 = if usize::BITS < 64 { 20 } else { 32 };
pub(super) const GENERATION_BITS: u32 = if usize::BITS < 64 { 12 } else { 32 };

/// Whether a source that has reached its end says so in its event. Where it does not, a short
/// transfer is no sign that nothing is left.
pub(crate) const TELLS_THE_END: bool = false;

/// Whether what was asked for once is told of each time. That is known at run time alone.
pub(super) const GOES_ON_TO_TELL: bool = false;

/// How many events one wait brings at most; the others stay for the next one.
const BATCH: NonZeroUsize = NonZeroUsize::new(128).unwrap();

/// What waits for the events of sources.
#[derive(Debug)]
pub(super) struct Selector {
    poller: Poller,
    mode: PollMode,
}

/// The events that one wait has brought.
pub(super) struct Events {
    list: polling::Events,
    /// Whether an event ends the watch in both directions, whatever it tells of. Those who wait in
    /// the other one are woken as well then, and ask for it once more.
    is_of_both: bool,
}

impl Selector {
    pub(super) fn new() -> io::Result<Self> {
        let poller = Poller::new()?;
        let mode = if poller.supports_edge() { PollMode::Edge } else { PollMode::Oneshot };
        Ok(Self { poller, mode })
    }

    /// Watches a source, which is to be [removed](Self::remove) before it is closed, for those who wait. Nobody does at first.
    pub(super) fn watch(
        &self,
        source: RawSource,
        token: Token,
        is_watched: bool,
        waited: Waited,
    ) -> io::Result<()> {
        if is_watched { self.arm(source, token, waited) } else { self.add(source, token) }
    }

    fn add(&self, source: RawSource, token: Token) -> io::Result<()> {
        refuse_regular_file(source)?;
        let key = token.to_data() as usize;
        let interest = match self.mode {
            PollMode::Edge => polling::Event::all(key),
            _ => polling::Event::none(key),
        };
        // SAFETY: a `Watch` removes the source before it is closed.
        unsafe { self.poller.add_with_mode(source, interest, self.mode) }
    }

    /// Asks for the events that somebody waits for.
    fn arm(&self, source: RawSource, token: Token, waited: Waited) -> io::Result<()> {
        // Edges come without being asked for again.
        if self.mode == PollMode::Edge {
            return Ok(());
        }
        let interest =
            polling::Event::new(token.to_data() as usize, waited.readers, waited.writers);
        // SAFETY: a `Watch` arms only while its source is open, which it is meanwhile.
        let source = unsafe { Borrowed::borrow_raw(source) };
        self.poller.modify_with_mode(source, interest, self.mode)
    }

    pub(super) fn remove(&self, source: RawSource) -> io::Result<()> {
        // SAFETY: a `Watch` removes its source before it is closed.
        let source = unsafe { Borrowed::borrow_raw(source) };
        self.poller.delete(source)
    }

    /// Blocks until there are events, which replace those in `events`. May return early.
    pub(super) fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        events.list.clear();
        events.is_of_both = self.mode != PollMode::Edge;
        self.poller.wait(&mut events.list, timeout).map(drop)
    }

    /// Ends the wait under way, or else the next one.
    pub(super) fn kick(&self) -> io::Result<()> {
        self.poller.notify()
    }
}

impl Events {
    pub(super) fn new() -> Self {
        Self { list: polling::Events::with_capacity(BATCH), is_of_both: false }
    }

    /// What was told of sources.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Token, Event)> {
        self.list.iter().map(|event| (Token::of_data(event.key as u64), self.told_by(&event)))
    }

    fn told_by(&self, event: &polling::Event) -> Event {
        let told = |is_told, what| if is_told || self.is_of_both { what } else { Event::NOTHING };
        told(event.readable, Event::READABLE) | told(event.writable, Event::WRITABLE)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.list.clear();
    }
}

pub(crate) fn raw<T: Source>(source: &T) -> RawSource {
    (&source.source()).raw()
}

/// Whether a source of this type is watched only once somebody waits for it, as it can be by epoll.
pub(crate) fn is_watched_late<T: Source>(_source: &T) -> bool {
    false
}

/// By what the system knows a source.
pub(crate) use of_system::RawSource;
use of_system::{Borrowed, refuse_regular_file};

#[cfg(unix)]
mod of_system {
    use std::fs::File;
    use std::io;
    use std::mem::ManuallyDrop;
    use std::os::fd::FromRawFd;

    pub(super) use std::os::fd::BorrowedFd as Borrowed;
    pub(crate) use std::os::fd::RawFd as RawSource;

    /// Some systems would watch a regular file, which is always ready, and blocks even so (R1).
    pub(super) fn refuse_regular_file(source: RawSource) -> io::Result<()> {
        // SAFETY: the descriptor is open for the time of the call, and not closed by this.
        let file = ManuallyDrop::new(unsafe { File::from_raw_fd(source) });
        let kind = file.metadata()?.file_type();
        // What Linux says by itself.
        let refusal = (kind.is_file() || kind.is_dir()).then_some(libc::EPERM);
        refusal.map_or(Ok(()), |code| Err(io::Error::from_raw_os_error(code)))
    }
}

#[cfg(windows)]
mod of_system {
    use std::io;

    pub(super) use std::os::windows::io::BorrowedSocket as Borrowed;
    pub(crate) use std::os::windows::io::RawSocket as RawSource;

    /// Sources are sockets here.
    #[allow(clippy::unnecessary_wraps, reason = "on Unix sources can be files")]
    pub(super) fn refuse_regular_file(_source: RawSource) -> io::Result<()> {
        Ok(())
    }
}
