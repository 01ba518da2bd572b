//! What loom explores of sleeping, waking and lending: `README.md` says which model checks which claim.
//!
//! A wake-up that is lost is a thread that sleeps for ever, which loom reports as a deadlock.

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::sync::{Arc, Notify};
use loom::thread;

use super::idle::{Idle, Lent, Woken};
use super::parker::{Parker, Sleep};

const ON_WORDS: &str = "in this model all sleep on their words";

/// Cores and what there is to do for them: a stand-in for the injector, as visible as that.
struct Runtime {
    idle: Idle,
    work: AtomicUsize,
    done: AtomicUsize,
    is_closing: AtomicBool,
    /// Who runs each core: two at once would be a fault.
    holders: Vec<AtomicUsize>,
}

impl Runtime {
    fn with_owners(parkers: &[Arc<Parker>]) -> Arc<Self> {
        Self::new(Idle::with_owners(parkers.to_vec()), parkers.len())
    }

    fn new(idle: Idle, cores: usize) -> Arc<Self> {
        Arc::new(Self {
            idle,
            work: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            is_closing: AtomicBool::new(false),
            holders: (0..cores).map(|_| AtomicUsize::new(0)).collect(),
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

    fn close(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
        let (orphans, _) = self.idle.close();
        assert!(orphans.is_empty());
    }

    /// Notes that a thread has the core from now on.
    fn hold(&self, core: usize) {
        assert_eq!(self.holders[core].fetch_add(1, Ordering::Relaxed), 0, "two have one core");
    }

    fn let_go(&self, core: usize) {
        self.holders[core].fetch_sub(1, Ordering::Relaxed);
    }

    /// What the owner of a core does until `is_over`. Returns whether it still has the core.
    fn run(&self, core: usize, parker: &Arc<Parker>, is_over: impl Fn(&Self) -> bool) -> bool {
        self.run_as(false, core, parker, is_over)
    }

    /// What a thread with a core does, which it has `borrowed` or owns.
    fn run_as(
        &self,
        borrowed: bool,
        core: usize,
        parker: &Arc<Parker>,
        is_over: impl Fn(&Self) -> bool,
    ) -> bool {
        self.hold(core);
        loop {
            while self.take() {}
            if is_over(self) {
                self.let_go(core);
                return true;
            }
            if !parker.announce(Sleep::OnWord) {
                continue;
            }
            self.let_go(core);
            if !self.idle.park(core, parker, Sleep::OnWord, false) {
                parker.wake_up();
                self.hold(core);
                continue;
            }
            if !self.has_work() && !is_over(self) {
                parker.sleep();
            }
            if !self.wake_up(borrowed, core, parker) {
                return false;
            }
            self.hold(core);
        }
    }

    /// Takes a core up again. False if the runtime ends and another has it.
    fn wake_up(&self, borrowed: bool, core: usize, parker: &Parker) -> bool {
        loop {
            parker.wake_up();
            match self.idle.wake_up(core, borrowed) {
                Woken::Plain => return true,
                Woken::Searching => {
                    self.idle.stop_searching();
                    return true;
                }
                Woken::Lost => return false,
                Woken::Lent if parker.announce(Sleep::OnWord) => parker.sleep(),
                Woken::Lent => {}
            }
        }
    }

    /// What the owner of a core does that blocks in place, until it has its core again. False if the
    /// runtime ends and another has it.
    fn block_in_place(&self, core: usize, parker: &Parker, closure: impl FnOnce()) -> bool {
        let is_open = self.idle.abandon(core);
        closure();
        if !is_open {
            return true;
        }
        match self.idle.come_back(core) {
            Woken::Plain => true,
            Woken::Searching => {
                self.idle.stop_searching();
                true
            }
            Woken::Lent | Woken::Lost => self.wake_up(false, core, parker),
        }
    }

    /// What a `block_on` does that finds its future ready at once; whether it got a core.
    fn visit(&self, parker: &Arc<Parker>) -> bool {
        let Lent::Core(core) = self.idle.lend(Some(parker)) else { return false };
        self.hold(core);
        self.take();
        self.let_go(core);
        if let Some(is_in_reactor) = self.idle.give_back(core, false) {
            assert!(!is_in_reactor, "{ON_WORDS}");
            if self.has_work() {
                assert!(!self.idle.call_owner(core), "{ON_WORDS}");
            }
        }
        true
    }
}

fn parkers(number: usize) -> Vec<Arc<Parker>> {
    (0..number).map(|_| Arc::new(Parker::new())).collect()
}

fn is_closing(runtime: &Runtime) -> bool {
    runtime.is_closing.load(Ordering::Relaxed)
}

fn has_done(number: usize) -> impl Fn(&Runtime) -> bool {
    move |runtime| runtime.done.load(Ordering::Relaxed) == number
}

/// Starts the thread that owns a core.
fn start_owner(
    runtime: &Arc<Runtime>,
    parkers: &[Arc<Parker>],
    core: usize,
    act: impl FnOnce(&Runtime, &Arc<Parker>) -> bool + 'static,
) -> thread::JoinHandle<bool> {
    let (runtime, parker) = (Arc::clone(runtime), Arc::clone(&parkers[core]));
    thread::spawn(move || act(&runtime, &parker))
}

/// Work that comes while a thread in `block_on` may have the core of `owner` is done by one of them.
fn inject_while_it_is_lent(runtime: &Arc<Runtime>, owner: thread::JoinHandle<bool>) {
    let borrower = {
        let runtime = Arc::clone(runtime);
        thread::spawn(move || runtime.visit(&Arc::new(Parker::new())))
    };
    runtime.inject();
    let was_lent = borrower.join().unwrap();
    // The borrower may have done it; then the owner still sleeps, and sees it when it is called.
    if was_lent {
        runtime.close();
    }
    owner.join().unwrap();
    assert_eq!(runtime.done.load(Ordering::Relaxed), 1);
}

#[test]
fn work_that_comes_while_a_core_parks_is_done() {
    loom::model(|| {
        let parkers = parkers(1);
        let runtime = Runtime::with_owners(&parkers);
        let worker = start_owner(&runtime, &parkers, 0, |runtime, parker| {
            runtime.run(0, parker, has_done(2))
        });
        runtime.inject();
        runtime.inject();
        assert!(worker.join().unwrap());
    });
}

#[test]
fn a_searcher_that_stops_leaves_nobody_waiting() {
    loom::model(|| {
        let parkers = parkers(2);
        let runtime = Runtime::with_owners(&parkers);
        let workers = [0, 1].map(|core| {
            start_owner(&runtime, &parkers, core, move |runtime, parker| {
                runtime.run(core, parker, is_closing)
            })
        });
        runtime.inject();
        runtime.close();
        for worker in workers {
            assert!(worker.join().unwrap());
        }
        assert_eq!(runtime.done.load(Ordering::Relaxed) + runtime.work.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn work_that_comes_while_a_search_ends_is_seen() {
    loom::model(|| {
        let parkers = parkers(2);
        let runtime = Runtime::with_owners(&parkers);
        let worker = start_owner(&runtime, &parkers, 1, |runtime, parker| {
            runtime.run(1, parker, has_done(1))
        });
        // Found something else, and so does not take what comes.
        assert!(runtime.idle.start_searching());
        let searcher = {
            let runtime = Arc::clone(&runtime);
            thread::spawn(move || {
                if runtime.idle.stop_searching() && runtime.has_work() {
                    assert!(!runtime.idle.notify(), "{ON_WORDS}");
                }
            })
        };
        runtime.inject();
        searcher.join().unwrap();
        assert!(worker.join().unwrap());
    });
}

#[test]
fn a_call_that_comes_late_ends_a_sleep_in_the_reactor() {
    loom::model(|| {
        let runtime = Runtime::new(Idle::without_owner(), 1);
        let reactor = Arc::new(Notify::new());
        let kick_if = {
            let reactor = Arc::clone(&reactor);
            move |is_in_reactor: bool| {
                if is_in_reactor {
                    reactor.notify();
                }
            }
        };
        // One has the core, the other waits for it.
        let parker = Arc::new(Parker::new());
        assert_eq!(runtime.idle.lend(None), Lent::Core(0));
        assert_eq!(runtime.idle.lend(Some(&parker)), Lent::None);
        let first = {
            let (runtime, kick_if) = (Arc::clone(&runtime), kick_if.clone());
            thread::spawn(move || kick_if(runtime.idle.give_back(0, false).unwrap()))
        };
        let second = {
            let (runtime, kick_if) = (Arc::clone(&runtime), kick_if.clone());
            thread::spawn(move || {
                // Its future was woken, and waits again.
                kick_if(runtime.idle.stop_waiting(&parker));
                let Lent::Core(core) = runtime.idle.lend(None) else { return };
                while !is_closing(&runtime) {
                    if !parker.announce(Sleep::InReactor) {
                        continue;
                    }
                    let is_open = runtime.idle.park(core, &parker, Sleep::InReactor, false);
                    if is_open && !is_closing(&runtime) {
                        reactor.wait();
                    }
                    parker.wake_up();
                    runtime.idle.wake_up(core, true);
                }
            })
        };
        first.join().unwrap();
        runtime.is_closing.store(true, Ordering::Relaxed);
        kick_if(runtime.idle.close().1);
        second.join().unwrap();
    });
}

#[test]
fn work_that_comes_while_a_core_is_lent_is_done() {
    loom::model(|| {
        let parkers = parkers(1);
        let runtime = Runtime::with_owners(&parkers);
        let worker = start_owner(&runtime, &parkers, 0, |runtime, parker| {
            runtime.run(0, parker, has_done(1))
        });
        inject_while_it_is_lent(&runtime, worker);
    });
}

#[test]
fn the_end_wakes_owners_whose_core_is_lent() {
    loom::model(|| {
        let parkers = parkers(1);
        let runtime = Runtime::with_owners(&parkers);
        let worker = start_owner(&runtime, &parkers, 0, |runtime, parker| {
            runtime.run(0, parker, is_closing)
        });
        let closer = {
            let runtime = Arc::clone(&runtime);
            thread::spawn(move || runtime.close())
        };
        runtime.visit(&Arc::new(Parker::new()));
        closer.join().unwrap();
        worker.join().unwrap();
    });
}

#[test]
fn the_end_wakes_whoever_sleeps_with_a_core_that_is_lent() {
    loom::model(|| {
        let parkers = parkers(1);
        let runtime = Runtime::with_owners(&parkers);
        let worker = start_owner(&runtime, &parkers, 0, |runtime, parker| {
            runtime.run(0, parker, is_closing)
        });
        let borrower = {
            let runtime = Arc::clone(&runtime);
            thread::spawn(move || {
                let parker = Arc::new(Parker::new());
                match runtime.idle.lend(Some(&parker)) {
                    Lent::Core(core) => assert!(runtime.run_as(true, core, &parker, is_closing)),
                    Lent::None => {}
                }
            })
        };
        runtime.close();
        borrower.join().unwrap();
        worker.join().unwrap();
    });
}

#[test]
fn the_end_wakes_whoever_waits_for_a_core() {
    loom::model(|| {
        let runtime = Runtime::new(Idle::without_owner(), 1);
        // Two threads in `block_on`: one has the core, the other waits for it.
        let threads = [0, 1].map(|_| {
            let runtime = Arc::clone(&runtime);
            thread::spawn(move || {
                let parker = Arc::new(Parker::new());
                while !is_closing(&runtime) {
                    match runtime.idle.lend(Some(&parker)) {
                        Lent::Core(core) => return runtime.run_as(true, core, &parker, is_closing),
                        Lent::None if parker.announce(Sleep::OnWord) => {
                            if !is_closing(&runtime) {
                                parker.sleep();
                            }
                            parker.wake_up();
                        }
                        Lent::None => {}
                    }
                }
                true
            })
        });
        runtime.is_closing.store(true, Ordering::Relaxed);
        let (orphans, _) = runtime.idle.close();
        for thread in threads {
            assert!(thread.join().unwrap());
        }
        assert!(orphans.len() <= 1);
    });
}

#[test]
fn a_core_that_its_owner_has_left_has_one_holder_and_comes_back() {
    loom::model(|| {
        let parkers = parkers(1);
        let runtime = Runtime::with_owners(&parkers);
        let worker = start_owner(&runtime, &parkers, 0, |runtime, parker| {
            assert!(runtime.block_in_place(0, parker, || {}));
            runtime.run(0, parker, has_done(1))
        });
        inject_while_it_is_lent(&runtime, worker);
    });
}

#[test]
fn the_end_finds_owners_that_block() {
    loom::model(|| {
        let parkers = parkers(1);
        let runtime = Runtime::with_owners(&parkers);
        let worker = start_owner(&runtime, &parkers, 0, |runtime, parker| {
            assert!(runtime.block_in_place(0, parker, || {}));
            // Twice, as in one poll.
            assert!(runtime.block_in_place(0, parker, || {}));
            runtime.run(0, parker, is_closing)
        });
        runtime.close();
        assert!(worker.join().unwrap());
    });
}

#[test]
fn a_core_without_an_owner_goes_from_one_to_the_next() {
    loom::model(|| {
        let runtime = Runtime::new(Idle::without_owner(), 1);
        let visit = |runtime: &Runtime| {
            let parker = Arc::new(Parker::new());
            while !runtime.visit(&parker) {
                if parker.announce(Sleep::OnWord) {
                    parker.sleep();
                    parker.wake_up();
                }
            }
            assert!(!runtime.idle.stop_waiting(&parker), "{ON_WORDS}");
        };
        let other = {
            let runtime = Arc::clone(&runtime);
            thread::spawn(move || visit(&runtime))
        };
        visit(&runtime);
        other.join().unwrap();
    });
}

#[test]
fn a_thread_that_leaves_passes_its_call_on() {
    loom::model(|| {
        let runtime = Runtime::new(Idle::without_owner(), 1);
        // One that waits for a core, and leaves without.
        let impatient = {
            let runtime = Arc::clone(&runtime);
            thread::spawn(move || {
                let parker = Arc::new(Parker::new());
                match runtime.idle.lend(Some(&parker)) {
                    Lent::Core(core) => assert!(runtime.idle.give_back(core, false).is_some()),
                    Lent::None => assert!(!runtime.idle.stop_waiting(&parker), "{ON_WORDS}"),
                }
            })
        };
        let parker = Arc::new(Parker::new());
        while !runtime.visit(&parker) {
            if parker.announce(Sleep::OnWord) {
                parker.sleep();
                parker.wake_up();
            }
        }
        impatient.join().unwrap();
    });
}

#[test]
fn a_future_that_is_woken_while_its_thread_goes_to_sleep_is_seen() {
    loom::model(|| {
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
            if parker.announce(Sleep::OnWord) {
                if !is_ready.load(Ordering::Relaxed) {
                    parker.sleep();
                }
                parker.wake_up();
            }
        }
        waker.join().unwrap();
    });
}

#[test]
fn the_monitor_is_awake_while_an_owner_has_left_its_core() {
    loom::model(|| {
        let parkers = parkers(1);
        let runtime = Runtime::with_owners(&parkers);
        let monitor = {
            let runtime = Arc::clone(&runtime);
            thread::spawn(move || runtime.idle.sleep_while_all_are_parked(1))
        };
        assert!(runtime.idle.abandon(0));
        // Nobody could be called for this but by the monitor.
        runtime.inject();
        monitor.join().unwrap();
        assert!(runtime.idle.is_abandoned());
    });
}

#[test]
fn the_monitor_is_awake_while_a_core_is() {
    loom::model(|| {
        let parkers = parkers(1);
        let runtime = Runtime::with_owners(&parkers);
        assert!(parkers[0].announce(Sleep::OnWord));
        assert!(runtime.idle.park(0, &parkers[0], Sleep::OnWord, false));
        let monitor = {
            let runtime = Arc::clone(&runtime);
            thread::spawn(move || runtime.idle.sleep_while_all_are_parked(1))
        };
        // Wakes the core; if the monitor sleeps by then, it has to notice.
        runtime.inject();
        monitor.join().unwrap();
    });
}
