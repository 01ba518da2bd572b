//! A backend of one thread, which runs tasks until there is nothing to run, and then waits in `poll` for the first
//! socket or timer: a skeleton for systems without threads.
//!
//! It spawns no blocking closures and resolves no names, for both take a thread; so it is no `Backend`, but `Tasks` and
//! a `Reactor`, which is what its users ask for. Everything that wakes it happens on its thread. Where there are others,
//! they need a way into the `poll`: a pipe or an `eventfd` that is one of its descriptors.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::thread;
use std::time::{Duration, Instant};

use anyrt_core::task::{JoinHandle, Meta, joinable};
use anyrt_core::{Attempt, Interest, Reactor, Source, Spawn, Timer, coop};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// What tasks are spawned with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handle(Arc<Shared>);

/// What waits for something, by number: a wait that is over is not in here any more.
#[derive(Default)]
struct Shared {
    ready: Mutex<VecDeque<Arc<Task>>>,
    timers: Mutex<BTreeMap<(Instant, u64), Waker>>,
    waits: Mutex<BTreeMap<u64, Wait>>,
    numbers: AtomicU64,
}

struct Wait {
    source: Arc<dyn Source>,
    interest: Interest,
    waker: Waker,
}

struct Task {
    /// `None` once it has ended.
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    is_queued: AtomicBool,
    shared: Arc<Shared>,
}

impl Handle {
    /// Runs `future` and all tasks until it has ended.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(coop::as_task(future));
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        loop {
            if woken.0.swap(false, Ordering::Relaxed) {
                let cx = &mut Context::from_waker(&waker);
                if let Poll::Ready(output) = future.as_mut().poll(cx) {
                    return output;
                }
            }
            // Those that they wake run after the next look at timers and sockets.
            let ready = mem::take(&mut *lock(&self.0.ready));
            ready.into_iter().for_each(Task::run);
            let is_idle = !woken.0.load(Ordering::Relaxed) && lock(&self.0.ready).is_empty();
            self.0.turn(is_idle);
        }
    }
}

/// Whether the future of `block_on` is to be polled.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Task {
    fn run(self: Arc<Self>) {
        self.is_queued.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&self));
        let mut future = lock(&self.future);
        if let Some(task) = &mut *future {
            // Its panics come out of the handle that `joinable` made.
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                *future = None;
            }
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::Relaxed) {
            lock(&self.shared.ready).push_back(Arc::clone(&self));
        }
    }
}

impl Shared {
    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Wakes whose time has come and whose socket is ready; waits for the first of them if there is nothing else to do.
    fn turn(&self, is_idle: bool) {
        let mut timeout = (!is_idle).then_some(Duration::ZERO);
        let mut woken = Vec::new();
        let now = Instant::now();
        let mut timers = lock(&self.timers);
        let later = timers.split_off(&(now, u64::MAX));
        woken.extend(mem::replace(&mut *timers, later).into_values());
        if !woken.is_empty() {
            timeout = Some(Duration::ZERO);
        } else if let (None, Some(((first, _), _))) = (timeout, timers.first_key_value()) {
            timeout = Some(first.saturating_duration_since(now));
        }
        drop(timers);

        for number in self.ready_within(timeout) {
            woken.extend(lock(&self.waits).remove(&number).map(|wait| wait.waker));
        }
        woken.into_iter().for_each(Waker::wake);
    }

    /// The numbers of the waits that are over.
    fn ready_within(&self, timeout: Option<Duration>) -> Vec<u64> {
        let source_of =
            |(number, wait): (&u64, &Wait)| (*number, wait.interest, wait.source.clone());
        let waits: Vec<_> = lock(&self.waits).iter().map(source_of).collect();
        if waits.is_empty() {
            thread::sleep(timeout.expect("a task waits for what nobody can do any more"));
            return Vec::new();
        }
        let timeout = timeout.map(|timeout| Timespec {
            tv_sec: timeout.as_secs().try_into().unwrap_or(i32::MAX.into()),
            tv_nsec: timeout.subsec_nanos() as _,
        });
        let mut watched = Vec::with_capacity(waits.len());
        for (_, interest, source) in &waits {
            let flags = match interest {
                Interest::Readable => PollFlags::IN,
                Interest::Writable => PollFlags::OUT,
            };
            watched.push(PollFd::from_borrowed_fd(source.as_fd(), flags));
        }
        match poll(&mut watched, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => panic!("the system refuses to wait for sockets: {error}"),
        }
        let is_over =
            |(wait, fd): (&(u64, _, _), &PollFd<'_>)| (!fd.revents().is_empty()).then_some(wait.0);
        waits.iter().zip(&watched).filter_map(is_over).collect()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_task<F>(&self, _: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = joinable(future);
        Arc::new(Task {
            future: Mutex::new(Some(Box::pin(task))),
            is_queued: AtomicBool::new(false),
            shared: self.0.clone(),
        })
        .wake();
        handle
    }
}

impl Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep { deadline, number: self.0.number(), shared: self.0.clone() }
    }
}

/// Ready at its deadline.
#[derive(Debug)]
pub(crate) struct Sleep {
    deadline: Instant,
    number: u64,
    shared: Arc<Shared>,
}

impl Sleep {
    fn forget(&self) -> Option<Waker> {
        lock(&self.shared.timers).remove(&(self.deadline, self.number))
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.forget();
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let operation = ready!(coop::poll_proceed(cx));
        if anyrt_core::Sleep::is_elapsed(&*self) {
            operation.made_progress();
            return Poll::Ready(());
        }
        let key = (self.deadline, self.number);
        let _before = lock(&self.shared.timers).insert(key, cx.waker().clone());
        Poll::Pending
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
        let waker = self.forget();
        self.deadline = deadline;
        // Whoever waits goes on to wait, for another time.
        if let Some(waker) = waker {
            lock(&self.shared.timers).insert((deadline, self.number), waker);
        }
    }
}

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        let pollers = [0; 2].map(|_| Place { number: self.0.number(), shared: self.0.clone() });
        Ok(Registration { source: Arc::new(source), pollers })
    }
}

/// A source, and the places of those who poll in each direction.
#[derive(Debug)]
pub(crate) struct Registration<T> {
    source: Arc<T>,
    pollers: [Place; 2],
}

/// A number in the list of waits, which its owner leaves when it is dropped.
#[derive(Debug)]
struct Place {
    number: u64,
    shared: Arc<Shared>,
}

impl Place {
    fn wait<T: Source>(&self, source: &Arc<T>, interest: Interest, cx: &Context<'_>) {
        let wait = Wait { source: source.clone(), interest, waker: cx.waker().clone() };
        // A waker may be the last owner of a task, and that one of places: it is dropped without the lock.
        let _before = lock(&self.shared.waits).insert(self.number, wait);
    }

    fn is_waiting(&self) -> bool {
        lock(&self.shared.waits).contains_key(&self.number)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _before = lock(&self.shared.waits).remove(&self.number);
    }
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        &self.source
    }

    fn into_source(self) -> io::Result<T> {
        let Self { source, pollers } = self;
        drop(pollers);
        Arc::into_inner(source).ok_or_else(|| io::Error::other("the source is being waited for"))
    }

    async fn io<R: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        let shared = &self.pollers[0].shared;
        let place = Place { number: shared.number(), shared: shared.clone() };
        loop {
            let budget = poll_fn(coop::poll_proceed).await;
            if let (_, Some(result)) = Attempt::settle(operation(&self.source)) {
                budget.made_progress();
                return result;
            }
            drop(budget);
            let mut has_waited = false;
            poll_fn(|cx| {
                if mem::replace(&mut has_waited, true) && !place.is_waiting() {
                    return Poll::Ready(());
                }
                place.wait(&self.source, interest, cx);
                Poll::Pending
            })
            .await;
        }
    }

    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        let budget = ready!(coop::poll_proceed(cx));
        if let (_, Some(result)) = Attempt::settle(operation(&self.source)) {
            budget.made_progress();
            return Poll::Ready(result);
        }
        // Tried before the wait: what has come since is still there when `poll` is asked.
        self.pollers[interest as usize].wait(&self.source, interest, cx);
        Poll::Pending
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
