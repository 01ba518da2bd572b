//! The threads that own the cores, and the monitor.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use std::{io, thread};

use crate::blocking::call;
use crate::scheduler::{Context, Ended, Monitor, Parker, Worker, stack_limit};
use crate::shared::Shared;
use crate::sync::{Arc, Condvar, Mutex, lock};
use crate::{current, sys};

/// The threads of a runtime, but for those of its blocking closures.
pub(super) struct Workers {
    parkers: Vec<Arc<Parker>>,
    threads: Vec<thread::JoinHandle<()>>,
    running: Arc<Running>,
}

/// How many of the threads have not come to their end.
#[derive(Default)]
struct Running {
    number: Mutex<usize>,
    end: Condvar,
}

impl Workers {
    /// So many owners of cores, none of which has started.
    pub(super) fn new(number: usize) -> Self {
        let parkers = (0..number).map(|_| Arc::new(Parker::new())).collect();
        Self { parkers, threads: Vec::new(), running: Arc::default() }
    }

    /// What the owners sleep by.
    pub(super) fn parkers(&self) -> &[Arc<Parker>] {
        &self.parkers
    }

    /// Starts them.
    ///
    /// # Errors
    /// The system refuses a thread. Those before it have started.
    pub(super) fn start(&mut self, shared: &Arc<Shared>) -> io::Result<()> {
        for core in 0..self.parkers.len() {
            let (shared, parker) = (Arc::clone(shared), Arc::clone(&self.parkers[core]));
            self.start_thread(&shared.clone(), move || own(&shared, core, &parker))?;
        }
        if !self.parkers.is_empty() {
            let shared = Arc::clone(shared);
            self.start_thread(&shared.clone(), move || Monitor::new(&shared).run(substitute))?;
        }
        Ok(())
    }

    fn start_thread(
        &mut self,
        shared: &Shared,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        // Counted before it starts, and no longer if it does not.
        let counted = Counted::new(&self.running);
        self.threads.push(shared.options.thread().spawn(move || {
            let _counted = counted;
            run();
        })?);
        Ok(())
    }

    /// Waits until they poll nothing any more, at most for `timeout`. False if the time was too short.
    pub(super) fn wait(&self, timeout: Option<Duration>) -> bool {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut number = lock(&self.running.number);
        while *number > 0 {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return false;
            }
            let woken = self.running.end.wait_timeout(number, left.unwrap_or(Duration::MAX));
            (number, _) = woken.unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        true
    }

    /// Waits for the very end of the threads, which may have thread-locals of the user's to drop.
    pub(super) fn join(self) {
        for thread in self.threads {
            // It does not panic, but for what the user has put there.
            let _ = thread.join();
        }
    }
}

/// Counts a thread as long as it lives.
struct Counted(Arc<Running>);

impl Counted {
    fn new(running: &Arc<Running>) -> Self {
        *lock(&running.number) += 1;
        Self(Arc::clone(running))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        *lock(&self.0.number) -= 1;
        self.0.end.notify_all();
    }
}

/// What the owner of a core does.
fn own(shared: &Arc<Shared>, core: usize, parker: &Arc<Parker>) {
    sys::wake_on_time();
    let core = &shared.cores[core];
    let context = Context::of_owner(shared, parker, core, stack_limit());
    let _entered = context.enter();
    let _running = current::run();
    core.keep(|| call(shared.options.on_thread_start.as_ref()));
    {
        let worker = Worker::new(&context, core);
        // Tasks do not panic, and neither do wakers that we call; but nothing is to end the thread.
        let run = || worker.run(|| false);
        let ended = loop {
            if let Ok(ended) = catch_unwind(AssertUnwindSafe(run)) {
                break ended;
            }
        };
        // Here a task has forked. This is the only thread in the process, which ends with it.
        shared.assert_process();
        // Before the context is left, so that what follows finds no core.
        if context.take_core(true).is_some() && ended != Ended::Lost {
            shared.retire(core);
        }
    }
    call(shared.options.on_thread_stop.as_ref());
}

/// Runs a core until the runtime ends, in the place of its owner, which is blocked. Tells when it has come
/// to have the core, or has found it taken: the owner may have come back before.
fn substitute(shared: &Arc<Shared>, has_arrived: &dyn Fn()) {
    sys::wake_on_time();
    let parker = Arc::new(Parker::new());
    let context = Context::of_caller(shared, &parker, true, stack_limit());
    let _entered = context.enter();
    let _running = current::run();
    let first = context.core_or_borrow();
    has_arrived();
    let Some(first) = first else { return };
    first.keep(|| call(shared.options.on_thread_start.as_ref()));
    {
        while let Some(core) = context.core_or_borrow() {
            let run = || Worker::new(&context, core).run(|| false);
            let ended = catch_unwind(AssertUnwindSafe(run));
            shared.assert_process();
            if let Ok(Ended::Closing) = ended {
                context.take_core(true);
                shared.retire(core);
            }
        }
        // What the hook does must not bring another one, which nobody would give back.
        context.take_core(true);
    }
    call(shared.options.on_thread_stop.as_ref());
}
