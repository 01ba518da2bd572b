//! The right to wait for events, and what comes of them.
//!
//! One thread at a time has the right, and waits on behalf of all. "An event" in the README beside
//! this file follows an event from the system to the tasks.

use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::Duration;

use anyrt_core::backend::runtime_gone;
use anyrt_core::task::contain;

use super::readiness::Readiness;
use super::registry::{Registry, Token};
use super::system::{Events, RawSource, Selector};
use super::wakers::Wakers;
use super::word::Waited;
use crate::sync::{Arc, AtomicBool, AtomicUsize, CachePadded, Mutex, Ordering, UnsafeCell, lock};

/// How long a wait takes that the system refuses, so that whoever waits in a loop leaves time to the
/// others.
const BACK_OFF: Duration = Duration::from_millis(10);

/// The reactor of one runtime.
///
/// It lives as long as a registration or a handle does; [`close`](Self::close) ends its service.
pub(crate) struct Driver {
    selector: Selector,
    registry: Registry,
    /// How many sources there are.
    count: CachePadded<AtomicUsize>,
    /// Why there is no service any more.
    refusal: Mutex<Option<Refusal>>,
    /// Whether a failure of the system was printed, which is done once.
    has_reported: AtomicBool,
    /// Whether somebody has the right to wait.
    is_attended: CachePadded<AtomicBool>,
    /// What a wait works with. Belongs to whoever has that right.
    batch: CachePadded<UnsafeCell<Batch>>,
}

// SAFETY: one thread at a time uses the batch, by `is_attended`, and it may go from one to another. The rest is atomic, under
// locks, or may be used by several by itself.
unsafe impl Sync for Driver
where
    Batch: Send,
    Selector: Sync,
    Registry: Sync,
{
}

/// What operations say when the driver is of no use any more.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    /// The runtime has ended.
    ShutDown,
    /// The system refuses to wait for events, with this error.
    Failed(Option<i32>),
}

/// A source that is registered.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) readiness: Arc<Readiness>,
    source: RawSource,
    token: Token,
    /// Whether the watch has ended, for whoever began it. It stands beside the token because there it takes no room.
    pub(crate) is_over: bool,
}

struct Batch {
    events: Events,
    woken: Wakers,
    /// What the last wait has failed with.
    failure: Option<io::Error>,
}

impl Driver {
    /// A driver without sources.
    ///
    /// # Errors
    /// The system has no descriptors left, or refuses them.
    pub(crate) fn new() -> io::Result<Self> {
        let selector = Selector::new()?;
        let batch = Batch { events: Events::new(), woken: Wakers::default(), failure: None };
        Ok(Self {
            selector,
            registry: Registry::default(),
            count: CachePadded::new(AtomicUsize::new(0)),
            refusal: Mutex::new(None),
            has_reported: AtomicBool::new(false),
            is_attended: CachePadded::new(AtomicBool::new(false)),
            batch: CachePadded::new(UnsafeCell::new(batch)),
        })
    }

    /// Takes the right to wait, if nobody has it.
    pub(crate) fn try_acquire(&self) -> Option<Poller<'_>> {
        // Looked at first, because most often somebody has it, and others needn't share the line.
        if self.is_attended() {
            return None;
        }
        // Ordering: the acquire pairs with the release in `Poller::drop`, which gives the batch back.
        let was_attended = self.is_attended.swap(true, Ordering::Acquire);
        (!was_attended).then(|| Poller { driver: self })
    }

    /// Whether somebody has the right to wait at this moment.
    ///
    /// Orders nothing: a caller that relies on it brings its own fences.
    pub(crate) fn is_attended(&self) -> bool {
        self.is_attended.load(Ordering::Relaxed)
    }

    /// Ends the wait under way, or else the next one. Works from any thread, and at any time.
    pub(crate) fn kick(&self) {
        if let Err(error) = self.selector.kick() {
            self.report(&error);
        }
    }

    /// Whether anything was registered, as far as this thread knows.
    pub(crate) fn has_sources(&self) -> bool {
        self.count.load(Ordering::Relaxed) != 0
    }

    /// The runtime ends: whoever waits for a source is woken, operations are errors from now on, and
    /// nothing is registered any more. May be repeated.
    pub(crate) fn close(&self) {
        self.refuse(Refusal::ShutDown);
    }

    /// The system refuses to wait, which only a descriptor that somebody else has closed can explain, and
    /// will do so again. Sources are of no use any more; tasks, closures and timers go on.
    #[cold]
    fn fail(&self, error: &io::Error) {
        self.report(error);
        if self.refusal().is_none() {
            self.refuse(Refusal::Failed(error.raw_os_error()));
        }
    }

    fn refuse(&self, refusal: Refusal) {
        *lock(&self.refusal) = Some(refusal);
        let mut woken = Wakers::default();
        // Who registers from now on finds the refusal, after that.
        for readiness in self.registry.sources() {
            readiness.shut_down(&mut woken);
            // Maybe the last reference, which owns what is left of the poll functions' wakers.
            contain(|| drop(readiness));
        }
        woken.wake();
    }

    /// What operations say from now on, if they can't be waited for any more.
    pub(crate) fn refusal(&self) -> Option<io::Error> {
        lock(&self.refusal).map(Refusal::to_error)
    }

    /// Prints what nobody else would tell, once. In a program that goes on without its sockets this may be
    /// the only trace of the reason.
    #[cold]
    fn report(&self, error: &io::Error) {
        // Relaxed: it orders nothing.
        if !self.has_reported.swap(true, Ordering::Relaxed) {
            let what = "was a descriptor closed that belongs to the runtime?";
            // Not by the macro, which panics where nobody reads.
            let _ = writeln!(io::stderr(), "anyrt: {CANT_WAIT}: {error}; {what}");
        }
    }

    /// Registers a source, which is to be removed before it is closed, and begins to watch it, unless that is to be `late`: when somebody
    /// waits.
    pub(crate) fn add(&self, source: RawSource, late: bool) -> io::Result<Watched> {
        let readiness = Arc::new(Readiness::new(!late));
        let Some(token) = self.registry.insert(Arc::clone(&readiness)) else {
            let what = "too many sources are registered: drop some of them";
            return Err(io::Error::other(what));
        };
        let watched = Watched { readiness, source, token, is_over: false };
        self.count.fetch_add(1, Ordering::Relaxed);
        // Only now: the end may just have told all sources, and the first event may come at once.
        let added = match self.refusal() {
            Some(refusal) => Err(refusal),
            None if late => Ok(()),
            None => self.arm(&watched, false, Waited::READERS),
        };
        added.inspect_err(|_| self.forget(token)).map(|()| watched)
    }

    /// Asks for the events that somebody waits for, of a source that the system watches or does not yet.
    #[cold]
    pub(crate) fn arm(&self, of: &Watched, is_watched: bool, waited: Waited) -> io::Result<()> {
        self.selector.watch(of.source, of.token, is_watched, waited)
    }

    /// Ends the watch of a source. Events that are on their way reach nobody, even if the system
    /// refuses to remove the source.
    pub(crate) fn remove(&self, watched: &Watched) -> io::Result<()> {
        let Watched { readiness, source, token, .. } = watched;
        let removed = if readiness.is_watched() { self.selector.remove(*source) } else { Ok(()) };
        self.forget(*token);
        readiness.forget_waiting();
        removed
    }

    fn forget(&self, token: Token) {
        let readiness = self.registry.remove(token);
        self.count.fetch_sub(1, Ordering::Relaxed);
        // The registration has another reference, so that no waker is dropped here.
        drop(readiness);
    }
}

const CANT_WAIT: &str = "the runtime can't wait for events any more";

impl Refusal {
    fn to_error(self) -> io::Error {
        match self {
            // R6.
            Self::ShutDown => runtime_gone(),
            Self::Failed(code) => {
                let error =
                    code.map_or_else(|| ErrorKind::Other.into(), io::Error::from_raw_os_error);
                io::Error::new(error.kind(), format!("{CANT_WAIT}: {error}"))
            }
        }
    }
}

/// The right to wait for events; given back when it is dropped.
#[must_use = "nobody else can wait for events until it is dropped"]
pub(crate) struct Poller<'a> {
    driver: &'a Driver,
}

impl Poller<'_> {
    fn batch(&mut self) -> &mut Batch {
        // SAFETY: there is one poller at a time, which has the batch, and is borrowed as long as that.
        self.driver.batch.with_mut(|batch| unsafe { &mut *batch })
    }

    /// Blocks the thread until there are events, at most for `timeout`.
    ///
    /// May return early. Events of an earlier wait that were not dispatched count as new.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) {
        let driver = self.driver;
        let batch = self.batch();
        // An edge comes once: what it told must not be lost.
        if !batch.events.is_empty() {
            return;
        }
        match driver.selector.wait(&mut batch.events, timeout) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                // A want of memory passes, as some systems have it here.
                let may_pass =
                    matches!(error.kind(), ErrorKind::OutOfMemory | ErrorKind::WouldBlock);
                batch.failure = (!may_pass).then_some(error);
                thread::sleep(timeout.unwrap_or(BACK_OFF).min(BACK_OFF));
            }
        }
    }

    /// Whether [`wait`](Self::wait) has found events, which are not dispatched yet.
    pub(crate) fn has_events(&mut self) -> bool {
        // Not counting a kick.
        self.batch().events.iter().next().is_some()
    }

    /// Notes the events that [`wait`](Self::wait) has found, wakes those who waited for them, and
    /// returns how many that were.
    pub(crate) fn dispatch(&mut self) -> usize {
        let driver = self.driver;
        let Batch { events, woken, failure } = self.batch();
        if let Some(error) = failure.take() {
            driver.fail(&error);
        }
        if events.is_empty() {
            return 0;
        }
        for (token, event) in events.iter() {
            driver.registry.with(token, |readiness| readiness.tell(event, woken));
        }
        events.clear();
        woken.wake()
    }
}

impl Drop for Poller<'_> {
    fn drop(&mut self) {
        // A panic may have come between the wait and what should follow it.
        self.dispatch();
        // Ordering: the release pairs with the acquire of whoever takes the batch next.
        self.driver.is_attended.store(false, Ordering::Release);
    }
}

#[cfg(all(test, unix, not(anyrt_loom)))]
mod tests;
