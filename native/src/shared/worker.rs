//! What a thread does with a core: it polls tasks, looks for more, and sleeps.

use std::ptr;
use std::time::{Duration, Instant};

use anyrt_core::{ThreadHook, ThreadHooks, coop};

use super::{Context, Shared};
use crate::scheduler::{Call, Core, FRESH, Parker, Sleep, WORTH_SHARING};
use crate::sync::{Arc, Ordering};
use crate::task::{TaskRef, Wakeup};

/// After how many turns the injector gets its own, whatever is queued on the core.
const INJECTOR_INTERVAL: u32 = 16;

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

/// How many tasks get their turn before a `block_on` whose future is ready to be polled, at most.
const ROOT_PATIENCE: usize = 64;

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
        // The tasks that are queued when this begins get their turn: a future that wakes itself waits for them.
        let turns_of_others = || self.core.queued().clamp(1, ROOT_PATIENCE);
        let mut turns = turns_of_others();
        loop {
            if self.shared.is_closing() {
                return true;
            }
            let is_called = &is_called;
            let task = if !is_called() {
                self.next().or_else(|| self.search(is_called))
            } else if turns > 0 {
                let queued = self.core.queued();
                let task = self.next();
                // The turn of those that are queued for all is none of these.
                turns -= usize::from(task.is_none() || self.core.queued() < queued);
                task.or_else(|| self.shared.take_injected(self.core))
            } else {
                break;
            };
            match task {
                Some(task) if self.poll(task) => {}
                Some(_) => return false,
                None if is_called() => break,
                None => {
                    self.rest(is_called);
                    // What has waited longest comes first, if one event has woken that and tasks.
                    turns = if is_called() { 0 } else { turns_of_others() };
                }
            }
        }
        // The rest may take long: others are not to rely on this thread.
        self.stop_searching();
        false
    }

    /// Polls a task, and those that are handed over from one to the next. False if the thread has left its
    /// core meanwhile.
    #[inline]
    fn poll(&self, first: TaskRef) -> bool {
        self.stop_searching();
        let is_measured = self.core.local.to_measure.get() > 0;
        let mut next = if is_measured { self.measure(first) } else { first.run_for_next() };
        while let Some(task) = next {
            if !self.has_core() {
                task.schedule(Wakeup::Woken);
                break;
            }
            // Without workers in the order in which they were queued (S23).
            let is_first = self.shared.has_workers() || self.core.queued() == 0;
            if !(self.core.may_hand_over() && is_first) {
                self.shared.push(self.core, task, Wakeup::Joined);
                break;
            }
            self.tick();
            next = task.run_for_next();
        }
        self.has_core()
    }

    /// Polls a task, which tells how much the backlog is worth. What is next comes to its turn here, and is not for others; nor is what
    /// is in the slot.
    #[cold]
    fn measure(&self, task: TaskRef) -> Option<TaskRef> {
        let begin = Instant::now();
        let next = task.run_for_next();
        if self.has_core() {
            self.core.note_poll(begin.elapsed());
            let others = (self.core.queued() + usize::from(next.is_some())).saturating_sub(1);
            let others = others.min(self.core.backlog());
            if self.core.is_worth_sharing(others, || self.shared.idle.patience()) {
                self.shared.notify_relaxed();
            }
        }
        next
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
        let events = self.core.keep(|| {
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
fn adapt(halvings: u32, elapsed: Duration) -> u32 {
    if elapsed > LONGEST_INTERVAL {
        (halvings + 1).min(UPKEEP_INTERVAL.ilog2())
    } else {
        halvings.saturating_sub(u32::from(elapsed < LONGEST_INTERVAL / 4))
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
    pub(crate) fn push(&self, core: &Core, task: TaskRef, wakeup: Wakeup) {
        let grown = if self.has_workers() {
            core.push_next(task, wakeup, &self.injector)
        } else {
            // In order (S23).
            Some(core.push_last(task, &self.injector))
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
        core.keep(|| self.timers.fire_between_tasks(core.index));
        if self.driver.has_sources() {
            self.keep_up_with_reactor(core);
        } else {
            self.clear_reactor_waits();
            core.local.halvings.set(0);
        }
        let next = (UPKEEP_INTERVAL >> core.local.halvings.get()).min(UPKEEP_INTERVAL - since);
        core.local.upkeep_at.set(core.ticks().wrapping_add(next));
    }

    /// The same where sources wait, which a core looks at by the time.
    fn keep_up_with_reactor(&self, core: &Core) {
        let now = Instant::now();
        if let Some(last) = core.local.kept_up.replace(Some(now)) {
            core.local.halvings.set(adapt(core.local.halvings.get(), now.duration_since(last)));
        }
        let seen = core.local.reactor_seen.get().unwrap_or(now);
        let is_due = now.duration_since(seen) >= REACTOR_INTERVAL;
        core.local.reactor_seen.set(Some(if is_due { now } else { seen }));
        if is_due {
            self.clear_reactor_waits();
            core.keep(|| self.look_into_reactor());
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
mod tests {
    use std::sync::{Arc, Mutex};

    use anyrt_core::{BlockOn, Launch, Spawn};
    use futures::channel::oneshot;
    use futures::future::join_all;

    use super::{LONGEST_INTERVAL, UPKEEP_INTERVAL, adapt};
    use crate::Builder;

    /// As when a server is told of many requests at once, and each of them awaits a task of its own.
    #[test]
    fn tasks_that_are_woken_together_have_their_turns_in_order_while_each_awaits_a_child() {
        const TASKS: usize = 200;

        let runtime = Builder::new().worker_threads(1).build().unwrap();
        let handle = runtime.handle().clone();
        let order = Arc::new(Mutex::new(Vec::new()));
        let (all, tasks): (Vec<_>, Vec<_>) = (0..TASKS)
            .map(|number| {
                let (wake, woken) = oneshot::channel();
                let (order, inside) = (Arc::clone(&order), handle.clone());
                let task = handle.spawn(async move {
                    woken.await.unwrap();
                    inside.spawn(async {}).await.unwrap();
                    order.lock().unwrap().push(number);
                });
                (wake, task)
            })
            .unzip();
        handle.block_on(async {
            // By then all of them wait.
            handle.spawn(anyrt_core::yield_now()).await.unwrap();
            let wakes =
                handle.spawn(async { all.into_iter().for_each(|wake| wake.send(()).unwrap()) });
            wakes.await.unwrap();
            join_all(tasks).await;
        });
        let order = order.lock().unwrap();
        let late = |(turn, number): (usize, &usize)| turn.saturating_sub(*number);
        // The last one, which is in the slot, and those that are handed over go first.
        let latest = order.iter().enumerate().map(late).max().unwrap();
        assert!(order.len() == TASKS && latest <= 8, "late by {latest} turns: {order:?}");
    }

    /// Both wake themselves all the time.
    #[test]
    fn the_future_of_block_on_has_every_second_turn_beside_one_task() {
        let runtime = Builder::new().current_thread().build().unwrap();
        let handle = runtime.handle();
        let turns = Arc::new(Mutex::new(Vec::new()));
        let take = |who| {
            let turns = Arc::clone(&turns);
            async move {
                for _ in 0..20 {
                    turns.lock().unwrap().push(who);
                    anyrt_core::yield_now().await;
                }
            }
        };
        let task = handle.spawn(take("task"));
        let others = handle.block_on(async {
            // The first turn takes the task out of the queue for all. What comes there later has a turn of its own.
            anyrt_core::yield_now().await;
            let spawn = || (0..10).map(|_| handle.spawn(async {})).collect::<Vec<_>>();
            let others = std::thread::scope(|scope| scope.spawn(spawn).join().unwrap());
            take("future").await;
            others
        });
        let turns = turns.lock().unwrap().clone();
        assert!(turns.windows(2).all(|pair| pair[0] != pair[1]), "{turns:?}");
        handle.block_on(join_all(others.into_iter().chain([task])));
    }

    #[test]
    fn where_polls_are_long_timers_and_sockets_are_looked_at_after_fewer() {
        let after_many = |poll: std::time::Duration| {
            let interval = |halvings| UPKEEP_INTERVAL >> halvings;
            let halvings =
                (0..10).fold(0, |halvings, _| adapt(halvings, poll * interval(halvings)));
            (interval(halvings), poll * interval(halvings))
        };
        assert_eq!(after_many(LONGEST_INTERVAL / 1000).0, UPKEEP_INTERVAL);
        for parts in [10, 20, 50, 100] {
            let (polls, time) = after_many(LONGEST_INTERVAL / parts);
            assert!(time <= LONGEST_INTERVAL && polls >= parts / 4, "{polls} polls, {time:?}");
        }
        assert_eq!(after_many(LONGEST_INTERVAL * 10).0, 1);
        // And back, when they are short.
        assert_eq!((0..10).fold(5, |halvings, _| adapt(halvings, LONGEST_INTERVAL / 1000)), 0);
    }

    #[test]
    fn no_rhythm_of_tasks_hides_a_backlog_from_the_upkeep() {
        for period in 1..UPKEEP_INTERVAL {
            let looked_at = |turn| (0..period).any(|look| look * UPKEEP_INTERVAL % period == turn);
            assert!((0..period).all(looked_at), "of {period} turns some are never looked at");
        }
    }
}
