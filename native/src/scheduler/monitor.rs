//! A thread that sees to it that nothing waits for a core whose thread is stuck in one task.
//!
//! Cores wake each other sparingly: what is woken on a core is run there, soon after. That holds as long
//! as its thread comes back from each poll soon. Where it does not, this thread notices: it looks at the
//! cores now and then, as long as any of them is busy, and sleeps when none is. It polls nothing
//! itself. Where an owner has left its core to block, and nobody else is there, it starts a thread
//! for that core.

use std::thread;
use std::time::Duration;

use super::Core;
use crate::shared::{Shared, Signal};
use crate::sync::{Arc, AtomicBool, Ordering};
use crate::task::Wakeup;

/// How long between two looks, at first, and where there is nothing to see.
const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_millis(4);

/// After how many looks without anything to see they are made less often.
const PATIENCE: u32 = 32;

/// A core that has turned to fewer tasks than this since the last look has slow ones.
const FEW: u32 = 50;

/// What a look has to be compared with.
pub(crate) struct Monitor<'a> {
    shared: &'a Arc<Shared>,
    /// The ticks of each core.
    ticks: Vec<u32>,
    /// Looks without anything to see.
    quiet: u32,
    /// The threads that were started.
    substitutes: Vec<thread::JoinHandle<()>>,
    /// Whether the last of them is on its way to the core that it is for.
    is_arriving: Arc<AtomicBool>,
}

/// What a thread does for a core whose owner has left it: see `runtime/workers.rs`.
type Substitute = fn(&Arc<Shared>, has_arrived: &dyn Fn());

impl<'a> Monitor<'a> {
    pub(crate) fn new(shared: &'a Arc<Shared>) -> Self {
        let (ticks, substitutes) = (vec![0; shared.cores.len()], Vec::new());
        Self { shared, ticks, quiet: 0, substitutes, is_arriving: Arc::default() }
    }

    /// Watches until the runtime ends.
    pub(crate) fn run(mut self, substitute: Substitute) {
        let shared = self.shared;
        while !shared.is_closing() {
            if self.quiet >= PATIENCE {
                shared.idle.sleep_while_all_are_parked(shared.cores.len());
            }
            let pause = if self.quiet < PATIENCE { SHORT } else { LONG };
            shared.idle.let_pass(pause);
            self.look();
            if self.is_substitute_needed() {
                self.quiet = 0;
                self.start(substitute);
            }
        }
        for thread in self.substitutes {
            // It has contained all panics that come from tasks.
            let _ = thread.join();
        }
    }

    /// Whether there is something to do for a core that its owner has left, and nobody else to do it.
    fn is_substitute_needed(&self) -> bool {
        let shared = self.shared;
        let is_needed = !shared.injector.is_empty()
            || shared.has_waiting()
            || shared.cores.iter().any(|core| core.backlog() > 0);
        // Ordering: acquires the arrival, so that what is abandoned is another core.
        let is_arriving = self.is_arriving.load(Ordering::Acquire);
        is_needed && !is_arriving && shared.idle.is_abandoned() && !shared.is_closing()
    }

    /// If the system refuses a thread, it is asked again at the next look.
    fn start(&mut self, substitute: Substitute) {
        self.substitutes.retain(|thread| !thread.is_finished());
        let (shared, is_arriving) = (Arc::clone(self.shared), Arc::clone(&self.is_arriving));
        self.is_arriving.store(true, Ordering::Relaxed);
        let thread = self.shared.options.thread().spawn(move || {
            // Ordering: releases the arrival; pairs with the look at it.
            substitute(&shared, &|| is_arriving.store(false, Ordering::Release));
        });
        if thread.is_err() {
            self.is_arriving.store(false, Ordering::Relaxed);
        }
        self.substitutes.extend(thread);
    }

    fn look(&mut self) {
        let shared = self.shared;
        let mut is_stuck = true;
        let mut is_rescued = false;
        for (core, before) in shared.cores.iter().zip(&mut self.ticks) {
            let ticks = core.ticks();
            let turns = ticks.wrapping_sub(std::mem::replace(before, ticks));
            is_stuck &= turns == 0;
            is_rescued |= turns < FEW && core.has_tasks() && rescue(shared, core);
        }
        is_rescued |= self.look_at_injector();
        is_rescued |= self.look_at_reactor(is_stuck);
        self.quiet = if is_rescued { 0 } else { self.quiet.saturating_add(1) };
    }
}

impl Monitor<'_> {
    /// What is queued there waits for somebody who looks for it. True if somebody was woken for it, who was
    /// not because others seemed to look.
    fn look_at_injector(&self) -> bool {
        let shared = self.shared;
        let is_needed = !shared.injector.is_empty() && shared.idle.parked() > 0;
        if is_needed {
            shared.wake_one();
        }
        is_needed
    }

    /// Timers and sockets are looked at by whoever sleeps there, or else by busy cores now and then.
    /// True if somebody was woken for it.
    fn look_at_reactor(&self, is_stuck: bool) -> bool {
        let shared = self.shared;
        if shared.driver.is_attended() {
            shared.clear_signal(Signal::ReactorWaits);
            return false;
        }
        let parked = shared.idle.parked();
        // With everybody asleep somebody has to sleep there, for what comes later. And if the cores that
        // are awake do not come to it, others have to.
        let is_needed = parked == shared.cores.len()
            || shared.has_waiting() && (is_stuck || shared.has_signal(Signal::ReactorWaits));
        if shared.has_waiting() {
            shared.set_signal(Signal::ReactorWaits);
        }
        if is_needed && parked > 0 {
            shared.wake_one();
        }
        is_needed && parked > 0
    }
}

/// Has another core look at what waits for this one. True if there is one to do so.
fn rescue(shared: &Shared, core: &Core) -> bool {
    let is_anybody = shared.idle.parked() > 0 || shared.idle.is_abandoned();
    if !is_anybody || shared.idle.is_parked(core.index()) {
        return false;
    }
    if let Some(task) = core.take_slot() {
        shared.inject(task, Wakeup::Woken);
    }
    shared.wake_one();
    true
}
