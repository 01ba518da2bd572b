//! Very many tasks, timers and runtimes, and what is left of them afterwards: nothing.
//!
//! Numbers are those of an optimised build; others do less. `ANYRT_COUNTING_TASKS` sets how many tasks
//! there are.

#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "another test uses the rest")]
mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::future::{Future, pending};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use anyrt_native::{
    BlockOn, Builder, Handle, JoinHandle, Launch, Runtime, Spawn, SpawnBlocking, Timer, yield_now,
};
use support::{Ledger, Token, panic_deliberately, setting, wait_until};

/// Counts the bytes that are in use.
struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: all is done by the system's allocator; counting changes nothing of that.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.dealloc(memory, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The name of the threads that are counted. The test harness has others.
const NAME: &str = "counted";

/// What the test harness and the standard library may keep for themselves. A runtime takes more, and a
/// leak in each of many rounds far more.
const SLACK: isize = 64 << 10;

/// What the process has of everything that a runtime takes from the system.
#[derive(Debug)]
struct Footprint {
    descriptors: usize,
    bytes: isize,
}

impl Footprint {
    fn now() -> Self {
        // The directory itself is open meanwhile, each time.
        let descriptors = fs::read_dir("/proc/self/fd").unwrap().count();
        Self { descriptors, bytes: LIVE.load(Ordering::Relaxed) }
    }

    /// Everything was given back. Threads that were joined may be there for a moment longer.
    #[track_caller]
    fn assert_returned(&self) {
        wait_until("all threads of the runtime have ended", || threads() == 0);
        let is_back = || {
            let now = Self::now();
            now.descriptors == self.descriptors && now.bytes < self.bytes + SLACK
        };
        for _ in 0..1000 {
            if is_back() {
                return;
            }
            thread::yield_now();
        }
        assert!(is_back(), "before: {self:?}, now: {:?}", Self::now());
    }
}

/// The number of threads that runtimes have.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == NAME).count()
}

/// One test at a time, for they count what belongs to the process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    support::count_accidents();
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // What is made once, on first use.
    drop(start(1));
    wait_until("all threads of the runtime have ended", || threads() == 0);
    alone
}

fn start(workers: usize) -> Runtime {
    Builder::new().worker_threads(workers).thread_name(NAME).build().unwrap()
}

fn many() -> usize {
    let default = if cfg!(debug_assertions) { 60_000 } else { 1_000_000 };
    setting("ANYRT_COUNTING_TASKS", default)
}

/// Every third panics, every third is to be aborted, and the others end well, all after one turn.
fn spawn_nth(handle: &Handle, ledger: &Arc<Ledger>, n: usize) -> JoinHandle<Token> {
    let mut token = ledger.issue();
    let output = ledger.issue();
    let join = handle.spawn(async move {
        token.touch();
        yield_now().await;
        token.touch();
        match n % 3 {
            0 => panic_deliberately(),
            1 => pending().await,
            _ => output,
        }
    });
    if n % 3 == 1 {
        join.abort();
    }
    join
}

#[test]
fn every_future_and_output_of_very_many_tasks_is_dropped_once() {
    let _alone = alone();
    for workers in [1, 2] {
        let tasks = many();
        let ledger = Ledger::new(2 * tasks);
        let before = Footprint::now();
        let runtime = start(workers);
        let handle = runtime.handle().clone();
        let of_task = (handle.clone(), Arc::clone(&ledger));
        let counts = handle.block_on(handle.spawn(async move {
            let (handle, ledger) = of_task;
            let (mut panics, mut aborts, mut outputs) = (0, 0, 0);
            for batch in (0..tasks).collect::<Vec<_>>().chunks(1000) {
                let joins: Vec<_> = batch.iter().map(|&n| spawn_nth(&handle, &ledger, n)).collect();
                for join in joins {
                    match join.await {
                        Ok(_) => outputs += 1,
                        Err(error) if error.is_panic() => panics += 1,
                        Err(_) => aborts += 1,
                    }
                }
            }
            (panics, aborts, outputs)
        }));
        assert_eq!(counts.unwrap(), (tasks.div_ceil(3), (tasks + 1) / 3, tasks / 3));
        assert_eq!(ledger.alive(), []);
        assert_eq!(ledger.issued(), 2 * tasks);
        drop((runtime, handle));
        before.assert_returned();
    }
}

#[test]
fn a_runtime_that_ends_in_the_middle_drops_all_of_very_many_tasks() {
    let _alone = alone();
    let tasks = many();
    let ledger = Ledger::new(2 * tasks);
    let before = Footprint::now();
    let runtime = start(2);
    let spawned = Arc::new(AtomicUsize::new(0));
    let spawners: Vec<_> = (0..2)
        .map(|first| {
            let handle = runtime.handle().clone();
            let (ledger, spawned) = (Arc::clone(&ledger), Arc::clone(&spawned));
            thread::spawn(move || {
                for n in (first..tasks).step_by(2) {
                    let join = spawn_nth(&handle, &ledger, n);
                    spawned.fetch_add(1, Ordering::Relaxed);
                    // Some are detached, some are polled by whoever has them, some just kept for a while.
                    match n % 7 {
                        0 => drop(futures::executor::block_on(join)),
                        1 => drop(handle.block_on(join)),
                        _ => drop(join),
                    }
                }
            })
        })
        .collect();
    while spawned.load(Ordering::Relaxed) < tasks / 2 {
        thread::yield_now();
    }
    drop(runtime);
    for spawner in spawners {
        spawner.join().unwrap();
    }
    assert_eq!(ledger.alive(), []);
    assert_eq!(ledger.issued(), 2 * tasks);
    before.assert_returned();
}

#[test]
fn memory_of_a_burst_of_tasks_is_given_back_with_the_runtime() {
    let _alone = alone();
    let tasks = many() / 2;
    let ledger = Ledger::new(2 * tasks);
    let before = Footprint::now();
    let runtime = start(2);
    let handle = runtime.handle();
    let joins: Vec<_> = (0..tasks).map(|n| spawn_nth(handle, &ledger, n)).collect();
    assert!(Footprint::now().bytes > before.bytes + SLACK);
    drop(runtime);
    // Outputs that nobody has taken belong to the handles.
    drop(joins);
    assert_eq!(ledger.alive(), []);
    before.assert_returned();
}

#[test]
fn memory_of_a_burst_of_tasks_is_given_back_while_the_runtime_is_idle() {
    let _alone = alone();
    let tasks = many().max(50_000);
    let runtime = start(2);
    let before = Footprint::now().bytes;
    for _ in 0..3 {
        let handle = runtime.handle().clone();
        // Spawned by one worker, and ended by both: where tasks share memory, that goes from one to the other.
        let burst = runtime.handle().spawn(async move {
            let task = |n| async move {
                let large = [n; 40];
                yield_now().await;
                large.iter().sum::<usize>()
            };
            let joins: Vec<_> = (0..tasks).map(|n| handle.spawn(task(n))).collect();
            let most = Footprint::now().bytes;
            for join in joins {
                join.await.unwrap();
            }
            most
        });
        let most = runtime.handle().block_on(burst).unwrap() - before;
        assert!(most > 300 * tasks as isize, "{most} bytes");
        wait_until("a third is left", || Footprint::now().bytes - before < most / 3);
    }
}

#[test]
fn runtimes_come_and_go_and_leave_nothing() {
    let _alone = alone();
    for (workers, rounds) in [(1, 200), (2, 200), (64, 15)] {
        let before = Footprint::now();
        for _ in 0..rounds {
            let runtime = start(workers);
            let handle = runtime.handle().clone();
            let work = async {
                let task = handle.spawn(async { 1 });
                let closure = handle.spawn_blocking(|| 2);
                handle.sleep(Duration::from_micros(1)).await;
                task.await.unwrap() + closure.await.unwrap()
            };
            assert_eq!(handle.block_on(work), 3);
        }
        before.assert_returned();
    }
}

#[test]
fn current_thread_runtimes_come_and_go_and_leave_nothing() {
    let _alone = alone();
    let before = Footprint::now();
    for _ in 0..200 {
        let runtime = Builder::new().current_thread().thread_name(NAME).build().unwrap();
        let handle = runtime.handle().clone();
        drop(handle.spawn(pending::<()>()));
        let closure = handle.spawn_blocking(|| 2);
        assert_eq!(handle.block_on(closure).unwrap(), 2);
    }
    before.assert_returned();
}

#[test]
fn very_many_timers_fire_and_are_cancelled() {
    const TIMERS: usize = 100_000;

    let _alone = alone();
    let before = Footprint::now();
    let runtime = start(2);
    let handle = runtime.handle().clone();
    let of_task = handle.clone();
    let fired = handle.block_on(handle.spawn(async move {
        let handle = of_task;
        let fired = Arc::new(AtomicUsize::new(0));
        let joins: Vec<_> = (0..TIMERS)
            .map(|n| {
                let (handle, fired) = (handle.clone(), Arc::clone(&fired));
                handle.clone().spawn(async move {
                    let until = handle.now() + Duration::from_micros(n as u64);
                    let sleep = handle.sleep_until(until);
                    if n % 2 == 0 {
                        sleep.await;
                        assert!(handle.now() >= until);
                    } else {
                        let mut sleep = Box::pin(handle.sleep(Duration::from_secs(1000)));
                        assert!(futures::poll!(sleep.as_mut()).is_pending());
                        drop(sleep);
                    }
                    fired.fetch_add(1, Ordering::Relaxed);
                })
            })
            .collect();
        for join in joins {
            join.await.unwrap();
        }
        fired.load(Ordering::Relaxed)
    }));
    assert_eq!(fired.unwrap(), TIMERS);
    drop((runtime, handle));
    before.assert_returned();
}

#[test]
fn handles_that_are_forgotten_do_no_harm() {
    const TASKS: usize = 1000;

    let _alone = alone();
    let ledger = Ledger::new(3 * TASKS);
    let before = Footprint::now();
    let runtime = start(2);
    let handle = runtime.handle().clone();
    for n in 0..TASKS {
        let mut token = ledger.issue();
        let mut join = handle.spawn(async move {
            token.touch();
            if n % 2 == 0 {
                pending::<()>().await;
            }
        });
        if n % 3 == 0 {
            handle.block_on(async {
                let _ = futures::poll!(&mut join);
            });
        }
        std::mem::forget(join.abort_handle());
        std::mem::forget(join);
    }
    // A sleep on the heap that stays in its wheel for good.
    let mut sleep = Box::pin(handle.sleep(Duration::from_secs(1000)));
    let poll = |cx: &mut std::task::Context<'_>| Poll::Ready(sleep.as_mut().poll(cx));
    assert!(handle.block_on(std::future::poll_fn(poll)).is_pending());
    std::mem::forget(sleep);
    drop((runtime, handle));
    // The futures are dropped all the same, and the threads end; memory and descriptors are forgotten.
    assert_eq!(ledger.alive(), []);
    wait_until("all threads of the runtime have ended", || threads() == 0);
    assert!(Footprint::now().descriptors >= before.descriptors);

    let before = Footprint::now();
    let runtime = start(2);
    assert_eq!(runtime.handle().block_on(runtime.handle().spawn(async { 1 })).unwrap(), 1);
    drop(runtime);
    before.assert_returned();
}
