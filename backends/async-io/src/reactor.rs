//! Readiness, by async-io's reactor.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;

use anyrt_core::backend::catch_start;
use anyrt_core::{Attempt, Interest, Source, coop};
use async_io::{Async, Timer};
use atomic_waker::AtomicWaker;
use polling::Poller;

/// Starts the reactor of the process, if it does not run yet.
///
/// # Errors
/// The system refuses what it needs: descriptors, or a thread. By itself async-io starts when it is
/// first used, and panics then.
pub fn start() -> io::Result<()> {
    static HAS_STARTED: AtomicBool = AtomicBool::new(false);

    // Relaxed: nothing else is published by it, and to start again does no harm.
    if HAS_STARTED.load(Ordering::Relaxed) {
        return Ok(());
    }
    // Tried beforehand: without descriptors the thread of async-io would end, and none comes after.
    drop(Poller::new()?);
    let first_use = || {
        let mut timer = Timer::after(Duration::from_secs(60 * 60));
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut timer).poll(cx).is_pending());
    };
    catch_start("the reactor of async-io", first_use)?;
    HAS_STARTED.store(true, Ordering::Relaxed);
    Ok(())
}

/// A source that async-io's reactor watches.
#[derive(Debug)]
pub struct Registration<T: Source> {
    source: Async<T>,
    // Whom the poll functions wake, in each direction. Most sources are never polled that way.
    readers: OnceLock<Arc<LastToPoll>>,
    writers: OnceLock<Arc<LastToPoll>>,
}

impl<T: Source> Registration<T> {
    /// Starts watching a source that is in non-blocking mode already.
    ///
    /// # Errors
    /// The system refuses to watch it.
    pub fn new_nonblocking(source: T) -> io::Result<Self> {
        let source = Async::new_nonblocking(source)?;
        Ok(Self { source, readers: OnceLock::new(), writers: OnceLock::new() })
    }

    fn poll_ready(&self, cx: &mut Context<'_>, interest: Interest) -> Poll<io::Result<()>> {
        let poller = match interest {
            Interest::Readable => self.readers.get_or_init(Arc::default),
            Interest::Writable => self.writers.get_or_init(Arc::default),
        };
        poller.0.register(cx.waker());
        let waker = Arc::clone(poller).into();
        let cx = &mut Context::from_waker(&waker);
        match interest {
            Interest::Readable => self.source.poll_readable(cx),
            Interest::Writable => self.source.poll_writable(cx),
        }
    }
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        self.source.get_ref()
    }

    fn into_source(self) -> io::Result<T> {
        self.source.into_inner()
    }

    async fn io<R: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        loop {
            let budget = poll_fn(coop::poll_proceed).await;
            // async-io keeps no readiness that would have to be told of.
            if let (_, Some(result)) = Attempt::settle(operation(self.source.get_ref())) {
                budget.made_progress();
                return result;
            }
            drop(budget);
            match interest {
                Interest::Readable => self.source.readable().await?,
                Interest::Writable => self.source.writable().await?,
            }
        }
    }

    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        loop {
            let budget = ready!(coop::poll_proceed(cx));
            if let (_, Some(result)) = Attempt::settle(operation(self.source.get_ref())) {
                budget.made_progress();
                return Poll::Ready(result);
            }
            ready!(self.poll_ready(cx, interest))?;
        }
    }
}

/// Wakes the task that polled last.
///
/// async-io wakes the task before it as well when another one polls, which polls again then: two
/// tasks would keep each other busy. Given the same waker each time, it does not notice that they are
/// two.
#[derive(Debug, Default)]
struct LastToPoll(AtomicWaker);

impl Wake for LastToPoll {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.wake();
    }
}
