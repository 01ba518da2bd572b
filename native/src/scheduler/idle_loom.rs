//! What loom explores of sleeping and waking: `README.md` says which model checks which claim.
//!
//! A wake-up that is lost is a thread that sleeps for ever, which loom reports as a deadlock.

use std::mem;

use super::idle::Idle;
use super::parker::{Parker, Sleep};
use crate::sync::{Arc, AtomicBool, AtomicUsize, Condvar, Mutex, Ordering, lock, model, thread};

const ON_WORDS: &str = "in this model all sleep on their words";

/// Cores and what there is to do for them: a stand-in for the injector, as visible as that.
struct Runtime {
    idle: Idle,
    work: AtomicUsize,
    done: AtomicUsize,
    is_closing: AtomicBool,
    /// The number of threads that run each core: two at once would be a fault.
    holders: Vec<AtomicUsize>,
    /// The cores that were vacant at the end.
    left: AtomicUsize,
}

impl Runtime {
    /// Cores that are held by threads of the model.
    fn with_workers(cores: usize) -> Arc<Self> {
        Self::new(Idle::new(cores, false), cores)
    }

    /// The core of a current-thread runtime.
    fn current_thread() -> Arc<Self> {
        Self::new(Idle::new(1, true), 1)
    }

    fn new(idle: Idle, cores: usize) -> Arc<Self> {
        Arc::new(Self {
            idle,
            work: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            is_closing: AtomicBool::new(false),
            holders: (0..cores).map(|_| AtomicUsize::new(0)).collect(),
            left: AtomicUsize::new(0),
        })
    }

    fn inject(&self) {
        self.work.fetch_add(1, Ordering::Relaxed);
        assert!(!self.idle.notify(), "{ON_WORDS}");
    }

    fn take(&self) -> bool {
        let take = |work: usize| work.checked_sub(1);
        let is_taken = self.work.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        self.done.fetch_add(usize::from(is_taken), Ordering::Relaxed);
        is_taken
    }

    fn has_work(&self) -> bool {
        self.work.load(Ordering::Relaxed) > 0
    }

    fn close(&self) -> bool {
        self.is_closing.store(true, Ordering::Relaxed);
        let (vacant, is_in_reactor) = self.idle.close();
        self.left.fetch_add(vacant.len(), Ordering::Relaxed);
        is_in_reactor
    }

    /// Notes that a thread has the core from now on.
    fn hold(&self, core: usize) {
        assert_eq!(self.holders[core].fetch_add(1, Ordering::Relaxed), 0, "two have one core");
    }

    fn let_go(&self, core: usize) {
        self.holders[core].fetch_sub(1, Ordering::Relaxed);
    }

    /// What a thread does with a core until `is_over`.
    fn run(&self, core: usize, parker: &Arc<Parker>, is_over: impl Fn(&Self) -> bool) {
        self.hold(core);
        loop {
            while self.take() {}
            if is_over(self) {
                return self.let_go(core);
            }
            if !parker.announce(Sleep::OnWord) {
                continue;
            }
            self.let_go(core);
            self.idle.park(core, parker, Sleep::OnWord, false);
            if !self.has_work() && !is_over(self) {
                parker.sleep();
            }
            parker.wake_up();
            if self.idle.wake_up(core, Sleep::OnWord) {
                self.idle.stop_searching();
            }
            self.hold(core);
        }
    }

    /// What a worker does that has lost its core. `None` once the runtime ends.
    fn wait_for_core(&self, parker: &Arc<Parker>) -> Option<usize> {
        loop {
            if let Some(core) = self.idle.claim(Some(parker)) {
                return Some(core);
            }
            if is_closing(self) {
                return None;
            }
            parker.sleep_unless(|| false);
        }
    }

    /// What a thread in `block_on` of a current-thread runtime does whose future is ready when it has had
    /// the core once.
    fn visit(&self) {
        let parker = Arc::new(Parker::new());
        let Some(core) = self.wait_for_core(&parker) else { return };
        self.hold(core);
        self.take();
        self.let_go(core);
        self.leave(core);
    }

    fn leave(&self, core: usize) {
        if self.idle.vacate(core) {
            assert_ne!(self.idle.call_waiting(), Some(true), "{ON_WORDS}");
        } else {
            self.left.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What the monitor does: finds a thread for a vacant core. Returns the core if one is to be started for that.
    fn fill_vacancy(&self) -> Option<usize> {
        if !self.idle.is_vacancy_alone() {
            return None;
        }
        let called = self.idle.call_waiting();
        assert_ne!(called, Some(true), "{ON_WORDS}");
        if called.is_some() { None } else { self.idle.claim(None) }
    }

    fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }
}

fn is_closing(runtime: &Runtime) -> bool {
    runtime.is_closing.load(Ordering::Relaxed)
}

fn has_done(number: usize) -> impl Fn(&Runtime) -> bool {
    move |runtime| runtime.done() == number
}

/// Starts a thread that does something with the runtime.
fn start<R: Send + 'static>(
    runtime: &Arc<Runtime>,
    act: impl FnOnce(&Runtime) -> R + Send + 'static,
) -> thread::JoinHandle<R> {
    let runtime = Arc::clone(runtime);
    thread::spawn(move || act(&runtime))
}

/// Starts a worker, which has this core.
fn start_worker(
    runtime: &Arc<Runtime>,
    core: usize,
    is_over: impl Fn(&Runtime) -> bool + Send + 'static,
) -> thread::JoinHandle<()> {
    start(runtime, move |runtime| runtime.run(core, &Arc::new(Parker::new()), is_over))
}

#[test]
fn work_that_comes_while_a_core_parks_is_done() {
    model(|| {
        let runtime = Runtime::with_workers(1);
        let worker = start_worker(&runtime, 0, has_done(2));
        runtime.inject();
        runtime.inject();
        worker.join().unwrap();
    });
}

#[test]
fn a_searcher_that_stops_leaves_nobody_waiting() {
    model(|| {
        let runtime = Runtime::with_workers(2);
        let workers = [0, 1].map(|core| start_worker(&runtime, core, is_closing));
        runtime.inject();
        runtime.close();
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(runtime.done() + runtime.work.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn work_that_comes_while_a_search_ends_is_seen() {
    model(|| {
        let runtime = Runtime::with_workers(2);
        let worker = start_worker(&runtime, 1, has_done(1));
        assert!(runtime.idle.start_searching(2));
        let searcher = start(&runtime, end_search);
        runtime.inject();
        searcher.join().unwrap();
        worker.join().unwrap();
    });
}

/// Of two that search, who ends last is relied on.
#[test]
fn work_that_comes_while_two_searches_end_is_seen() {
    model(|| {
        let runtime = Runtime::with_workers(4);
        let worker = start_worker(&runtime, 3, has_done(1));
        assert!(runtime.idle.start_searching(4) && runtime.idle.start_searching(4));
        let searcher = start(&runtime, end_search);
        runtime.inject();
        end_search(&runtime);
        searcher.join().unwrap();
        worker.join().unwrap();
    });
}

/// Of two that notify, one may come for a thread that is awake meanwhile, and the other rely on that one.
#[test]
fn work_that_comes_while_a_core_is_called_that_wakes_by_itself_is_done() {
    model(|| {
        let runtime = Runtime::with_workers(1);
        let worker = start(&runtime, |runtime| {
            let parker = Arc::new(Parker::new());
            if parker.announce(Sleep::InReactor) {
                runtime.idle.park(0, &parker, Sleep::InReactor, false);
                // There is an event at once.
                parker.wake_up();
                if runtime.idle.wake_up(0, Sleep::InReactor) {
                    runtime.idle.stop_searching();
                }
            }
            runtime.run(0, &parker, has_done(2));
        });
        let inject = |runtime: &Runtime| {
            runtime.work.fetch_add(1, Ordering::Relaxed);
            // Whoever is in the reactor does not sleep there.
            let _ = runtime.idle.notify();
        };
        let other = start(&runtime, inject);
        inject(&runtime);
        other.join().unwrap();
        worker.join().unwrap();
    });
}

/// What a thread does that has found something else, and so does not take what comes.
fn end_search(runtime: &Runtime) {
    if runtime.idle.stop_searching() && runtime.has_work() {
        assert!(!runtime.idle.notify(), "{ON_WORDS}");
    }
}

#[test]
fn a_call_that_comes_late_ends_a_sleep_in_the_reactor() {
    model(|| {
        let runtime = Runtime::current_thread();
        // Stands for the reactor: whether it was kicked, under a lock, as loom does not follow the order of a swap and a store closely.
        let reactor = Arc::new((Mutex::new(false), Condvar::new()));
        let kick_if = {
            let reactor = Arc::clone(&reactor);
            move |is_in_reactor: bool| {
                if is_in_reactor {
                    let (is_kicked, kicks) = &*reactor;
                    *lock(is_kicked) = true;
                    kicks.notify_one();
                }
            }
        };
        // One has the core, the other waits for it.
        let parker = Arc::new(Parker::new());
        assert_eq!(runtime.idle.claim(None), Some(0));
        assert_eq!(runtime.idle.claim(Some(&parker)), None);
        let first = {
            let kick_if = kick_if.clone();
            start(&runtime, move |runtime| {
                assert!(runtime.idle.vacate(0));
                kick_if(runtime.idle.call_waiting() == Some(true));
            })
        };
        let second = start(&runtime, move |runtime| {
            // Its future was woken, and waits again.
            let core = runtime.idle.stop_waiting(&parker).or_else(|| runtime.idle.claim(None));
            let Some(core) = core else { return };
            while !is_closing(runtime) {
                if !parker.announce(Sleep::InReactor) {
                    continue;
                }
                runtime.idle.park(core, &parker, Sleep::InReactor, false);
                if !is_closing(runtime) {
                    let (is_kicked, kicks) = &*reactor;
                    let mut is_kicked = lock(is_kicked);
                    while !mem::take(&mut *is_kicked) {
                        is_kicked = kicks.wait(is_kicked).unwrap();
                    }
                }
                parker.wake_up();
                runtime.idle.wake_up(core, Sleep::InReactor);
            }
        });
        first.join().unwrap();
        kick_if(runtime.close());
        second.join().unwrap();
    });
}

#[test]
fn a_core_that_is_left_to_block_in_place_has_one_holder() {
    model(|| {
        let runtime = Runtime::with_workers(1);
        let worker = start(&runtime, |runtime| {
            let parker = Arc::new(Parker::new());
            let is_open = runtime.idle.vacate(0);
            // Twice, as in one poll.
            let is_back = !is_open || runtime.idle.reclaim(0);
            let core = if is_back { Some(0) } else { runtime.wait_for_core(&parker) };
            if let Some(core) = core {
                runtime.run(core, &parker, has_done(1));
            }
        });
        // The monitor, which starts another worker.
        let core = runtime.fill_vacancy();
        let other = core.map(|core| start_worker(&runtime, core, has_done(1)));
        let is_lost = other.is_some();
        runtime.inject();
        if let Some(other) = other {
            other.join().unwrap();
        }
        if is_lost {
            runtime.close();
        }
        worker.join().unwrap();
        assert_eq!(runtime.done(), 1);
    });
}

#[test]
fn a_worker_that_waits_for_a_core_is_given_one() {
    model(|| {
        let runtime = Runtime::with_workers(1);
        assert!(runtime.idle.vacate(0));
        runtime.work.fetch_add(1, Ordering::Relaxed);
        let worker = start(&runtime, |runtime| {
            let parker = Arc::new(Parker::new());
            let core = runtime.wait_for_core(&parker).expect("the runtime has not ended");
            runtime.run(core, &parker, has_done(1));
        });
        // The monitor. Without a thread that waits it takes the core for one that it starts, which is refused.
        if let Some(core) = runtime.fill_vacancy() {
            assert!(runtime.idle.vacate(core));
            assert_ne!(runtime.idle.call_waiting(), Some(true), "{ON_WORDS}");
        }
        worker.join().unwrap();
    });
}

#[test]
fn the_end_finds_each_core_once_and_wakes_all() {
    model(|| {
        let runtime = Runtime::with_workers(1);
        let worker = start(&runtime, |runtime| {
            let parker = Arc::new(Parker::new());
            let is_back = !runtime.idle.vacate(0) || runtime.idle.reclaim(0);
            let core = if is_back { Some(0) } else { runtime.wait_for_core(&parker) };
            if let Some(core) = core {
                runtime.run(core, &parker, is_closing);
                runtime.left.fetch_add(1, Ordering::Relaxed);
            }
        });
        runtime.close();
        worker.join().unwrap();
        assert_eq!(runtime.left.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn the_end_wakes_whoever_waits_for_the_core_of_a_current_thread() {
    model(|| {
        let runtime = Runtime::current_thread();
        // Two threads in `block_on`: one has the core, the other waits for it.
        let threads = [0, 1].map(|_| {
            start(&runtime, |runtime| {
                let parker = Arc::new(Parker::new());
                if let Some(core) = runtime.wait_for_core(&parker) {
                    runtime.run(core, &parker, is_closing);
                    runtime.left.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        runtime.close();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(runtime.left.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn the_core_of_a_current_thread_goes_from_one_to_the_next() {
    model(|| {
        let runtime = Runtime::current_thread();
        let other = start(&runtime, Runtime::visit);
        runtime.visit();
        other.join().unwrap();
    });
}

#[test]
fn a_thread_that_does_not_wait_any_longer_passes_its_core_on() {
    model(|| {
        let runtime = Runtime::current_thread();
        let impatient = start(&runtime, |runtime| {
            let parker = Arc::new(Parker::new());
            let core = runtime.idle.claim(Some(&parker));
            if let Some(core) = core.or_else(|| runtime.idle.stop_waiting(&parker)) {
                runtime.leave(core);
            }
        });
        runtime.visit();
        impatient.join().unwrap();
    });
}

#[test]
fn a_future_that_is_woken_while_its_thread_goes_to_sleep_is_seen() {
    model(|| {
        let parker = Arc::new(Parker::new());
        let is_ready = Arc::new(AtomicBool::new(false));
        let waker = {
            let (parker, is_ready) = (Arc::clone(&parker), Arc::clone(&is_ready));
            thread::spawn(move || {
                is_ready.store(true, Ordering::Release);
                assert!(!parker.call());
            })
        };
        while !is_ready.load(Ordering::Relaxed) {
            parker.sleep_unless(|| is_ready.load(Ordering::Relaxed));
        }
        waker.join().unwrap();
    });
}

#[test]
fn the_monitor_is_awake_while_a_core_is_vacant() {
    model(|| {
        let runtime = Runtime::with_workers(1);
        let monitor =
            start(&runtime, |runtime| runtime.idle.sleep_while_all_are_parked(1, || false));
        assert!(runtime.idle.vacate(0));
        // No thread could be called for this but by the monitor.
        runtime.inject();
        monitor.join().unwrap();
        assert!(runtime.idle.is_vacancy_alone());
    });
}

#[test]
fn the_monitor_is_awake_while_a_core_is() {
    model(|| {
        let runtime = Runtime::with_workers(1);
        let parker = Arc::new(Parker::new());
        assert!(parker.announce(Sleep::OnWord));
        runtime.idle.park(0, &parker, Sleep::OnWord, false);
        let monitor =
            start(&runtime, |runtime| runtime.idle.sleep_while_all_are_parked(1, || false));
        // Wakes the core; if the monitor sleeps by then, it has to notice.
        runtime.inject();
        monitor.join().unwrap();
    });
}

#[test]
fn the_monitor_sees_what_a_core_has_left_before_it_was_parked_again() {
    model(|| {
        let runtime = Runtime::with_workers(1);
        let parker = Arc::new(Parker::new());
        let park = |runtime: &Runtime| {
            assert!(parker.announce(Sleep::OnWord));
            runtime.idle.park(0, &parker, Sleep::OnWord, false);
        };
        park(&runtime);
        let has_left = Arc::new(AtomicBool::new(false));
        let monitor = {
            let has_left = Arc::clone(&has_left);
            start(&runtime, move |runtime| {
                runtime.idle.sleep_while_all_are_parked(1, || has_left.load(Ordering::Relaxed));
            })
        };
        // If the monitor sleeps by then, it has to notice this, and else what is left.
        runtime.idle.wake_up(0, Sleep::OnWord);
        has_left.store(true, Ordering::Relaxed);
        park(&runtime);
        monitor.join().unwrap();
    });
}

#[test]
fn a_thread_that_falls_asleep_without_the_core_is_seen_or_sees_the_others_word() {
    model(|| {
        let runtime = Runtime::current_thread();
        let core = runtime.idle.claim(None).unwrap();
        let is_paused = Arc::new(AtomicBool::new(false));
        let kicks = Arc::new(AtomicUsize::new(0));
        let other = {
            let (runtime, is_paused, kicks) =
                (Arc::clone(&runtime), Arc::clone(&is_paused), Arc::clone(&kicks));
            thread::spawn(move || {
                let parker = Arc::new(Parker::new());
                assert!(runtime.idle.claim(Some(&parker)).is_none());
                assert!(parker.announce(Sleep::OnWord));
                if is_paused.load(Ordering::Relaxed) {
                    kicks.fetch_add(1, Ordering::Relaxed);
                }
            })
        };
        is_paused.store(true, Ordering::Relaxed);
        let is_asleep = runtime.idle.do_others_sleep(2);
        other.join().unwrap();
        assert!(is_asleep || kicks.load(Ordering::Relaxed) == 1);
        assert!(runtime.idle.do_others_sleep(2));
        runtime.hold(core);
    });
}
