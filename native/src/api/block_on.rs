//! Entering the runtime: the thread polls one future, and sleeps while that waits.
//!
//! On a runtime with workers it polls nothing else. On a current-thread runtime it holds the core meanwhile,
//! if no other thread does, and runs tasks while its future waits. `scheduler/README.md` has the protocol.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::ptr;
use std::task::{Context as TaskContext, Poll, Wake, Waker};

use anyrt_core::task::is_large;
use anyrt_core::{BlockOn, coop};

use crate::scheduler::{Core, Idle, Parker};
use crate::shared::{Context, Handle, Shared, Worker, runs, runs_closure};
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, lock};

/// How often a future that waits is looked at before its thread goes to sleep: for about as long as it takes
/// to fall asleep and to be woken.
const SPINS: usize = 200;

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        Self::check_block_on();
        if const { is_large::<F>() } { self.drive(Box::pin(future)) } else { self.drive(future) }
    }
}

impl Handle {
    #[track_caller]
    fn drive<F: Future>(&self, future: F) -> F::Output {
        match self.named() {
            Some(shared) => block_on(shared, future),
            None => block_on(&self.to_shared(), future),
        }
    }
}

#[track_caller]
fn block_on<F: Future>(shared: &Shared, future: F) -> F::Output {
    shared.assert_process();
    let kept = KEPT.try_with(Cell::take).ok().flatten().unwrap_or_else(Kept::new);
    let output = kept.drive(shared, future);
    // A parker that others have is about to be called, for this runtime. The call would mislead those
    // who call it for the next.
    if Arc::strong_count(&kept.root.parker) == 1 {
        // On a thread that ends there is no next time.
        let _ = KEPT.try_with(|place| place.set(Some(kept)));
    }
    output
}

/// A thread in `block_on`.
struct Session<'a> {
    context: &'a Context<'a>,
    root: &'a Root,
    /// That of the `block_on` around this one.
    outer: *const Root,
    /// Whether the root knows in whose reactor the thread may sleep.
    may_sleep: Cell<bool>,
    _presence: Option<Presence<'a>>,
}

impl<'a> Session<'a> {
    fn drive<F: Future>(&self, mut future: Pin<&mut F>, waker: &Waker) -> F::Output {
        let cx = &mut TaskContext::from_waker(waker);
        let shared = self.context.shared;
        if !shared.has_workers() {
            self.take_up(|idle, _| idle.claim(None));
        }
        loop {
            self.root.take_ready();
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return output;
            }
            // The future may have forked: it is not for this process to go on with the others.
            shared.assert_process();
            if shared.has_workers() {
                self.root.wait();
            } else {
                self.run_tasks();
            }
        }
    }

    /// Runs tasks until the future is to be polled again, or sleeps while another thread does.
    fn run_tasks(&self) {
        if !self.may_sleep.replace(true) {
            *lock(&self.root.runtime) = Some(self.context.shared.to_arc());
        }
        loop {
            // If there is no core, the thread will be called for one.
            match self.take_up(|idle, parker| idle.claim(Some(parker))) {
                // Also if the future is to be polled at once: the tasks that are queued have their turn before.
                Some(core) => self.run(core),
                None if self.root.is_ready() => {}
                None => self.root.parker.sleep_unless(|| {
                    // The thread with the core may have waited for this one, to move the clock.
                    self.context.shared.release_clock();
                    self.root.is_ready()
                }),
            }
            if self.root.is_ready() {
                // Before the thread does anything else: a core that was given to it and is left unused is one that another
                // thread misses.
                self.take_up(Idle::stop_waiting);
                return;
            }
        }
    }

    fn run(&self, core: &'a Core) {
        let is_closing = Worker::new(self.context, core).run(|| self.root.is_ready());
        // A task may have forked.
        self.context.shared.assert_process();
        if is_closing {
            // No thread will run the core again. The future goes on without one.
            self.context.core.set(None);
            self.context.shared.retire(core);
        }
    }

    /// The core that the thread has, or that `ask` gives it.
    fn take_up(&self, ask: impl FnOnce(&Idle, &Arc<Parker>) -> Option<usize>) -> Option<&'a Core> {
        let Context { shared, parker, core, .. } = self.context;
        if core.get().is_none() {
            core.set(ask(&shared.idle, parker).map(|core| &shared.cores[core]));
        }
        core.get()
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        DRIVEN.set(self.outer);
        let shared = self.context.shared;
        if shared.has_workers() || shared.is_left_behind() {
            return;
        }
        let core = self.take_up(Idle::stop_waiting);
        self.context.core.set(None);
        if let Some(core) = core.filter(|core| !shared.leave_core(core)) {
            shared.retire(core);
        }
        if self.may_sleep.get() {
            let runtime = lock(&self.root.runtime).take();
            drop(runtime);
        }
    }
}

/// A thread in the `block_on` of a current-thread runtime, which holds a paused clock while it does anything but
/// wait. It counts once, and not as the thread of a blocking closure meanwhile.
struct Presence<'a> {
    shared: &'a Shared,
    is_of_closure: bool,
}

impl<'a> Presence<'a> {
    fn new(shared: &'a Shared) -> Option<Self> {
        if shared.has_workers() || runs(shared) {
            return None;
        }
        let is_of_closure = runs_closure(shared);
        shared.holds.begin_thread();
        if is_of_closure {
            shared.holds.end_closure();
        }
        Some(Self { shared, is_of_closure })
    }
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        if self.shared.is_left_behind() {
            return;
        }
        if self.is_of_closure {
            self.shared.holds.begin_closure();
        }
        self.shared.holds.end_thread();
        self.shared.release_clock();
    }
}

thread_local! {
    /// For the next `block_on` of this thread.
    static KEPT: Cell<Option<Kept>> = const { Cell::new(None) };
    /// The one that this thread drives.
    static DRIVEN: Cell<*const Root> = const { Cell::new(ptr::null()) };
}

/// The waker of the future in a `block_on`. It may be kept and used after that.
struct Root {
    is_ready: AtomicBool,
    parker: Arc<Parker>,
    /// The runtime in whose reactor the thread may sleep, which is a current-thread one.
    runtime: Mutex<Option<Arc<Shared>>>,
}

/// The root that a thread keeps, with a waker of it.
struct Kept {
    root: Arc<Root>,
    waker: Waker,
}

impl Kept {
    fn new() -> Self {
        let root = Arc::new(Root {
            is_ready: AtomicBool::new(false),
            parker: Arc::new(Parker::new()),
            runtime: Mutex::new(None),
        });
        Self { waker: Waker::from(Arc::clone(&root)), root }
    }

    fn drive<F: Future>(&self, shared: &Shared, future: F) -> F::Output {
        let Self { root, waker } = self;
        let context = Context::new(shared, &root.parker);
        // In this order: the future is dropped inside, then the core is given back.
        let presence = Presence::new(shared);
        let session = Session {
            context: &context,
            root,
            outer: DRIVEN.replace(Arc::as_ptr(root)),
            may_sleep: Cell::new(false),
            _presence: presence,
        };
        let _entered = context.enter();
        let future = pin!(coop::as_task(future));
        session.drive(future, waker)
    }
}

impl Root {
    /// Whether the future was woken since it was last polled.
    fn is_ready(&self) -> bool {
        // Relaxed: `take_ready` acquires before the poll.
        self.is_ready.load(Ordering::Relaxed)
    }

    /// Waits until the future is woken.
    fn wait(&self) {
        for _ in 0..SPINS {
            if self.is_ready() {
                return;
            }
            std::hint::spin_loop();
        }
        while !self.is_ready() {
            self.parker.sleep_unless(|| self.is_ready());
        }
    }

    fn take_ready(&self) {
        // Without a write for a future that nobody has woken yet. A wake that is missed here is seen after the poll.
        if self.is_ready() {
            // Ordering: acquires what was done before the wake, which releases.
            self.is_ready.swap(false, Ordering::Acquire);
        }
    }
}

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Ordering: releases what the future is to see; pairs with `take_ready`.
        let was_ready = self.is_ready.swap(true, Ordering::Release);
        // The thread that drives it is awake if this is it.
        if was_ready || DRIVEN.get() == Arc::as_ptr(self) {
            return;
        }
        if self.parker.call() {
            let runtime = lock(&self.runtime).clone();
            if let Some(shared) = runtime {
                shared.driver.kick();
            }
        }
    }
}
