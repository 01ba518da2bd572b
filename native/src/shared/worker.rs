//! What a thread does with a core: it polls tasks, looks for more, and sleeps.

use std::ptr;
use std::time::{Duration, Instant};

use anyrt_core::{ThreadHook, ThreadHooks, coop};

use super::{Context, Shared};
use crate::scheduler::{Call, Core, FRESH, Parker, Sleep, WORTH_SHARING};
use crate::sync::{Arc, Ordering};
use crate::task::{TaskRef, Wakeup};

/// After how many turns the injector gets its own, whatever is queued on the core.
pub(crate) const INJECTOR_INTERVAL: u32 = 16;

/// After how many tasks timers, sockets and the backlog are looked at. A prime, so that tasks that come back in some order
/// again and again are looked at in each state of that, and not always while none of them waits.
const UPKEEP_INTERVAL: u32 = 61;

/// So long a core that is busy leaves timers and sockets alone at most while sources wait, unless one poll takes longer: where
/// polls are long, they are looked at after fewer of them.
const LONGEST_INTERVAL: Duration = Duration::from_micros(200);

/// How long a core that is busy leaves the reactor alone, at least.
const REACTOR_INTERVAL: Duration = Duration::from_micros(50);

/// How often the queues of others are looked at before a core is parked.
const SEARCH_ROUNDS: usize = 4;

/// How many tasks a backlog grows by until another core is woken for it.
const BACKLOG_STEP: usize = 16;

/// A thread that has turned to so many tasks before it sleeps again was worth waking, as one that was busy for [`WORTH_SHARING`].
const WORTH_WAKING: u32 = 64;

/// More events than this at once are worth a second core.
const MANY_EVENTS: usize = 4;

/// How many tasks of the ring get their turn before a `block_on` whose future is ready to be polled, at most.
const ROOT_PATIENCE: u32 = 64;

/// A thread with a core.
pub(crate) struct Worker<'w, 'a> {
    context: &'w Context<'a>,
    shared: &'a Shared,
    core: &'a Core,
    parker: &'a Arc<Parker>,
}

impl<'w, 'a> Worker<'w, 'a> {
    pub(crate) fn new(context: &'w Context<'a>, core: &'a Core) -> Self {
        Self { context, shared: context.shared, core, parker: context.parker }
    }

    /// Polls tasks until `is_called`, or until the thread has left its core to block in place, which another one may have
    /// taken. True if the runtime ends: then the thread still has the core.
    pub(crate) fn run(&self, is_called: impl Fn() -> bool) -> bool {
        // Wakers that are called between two polls must not block this thread either.
        let _polling = coop::enter_poll();
        let is_called = &is_called;
        let mut until = self.others_until();
        loop {
            if self.shared.is_closing() {
                return true;
            }
            // Any other distance is that of a ring which has passed it, or was another thread's for long.
            let have_turns =
                || !(1..=ROOT_PATIENCE).contains(&until.wrapping_sub(self.core.oldest()));
            if is_called() && have_turns() {
                break;
            }
            let task = self.next();
            if task.is_none() {
                until = self.core.oldest();
            }
            let task = task.or_else(|| match is_called() {
                true => self.shared.take_injected(self.core),
                false => self.search(is_called),
            });
            match task {
                Some(task) if self.poll(task, is_called) => {}
                Some(_) => return false,
                None if is_called() => break,
                None => {
                    self.rest(is_called);
                    // What has waited longest comes first, if one event has woken that and tasks.
                    until = if is_called() { self.core.oldest() } else { self.others_until() };
                }
            }
        }
        // The rest may take long: others are not to rely on this thread.
        self.stop_searching();
        false
    }

    /// Where the ring begins once those that are in it had their turn: a future of `block_on` that wakes itself waits for that, or for one
    /// that comes from elsewhere.
    fn others_until(&self) -> u32 {
        let turns = u32::try_from(self.core.backlog()).unwrap_or(u32::MAX);
        self.core.oldest().wrapping_add(turns.clamp(1, ROOT_PATIENCE))
    }

    /// Polls a task, and those that are handed over from one to the next. False if the thread has left its
    /// core meanwhile.
    #[inline]
    fn poll(&self, mut task: TaskRef, is_called: &impl Fn() -> bool) -> bool {
        self.stop_searching();
        loop {
            let begin = (self.core.local.to_measure.get() > 0).then(Instant::now);
            let next = task.run_for_next();
            if !self.has_core() {
                next.into_iter().for_each(|next| next.schedule(Wakeup::Woken));
                return false;
            }
            let took = begin.map(|begin| begin.elapsed());
            let handed_over = next.and_then(|next| {
                let why = if next == task { Wakeup::Yielded } else { Wakeup::Joined };
                if self.is_handed_over(why, is_called) {
                    return Some(next);
                }
                self.shared.queue(self.core, next, why);
                None
            });
            if let Some(took) = took {
                self.share(took, handed_over.is_some());
            }
            let Some(next) = handed_over else { return true };
            self.tick();
            task = next;
        }
    }

    /// Whether what follows from a poll is polled next, without a way through the queues.
    #[inline]
    fn is_handed_over(&self, why: Wakeup, is_called: &impl Fn() -> bool) -> bool {
        let is_alone = || self.core.queued() == 0;
        if why == Wakeup::Yielded {
            // It is behind all others where there are none.
            return is_alone() && !is_called() && self.core.is_another_turn(INJECTOR_INTERVAL);
        }
        // Without workers in the order in which they were queued (S23).
        self.core.may_hand_over() && (self.shared.has_workers() || is_alone())
    }

    /// After a poll that took so long: wakes another core if the backlog is worth it. What is next comes to its turn here, and is not for
    /// others; nor is what is in the slot.
    #[cold]
    fn share(&self, took: Duration, is_next_handed_over: bool) {
        self.core.note_poll(took);
        let others = self.core.queued() + usize::from(is_next_handed_over);
        let others = others.saturating_sub(1).min(self.core.backlog());
        if self.core.is_worth_sharing(others, || self.shared.idle.patience()) {
            self.shared.notify_relaxed();
        }
    }

    fn has_core(&self) -> bool {
        self.context.core.get().is_some_and(|core| ptr::eq(core, self.core))
    }

    /// Counts a turn, and keeps up with timers and sockets now and then.
    #[inline]
    fn tick(&self) {
        let is_due = self.core.tick() == self.core.local.upkeep_at.get();
        if is_due || self.shared.reactor_waits.load(Ordering::Relaxed) {
            self.shared.keep_up(self.core);
        }
    }

    /// The next task, of the core's own or of those for all.
    #[inline]
    fn next(&self) -> Option<TaskRef> {
        self.tick();
        if self.core.is_turn_of_all(INJECTOR_INTERVAL) {
            if let Some(task) = self.shared.take_injected(self.core) {
                return Some(task);
            }
        }
        self.core.pop()
    }

    /// Looks for tasks that others have queued.
    #[cold]
    fn search(&self, is_called: &impl Fn() -> bool) -> Option<TaskRef> {
        if let Some(task) = self.take_injected() {
            return Some(task);
        }
        let cores = self.shared.cores.len();
        let is_searching = &self.core.local.is_searching;
        // With no other core awake there is nothing to take.
        if cores - self.shared.idle.parked().min(cores) < 2 {
            return None;
        }
        if !is_searching.get() && !self.shared.idle.start_searching(cores) {
            return None;
        }
        is_searching.set(true);
        for _ in 0..SEARCH_ROUNDS {
            let task = self.steal().or_else(|| self.take_injected());
            if task.is_some() || is_called() {
                return task;
            }
            std::hint::spin_loop();
        }
        None
    }

    fn take_injected(&self) -> Option<TaskRef> {
        let task = self.shared.take_injected(self.core)?;
        self.core.local.call.set(Call::None);
        Some(task)
    }

    fn steal(&self) -> Option<TaskRef> {
        let cores = &self.shared.cores;
        let first = self.core.random(cores.len());
        let others = (0..cores.len()).map(|n| &cores[(first + n) % cores.len()]);
        let mut others = others.filter(|other| other.index != self.core.index);
        let task = others.find_map(|other| self.core.steal_from(other))?;
        let call = &self.core.local.call;
        if let Call::Open = call.get() {
            call.set(Call::Answered(self.core.ticks(), Instant::now()));
        }
        Some(task)
    }

    /// If this thread is counted as one that searches, it does not any more.
    #[inline]
    fn stop_searching(&self) {
        if self.core.local.is_searching.get() {
            self.pass_search_on();
        }
    }

    #[cold]
    fn pass_search_on(&self) {
        self.core.local.is_searching.set(false);
        let was_last = self.shared.idle.stop_searching();
        let is_more = self.core.backlog() > 0 || !self.shared.injector.is_empty();
        if was_last && is_more {
            self.shared.notify();
        }
    }

    /// Sleeps until there is something to do, and has the user's hooks called before and afterwards.
    #[cold]
    fn rest(&self, is_called: &impl Fn() -> bool) {
        self.learn();
        let hooks = &self.shared.config.thread_hooks;
        // What a hook blocks in place for must not give this core away.
        let call = |hook: Option<&ThreadHook>| self.core.keep(|| ThreadHooks::call(hook));
        if hooks.on_park.is_some() {
            // Whatever the hook makes runnable, others are to be woken for it.
            self.stop_searching();
            call(hooks.on_park.as_ref());
        }
        // The hook may have spawned, and whatever is queued on a core that is parked waits.
        if self.core.queued() == 0 {
            self.park(is_called);
        }
        call(hooks.on_unpark.as_ref());
    }

    /// Before the thread sleeps again: whether it was worth it to wake it the last time.
    fn learn(&self) {
        match self.core.local.call.replace(Call::None) {
            Call::None => {}
            Call::Open => self.shared.idle.learn(false),
            Call::Answered(at, since) => {
                let are_many = self.core.ticks().wrapping_sub(at) >= WORTH_WAKING;
                self.shared.idle.learn(are_many || since.elapsed() >= WORTH_SHARING);
            }
        }
    }

    fn park(&self, is_called: &impl Fn() -> bool) {
        let mut poller = self.shared.driver.try_acquire();
        let sleep = if poller.is_some() { Sleep::InReactor } else { Sleep::OnWord };
        if !self.parker.announce(sleep) {
            return;
        }
        let was_searching = self.core.local.is_searching.replace(false);
        self.shared.idle.park(self.core.index, self.parker, sleep, was_searching);
        let is_idle = self.shared.injector.is_empty() && !self.shared.is_closing() && !is_called();
        match &mut poller {
            Some(poller) if is_idle && self.shared.timers.is_paused() => {
                self.shared.wait_paused(poller, || {
                    !self.parker.is_called() && self.shared.injector.is_empty() && !is_called()
                });
            }
            Some(poller) if is_idle => {
                let timeout = self.shared.timers.begin_sleep();
                poller.wait(timeout);
                self.shared.timers.end_sleep();
            }
            None if is_idle => self.parker.sleep(),
            _ => {}
        }
        self.parker.wake_up();
        self.shared.measure_next(self.core, FRESH);
        let was_called = self.shared.idle.wake_up(self.core.index, sleep);
        self.core.local.is_searching.set(was_called);
        self.core.local.call.set(if was_called { Call::Open } else { Call::None });
        self.core.local.kept_up.set(None);
        let Some(mut poller) = poller else { return };
        let events = self.core.keep_for_events(|| {
            let events = poller.dispatch();
            drop(poller);
            self.shared.timers.fire();
            events
        });
        self.core.local.reactor_seen.set(None);
        if events > MANY_EVENTS {
            self.shared.notify_relaxed();
        }
    }
}

/// Leaves the core of this thread to others while `closure` runs, which may block.
pub(crate) fn without_core<R>(context: &Context<'_>, closure: impl FnOnce() -> R) -> R {
    let Some(core) = context.core.get().filter(|core| !core.is_kept()) else { return closure() };
    if context.shared.is_left_behind() {
        return closure();
    }
    context.core.set(None);
    if !context.shared.leave_core(core) {
        context.core.set(Some(core));
        return closure();
    }
    // Also if the closure panics.
    let _back = Back { context, core };
    closure()
}

/// Takes up the core of the thread again, if it is still vacant. Otherwise the thread goes on without a
/// core to the end of the poll, and waits for one then.
struct Back<'w, 'a> {
    context: &'w Context<'a>,
    core: &'a Core,
}

impl Drop for Back<'_, '_> {
    fn drop(&mut self) {
        let shared = self.context.shared;
        if !shared.is_left_behind() && shared.idle.reclaim(self.core.index) {
            self.context.core.set(Some(self.core));
        }
    }
}

/// How often [`UPKEEP_INTERVAL`] is halved until timers and sockets are looked at next, if it was so often and took so long this time.
/// They are as soon as all that were `queued` had a turn, but after no less than [`REACTOR_INTERVAL`] and no more than [`LONGEST_INTERVAL`].
fn adapt(halvings: u32, elapsed: Duration, queued: usize) -> u32 {
    let round = elapsed.saturating_mul(queued as u32) / (UPKEEP_INTERVAL >> halvings);
    let longest = round.clamp(REACTOR_INTERVAL, LONGEST_INTERVAL);
    if elapsed > longest {
        (halvings + 1).min(UPKEEP_INTERVAL.ilog2())
    } else {
        halvings.saturating_sub(u32::from(elapsed < longest / 4))
    }
}

impl Shared {
    /// The thread leaves its core to whichever thread wants it. False if the runtime ends: then the core
    /// stays with the thread.
    pub(crate) fn leave_core(&self, core: &Core) -> bool {
        let has_workers = self.has_workers();
        if has_workers && core.push_all_to(&self.injector) {
            self.notify();
        }
        if !self.idle.vacate(core.index) {
            return false;
        }
        if !has_workers {
            // A thread in `block_on` that waits goes on with the tasks.
            self.kick_if(self.idle.call_waiting() == Some(true));
        } else if !self.driver.is_attended() {
            // Other workers may all sleep on their words, for this thread was in the reactor. Whether
            // anything waits there does not matter: it may be registered while everybody sleeps.
            self.wake_one();
        }
        true
    }

    /// A task that any core may run; the core gets a share of the others.
    fn take_injected(&self, core: &Core) -> Option<TaskRef> {
        core.take_from(&self.injector, self.cores.len())
    }

    /// Queues a task on a core of which this thread is the holder.
    #[inline]
    pub(crate) fn queue(&self, core: &Core, task: TaskRef, wakeup: Wakeup) {
        if wakeup == Wakeup::Yielded {
            return core.push_behind(task, &self.injector);
        }
        let grown = if self.has_workers() {
            core.push_next(task, wakeup, &self.injector)
        } else {
            // In order (S23), but for what events wake.
            core.push_in_order(task, &self.injector)
        };
        // Not each time, for the patience and the word of the idle cores are in lines that others write to.
        let is_enough = |backlog: usize| {
            backlog % BACKLOG_STEP == 0
                || backlog.is_power_of_two()
                    && core.is_worth_sharing(backlog, || self.idle.patience())
        };
        if grown.is_some_and(is_enough) {
            self.notify_relaxed();
        }
    }

    /// So many of the next polls of the core are measured, unless there is no other core to share with.
    #[inline]
    fn measure_next(&self, core: &Core, polls: u32) {
        if self.cores.len() > 1 {
            core.local.to_measure.set(polls);
        }
    }

    /// Looks at timers, at the reactor, and at the age of the backlog, for a core that is busy.
    #[cold]
    pub(crate) fn keep_up(&self, core: &Core) {
        let since = core.ticks() % UPKEEP_INTERVAL;
        if since == 0 || self.reactor_waits.load(Ordering::Relaxed) {
            if core.is_aging() || core.is_to_share(self.idle.patience()) {
                self.notify_relaxed();
            }
            self.measure_next(core, 1);
        }
        core.keep_for_events(|| {
            self.timers.fire_between_tasks(core.index);
            if self.driver.has_sources() {
                self.keep_up_with_reactor(core);
            } else {
                self.clear_reactor_waits();
                core.local.halvings.set(0);
            }
        });
        let next = (UPKEEP_INTERVAL >> core.local.halvings.get()).min(UPKEEP_INTERVAL - since);
        core.local.upkeep_at.set(core.ticks().wrapping_add(next));
    }

    /// The same where sources wait, which a core looks at by the time.
    fn keep_up_with_reactor(&self, core: &Core) {
        let now = Instant::now();
        if let Some(last) = core.local.kept_up.replace(Some(now)) {
            let halvings = core.local.halvings.get();
            core.local.halvings.set(adapt(halvings, now.duration_since(last), core.queued()));
        }
        let seen = core.local.reactor_seen.get().unwrap_or(now);
        let is_due = now.duration_since(seen) >= REACTOR_INTERVAL;
        core.local.reactor_seen.set(Some(if is_due { now } else { seen }));
        if is_due {
            self.clear_reactor_waits();
            self.look_into_reactor();
        }
    }

    /// Sees to what has happened in the reactor, unless another thread attends it.
    pub(crate) fn look_into_reactor(&self) {
        if let Some(mut poller) = self.driver.try_acquire() {
            poller.wait(Some(Duration::ZERO));
        }
    }

    /// Wakes a core for work that any core may do, and that was made visible.
    pub(crate) fn notify(&self) {
        self.kick_if(self.idle.notify());
    }

    /// Wakes a core for work that this one would do as well, but later.
    #[inline]
    pub(crate) fn notify_relaxed(&self) {
        self.kick_if(self.idle.notify_relaxed());
    }

    /// Ends the wait of the thread in the reactor, if it is that one which was called.
    #[inline]
    pub(super) fn kick_if(&self, is_in_reactor: bool) {
        if is_in_reactor {
            self.driver.kick();
        }
    }

    /// Ends the tasks that are queued on a core that this thread has, and gives the core's memory back.
    pub(crate) fn retire(&self, core: &Core) {
        while let Some(task) = core.pop() {
            task.cancel();
        }
        self.release_references(core);
        let outside = self.blocks.flush(&core.local.cache);
        // SAFETY: that is what they have just said. The thread has a reference of its own.
        unsafe { self.release_blocks(outside) };
    }
}

#[cfg(test)]
mod tests;
