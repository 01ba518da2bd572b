//! Entering the runtime: the thread takes over an idle core, and runs the future and tasks by turns.
//!
//! So a future that spawns tasks and awaits them needs no other thread. `scheduler/README.md` has the
//! protocol. A thread for which there is no core sleeps until its future is woken.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::ptr;
use std::task::{Context as TaskContext, Poll, Wake, Waker};

use anyrt_core::{BlockOn, coop};

use crate::current;
use crate::scheduler::{Context, Ended, Parker, Sleep, Worker, stack_limit};
use crate::shared::Shared;
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, lock};
use crate::{Handle, sys};

impl BlockOn for Handle {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        Self::check_block_on();
        let shared = self.to_shared();
        let handle = Handle::new(Arc::clone(&shared));
        let _running = current::run(&handle);
        let root = Root::of_this_thread();
        let may_borrow = may_borrow(&shared);
        let context = Context::of_caller(&shared, &root.parker, may_borrow, stack_limit());
        // In this order: the future is dropped inside, then the core is given back.
        let session = Session { context: &context, root: &root };
        let _entered = context.enter();
        let future = pin!(coop::as_task(future));
        session.drive(future)
    }
}

/// Whether tasks may run on the stack of this thread: it is as large as those of the workers.
fn may_borrow(shared: &Shared) -> bool {
    /// What tasks can expect if nobody asks for more: half of what threads have by default.
    const USUAL: usize = 1 << 20;

    let config = &shared.options.config;
    if config.flavor.worker_threads().is_none() {
        // There are no other threads.
        return true;
    }
    let here = 0_u8;
    match sys::stack_end() {
        Some(end) => (&raw const here).addr() - end >= config.stack_size.unwrap_or(USUAL),
        None => config.stack_size.is_none(),
    }
}

/// A thread in `block_on`.
struct Session<'a> {
    context: &'a Context<'a>,
    root: &'a Arc<Root>,
}

impl Session<'_> {
    fn drive<F: Future>(&self, mut future: Pin<&mut F>) -> F::Output {
        let waker = Waker::from(Arc::clone(self.root));
        let cx = &mut TaskContext::from_waker(&waker);
        loop {
            self.root.take_ready();
            if let Some(core) = self.context.core() {
                core.begin_turn();
            }
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return output;
            }
            self.root.remember(self.context.shared);
            self.wait();
        }
    }

    /// Runs tasks, or sleeps, until the future is to be polled again.
    fn wait(&self) {
        loop {
            match self.context.core_or_borrow() {
                // Also if it is to be polled at once: the tasks that are queued have their turn before.
                Some(core) => {
                    let worker = Worker::new(self.context, core);
                    if worker.run(|| self.root.is_ready()) == Ended::Closing {
                        self.retire();
                    }
                }
                None if self.root.is_ready() => {}
                None => self.sleep(),
            }
            if self.root.is_ready() {
                return;
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
        match self.context.take_core(true) {
            Some(core) => Worker::new(self.context, core).give_back(),
            None => self.context.shared.idle.stop_waiting(self.context.parker),
        }
        Root::put_back(Arc::clone(self.root));
    }
}

thread_local! {
    /// For the next `block_on` of this thread.
    static KEPT: Cell<Option<Arc<Root>>> = const { Cell::new(None) };
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

impl Root {
    fn of_this_thread() -> Arc<Self> {
        let kept = KEPT.try_with(Cell::take).ok().flatten();
        let root = kept.unwrap_or_else(|| {
            Arc::new(Self {
                is_ready: AtomicBool::new(false),
                parker: Arc::new(Parker::new()),
                runtime: Mutex::new(None),
            })
        });
        DRIVEN.set(Arc::as_ptr(&root));
        root
    }

    fn put_back(root: Arc<Self>) {
        DRIVEN.set(ptr::null());
        drop(lock(&root.runtime).take());
        // On a thread that ends there is no next time.
        let _ = KEPT.try_with(|kept| kept.set(Some(root)));
    }

    /// Notes where the thread may sleep from now on.
    fn remember(&self, shared: &Shared) {
        let mut runtime = lock(&self.runtime);
        if runtime.is_none() {
            *runtime = Some(shared.to_arc());
        }
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
