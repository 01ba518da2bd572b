//! Entering the runtime: the thread takes over an idle core, and runs the future and tasks by turns.
//!
//! So a future that spawns tasks and awaits them needs no other thread. `scheduler/README.md` has the
//! protocol. A thread for which there is no core sleeps until its future is woken, or there is one.

use std::cell::Cell;
use std::future::Future;
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::ptr;
use std::task::{Context as TaskContext, Poll, Wake, Waker};

use anyrt_core::{BlockOn, Flavor, coop};

use crate::current;
use crate::scheduler::{Context, Ended, Parker, Sleep, Worker, stack_limit};
use crate::shared::Shared;
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, lock};
use crate::{Handle, sys};

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        Self::check_block_on();
        match self.named() {
            Some(shared) => block_on(shared, future),
            None => block_on(&self.to_shared(), future),
        }
    }
}

#[track_caller]
fn block_on<F: Future>(shared: &Arc<Shared>, future: F) -> F::Output {
    shared.assert_process();
    let driven = Driven::here();
    let parker = &driven.root.parker;
    let context = Context::of_caller(shared, parker, may_borrow(shared), stack_limit());
    // In this order: the future is dropped inside, then the core is given back.
    let session = Session { context: &context, root: &driven.root, may_sleep: Cell::new(false) };
    let _entered = context.enter();
    let _running = current::run();
    let future = pin!(coop::as_task(future));
    session.drive(future, &driven.waker)
}

/// Whether tasks may run on the stack of this thread: it is as large as those of the workers.
fn may_borrow(shared: &Shared) -> bool {
    /// What tasks can expect if nobody asks for more: half of what threads have by default.
    const USUAL: usize = 1 << 20;

    let config = &shared.options.config;
    if config.flavor == Flavor::CurrentThread {
        // There are no other threads.
        return true;
    }
    let here = 0_u8;
    match sys::stack_left((&raw const here).addr()) {
        Some(left) => left >= config.stack_size.unwrap_or(USUAL),
        None => config.stack_size.is_none(),
    }
}

/// A thread in `block_on`.
struct Session<'a> {
    context: &'a Context<'a>,
    root: &'a Root,
    /// Whether the root knows in whose reactor the thread may sleep.
    may_sleep: Cell<bool>,
}

impl Session<'_> {
    fn drive<F: Future>(&self, mut future: Pin<&mut F>, waker: &Waker) -> F::Output {
        let cx = &mut TaskContext::from_waker(waker);
        loop {
            self.root.take_ready();
            if let Some(core) = self.context.core() {
                core.begin_turn();
            }
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return output;
            }
            if !self.may_sleep.replace(true) {
                self.root.remember(self.context.shared);
            }
            self.wait();
        }
    }

    /// Runs tasks, or sleeps, until the future is to be polled again.
    fn wait(&self) {
        loop {
            // The future may have forked, or a task: it is not for this process to go on with the others.
            self.context.shared.assert_process();
            match self.context.core_or_wait() {
                // Also if it is to be polled at once: the tasks that are queued have their turn before.
                Some(core) => {
                    let worker = Worker::new(self.context, core);
                    if worker.run(|| self.root.is_ready()) == Ended::Closing {
                        self.context.shared.assert_process();
                        self.retire();
                    }
                }
                None if self.root.is_ready() => {}
                None => self.sleep(),
            }
            if self.root.is_ready() {
                return self.context.stop_asking();
            }
        }
    }

    /// Sleeps until the future is woken, or a core may be had.
    fn sleep(&self) {
        let parker = self.context.parker;
        if parker.announce(Sleep::OnWord) {
            if !self.root.is_ready() {
                parker.sleep();
            }
            parker.wake_up();
        }
    }

    /// Leaves nothing behind in the core: the runtime ends, and nobody will run it again.
    fn retire(&self) {
        if let Some(core) = self.context.take_core(true) {
            self.context.shared.retire(core);
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if self.context.shared.is_left_behind() {
            return;
        }
        match self.context.take_core(true) {
            Some(core) => Worker::new(self.context, core).give_back(),
            None => self.context.stop_asking(),
        }
        if self.may_sleep.get() {
            self.root.forget();
        }
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
    /// The runtime in whose reactor the thread may sleep.
    runtime: Mutex<Option<Arc<Shared>>>,
}

/// The root that a thread keeps, with a waker of it.
struct Kept {
    root: Arc<Root>,
    waker: Waker,
}

/// The root of this thread, as long as it is in `block_on`.
struct Driven(Option<Kept>);

impl Driven {
    fn here() -> Self {
        let kept = KEPT.try_with(Cell::take).ok().flatten().unwrap_or_else(Kept::new);
        DRIVEN.set(Arc::as_ptr(&kept.root));
        Self(Some(kept))
    }
}

impl Deref for Driven {
    type Target = Kept;

    fn deref(&self) -> &Kept {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        DRIVEN.set(ptr::null());
        // A parker that others have is about to be called, for this runtime. The call would mislead those
        // who call it for the next.
        let kept = self.0.take().filter(|kept| Arc::strong_count(&kept.root.parker) == 1);
        // On a thread that ends there is no next time.
        let _ = KEPT.try_with(|place| place.set(kept));
    }
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
}

impl Root {
    /// Notes where the thread may sleep from now on.
    fn remember(&self, shared: &Shared) {
        *lock(&self.runtime) = Some(shared.to_arc());
    }

    fn forget(&self) {
        let runtime = lock(&self.runtime).take();
        drop(runtime);
    }

    /// Whether the future was woken since it was last polled.
    fn is_ready(&self) -> bool {
        // Relaxed: `take_ready` acquires before the poll.
        self.is_ready.load(Ordering::Relaxed)
    }

    fn take_ready(&self) {
        // Ordering: acquires what was done before the wake, which releases.
        self.is_ready.swap(false, Ordering::Acquire);
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
