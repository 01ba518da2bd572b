//! A thread that sees to it that nothing waits for a core whose thread is stuck in one task.
//!
//! Cores wake each other sparingly: a task that is woken on a core is run there, soon after. That holds as
//! long as the core's thread comes back from each poll soon. Where it does not, the monitor notices: it looks
//! at the cores now and then, as long as any of them is busy or there is memory to be given back, and sleeps
//! otherwise. It polls no task.
//! But it looks into the reactor and at the timers where all workers are busy, and it finds a thread for
//! a core that was left by one that blocks in place.

use std::time::Duration;
use std::{mem, thread};

use super::workers::work;
use super::{Shared, options};
use crate::scheduler::Core;
use crate::sync::{Arc, Ordering};
use crate::task::Wakeup;

/// How long between two looks, at first, and where there is nothing to see.
const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_millis(4);

/// After how many looks without anything to see they are made less often.
const PATIENCE: u32 = 32;

/// After how many looks between which no core has turned to a task it sleeps, if there is nothing to see. A thread that is woken for
/// a task wakes it then as well, and would have to each time where tasks come now and then.
const STILL: u32 = 3;

/// A core that has turned to fewer tasks than this since the last look has slow ones.
const FEW: u32 = 50;

/// Memory that was not needed from one such look to the next is given back: for 16 ms, or for 64 where there is nothing to see.
const LOOKS_OF_MEMORY: u32 = 16;

/// So many chains of blocks are given back at a look, at most. Each takes some us, under a lock.
const MOST_CHAINS: usize = 64;

/// The same where all cores are parked, so that nobody waits for the lock, nor for the next look.
const MOST_CHAINS_IF_PARKED: usize = 512;

/// What a look has to be compared with.
pub(super) struct Monitor<'a> {
    shared: &'a Arc<Shared>,
    /// What each core was like then.
    last: Vec<Last>,
    /// What tasks of cores that are stuck go through, on their way to all.
    spare: Core,
    /// Whether there was something in the injector, and a core parked.
    is_injector_waiting: bool,
    /// Looks without anything to see.
    quiet: u32,
    /// Looks since a core has turned to a task.
    still: u32,
    /// Looks in all.
    looks: u32,
    /// Whether there is memory to be given back.
    has_spare_chains: bool,
    /// The workers that were started for vacant cores.
    workers: Vec<thread::JoinHandle<()>>,
}

#[derive(Clone, Default)]
struct Last {
    ticks: u32,
    /// How many ticks there had been since the look before.
    turns: u32,
    /// Whether tasks waited, and there had been none.
    is_stuck: bool,
}

impl<'a> Monitor<'a> {
    pub(super) fn new(shared: &'a Arc<Shared>) -> Self {
        let number = shared.cores.len();
        let (last, spare) = (vec![Last::default(); number], Core::new(number));
        Self {
            shared,
            last,
            spare,
            is_injector_waiting: false,
            quiet: 0,
            still: 0,
            looks: 0,
            has_spare_chains: false,
            workers: Vec::new(),
        }
    }

    /// Watches until the runtime ends.
    pub(super) fn run(mut self) {
        let shared = self.shared;
        while !shared.is_closing() {
            if self.quiet >= PATIENCE && self.still >= STILL {
                let has_more = || shared.blocks.has_more_than_kept();
                shared.idle.sleep_while_all_are_parked(shared.cores.len(), has_more);
            }
            let pause = if self.quiet < PATIENCE { SHORT } else { LONG };
            shared.idle.let_pass(pause);
            self.look();
            if self.has_work() {
                self.fill_vacancy();
            }
            self.give_memory_back();
        }
        for worker in self.workers {
            // A worker has contained all panics that come from tasks.
            let _ = worker.join();
        }
    }

    fn give_memory_back(&mut self) {
        let shared = self.shared;
        self.looks = self.looks.wrapping_add(1);
        if self.looks % LOOKS_OF_MEMORY == 0 {
            self.has_spare_chains = shared.blocks.age();
        }
        if self.has_spare_chains {
            let are_parked = shared.idle.parked() == shared.cores.len();
            let most = if are_parked { MOST_CHAINS_IF_PARKED } else { MOST_CHAINS };
            self.has_spare_chains = shared.blocks.give_spare_back(most);
        }
    }

    /// Whether there is something to do for another thread.
    fn has_work(&self) -> bool {
        let shared = self.shared;
        !shared.injector.is_empty()
            || shared.has_waiting()
            || shared.cores.iter().any(|core| core.backlog() > 0)
    }

    /// Finds a thread for a core that is vacant where no thread sleeps that could be woken instead. If the
    /// system refuses a thread, it is asked again at the next look.
    fn fill_vacancy(&mut self) {
        let shared = self.shared;
        if !shared.idle.is_vacancy_alone() {
            return;
        }
        self.quiet = 0;
        if let Some(kick) = shared.idle.call_waiting() {
            return shared.kick_if(kick);
        }
        let Some(core) = shared.idle.claim(None) else { return };
        let own = Arc::clone(shared);
        let worker = options::worker(&shared.config).spawn(move || work(&own, core));
        if worker.is_err() && !shared.idle.vacate(core) {
            shared.retire(&shared.cores[core]);
        }
        self.workers.extend(worker);
    }

    fn look(&mut self) {
        let shared = self.shared;
        let (mut is_rescued, mut is_doubtful) = (false, false);
        for (core, last) in shared.cores.iter().zip(&mut self.last) {
            let before = mem::replace(&mut last.ticks, core.ticks());
            last.turns = last.ticks.wrapping_sub(before);
        }
        let is_any_busy = self.last.iter().any(|last| last.turns > 0);
        self.still = if is_any_busy { 0 } else { self.still.saturating_add(1) };
        for (core, last) in shared.cores.iter().zip(&mut self.last) {
            let is_waiting = core.queued() > 0 && shared.idle.is_held(core.index);
            let was_stuck = mem::replace(&mut last.is_stuck, is_waiting && last.turns == 0);
            if is_waiting && last.turns < FEW {
                is_rescued |= rescue(shared, core);
            }
            if last.is_stuck && is_any_busy {
                // At the second look, for the thread may merely have been interrupted.
                is_doubtful |= !was_stuck;
                if was_stuck {
                    hand_over(shared, core, &self.spare);
                }
            }
        }
        is_rescued |= self.look_at_injector();
        is_rescued |= self.look_at_reactor(!is_any_busy);
        // Where more threads are busy than there are processors, threads are interrupted all the time. That is a reason for one look soon (S11), and
        // not for many: each interrupts a busy thread.
        let most = if is_doubtful { PATIENCE - 1 } else { u32::MAX };
        self.quiet = if is_rescued { 0 } else { self.quiet.saturating_add(1).min(most) };
    }

    /// The injector's entries wait for a thread that searches. True if there are some; if there were before as well, one is woken for
    /// them, which had not been because others seemed to search.
    fn look_at_injector(&mut self) -> bool {
        let shared = self.shared;
        let is_waiting = !shared.injector.is_empty() && shared.idle.parked() > 0;
        // Looked at again soon, for most often a thread is on its way to them.
        if mem::replace(&mut self.is_injector_waiting, is_waiting) && is_waiting {
            shared.wake_one();
        }
        is_waiting
    }

    /// Timers and sockets are attended by a thread that sleeps in the reactor, or else by busy cores now and
    /// then. Where neither does, a parked thread is woken for them, or the monitor looks at them itself: they
    /// may be those of a future that no worker polls. True if that was needed.
    fn look_at_reactor(&self, is_stuck: bool) -> bool {
        let shared = self.shared;
        if shared.driver.is_attended() {
            shared.clear_reactor_waits();
            return false;
        }
        let parked = shared.idle.parked();
        let is_overdue = is_stuck || shared.reactor_waits.load(Ordering::Relaxed);
        // With all threads asleep one has to sleep in the reactor, for sources that are registered later.
        let is_needed = parked == shared.cores.len() || shared.has_waiting() && is_overdue;
        if shared.has_waiting() {
            shared.reactor_waits.store(true, Ordering::Relaxed);
        }
        if is_needed && parked > 0 {
            shared.wake_one();
        } else if is_needed {
            shared.timers.fire();
            shared.look_into_reactor();
        }
        is_needed
    }
}

/// Gives tasks of a core that is stuck to all: busy cores look at those now and then, and steal nothing.
fn hand_over(shared: &Shared, core: &Core, spare: &Core) {
    /// Its thread may go on just now, and most often does where the system had interrupted it. The rest
    /// follows with the next look.
    const ROUNDS: usize = 8;

    if let Some(task) = core.take_slot() {
        shared.inject(task, Wakeup::Woken);
    }
    for _ in 0..ROUNDS {
        let Some(first) = spare.steal_from(core) else { break };
        shared.inject(first, Wakeup::Woken);
        spare.push_all_to(&shared.injector);
    }
}

/// Has a thread that sleeps look at the tasks of this core. True if there is one, or can be.
fn rescue(shared: &Shared, core: &Core) -> bool {
    if shared.idle.parked() == 0 && !shared.idle.is_vacancy_alone() {
        return false;
    }
    if let Some(task) = core.take_slot() {
        shared.inject(task, Wakeup::Woken);
    }
    shared.wake_one();
    true
}
