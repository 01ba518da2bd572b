//! Readiness, by async-io's reactor.

mod sources;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;
use std::{io, mem};

use anyrt_core::backend::{catch_start, runtime_gone};
use anyrt_core::{Attempt, Interest, Registration as _, Source, coop};
use async_io::{Async, Timer};
use atomic_waker::AtomicWaker;
use polling::Poller;

pub use sources::Sources;
use sources::{Wait, Watch};

/// Starts the reactor of the process, if it does not run yet.
///
/// # Errors
/// The system refuses what it needs: descriptors, or a thread. By itself async-io starts when it is
/// first used, and panics then. Or the process was forked from one where it had started: its thread is not
/// in here, and there can't be another.
pub fn start() -> io::Result<()> {
    /// Zero, or what `anyrt_fork` said when it started.
    static STARTED: AtomicU32 = AtomicU32::new(0);

    let process = anyrt_fork::watch();
    // Relaxed: nothing else is published by it, and to start again does no harm.
    match STARTED.load(Ordering::Relaxed) {
        0 => {}
        started if started == process => return Ok(()),
        _ => {
            return Err(io::Error::other(
                "the reactor of async-io, of which a process has one, was started before fork: \
                 its thread is not in this process",
            ));
        }
    }
    // Tried beforehand: without descriptors the thread of async-io would end, and none comes after.
    drop(Poller::new()?);
    let first_use = || {
        let mut timer = Timer::after(Duration::from_secs(60 * 60));
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut timer).poll(cx).is_pending());
    };
    catch_start("the reactor of async-io", first_use)?;
    STARTED.store(process, Ordering::Relaxed);
    Ok(())
}

/// A source that async-io's reactor watches.
#[derive(Debug)]
pub struct Registration<T: Source> {
    // `None` only while this is dropped.
    source: Option<Async<T>>,
    /// What `anyrt_fork` said when the watch began.
    process: u32,
    /// In the runtime that it ends with, where there is one.
    watch: Option<Watch>,
    // Whom the poll functions wake, in each direction. Most sources are never polled that way.
    readers: OnceLock<Arc<LastToPoll>>,
    writers: OnceLock<Arc<LastToPoll>>,
}

impl<T: Source> Registration<T> {
    /// Starts watching a source that is in non-blocking mode already, as long as it is there.
    ///
    /// # Errors
    /// The system refuses to watch it.
    pub fn new_nonblocking(source: T) -> io::Result<Self> {
        Self::new(source, None)
    }

    /// The same, until the runtime of `sources` ends.
    ///
    /// # Errors
    /// As there; or the runtime has ended.
    pub fn new_nonblocking_of(sources: &Arc<Sources>, source: T) -> io::Result<Self> {
        let watch = sources.begin().ok_or_else(runtime_gone)?;
        Self::new(source, Some(watch))
    }

    fn new(source: T, watch: Option<Watch>) -> io::Result<Self> {
        let source = Async::new_nonblocking(source)?;
        Ok(Self {
            source: Some(source),
            process: anyrt_fork::watch(),
            watch,
            readers: OnceLock::new(),
            writers: OnceLock::new(),
        })
    }

    /// Whether this is the process where the watch began, and no child of it.
    fn is_here(&self) -> bool {
        self.process == anyrt_fork::forks()
    }

    /// Whether its runtime has ended.
    #[inline]
    fn is_over(&self) -> bool {
        self.watch.as_ref().is_some_and(Watch::is_over)
    }

    fn watched(&self) -> &Async<T> {
        self.source.as_ref().expect("it is there until this is dropped")
    }

    /// Waits in what `wait` makes, and tries the operation at each poll.
    ///
    /// A wait of async-io ends with an event that began after it, and not with the one that wakes the
    /// task the first time. Whoever relied on it would wait, and allocate, twice for each read.
    async fn wait_and_try<R, W: Future<Output = io::Result<()>> + Unpin>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
        wait: impl Fn() -> W,
    ) -> io::Result<R> {
        let mut of_runtime = self.watch.as_ref().map(Watch::wait);
        let mut waiting = wait();
        let mut was_polled = false;
        let poll = |cx: &mut Context<'_>| loop {
            if was_polled {
                if let Some(result) =
                    ready!(self.poll_first(cx, interest, |source| operation(source)))
                {
                    return Poll::Ready(result);
                }
            }
            was_polled = true;
            if let Poll::Ready(ready) = Pin::new(&mut waiting).poll(cx) {
                ready?;
                waiting = wait();
                continue;
            }
            // After that: whoever ends the runtime from now on wakes it.
            let is_kept =
                of_runtime.as_mut().is_none_or(|wait: &mut Wait<'_>| wait.keep(cx.waker()));
            return if is_kept { Poll::Pending } else { Poll::Ready(Err(runtime_gone())) };
        };
        poll_fn(poll).await
    }

    fn new_poller(&self) -> Arc<LastToPoll> {
        let poller = Arc::<LastToPoll>::default();
        if let Some(watch) = &self.watch {
            watch.keep(Arc::clone(&poller).into());
        }
        poller
    }

    // What is ready need not save registers for it.
    #[cold]
    #[inline(never)]
    fn poll_ready(&self, cx: &mut Context<'_>, interest: Interest) -> Poll<io::Result<()>> {
        let poller = match interest {
            Interest::Readable => self.readers.get_or_init(|| self.new_poller()),
            Interest::Writable => self.writers.get_or_init(|| self.new_poller()),
        };
        poller.0.register(cx.waker());
        // After that: whoever ends the runtime from now on wakes it.
        if self.is_over() {
            return Poll::Ready(Err(runtime_gone()));
        }
        let waker = Arc::clone(poller).into();
        let cx = &mut Context::from_waker(&waker);
        match interest {
            Interest::Readable => self.watched().poll_readable(cx),
            Interest::Writable => self.watched().poll_writable(cx),
        }
    }
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        self.watched().get_ref()
    }

    fn into_source(mut self) -> io::Result<T> {
        if !self.is_here() {
            return Err(runtime_gone());
        }
        self.source.take().expect("it is there until this is dropped").into_inner()
    }

    async fn io<R: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        match poll_fn(|cx| self.poll_first(cx, interest, |source| operation(source))).await {
            Some(result) => result,
            None => self.io_after_first(interest, operation).await,
        }
    }

    #[inline(always)]
    fn poll_first<R>(
        &self,
        cx: &mut Context<'_>,
        _interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<Option<io::Result<R>>> {
        let budget = ready!(coop::poll_proceed(cx));
        // async-io keeps no readiness that would have to be told of.
        let (_, first) = Attempt::settle(operation(self.watched().get_ref()));
        if first.is_some() {
            budget.made_progress();
        }
        Poll::Ready(first)
    }

    async fn io_after_first<R: Send>(
        &self,
        interest: Interest,
        operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        let source = self.watched();
        match interest {
            Interest::Readable => {
                self.wait_and_try(interest, operation, || source.readable()).await
            }
            Interest::Writable => {
                self.wait_and_try(interest, operation, || source.writable()).await
            }
        }
    }

    #[inline]
    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        loop {
            if let Some(result) = ready!(self.poll_first(cx, interest, |source| operation(source)))
            {
                return Poll::Ready(result);
            }
            ready!(self.poll_ready(cx, interest))?;
        }
    }
}

impl<T: Source> Drop for Registration<T> {
    fn drop(&mut self) {
        // A forked child has the parent's instance of epoll: what it took out of there, the parent would
        // never hear of again. So the child keeps its copy, descriptor and all.
        if let Some(source) = self.source.take().filter(|_| !self.is_here()) {
            mem::forget(source);
            // Nor does it take a lock that a thread of the parent may have had.
            mem::forget(self.watch.take());
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
