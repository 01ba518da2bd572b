//! The threads that poll tasks, and the monitor.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{io, thread};

use anyrt_core::backend::WaitGroup;
use anyrt_core::{ThreadHooks, coop};

use super::monitor::Monitor;
use super::{Context, Shared, Worker, options};
use crate::scheduler::{Core, Parker};
use crate::sync::Arc;
use crate::sys;

/// The threads of a runtime, but for those of its blocking closures.
#[derive(Default)]
pub(crate) struct Workers {
    threads: Vec<thread::JoinHandle<()>>,
    /// Each thread is a member until it polls nothing any more.
    pub(crate) running: WaitGroup,
}

impl Workers {
    /// Starts a worker for each core, and the monitor.
    ///
    /// # Errors
    /// The system refuses a thread. Those before it have started.
    pub(crate) fn start(&mut self, shared: &Arc<Shared>) -> io::Result<()> {
        let mut start = |thread: thread::Builder, run: Box<dyn FnOnce() + Send>| {
            let running = self.running.join();
            let started = thread.spawn(move || {
                run();
                drop(running);
            });
            started.map(|thread| self.threads.push(thread))
        };
        for core in 0..shared.cores.len() {
            let own = Arc::clone(shared);
            start(options::worker(&shared.config), Box::new(move || work(&own, core)))?;
        }
        let own = Arc::clone(shared);
        // Nobody's hooks are told of it.
        let monitor = options::thread(&shared.config, shared.config.thread_name.clone());
        start(monitor, Box::new(move || watch(&own)))
    }

    /// Waits for the very end of the threads, which may have thread-locals of the user's to drop.
    pub(crate) fn join(self) {
        for thread in self.threads {
            // It does not panic, but for what the user has put there.
            let _ = thread.join();
        }
    }
}

/// What a worker does: it polls the tasks of the core that is held for it. When it has lost that to another
/// worker while it blocked in place, it waits for one that is vacant.
pub(super) fn work(shared: &Shared, core: usize) {
    sys::wake_on_time();
    let parker = Arc::new(Parker::new());
    let context = Context::new(shared, &parker);
    let _entered = context.enter();
    ThreadHooks::call(shared.config.thread_hooks.on_start.as_ref());
    let mut next = Some(&shared.cores[core]);
    while let Some(core) = next {
        context.core.set(Some(core));
        // Tasks do not panic, and neither do wakers that we call; but nothing is to end the thread.
        let run = || Worker::new(&context, core).run(|| false);
        let ended = catch_unwind(AssertUnwindSafe(run));
        // Here a task has forked. This is the only thread in the process, which ends with it.
        shared.assert_process();
        next = match ended {
            Err(_) => context.core.get(),
            Ok(false) => wait_for_core(shared, &parker),
            Ok(true) => {
                // Before the context is left, so that the rest finds no core.
                context.core.set(None);
                shared.retire(core);
                None
            }
        };
    }
    ThreadHooks::call(shared.config.thread_hooks.on_stop.as_ref());
}

/// Sleeps until there is a core for this thread. `None` once the runtime ends.
fn wait_for_core<'a>(shared: &'a Shared, parker: &Arc<Parker>) -> Option<&'a Core> {
    loop {
        if let Some(core) = shared.idle.claim(Some(parker)) {
            return Some(&shared.cores[core]);
        }
        if shared.is_closing() {
            return None;
        }
        parker.sleep_unless(|| false);
    }
}

/// What the monitor's thread does.
fn watch(shared: &Arc<Shared>) {
    let parker = Arc::new(Parker::new());
    let context = Context::new(shared, &parker);
    // For what wakers do that it calls.
    let _entered = context.enter();
    let _polling = coop::enter_poll();
    Monitor::new(shared).run();
}
