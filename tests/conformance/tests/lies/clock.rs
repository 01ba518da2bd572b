//! A backend with a clock that can be paused, and lies about that. It stands on the native runtime, and tells the
//! lies about clocks alone.

use std::future::{Future, pending, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use anyrt_core::net::{Net, Resolve};
use anyrt_core::task::{Id, Meta};
use anyrt_core::{
    BlockOn, Config, Current, Flavor, Launch, PauseClock, Reactor, Source, Spawn, SpawnBlocking,
    Timer,
};
use anyrt_native::{EnterGuard, JoinHandle, Registration};
use futures::FutureExt;
use futures::channel::oneshot;

use super::Lie;

/// A handle of a native runtime.
#[derive(Clone, Debug)]
pub(crate) struct Handle(anyrt_native::Handle);

/// Owns a native runtime.
#[derive(Debug)]
pub(crate) struct Runtime {
    _native: anyrt_native::Runtime,
    handle: Handle,
}

/// That of the first runtime of this process.
static FIRST: OnceLock<Handle> = OnceLock::new();

impl Launch for Runtime {
    type Handle = Handle;

    fn start(config: &Config) -> io::Result<Self> {
        let mut config = config.clone();
        match Lie::told() {
            Some(Lie::IgnoresStartPaused) => config.start_paused = false,
            Some(Lie::PausesAmongWorkers) if config.flavor != Flavor::CurrentThread => {
                config.start_paused = false;
            }
            _ => {}
        }
        let native = anyrt_native::Runtime::start(&config)?;
        let handle = Handle(native.handle().clone());
        FIRST.get_or_init(|| handle.clone());
        if Lie::NeverJumps.is_told() {
            handle.hold_for_ever();
        }
        Ok(Self { _native: native, handle })
    }

    fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Handle {
    fn hold_for_ever(&self) {
        drop(self.0.spawn_blocking(|| {
            loop {
                thread::park();
            }
        }));
    }
}

impl PauseClock for Handle {
    fn pause_clock(&self) -> io::Result<()> {
        if Lie::PausesTwice.is_told() && self.0.is_clock_paused() {
            self.0.resume_clock()?;
        }
        self.0.pause_clock()
    }

    fn resume_clock(&self) -> io::Result<()> {
        match Lie::told() {
            Some(Lie::ResumesWhatGoesOn) if !self.0.is_clock_paused() => Ok(()),
            Some(Lie::StaysPaused) => Ok(()),
            _ => self.0.resume_clock(),
        }
    }

    fn advance_clock(&self, by: Duration) -> impl Future<Output = io::Result<()>> + Send {
        let by = match Lie::told() {
            Some(Lie::AdvancesByWholeMilliseconds) => Duration::from_millis(by.as_millis() as u64),
            _ => by,
        };
        let mut advance = Box::pin(self.0.advance_clock(by));
        let early = Lie::AdvancesAtTheCall.is_told().then(|| advance.as_mut().now_or_never());
        async move {
            match Lie::told() {
                Some(Lie::AdvancesAtTheCall) => early.flatten().unwrap_or(Ok(())),
                // It has moved the clock when it was polled, and does not wait for its turn.
                Some(Lie::AdvanceReturnsAtOnce) => advance.now_or_never().unwrap_or(Ok(())),
                _ => advance.await,
            }
        }
    }

    fn is_clock_paused(&self) -> bool {
        self.0.is_clock_paused() && !Lie::StaysPaused.is_told()
    }
}

impl Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        static BEGIN: OnceLock<Instant> = OnceLock::new();

        match Lie::told() {
            Some(Lie::GoesOnWhilePaused) if self.0.is_clock_paused() => {
                self.0.now() + BEGIN.get_or_init(Instant::now).elapsed()
            }
            Some(Lie::ResumesToTheTimeOfTheSystem) if !self.0.is_clock_paused() => Instant::now(),
            Some(Lie::HasOneClockForAll) => FIRST.get().expect("one was started").0.now(),
            _ => self.0.now(),
        }
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        let used = match Lie::told() {
            Some(Lie::SleepsAreAlmostInTime) => deadline - Duration::from_nanos(1),
            Some(Lie::JumpsByWholeMilliseconds) => {
                let start = FIRST.get().expect("one was started").0.now();
                let after = deadline.saturating_duration_since(start).as_micros().div_ceil(1000);
                start + Duration::from_millis(after as u64)
            }
            _ => deadline,
        };
        if Lie::JumpsForDroppedSleeps.is_told() {
            drop(self.0.spawn(self.0.sleep_until(used)));
        }
        Sleep(Box::pin(self.0.sleep_until(used)))
    }
}

/// A sleep on the native runtime.
#[derive(Debug)]
pub(crate) struct Sleep(Pin<Box<anyrt_native::Sleep>>);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let is_foreign = || anyrt_native::Handle::try_current().is_none();
        if Lie::NeverWakesForeignSleepers.is_told() && is_foreign() {
            return self.0.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        self.0.as_mut().poll(cx)
    }
}

impl anyrt_core::Sleep for Sleep {
    fn deadline(&self) -> Instant {
        self.0.deadline()
    }

    fn is_elapsed(&self) -> bool {
        self.0.is_elapsed()
    }

    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        self.0.as_mut().reset(deadline);
    }
}

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let is_of_a_closure = || anyrt_native::Handle::try_current().is_some();
        // The thread of the case has a name.
        let is_another = || thread::current().name().is_none();
        match Lie::told() {
            Some(Lie::ClosuresInBlockOnHoldTheClock) if is_of_a_closure() => {
                futures::executor::block_on(future)
            }
            Some(Lie::BusyThreadsHoldNothing) if is_another() => {
                let _inside = self.0.enter();
                futures::executor::block_on(future)
            }
            Some(Lie::JumpsPastSockets) => {
                self.block_on_and_move(Duration::from_secs(3600), Poll::is_pending, future)
            }
            Some(Lie::JumpsWhileTasksRun) => {
                self.block_on_and_move(Duration::from_nanos(1), |_| true, future)
            }
            _ => self.0.block_on(future),
        }
    }
}

impl Handle {
    /// Moves the clock after each poll of which `is_meant` says so.
    #[track_caller]
    fn block_on_and_move<F: Future>(
        &self,
        by: Duration,
        is_meant: fn(&Poll<F::Output>) -> bool,
        future: F,
    ) -> F::Output {
        let mut future = pin!(future);
        self.0.block_on(poll_fn(|cx| {
            let polled = future.as_mut().poll(cx);
            if is_meant(&polled) {
                let _ =
                    pin!(self.0.advance_clock(by)).poll(&mut Context::from_waker(Waker::noop()));
            }
            polled
        }))
    }
}

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_task<F>(&self, meta: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.spawn_task(meta, future)
    }

    fn current_task() -> Option<Id> {
        anyrt_native::Handle::current_task()
    }
}

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_closure<F, T>(&self, meta: Meta<'_>, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        match Lie::told() {
            Some(Lie::ClosuresHoldNothing) => {
                let (send, receive) = oneshot::channel();
                thread::spawn(move || send.send(closure()));
                self.0.spawn(async { receive.await.expect("the closure does not panic") })
            }
            Some(Lie::ClosuresHoldForEver) => {
                self.hold_for_ever();
                self.0.spawn_closure(meta, closure)
            }
            _ => self.0.spawn_closure(meta, closure),
        }
    }

    fn current_closure() -> Option<Id> {
        anyrt_native::Handle::current_closure()
    }
}

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        if Lie::SocketsHoldTheClock.is_told() {
            self.hold_for_ever();
        }
        self.0.register_nonblocking(source)
    }
}

impl Resolve for Handle {
    async fn resolve(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        match Lie::told() {
            // Its answer comes later than any limit, and nothing holds the clock until then.
            Some(Lie::NamesHoldNothing) => pending().await,
            _ => self.0.resolve(host, port).await,
        }
    }
}

impl Net for Handle {}

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a>;

    fn enter(&self) -> EnterGuard<'_> {
        self.0.enter()
    }

    fn try_current() -> Option<Self> {
        anyrt_native::Handle::try_current().map(Self)
    }
}
