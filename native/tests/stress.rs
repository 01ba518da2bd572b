//! Everything at once, at random, from several threads; and each future and output is dropped once.
//!
//! `ANYRT_STRESS_SEED` repeats what a seed chose, though not the order in which threads came to it;
//! `ANYRT_STRESS_ROUNDS` says how long to go on; with `ANYRT_STRESS_IN_PLACE=0` no closure that blocks in
//! place waits for a task. A round that does not end is a wake-up that was lost.
#![allow(clippy::async_yields_async, reason = "a task hands a sleep on that it has polled")]
#![allow(clippy::waker_clone_wake, reason = "clones of wakers are what is tested")]
#![allow(
    clippy::explicit_write,
    reason = "the seed is to be seen though the harness captures the output"
)]
#![allow(clippy::ok_expect, reason = "the error of the error says nothing")]
#![cfg(unix)]

#[path = "stress/chaos.rs"]
mod chaos;
#[allow(dead_code, reason = "another test uses the rest")]
mod support;
#[path = "stress/world.rs"]
mod world;

use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use anyrt_native::{BlockOn, Builder, Launch, Shutdown};

use support::{Random, setting};
use world::World;

/// Threads that the runtime does not know.
const THREADS: usize = 3;

/// How many tasks and closures one round starts.
const SIZE: usize = 400;

#[test]
fn tasks_run_to_their_end_with_one_worker() {
    rounds(|builder| builder.worker_threads(1), true, false);
}

#[test]
fn tasks_run_to_their_end_with_two_workers() {
    rounds(|builder| builder.worker_threads(2), true, false);
}

#[test]
fn tasks_run_to_their_end_with_four_workers() {
    rounds(|builder| builder.worker_threads(4), true, false);
}

/// Far more than most machines have processors.
#[test]
fn tasks_run_to_their_end_with_many_workers() {
    rounds(|builder| builder.worker_threads(64), true, false);
}

#[test]
fn tasks_run_to_their_end_without_workers() {
    rounds(Builder::current_thread, false, false);
}

#[test]
fn a_runtime_with_one_worker_ends_in_the_middle() {
    rounds(|builder| builder.worker_threads(1), true, true);
}

#[test]
fn a_runtime_with_two_workers_ends_in_the_middle() {
    rounds(|builder| builder.worker_threads(2), true, true);
}

#[test]
fn a_runtime_with_four_workers_ends_in_the_middle() {
    rounds(|builder| builder.worker_threads(4), true, true);
}

#[test]
fn a_runtime_with_many_workers_ends_in_the_middle() {
    rounds(|builder| builder.worker_threads(64), true, true);
}

#[test]
fn a_runtime_without_workers_ends_in_the_middle() {
    rounds(Builder::current_thread, false, true);
}

fn rounds(flavor: fn(Builder) -> Builder, has_workers: bool, is_cut: bool) {
    support::count_accidents();
    let seed = setting("ANYRT_STRESS_SEED", RandomState::new().hash_one(()) as usize);
    // Past the harness, which shows it only if the test ends.
    let name = thread::current().name().unwrap_or_default().to_owned();
    writeln!(std::io::stderr(), "{name}: ANYRT_STRESS_SEED={seed}").unwrap();
    let mut random = Random::new(seed as u64);
    for _ in 0..setting("ANYRT_STRESS_ROUNDS", 6) {
        round(flavor(Builder::new()), has_workers, is_cut, &mut random);
        assert_eq!(support::accidents(), 0, "panics that nobody wanted");
    }
}

fn round(builder: Builder, has_workers: bool, is_cut: bool, random: &mut Random) {
    let keep_alive =
        if random.one_in(2) { Duration::from_millis(1) } else { Duration::from_secs(9) };
    let builder = builder.blocking_keep_alive(keep_alive);
    let runtime = builder.build().unwrap();
    let handle = runtime.handle().clone();
    let world = World::new(runtime, handle, has_workers, is_cut, SIZE);
    let errands = world.start_errands(random.fork());
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (world, random) = (Arc::clone(&world), random.fork());
            thread::spawn(move || foreign(&world, random))
        })
        .collect();
    if is_cut {
        thread::sleep(Duration::from_micros(random.below(6000) as u64));
        end(&world, random);
    }
    for thread in threads {
        thread.join().unwrap();
    }
    if !is_cut {
        world.handle.block_on(world.quiet());
        end(&world, random);
    }
    world.stop_errands();
    errands.join().unwrap();
    world.clear();
    world.ledger.settle();
    // What was dropped in the end may have left something.
    world.clear();
    world.ledger.settle();
    assert!(world.ledger.issued() > THREADS);
    // The end in the background is over when nobody else knows of the world.
    support::wait_until("the round is over", || Arc::strong_count(&world) == 1);
}

/// Drops the runtime, if nobody has done so.
fn end(world: &World, random: &mut Random) {
    let runtime = world.runtime.lock().unwrap().take();
    let Some(runtime) = runtime else { return };
    world.has_ended.store(true, Ordering::SeqCst);
    match random.below(4) {
        0 => runtime.shutdown_timeout(Duration::ZERO),
        1 => runtime.shutdown_timeout(Duration::from_secs(100)),
        _ => drop(runtime),
    }
}

/// What a thread does that the runtime does not know.
fn foreign(world: &Arc<World>, mut random: Random) {
    for _ in 0..30 {
        match random.below(8) {
            0 | 1 => chaos::start_detached(world, &mut random),
            2 => world.wake_any(&mut random),
            3 => world.abort_any(&mut random),
            4 if world.has_workers => chaos::join_here(world, &mut random),
            _ => world.handle.block_on(chaos::root(Arc::clone(world), random.fork())),
        }
    }
}
