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
use crate::sync::Arc;
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
}

impl<'a> Monitor<'a> {
    pub(crate) fn new(shared: &'a Arc<Shared>) -> Self {
        Self { shared, ticks: vec![0; shared.cores.len()], quiet: 0, substitutes: Vec::new() }
    }

    /// Watches until the runtime ends. `substitute` is what a thread does for a core whose owner has left
    /// it.
    pub(crate) fn run(mut self, substitute: fn(&Arc<Shared>)) {
        let shared = self.shared;
        while !shared.is_closing() {
            if self.quiet >= PATIENCE {
                shared.idle.sleep_while_all_are_parked(shared.cores.len());
            }
            let pause = if self.quiet < PATIENCE { SHORT } else { LONG };
            shared.idle.let_pass(pause);
            self.look();
            let is_needed = !shared.injector.is_empty() || shared.has_waiting();
            if is_needed && shared.idle.is_abandoned() && !shared.is_closing() {
                self.quiet = 0;
                self.start(substitute);
            }
        }
        for thread in self.substitutes {
            // It has contained all panics that come from tasks.
            let _ = thread.join();
        }
    }

    /// If the system refuses a thread, it is asked again at the next look.
    fn start(&mut self, substitute: fn(&Arc<Shared>)) {
        self.substitutes.retain(|thread| !thread.is_finished());
        let shared = Arc::clone(self.shared);
        let thread = self.shared.options.thread().spawn(move || substitute(&shared));
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
        is_rescued |= self.look_at_reactor(is_stuck);
        self.quiet = if is_rescued { 0 } else { self.quiet.saturating_add(1) };
    }
}

impl Monitor<'_> {
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

/// Has another core look at what waits for this one. True if one was there to be woken.
fn rescue(shared: &Shared, core: &Core) -> bool {
    if shared.idle.parked() == 0 || shared.idle.is_parked(core.index()) {
        return false;
    }
    if let Some(task) = core.take_slot() {
        shared.inject(task, Wakeup::Woken);
    }
    shared.wake_one();
    true
}
