//! What all threads of a runtime share, and what each of them does with it.
//!
//! `handle.rs` is how a program refers to it, `reference.rs` how it is kept, `current.rs` how a thread is inside of it. A thread
//! that runs the runtime has a `context.rs`; `worker.rs` is what it does with a core. `workers.rs` has the threads of the runtime's
//! own, of which the one in `monitor.rs` looks after the cores whose threads are stuck. The tasks of `closures.rs` run on threads that may block.

mod closures;
mod context;
mod current;
mod handle;
mod monitor;
pub(crate) mod options;
mod paused;
mod reference;
mod worker;
mod workers;

use std::alloc::Layout;
use std::io;
use std::ptr::{self, NonNull};

use anyrt_core::{Config, Current, Flavor, Metrics};

use crate::blocks::{Blocks, Outside};
use crate::reactor::Driver;
use crate::scheduler::{Core, Idle, Injector};
use crate::sync::{Arc, AtomicBool, Ordering};
use crate::sys;
use crate::task::{Header, Home, TaskRef, Wakeup};
use crate::time::{Holds, Timers};
use closures::Job;
use context::leave_behind;

pub(crate) use closures::{Closures, Pool, runs_closure};
pub(crate) use context::{Context, context, runs};
pub use current::EnterGuard;
pub use handle::Handle;
pub(crate) use reference::Ref;
pub(crate) use worker::{INJECTOR_INTERVAL, Worker, without_core};
pub(crate) use workers::Workers;

/// A runtime, but for its threads.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) cores: Box<[Core]>,
    pub(crate) injector: Injector<Header>,
    pub(crate) idle: Idle,
    pub(crate) driver: Driver,
    pub(crate) timers: Timers,
    pub(crate) holds: Holds,
    pub(crate) pool: Pool,
    pub(crate) blocks: Blocks,
    /// The runtime ends. Relaxed, as the next: the rest of the end is behind locks, or seen later.
    pub(crate) closing: AtomicBool,
    /// Nobody has looked into the reactor for a while.
    pub(crate) reactor_waits: AtomicBool,
    /// What [`sys::forks`] said when the runtime was started.
    forks: u32,
    /// For references, and for the one that tasks keep together: see `release_blocks`.
    itself: std::sync::Weak<Shared>,
}

const USED_AFTER_FORK: &str = "a runtime was used after fork: its threads are not in this process, \
                               which has to start one of its own";

impl Shared {
    /// A runtime with a core for each of so many workers, which are to be started. Without any there is one
    /// core, for threads in `block_on`.
    pub(crate) fn new(config: Config, workers: usize, pool: Pool) -> io::Result<Arc<Self>> {
        sys::call_in_child(leave_behind);
        let driver = Driver::new()?;
        let number = workers.max(1);
        let shared = Arc::new_cyclic(|itself| Self {
            config,
            cores: match workers {
                0 => Box::new([Core::in_order()]),
                _ => (0..number).map(Core::new).collect(),
            },
            injector: Injector::new(),
            idle: Idle::new(number, workers == 0),
            driver,
            // One more for threads without a core.
            timers: Timers::new(number + 1),
            holds: Holds::default(),
            pool,
            blocks: Blocks::new(number),
            closing: AtomicBool::new(false),
            reactor_waits: AtomicBool::new(false),
            forks: sys::forks(),
            itself: itself.clone(),
        });
        // The reference of the tasks.
        std::mem::forget(Arc::clone(&shared));
        Ok(shared)
    }

    /// A reference that is counted.
    pub(crate) fn to_arc(&self) -> Arc<Self> {
        self.itself.upgrade().expect("whoever refers to it keeps it")
    }

    /// Whether the runtime ends.
    #[inline]
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Without a write where nothing changes.
    pub(crate) fn clear_reactor_waits(&self) {
        if self.reactor_waits.load(Ordering::Relaxed) {
            self.reactor_waits.store(false, Ordering::Relaxed);
        }
    }

    /// Whether the process was forked from the one with the threads of the runtime. Any lock may be held
    /// there for ever.
    #[inline]
    pub(crate) fn is_left_behind(&self) -> bool {
        self.forks != sys::forks()
    }

    /// # Errors
    /// The process [was forked](Self::is_left_behind).
    #[inline]
    pub(crate) fn check_process(&self) -> io::Result<()> {
        if self.is_left_behind() { Err(io::Error::other(USED_AFTER_FORK)) } else { Ok(()) }
    }

    /// # Panics
    /// The process [was forked](Self::is_left_behind).
    #[inline]
    #[track_caller]
    pub(crate) fn assert_process(&self) {
        assert!(!self.is_left_behind(), "{USED_AFTER_FORK}");
    }

    /// Whether a timer or an event could come.
    pub(crate) fn has_waiting(&self) -> bool {
        self.driver.has_sources() || self.timers.has_timers()
    }

    /// Whether threads of the runtime's own poll the tasks, and not those in `block_on`.
    pub(crate) fn has_workers(&self) -> bool {
        self.config.flavor != Flavor::CurrentThread
    }

    /// The core of this runtime that the calling thread has.
    #[inline]
    pub(crate) fn core_here<R>(&self, then: impl FnOnce(Option<&Core>) -> R) -> R {
        context(|context| {
            let context = context.filter(|context| ptr::eq(context.shared, self));
            then(context.and_then(|context| context.core.get()))
        })
    }

    /// Queues a task for any core.
    pub(crate) fn inject(&self, task: TaskRef, wakeup: Wakeup) {
        if self.is_left_behind() {
            // No worker will take it.
            return;
        }
        if self.injector.push(task.into_entry()).is_ok() {
            return self.notify();
        }
        // The runtime ends; this may be the last block of it.
        let handle = Handle::of(self);
        let _inside = handle.enter();
        if wakeup == Wakeup::Spawned {
            // The end may have looked for tasks while this one was made.
            task.cancel();
        } else {
            task.release();
        }
    }

    /// Wakes a core to look what there is.
    pub(crate) fn wake_one(&self) {
        self.kick_if(self.idle.wake_one());
    }

    /// Gives up the reference that all blocks have together, if the last of them has come back.
    ///
    /// # Safety
    /// As for [`Outside::release`]; the caller has another reference.
    pub(crate) unsafe fn release_blocks(&self, outside: Outside) {
        // SAFETY: as this function requires.
        unsafe { outside.release(&raw const self.itself) };
    }

    /// What the runtime knows about itself. Looks at each task.
    pub(crate) fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::default();
        // Any lock may be held for ever in a process that was forked.
        if !self.is_left_behind() {
            metrics = self.pool.metrics();
            metrics.queued_tasks = Some(self.injector.len());
            metrics.alive_tasks = Some(self.blocks.count_tasks(TaskRef::is_async));
        }
        metrics.workers = Some(if self.has_workers() { self.cores.len() } else { 0 });
        metrics
    }

    /// Ends the tasks, but for those that are being polled, which will end then. True if there are none.
    pub(crate) fn cancel_tasks(&self) -> bool {
        // Closures are the pool's, which ends those that will have no thread.
        self.blocks.cancel_tasks(TaskRef::is_async)
    }
}

// SAFETY: an entry stays in a queue until it is run, cancelled or released. The blocks keep the runtime
// as long as one of them is outside.
unsafe impl Home for Shared {
    const IS_ASYNC: bool = true;

    #[inline]
    fn schedule(&self, task: TaskRef, wakeup: Wakeup) {
        self.core_here(|core| match core {
            None => self.inject(task, wakeup),
            Some(core) => self.queue(core, task, wakeup),
        });
    }

    fn awaited(&self) {
        if self.has_workers() {
            self.core_here(|core| _ = core.map(Core::go_deep));
        }
    }

    #[inline]
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.core_here(|core| self.blocks.allocate(layout, core.map(|core| &core.local.cache)))
    }

    #[inline]
    unsafe fn deallocate(this: *const Self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the block that is given back keeps the runtime until then.
        let blocks = unsafe { &raw const (*this).blocks };
        // SAFETY: the same.
        let itself = unsafe { &raw const (*this).itself };
        let outside = context(|context| {
            let context = context.filter(|context| ptr::eq(context.shared, this));
            let cache =
                context.and_then(|context| context.core.get()).map(|core| &core.local.cache);
            // SAFETY: as above.
            if cache.is_none() && unsafe { &*this }.is_left_behind() {
                // Any lock may be held for ever, and the block stays.
                return Outside::Some;
            }
            // SAFETY: nobody refers to the block, and it has this layout.
            unsafe { Blocks::free(blocks, block, layout, cache) }
        });
        // SAFETY: that is what they have just said.
        unsafe { outside.release(itself) };
    }
}

// SAFETY: as for `Shared`, which it is.
unsafe impl Home for Closures {
    const IS_ASYNC: bool = false;

    fn schedule(&self, task: TaskRef, _: Wakeup) {
        if !self.0.has_workers() {
            self.0.holds.begin_closure();
        }
        self.0.pool.push(Job(task));
    }

    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.0.allocate(layout)
    }

    unsafe fn deallocate(this: *const Self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: closures are what the runtime is, by another name; the rest is the caller's.
        unsafe { Shared::deallocate(this.cast(), block, layout) };
    }
}
