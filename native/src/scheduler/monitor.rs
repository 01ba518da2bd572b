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
    /// What each core was like then.
    last: Vec<Last>,
    /// What tasks of cores that are stuck go through, on their way to all.
    spare: Core,
    /// Looks without anything to see.
    quiet: u32,
    /// The threads that were started.
    substitutes: Vec<thread::JoinHandle<()>>,
    /// Whether the last of them is on its way to the core that it is for.
    is_arriving: Arc<AtomicBool>,
}

#[derive(Clone, Default)]
struct Last {
    ticks: u32,
    /// How many ticks there had been since the look before.
    turns: u32,
    /// Whether tasks waited, and there had been none.
    is_stuck: bool,
}

impl Last {
    fn look_at(&mut self, core: &Core) {
        let ticks = core.ticks();
        self.turns = ticks.wrapping_sub(std::mem::replace(&mut self.ticks, ticks));
    }
}

/// What a thread does for a core whose owner has left it: see `runtime/workers.rs`.
type Substitute = fn(&Arc<Shared>, has_arrived: &dyn Fn());

impl<'a> Monitor<'a> {
    pub(crate) fn new(shared: &'a Arc<Shared>) -> Self {
        let number = shared.cores.len();
        let (last, spare) = (vec![Last::default(); number], Core::new(number));
        let is_arriving = Arc::default();
        Self { shared, last, spare, quiet: 0, substitutes: Vec::new(), is_arriving }
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
        let mut is_rescued = false;
        for (core, last) in shared.cores.iter().zip(&mut self.last) {
            last.look_at(core);
        }
        let is_any_busy = self.last.iter().any(|last| last.turns > 0);
        for (core, last) in shared.cores.iter().zip(&mut self.last) {
            let is_waiting = core.has_tasks() && !shared.idle.is_parked(core.index());
            let was_stuck = std::mem::replace(&mut last.is_stuck, is_waiting && last.turns == 0);
            if is_waiting && last.turns < FEW {
                is_rescued |= rescue(shared, core);
            }
            if last.is_stuck && is_any_busy {
                // Looked at again soon, for its thread may merely have been interrupted.
                is_rescued = true;
                if was_stuck {
                    hand_over(shared, core, &self.spare);
                }
            }
        }
        is_rescued |= self.look_at_injector();
        is_rescued |= self.look_at_reactor(!is_any_busy);
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

/// Gives to all what waits for a core that is stuck: busy ones look there now and then, and steal nothing.
fn hand_over(shared: &Shared, core: &Core, spare: &Core) {
    if let Some(task) = core.take_slot() {
        shared.inject(task, Wakeup::Woken);
    }
    // Not until there are none: its thread may go on just now.
    for _ in 0..core.backlog() {
        let Some(first) = spare.steal_from(core) else { return };
        shared.inject(first, Wakeup::Woken);
        spare.push_all_to(&shared.injector);
    }
}

/// Has a thread that sleeps look at what waits for this core. True if there is one, or can be.
fn rescue(shared: &Shared, core: &Core) -> bool {
    if shared.idle.parked() == 0 && !shared.idle.is_abandoned() {
        return false;
    }
    if let Some(task) = core.take_slot() {
        shared.inject(task, Wakeup::Woken);
    }
    shared.wake_one();
    true
}
