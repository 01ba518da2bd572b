//! A backend of one's own: `async-executor` runs the tasks, `async-io` has the timers and watches the
//! sockets; the threads for blocking closures come from `anyrt_core`. `main` puts it under anyrt's free
//! functions.
//!
//! It has one runtime, which belongs to the process; so it can't be shut down, and takes no options.
//! All else in the contract it keeps: tests/conformance_custom.rs runs the suite on it.

use std::future::{self, Future, poll_fn};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Wake, ready};
use std::time::{Duration, Instant};
use std::{io, thread};

use anyrt_core::backend::{
    BlockingPool, CurrentHandle, EnterGuard, ThreadVariables, block_on_ending_thread,
};
use anyrt_core::net::{Net, Resolve};
use anyrt_core::task::{self, JoinHandle, Meta, joinable};
use anyrt_core::{
    Attempt, BlockOn, Config, Current, Interest, Launch, Reactor, Sleep as _, Source, Spawn,
    SpawnBlocking, Timer, coop,
};
use async_executor::Executor;
use async_io::Async;
use futures::future::{FutureExt, pending, try_join_all};
use futures::task::AtomicWaker;

fn main() -> io::Result<()> {
    let runtime = Runtime::start(&Config::default())?;
    anyrt::set_default(anyrt::Handle::custom("custom", runtime.handle().clone()))?;

    let sleepers = (1..=10).map(|n| {
        anyrt::spawn(async move {
            anyrt::time::sleep(Duration::from_millis(n)).await;
            n
        })
    });
    let slept: u64 = anyrt::block_on(try_join_all(sleepers))?.iter().sum();
    println!("slept {slept} ms in 10 ms on {}", anyrt::selection()?);
    Ok(())
}

static EXECUTOR: Executor<'static> = Executor::new();

static BLOCKING: LazyLock<BlockingPool> = LazyLock::new(|| BlockingPool::new(&Config::default()));

thread_local! {
    static CURRENT: CurrentHandle<Handle> = const { CurrentHandle::new() };
    static VARIABLES: ThreadVariables =
        ThreadVariables::used_by(|| async_io::block_on(future::ready(true)));
}

/// What tasks are spawned with.
#[derive(Clone, Debug, PartialEq)]
pub struct Handle;

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_task<F>(&self, _: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = joinable(future);
        EXECUTOR.spawn(task).detach();
        handle
    }
}

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_closure<F, T>(&self, _: Meta<'_>, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        BLOCKING.spawn_inside(Self, closure)
    }
}

impl Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep { deadline, timer: async_io::Timer::at(deadline) }
    }
}

/// A timer that may be polled after it fired, and counts as an operation of its task.
#[derive(Debug)]
pub struct Sleep {
    deadline: Instant,
    timer: async_io::Timer,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let operation = ready!(coop::poll_proceed(cx));
        if !self.is_elapsed() {
            ready!(self.timer.poll_unpin(cx));
        }
        operation.made_progress();
        Poll::Ready(())
    }
}

impl anyrt_core::Sleep for Sleep {
    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn is_elapsed(&self) -> bool {
        self.deadline <= Instant::now()
    }

    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        self.deadline = deadline;
        self.timer.set_at(deadline);
    }
}

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        let source = Async::new_nonblocking(source)?;
        Ok(Registration { source, pollers: Default::default() })
    }
}

impl Resolve for Handle {}

impl Net for Handle {}

/// A source that is watched, and whom to wake for each direction.
#[derive(Debug)]
pub struct Registration<T: Source> {
    source: Async<T>,
    pollers: [Arc<LastToPoll>; 2],
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
            if let (_, Some(result)) = Attempt::settle(operation(self.source())) {
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
        let poller = &self.pollers[interest as usize];
        loop {
            let budget = ready!(coop::poll_proceed(cx));
            if let (_, Some(result)) = Attempt::settle(operation(self.source())) {
                budget.made_progress();
                return Poll::Ready(result);
            }
            poller.0.register(cx.waker());
            let waker = Arc::clone(poller).into();
            let cx = &mut Context::from_waker(&waker);
            ready!(match interest {
                Interest::Readable => self.source.poll_readable(cx),
                Interest::Writable => self.source.poll_writable(cx),
            })?;
        }
    }
}

/// Wakes the task that polled last. By itself async-io wakes the one before it, too, which polls then.
#[derive(Debug, Default)]
struct LastToPoll(AtomicWaker);

impl Wake for LastToPoll {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

impl BlockOn for Handle {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        fn drive<F: Future>(future: F) -> F::Output {
            let (_inside, future) = (Handle.enter(), coop::as_task(future));
            // The thread may be about to end, without what async-io keeps on it.
            match ThreadVariables::are_there(&VARIABLES) {
                true => async_io::block_on(future),
                false => block_on_ending_thread(future),
            }
        }
        Self::check_block_on();
        if const { task::is_large::<F>() } { drive(Box::pin(future)) } else { drive(future) }
    }
}

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a, Self>;

    fn enter(&self) -> EnterGuard<'_, Self> {
        CurrentHandle::enter(&CURRENT, self)
    }

    fn try_current() -> Option<Self> {
        CurrentHandle::find(&CURRENT)
    }
}

/// The runtime of the process.
#[derive(Debug)]
pub struct Runtime;

impl Launch for Runtime {
    type Handle = Handle;

    fn start(config: &Config) -> io::Result<Self> {
        static STARTED: Mutex<usize> = Mutex::new(0);
        // As many workers as there are processors, and the pool's own defaults.
        config.check(&[])?;
        let mut started = STARTED.lock().unwrap();
        while *started < config.flavor.worker_threads().map_or(0, NonZeroUsize::get) {
            thread::Builder::new().spawn(|| {
                let _inside = Handle.enter();
                async_io::block_on(EXECUTOR.run(pending::<()>()))
            })?;
            *started += 1;
        }
        Ok(Self)
    }

    fn handle(&self) -> &Handle {
        &Handle
    }
}
