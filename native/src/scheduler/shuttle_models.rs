//! Models of the queues and of sleeping and waking together, which are too large for loom: shuttle draws schedules of them.
//!
//! What loom checks of each protocol alone, with two or three threads and a few operations, is in the files beside this one.
//! Shuttle runs those as well.

use std::iter;
use std::ops::Range;

use shuttle::rand::{Rng, thread_rng};

use super::idle::Idle;
use super::injector::Injector;
use super::injector::item::{Item, Items};
use super::parker::{Parker, Sleep};
use super::ring::Ring;
use crate::sync::{Arc, AtomicBool, Condvar, Mutex, Ordering, lock, model, thread};
use crate::sys::Futex;

/// What the threads of a runtime share, and items in the place of tasks. What the threads do with it is what `Worker` does.
struct Runtime {
    idle: Idle,
    injector: Injector<Item>,
    rings: Vec<Ring<Item>>,
    items: Items,
    /// How many items come from elsewhere. Each of them makes [`CHILDREN`] of those that follow.
    roots: usize,
    /// Whether a thread has the right to poll the reactor.
    is_attended: AtomicBool,
    /// Stands for the reactor: not zero once it was kicked.
    kicks: Futex,
    /// How many items have not had their turn, and who waits for that.
    left: Mutex<usize>,
    ends: Condvar,
    /// Whether workers block in place.
    blocks: bool,
    is_closing: AtomicBool,
    /// The workers that the monitor has started.
    started: Mutex<Vec<thread::JoinHandle<()>>>,
}

/// More than there is room for in a ring, which then overflows.
const CHILDREN: usize = 5;

/// The item whose turn takes until all others had theirs: they are not to wait for the thread that turns to this one.
const LONG: usize = 0;

type Shared = Arc<Runtime>;

/// A thread with a core.
struct Worker<'a> {
    runtime: &'a Shared,
    core: usize,
    parker: &'a Arc<Parker>,
    is_searching: bool,
}

impl Runtime {
    fn new(cores: usize, roots: usize, blocks: bool) -> Shared {
        let items = roots * (1 + CHILDREN);
        Arc::new(Self {
            idle: Idle::new(cores, false),
            injector: Injector::new(),
            rings: (0..cores).map(|_| Ring::new()).collect(),
            items: Items::new(items),
            roots,
            is_attended: AtomicBool::new(false),
            kicks: Futex::new(0),
            left: Mutex::new(items),
            ends: Condvar::new(),
            blocks,
            is_closing: AtomicBool::new(false),
            started: Mutex::new(Vec::new()),
        })
    }

    fn kick_if(&self, is_in_reactor: bool) {
        if is_in_reactor {
            self.kicks.word.store(1, Ordering::Release);
            self.kicks.wake();
        }
    }

    /// What a thread without a core does with a task.
    fn inject(&self, item: usize) {
        assert!(self.injector.push(self.items.fill(item)).is_ok(), "it is open");
        self.kick_if(self.idle.notify());
    }

    fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    /// Waits until each item had its turn, and ends the runtime.
    fn finish(&self) {
        self.wait_until_left(0);
        self.is_closing.store(true, Ordering::Relaxed);
        let (_, is_in_reactor) = self.idle.close();
        self.kick_if(is_in_reactor);
    }

    fn wait_until_left(&self, most: usize) {
        let mut left = lock(&self.left);
        while *left > most {
            left = self.ends.wait(left).expect("no panic");
        }
    }

    fn assert_done(&self) {
        assert_eq!(self.items.count_taken(), self.roots * (1 + CHILDREN));
        assert!(self.injector.is_empty() && self.rings.iter().all(Ring::is_empty));
    }

    /// What the monitor does for vacant cores, but for its pauses.
    fn monitor(self: &Arc<Self>) {
        while !self.is_closing() {
            if self.idle.is_vacancy_alone() {
                self.fill_vacancy();
            }
            self.idle.sleep_while_all_are_parked(self.rings.len(), || false);
            thread::yield_now();
        }
    }

    fn fill_vacancy(self: &Arc<Self>) {
        if let Some(kick) = self.idle.call_waiting() {
            self.kick_if(kick);
        } else if let Some(core) = self.idle.claim(None) {
            let worker = start(self, move |runtime| work(runtime, core));
            lock(&self.started).push(worker);
        }
    }
}

fn start(runtime: &Shared, act: impl FnOnce(&Shared) + Send + 'static) -> thread::JoinHandle<()> {
    let runtime = Arc::clone(runtime);
    thread::spawn(move || act(&runtime))
}

/// What a worker does that begins with this core.
fn work(runtime: &Shared, core: usize) {
    let parker = Arc::new(Parker::new());
    let mut core = Some(core);
    while let Some(held) = core.take().or_else(|| wait_for_core(runtime, &parker)) {
        let mut worker = Worker { runtime, core: held, parker: &parker, is_searching: false };
        if !worker.run() {
            return;
        }
    }
}

/// What a worker does that has lost its core. `None` once the runtime ends.
fn wait_for_core(runtime: &Runtime, parker: &Arc<Parker>) -> Option<usize> {
    loop {
        let core = runtime.idle.claim(Some(parker));
        if core.is_some() || runtime.is_closing() {
            return core;
        }
        if parker.announce(Sleep::OnWord) {
            parker.sleep();
        }
        parker.wake_up();
    }
}

impl Worker<'_> {
    /// Until the runtime ends; true if the core was lost before.
    fn run(&mut self) -> bool {
        while !self.runtime.is_closing() {
            match self.pop().or_else(|| self.take_injected()).or_else(|| self.search()) {
                Some(item) => {
                    self.stop_searching();
                    if !self.turn_to(item) {
                        return true;
                    }
                }
                None => self.park(),
            }
        }
        false
    }

    fn ring(&self) -> &Ring<Item> {
        &self.runtime.rings[self.core]
    }

    fn pop(&self) -> Option<usize> {
        // SAFETY: the thread holds the core, and with it the ring.
        let item = unsafe { self.ring().pop() };
        item.map(|item| self.runtime.items.take(item))
    }

    fn take_injected(&self) -> Option<usize> {
        // SAFETY: as above.
        let item =
            unsafe { self.runtime.injector.pop_batch(self.runtime.rings.len(), self.ring()) };
        item.map(|item| self.runtime.items.take(item))
    }

    fn search(&mut self) -> Option<usize> {
        let cores = self.runtime.rings.len();
        if cores - self.runtime.idle.parked().min(cores) < 2 {
            return None;
        }
        if !self.is_searching && !self.runtime.idle.start_searching(cores) {
            return None;
        }
        self.is_searching = true;
        let first = thread_rng().gen_range(0..cores);
        let others = (0..cores).map(|n| (first + n) % cores).filter(|other| *other != self.core);
        let steal = |other: usize| {
            // SAFETY: as above.
            unsafe { self.runtime.rings[other].steal_into(self.ring()) }
        };
        let item = { others }.find_map(steal).map(|item| self.runtime.items.take(item));
        item.or_else(|| self.take_injected())
    }

    fn stop_searching(&mut self) {
        if !std::mem::take(&mut self.is_searching) {
            return;
        }
        let was_last = self.runtime.idle.stop_searching();
        let is_more = !self.ring().is_empty() || !self.runtime.injector.is_empty();
        if was_last && is_more {
            self.runtime.kick_if(self.runtime.idle.notify());
        }
    }

    /// An item has its turn. False if the thread has lost its core meanwhile.
    fn turn_to(&self, item: usize) -> bool {
        let Runtime { roots, items, left, ends, idle, blocks, .. } = &**self.runtime;
        if item < *roots {
            let first = roots + item * CHILDREN;
            (first..first + CHILDREN).for_each(|child| self.push(items.fill(child)));
            self.runtime.kick_if(idle.notify_relaxed());
        }
        let has_core = match item {
            LONG if *blocks => self.block_in_place(|| self.runtime.wait_until_left(1)),
            LONG => {
                self.give_all_away();
                self.runtime.wait_until_left(1);
                true
            }
            _ => !blocks || !thread_rng().gen_ratio(1, 3) || self.block_in_place(thread::yield_now),
        };
        *lock(left) -= 1;
        ends.notify_all();
        has_core
    }

    fn push(&self, item: std::ptr::NonNull<Item>) {
        // SAFETY: the thread holds the core, and with it the ring.
        if let Err(item) = unsafe { self.ring().push(item) } {
            // SAFETY: as above.
            let half = unsafe { self.ring().pop_half() };
            assert!(self.runtime.injector.push_many(half).is_ok(), "it is open");
            self.push(item);
        }
    }

    fn park(&mut self) {
        let Runtime { idle, injector, is_attended, kicks, .. } = &**self.runtime;
        let attends = !is_attended.swap(true, Ordering::Acquire);
        let sleep = if attends { Sleep::InReactor } else { Sleep::OnWord };
        if self.parker.announce(sleep) {
            idle.park(self.core, self.parker, sleep, std::mem::take(&mut self.is_searching));
            let is_idle = injector.is_empty() && !self.runtime.is_closing();
            if is_idle && attends {
                // Now and then there is an event.
                while kicks.word.swap(0, Ordering::Acquire) == 0 && !thread_rng().gen_ratio(1, 4) {
                    kicks.wait(0, None);
                }
            } else if is_idle {
                self.parker.sleep();
            }
            self.parker.wake_up();
            self.is_searching = idle.wake_up(self.core, sleep);
        }
        if attends {
            is_attended.store(false, Ordering::Release);
        }
    }

    /// What is queued on the core is for all.
    fn give_all_away(&self) {
        // SAFETY: the thread holds the core, and with it the ring.
        let all: Vec<_> = iter::from_fn(|| unsafe { self.ring().pop() }).collect();
        if !all.is_empty() {
            assert!(self.runtime.injector.push_many(all).is_ok(), "it is open");
            self.runtime.kick_if(self.runtime.idle.notify());
        }
    }

    /// Leaves the core for a while. False if another thread has it then.
    fn block_in_place(&self, block: impl FnOnce()) -> bool {
        let Runtime { idle, is_attended, .. } = &**self.runtime;
        self.give_all_away();
        if !idle.vacate(self.core) {
            return true;
        }
        if !is_attended.load(Ordering::Acquire) {
            self.runtime.kick_if(idle.wake_one());
        }
        block();
        idle.reclaim(self.core)
    }
}

/// Starts so many threads that inject, each the same number of items.
fn inject_from(runtime: &Shared, threads: usize) -> Vec<thread::JoinHandle<()>> {
    let each = runtime.roots / threads;
    let act = |n: usize| {
        start(runtime, move |runtime| {
            (n * each..(n + 1) * each).for_each(|item| runtime.inject(item))
        })
    };
    (0..threads).map(act).collect()
}

fn join(threads: impl IntoIterator<Item = thread::JoinHandle<()>>) {
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
}

fn start_workers(runtime: &Shared) -> Vec<thread::JoinHandle<()>> {
    let worker = |core| start(runtime, move |runtime| work(runtime, core));
    (0..runtime.rings.len()).map(worker).collect()
}

#[test]
fn whatever_is_injected_and_spawned_has_its_turn() {
    model(|| {
        let runtime = Runtime::new(4, 6, false);
        let workers = start_workers(&runtime);
        join(inject_from(&runtime, 3));
        runtime.finish();
        join(workers);
        runtime.assert_done();
    });
}

#[test]
fn whatever_is_injected_has_its_turn_where_workers_block_in_place() {
    for cores in [1, 2] {
        model(move || {
            let runtime = Runtime::new(cores, 4, true);
            let workers = start_workers(&runtime);
            let monitor = start(&runtime, Runtime::monitor);
            join(inject_from(&runtime, 2));
            runtime.finish();
            join(workers.into_iter().chain([monitor]));
            let started = std::mem::take(&mut *lock(&runtime.started));
            join(started);
            runtime.assert_done();
        });
    }
}

/// What a thread takes out of a queue of its own.
fn drain(ring: &Ring<Item>, items: &Items) {
    // SAFETY: the ring is the caller's.
    let rest = iter::from_fn(|| unsafe { ring.pop() });
    rest.for_each(|item| {
        items.take(item);
    });
}

#[test]
fn a_ring_gives_each_entry_once_whatever_its_holder_and_thieves_do() {
    const ENTRIES: usize = 24;

    model(|| {
        let shared = Arc::new((Ring::starting_at(u32::MAX as usize - 5), Items::new(ENTRIES)));
        let thieves = (0..3).map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (ring, items) = &*shared;
                for _ in 0..6 {
                    let own = Ring::new();
                    // SAFETY: this thread holds its own ring.
                    let first = unsafe { ring.steal_into(&own) };
                    first.into_iter().for_each(|item| {
                        items.take(item);
                    });
                    drain(&own, items);
                }
            })
        });
        let thieves: Vec<_> = thieves.collect();
        let (ring, items) = &*shared;
        let floor = ring.bottom();
        for entry in 0..ENTRIES {
            let item = items.fill(entry);
            // SAFETY: this thread holds the ring.
            while let Err(_full) = unsafe { ring.push(item) } {
                // SAFETY: as above.
                let half = unsafe { ring.pop_half() };
                half.into_iter().for_each(|item| {
                    items.take(item);
                });
            }
            let taken = match thread_rng().gen_range(0..4) {
                // SAFETY: as above.
                0 => unsafe { ring.pop() },
                // SAFETY: as above.
                1 => unsafe { ring.pop_newest(floor) },
                _ => None,
            };
            taken.into_iter().for_each(|item| {
                items.take(item);
            });
        }
        join(thieves);
        drain(ring, items);
        assert_eq!(items.count_taken(), ENTRIES);
    });
}

#[test]
fn what_an_injector_has_accepted_is_taken_once_also_when_it_is_closed() {
    /// For each of the threads that push.
    const ENTRIES: usize = 5;

    model(|| {
        let shared = Arc::new((Injector::new(), Items::new(3 * ENTRIES)));
        let pushers = (0..3).map(|n| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || push_some(&shared.0, &shared.1, n * ENTRIES..(n + 1) * ENTRIES))
        });
        let takers = (0..2).map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || (0..6).for_each(|share| take_some(&shared.0, &shared.1, share)))
        });
        let (pushers, takers): (Vec<_>, Vec<_>) = (pushers.collect(), takers.collect());
        let (injector, items) = &*shared;
        take_some(injector, items, 2);
        injector.close();
        join(takers);
        // Not after those who push: what they could push is there already.
        take_some(injector, items, 0);
        let taken = items.count_taken();
        let pushed: usize =
            { pushers }.into_iter().map(|pusher| pusher.join().expect("no panic")).sum();
        assert_eq!(taken, pushed);
        assert!(injector.is_empty());
    });
}

/// Pushes one entry or several at once, and returns how many were accepted.
fn push_some(injector: &Injector<Item>, items: &Items, mut entries: Range<usize>) -> usize {
    let mut accepted = 0;
    while !entries.is_empty() {
        let count = thread_rng().gen_range(1..=2).min(entries.len());
        let mut some: Vec<_> =
            entries.by_ref().take(count).map(|entry| items.fill(entry)).collect();
        let is_pushed = match (some.pop(), some.is_empty()) {
            (Some(one), true) => injector.push(one).is_ok(),
            (last, _) => {
                some.extend(last);
                injector.push_many(some).is_ok()
            }
        };
        accepted += if is_pushed { count } else { 0 };
    }
    accepted
}

/// Takes one of `share` parts, or without parts all that there is.
fn take_some(injector: &Injector<Item>, items: &Items, share: usize) {
    let ring = Ring::new();
    loop {
        // SAFETY: nobody else knows the ring.
        let first = unsafe { injector.pop_batch(share, &ring) };
        let is_over = share > 0 || first.is_none();
        first.into_iter().for_each(|item| {
            items.take(item);
        });
        drain(&ring, items);
        if is_over {
            return;
        }
    }
}
