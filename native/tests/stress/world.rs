//! What the tasks and threads of one round of the stress test share, and pass to each other.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use anyrt_native::{AbortHandle, Handle, JoinHandle, Runtime, Sleep};
use futures::channel::oneshot;

use crate::support::{Ledger, Random, Token, panic_deliberately, setting};

/// What a task or a closure returns.
pub(crate) struct Output {
    pub(crate) token: Token,
    /// The number of who has returned it.
    pub(crate) of: usize,
    /// Whether its destructor panics, or starts something.
    pub(crate) _mischief: Option<Mischief>,
}

pub(crate) type Joined = JoinHandle<Output>;

/// What a thread that the runtime does not know does for the tasks, a little later.
pub(crate) enum Errand {
    Answer(oneshot::Sender<()>),
    Wake(Waker),
    DropSleep(Pin<Box<Sleep>>),
    DropJoin(Joined),
}

/// One runtime, and all that its tasks have left for each other.
pub(crate) struct World {
    pub(crate) handle: Handle,
    pub(crate) ledger: Arc<Ledger>,
    /// Whether the runtime has threads that poll tasks.
    pub(crate) has_workers: bool,
    /// Whether the runtime is dropped in the middle.
    pub(crate) is_cut: bool,
    /// Whether closures that block in place wait for tasks of the same runtime.
    pub(crate) waits_in_place: bool,
    /// The runtime is about to be dropped, or was.
    pub(crate) has_ended: AtomicBool,
    /// To be dropped by whoever takes it.
    pub(crate) runtime: Mutex<Option<Runtime>>,
    /// How many more tasks and closures may be started.
    left: AtomicUsize,
    pub(crate) joins: Mutex<Vec<(usize, Joined)>>,
    pub(crate) aborts: Mutex<Vec<AbortHandle>>,
    pub(crate) wakers: Mutex<Vec<Waker>>,
    errands: Mutex<Option<mpsc::Sender<Errand>>>,
    alive: AtomicUsize,
    on_quiet: Mutex<Option<Waker>>,
}

impl World {
    pub(crate) fn new(
        runtime: Runtime,
        handle: Handle,
        has_workers: bool,
        is_cut: bool,
        size: usize,
    ) -> Arc<Self> {
        Arc::new(Self {
            handle,
            // For each start a token of the future and one of the output, and a child in each of them.
            ledger: Ledger::new(8 * size + 1024),
            has_workers,
            is_cut,
            waits_in_place: setting("ANYRT_STRESS_IN_PLACE", 1) != 0,
            has_ended: AtomicBool::new(false),
            runtime: Mutex::new(Some(runtime)),
            left: AtomicUsize::new(size),
            joins: Mutex::default(),
            aborts: Mutex::default(),
            wakers: Mutex::default(),
            errands: Mutex::default(),
            alive: AtomicUsize::new(0),
            on_quiet: Mutex::default(),
        })
    }

    /// Whether one more task may be started; counts it.
    pub(crate) fn may_start(&self) -> bool {
        let relaxed = Ordering::Relaxed;
        self.left.fetch_update(relaxed, relaxed, |left| left.checked_sub(1)).is_ok()
    }

    /// To be held by each future until it is dropped.
    pub(crate) fn alive(self: &Arc<Self>) -> Alive {
        self.alive.fetch_add(1, Ordering::Relaxed);
        Alive(Arc::clone(self))
    }

    /// Waits until no future is left.
    pub(crate) fn quiet(&self) -> impl Future<Output = ()> + '_ {
        std::future::poll_fn(|cx: &mut Context<'_>| {
            *self.on_quiet.lock().unwrap() = Some(cx.waker().clone());
            if self.alive.load(Ordering::SeqCst) == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
    }

    pub(crate) fn send(&self, errand: Errand) {
        let sender = self.errands.lock().unwrap().clone();
        match sender {
            Some(sender) => sender.send(errand).unwrap(),
            // The thread has ended already. Dropped here, where no lock is held.
            None => drop(errand),
        }
    }

    /// Starts the thread that does errands. It ends when `stop_errands` was called.
    pub(crate) fn start_errands(&self, mut random: Random) -> thread::JoinHandle<()> {
        let (sender, receiver) = mpsc::channel();
        *self.errands.lock().unwrap() = Some(sender);
        thread::spawn(move || {
            let mut held = Vec::new();
            loop {
                let received = receiver.recv_timeout(Duration::from_micros(200));
                let is_over = matches!(received, Err(RecvTimeoutError::Disconnected));
                let is_pause = received.is_err();
                held.extend(received);
                while !held.is_empty() && (is_pause || random.one_in(2)) {
                    do_errand(held.swap_remove(random.below(held.len())));
                }
                if is_over {
                    return;
                }
            }
        })
    }

    pub(crate) fn stop_errands(&self) {
        drop(self.errands.lock().unwrap().take());
    }

    /// Leaves a waker to whoever wants to wake it.
    pub(crate) fn leave_waker(&self, waker: Waker, random: &mut Random) {
        let mut wakers = self.wakers.lock().unwrap();
        let old = if wakers.len() > 64 { Some(take_any(&mut wakers, random)) } else { None };
        wakers.push(waker);
        drop(wakers);
        drop(old);
    }

    /// Wakes a waker that somebody has left, which may be of a task that ended long ago.
    pub(crate) fn wake_any(&self, random: &mut Random) {
        let waker = {
            let mut wakers = self.wakers.lock().unwrap();
            if wakers.is_empty() {
                return;
            }
            if random.one_in(2) {
                wakers[random.below(wakers.len())].clone()
            } else {
                take_any(&mut wakers, random)
            }
        };
        match random.below(3) {
            0 => waker.wake(),
            1 => waker.wake_by_ref(),
            _ => {
                let clone = waker.clone();
                drop(waker);
                clone.wake();
            }
        }
    }

    /// A join handle that somebody has left, of a task that is younger than `than`.
    ///
    /// Who waits only for younger ones never waits in a circle.
    pub(crate) fn take_younger(&self, than: usize, random: &mut Random) -> Option<Joined> {
        let mut joins = self.joins.lock().unwrap();
        if joins.is_empty() {
            return None;
        }
        let at = random.below(joins.len());
        (joins[at].0 > than).then(|| joins.swap_remove(at).1)
    }

    pub(crate) fn abort_any(&self, random: &mut Random) {
        let aborts = self.aborts.lock().unwrap();
        if !aborts.is_empty() {
            let abort = aborts[random.below(aborts.len())].clone();
            drop(aborts);
            abort.abort();
        }
    }

    /// Drops all that was left, which may leave something again.
    pub(crate) fn clear(&self) {
        loop {
            let joins = std::mem::take(&mut *self.joins.lock().unwrap());
            let aborts = std::mem::take(&mut *self.aborts.lock().unwrap());
            let wakers = std::mem::take(&mut *self.wakers.lock().unwrap());
            if joins.is_empty() && aborts.is_empty() && wakers.is_empty() {
                return;
            }
            drop((joins, aborts, wakers));
        }
    }
}

fn take_any<T>(from: &mut Vec<T>, random: &mut Random) -> T {
    let at = random.below(from.len());
    from.swap_remove(at)
}

fn do_errand(errand: Errand) {
    match errand {
        Errand::Answer(sender) => drop(sender.send(())),
        Errand::Wake(waker) => {
            waker.wake_by_ref();
            waker.wake();
        }
        Errand::DropSleep(sleep) => drop(sleep),
        Errand::DropJoin(join) => drop(join),
    }
}

/// Counts a future as long as it is there.
pub(crate) struct Alive(Arc<World>);

impl Drop for Alive {
    fn drop(&mut self) {
        // SeqCst pairs with that of `quiet`, which looks after it has left its waker.
        if self.0.alive.fetch_sub(1, Ordering::SeqCst) == 1 {
            let waker = self.0.on_quiet.lock().unwrap().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

/// What a destructor does.
pub(crate) enum Mischief {
    Panic,
    Start(Arc<World>, Random),
}

impl Drop for Mischief {
    fn drop(&mut self) {
        match self {
            Self::Panic if thread::panicking() => {}
            Self::Panic => panic_deliberately(),
            Self::Start(world, random) => crate::chaos::start_detached(world, random),
        }
    }
}
