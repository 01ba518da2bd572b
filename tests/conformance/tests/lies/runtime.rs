//! Lies about `block_on`, the current runtime, and the threads and the end of a runtime.

use std::future::Future;
use std::mem::forget;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{io, thread};

use anyrt_core::task::is_large;
use anyrt_core::{BlockOn, Config, Current, Flavor, Launch, Shutdown};

use super::Lie;
use super::spawn::need_stack_for;
use super::waker::{Note, wakes_nobody};

/// A handle of a tokio runtime.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(crate) tokio: anyrt_tokio::Handle,
    /// Whether the owner has ended the runtime.
    pub(crate) is_gone: Arc<AtomicBool>,
}

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        if const { is_large::<F>() } {
            need_stack_for::<F>(Lie::BlockOnNeedsMuchStack);
            self.block_on_or_lie(Box::pin(future))
        } else {
            self.block_on_or_lie(future)
        }
    }
}

fn is_inside() -> bool {
    tokio::runtime::Handle::try_current().is_ok()
}

impl Handle {
    #[track_caller]
    fn block_on_or_lie<F: Future>(&self, future: F) -> F::Output {
        match Lie::told() {
            None => self.tokio.block_on(future),
            Some(lie) => self.block_on_and_lie(lie, future),
        }
    }

    fn block_on_and_lie<F: Future>(&self, lie: Lie, future: F) -> F::Output {
        static ENTERED: Mutex<()> = Mutex::new(());

        match lie {
            Lie::DoesNothing => poll_and_give_up(future),
            Lie::NeverWakesBlockOn => self.tokio.block_on(wakes_nobody(future)),
            Lie::RefusesWithoutAWayOut if is_inside() => {
                tokio::runtime::Handle::from(self.tokio.clone()).block_on(future)
            }
            Lie::BlocksInAsyncCode if is_inside() => futures::executor::block_on(future),
            Lie::RefusesInClosures if is_inside() => anyrt_core::backend::refuse_block_on(),
            Lie::OneThreadAtATime => {
                let _entered = ENTERED.lock().unwrap_or_else(PoisonError::into_inner);
                self.tokio.block_on(future)
            }
            Lie::BlockOnLosesPayloads => {
                let result = catch_unwind(AssertUnwindSafe(|| self.tokio.block_on(future)));
                result.unwrap_or_else(|_| panic!("the future panicked"))
            }
            Lie::BlockOnDropsOutside => {
                let mut future = pin!(future);
                self.tokio.block_on(future.as_mut())
            }
            Lie::BlockOnLeaks => {
                let mut future = Box::pin(future);
                let output = self.tokio.block_on(future.as_mut());
                forget(future);
                output
            }
            _ => self.tokio.block_on(future),
        }
    }
}

/// Polls as long as the future wakes itself, but not for ever, and then waits for ever.
///
/// It gives up because a case that hangs leaves its threads behind.
fn poll_and_give_up<F: Future>(future: F) -> F::Output {
    const POLLS: usize = 10_000;

    let mut future = pin!(future);
    for _ in 0..POLLS {
        let note = Arc::new(Note::default());
        let waker = Waker::from(Arc::clone(&note));
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        if !note.was_woken() {
            break;
        }
    }
    loop {
        thread::park();
    }
}

impl Current for Handle {
    type Guard<'a> = Option<anyrt_tokio::EnterGuard<'a>>;

    fn enter(&self) -> Self::Guard<'_> {
        (!Lie::EntersNothing.is_told()).then(|| self.tokio.enter())
    }

    fn try_current() -> Option<Self> {
        let tokio = anyrt_tokio::Handle::try_current()?;
        let is_known = !Lie::KnowsNoCurrentRuntime.is_told();
        is_known.then(|| Self { tokio, is_gone: Arc::default() })
    }
}

/// Owns a tokio runtime.
#[derive(Debug)]
pub(crate) struct Runtime {
    // `None` only while it is being dropped.
    tokio: Option<anyrt_tokio::Runtime>,
    handle: Handle,
}

impl Launch for Runtime {
    type Handle = Handle;

    fn start(config: &Config) -> io::Result<Self> {
        let mut config = config.clone();
        let has_workers = config.flavor != Flavor::CurrentThread;
        match Lie::told() {
            Some(Lie::DoesNothing | Lie::StartsNoWorkers) => config.flavor = Flavor::CurrentThread,
            Some(Lie::StartsOneWorker) if has_workers => {
                config.flavor = Flavor::WorkerThreads(Some(NonZeroUsize::MIN));
            }
            Some(Lie::StartsWorkersAlways) if !has_workers => {
                config.flavor = Flavor::WorkerThreads(Some(NonZeroUsize::MIN));
            }
            Some(Lie::IgnoresTheBlockingLimit) => {
                config.max_blocking_threads = Config::default().max_blocking_threads;
            }
            Some(Lie::IgnoresTheStackSize) => config.stack_size = None,
            Some(Lie::KeepsIdleThreads) => config.blocking_keep_alive = Duration::from_secs(3600),
            Some(Lie::ForgetsTheLastHook) => config.thread_hooks.on_stop = None,
            Some(Lie::CallsTheFirstHookTwice) => {
                if let Some(hook) = config.thread_hooks.on_start.take() {
                    config.thread_hooks.on_start =
                        Some(Arc::new(move || (0..2).for_each(|_| hook())));
                }
            }
            Some(Lie::DiesOfPanicsInHooks) => {
                if let Some(hook) = config.thread_hooks.on_start.take() {
                    let call = move || catch_unwind(AssertUnwindSafe(|| hook()));
                    config.thread_hooks.on_start = Some(Arc::new(move || {
                        if call().is_err() {
                            loop {
                                thread::park();
                            }
                        }
                    }));
                }
            }
            Some(Lie::NamesThreadsAlike) => config.thread_hooks.name = None,
            Some(Lie::TellsTwiceOfSleeps) => {
                if let Some(hook) = config.thread_hooks.on_park.take() {
                    config.thread_hooks.on_park =
                        Some(Arc::new(move || (0..2).for_each(|_| hook())));
                }
            }
            Some(Lie::TellsOfNoSleep) => config.thread_hooks.on_park = None,
            Some(Lie::EndsIdleThreadsAtOnce) => config.blocking_keep_alive = Duration::ZERO,
            _ => {}
        }
        let tokio = anyrt_tokio::Runtime::start(&config)?;
        let handle = Handle { tokio: tokio.handle().clone(), is_gone: Arc::default() };
        Ok(Self { tokio: Some(tokio), handle })
    }

    fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Shutdown for Runtime {
    fn shutdown_timeout(mut self, timeout: Duration) {
        self.handle.is_gone.store(true, SeqCst);
        let tokio = self.tokio.take().expect("the runtime has not been dropped");
        if Lie::IgnoresTheShutdownTimeout.is_told() {
            drop(tokio);
        } else {
            tokio.shutdown_timeout(timeout);
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        let Some(tokio) = self.tokio.take() else { return };
        self.handle.is_gone.store(true, SeqCst);
        match Lie::told() {
            Some(Lie::LeaksRuntimes) => forget(tokio),
            Some(Lie::DropDoesNotWait) => tokio.shutdown_timeout(Duration::ZERO),
            Some(Lie::DropWaitsForItself) if is_inside() => {
                thread::spawn(|| drop(tokio)).join().expect("dropping a runtime does not panic");
            }
            _ => drop(tokio),
        }
    }
}
