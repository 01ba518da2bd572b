//! What anyrt costs in instructions, allocations and system calls, compared with the runtimes used directly.
//!
//! valgrind counts, so the numbers depend neither on the machine nor on what else it does. Where valgrind is
//! not installed nothing is counted, and the tests say so; `.ci/run` installs it. What is counted is a program
//! that is optimized, in `tests/costs`; it is built when the first test needs it. With `--nocapture` the tests
//! print what they have counted.
#![cfg(all(target_os = "linux", feature = "some-backend"))]
#![allow(dead_code, unused_imports, reason = "each backend uses some of it")]

mod costs {
    pub(crate) mod counted;
}

use costs::counted::{ALL, ALONE, Counted, NATIVE_ALONE, SMOL_ALONE, allocated, program};

/// An operation, and what it may cost through anyrt: instructions and system calls, in percent of what it costs
/// on the runtime itself, and allocations that come on top.
///
/// A bound is what was reached, and some two percent for what another compiler makes of it; with all backends
/// compiled some more for short operations, for what is inlined there changes with each of them. The READMEs of
/// the adapters say which guarantees it buys. Where the facade with all backends is compared with that of one, the same bounds
/// are percent of that.
struct Bound {
    operation: &'static str,
    instructions: f64,
    calls: f64,
    allocations: f64,
}

const fn bound(operation: &'static str, instructions: f64) -> Bound {
    Bound { operation, instructions, calls: 100.0, allocations: 0.0 }
}

impl Bound {
    const fn calls(self, calls: f64) -> Self {
        Self { calls, ..self }
    }

    const fn allocations(self, allocations: f64) -> Self {
        Self { allocations, ..self }
    }
}

/// System calls that are not the operation's, in each: turns of a reactor that other threads make.
const SLACK: f64 = 0.05;

/// How often an operation may be counted before it counts as too dear.
const ATTEMPTS: usize = 3;

/// The handle of a backend, without the facade.
const ADAPTER: &str = "adapter";
/// The functions that find their runtime.
const FACADE: &str = "anyrt";

#[cfg(feature = "tokio")]
mod tokio {
    use super::*;

    #[test]
    fn the_adapter_is_bounded_by_what_tokio_costs() {
        let bounds = [
            bound("read", 92.0),
            bound("poll-read", 80.0),
            bound("write", 103.0),
            bound("echo", 131.0),
            bound("sleep", 15.0),
            // The time is asked for once more, which is a call under valgrind alone.
            bound("sleep-dropped", 125.0).calls(150.0),
            bound("spawn", 113.0),
            bound("spawn-detached", 110.0),
            bound("yield", 40.0),
            bound("block-on", 136.0),
        ];
        check(&ALONE, ADAPTER, "tokio", "tokio", &bounds);
    }

    #[test]
    fn the_facade_is_bounded_by_what_tokio_costs() {
        let bounds = [
            bound("read", 92.0),
            bound("poll-read", 80.0),
            bound("write", 103.0),
            bound("echo", 133.0),
            bound("sleep", 15.0),
            bound("sleep-dropped", 126.0).calls(150.0),
            bound("spawn", 115.0),
            bound("spawn-detached", 110.0),
            bound("yield", 40.0),
            // Of tokio's own, more is inlined in this program.
            bound("block-on", 157.0),
        ];
        check(&ALONE, FACADE, "tokio", "tokio", &bounds);
    }

    #[test]
    fn with_all_backends_compiled_the_facade_is_bounded_as_well() {
        let bounds = [
            bound("read", 97.0),
            bound("poll-read", 101.0),
            bound("write", 108.0),
            bound("echo", 135.0),
            bound("sleep", 15.0),
            bound("sleep-dropped", 135.0).calls(150.0),
            bound("spawn", 116.0),
            bound("spawn-detached", 114.0),
            bound("yield", 40.0),
            // As above.
            bound("block-on", 173.0),
        ];
        check(&ALL, FACADE, "tokio", "tokio", &bounds);
    }

    /// What was found to be the innermost is looked at once in each operation.
    #[test]
    fn all_backends_cost_little_more_than_tokio_alone() {
        let bounds = [
            bound("read", 108.0),
            bound("write", 108.0),
            bound("echo", 104.0),
            bound("sleep", 112.0),
            bound("sleep-dropped", 110.0),
            bound("spawn", 102.0),
            bound("spawn-detached", 102.0),
            bound("yield", 102.0),
            bound("block-on", 107.0),
        ];
        check_all(&ALONE, "tokio", &bounds);
    }

    /// The future of a read that waits has one layer for each crate, and a place in tokio's list of those that wait.
    #[test]
    fn an_idle_connection_takes_at_most_two_thirds_more_memory() {
        let Some(program) = program(&ALONE) else { return };
        let [bare, ours] = ["bare", FACADE].map(|how| {
            let bytes = |count| allocated(&program, how, "tokio", "idle", count).1;
            (bytes(300) - bytes(100)) / 200.0
        });
        println!("an idle connection: {ours} bytes, on tokio alone {bare}");
        assert!(ours <= bare * 1.66, "{ours} bytes, on tokio alone {bare}");
    }
}

/// The adapter has a budget for tasks, and tasks that can be joined and aborted, which the runtimes do not
/// have.
#[cfg(all(feature = "smol", feature = "async-std"))]
mod on_async_io {
    use super::*;

    #[test]
    fn the_adapter_of_smol_is_bounded() {
        let bounds = [
            bound("read", 127.0),
            bound("poll-read", 107.0),
            bound("write", 126.0),
            bound("echo", 113.0).calls(101.0),
            bound("sleep", 130.0),
            bound("sleep-dropped", 81.0),
            // How often the thread looks at the reactor goes by the time: 130.6 on an idle machine, 131.7 on a busy one.
            bound("spawn", 133.0).allocations(1.0),
            bound("spawn-detached", 147.0).allocations(1.0),
            // As above.
            bound("yield", 113.0),
            // Each time smol makes a queue for the thread.
            bound("block-on", 17.0),
        ];
        check(&ALL, ADAPTER, "smol", "smol", &bounds);
    }

    #[test]
    fn smol_makes_no_more_system_calls() {
        let bounds = [
            bound("read", 142.0),
            bound("poll-read", 133.0),
            bound("write", 139.0),
            bound("echo", 117.0).calls(101.0),
            bound("sleep", 179.0),
            bound("sleep-dropped", 95.0),
            bound("spawn", 142.0).allocations(1.0),
            bound("spawn-detached", 160.0).allocations(1.0),
            bound("yield", 114.0),
            bound("block-on", 23.0),
        ];
        check(&ALL, FACADE, "smol", "smol", &bounds);
    }

    #[test]
    fn all_backends_cost_little_more_than_smol_alone() {
        let bounds = [
            bound("read", 115.0),
            bound("write", 113.0),
            bound("echo", 108.0),
            bound("sleep", 138.0),
            bound("sleep-dropped", 117.0),
            bound("spawn", 106.0),
            bound("spawn-detached", 107.0),
            // How often the thread looks at the reactor goes by the time: of two counts of the same one has 5 % more.
            bound("yield", 106.0),
            bound("block-on", 121.0),
        ];
        check_all(&SMOL_ALONE, "smol", &bounds);
    }

    /// Its instructions depend on how its threads take turns, unless one of them does everything.
    #[test]
    fn async_std_makes_no_more_system_calls() {
        let bounds = [
            bound("read", 140.0).calls(105.0),
            bound("write", 143.0).calls(105.0),
            bound("sleep", 250.0).calls(105.0),
            bound("spawn", 145.0).calls(105.0).allocations(1.0),
            bound("spawn-detached", 160.0).calls(105.0).allocations(1.0),
        ];
        check(&ALL, FACADE, "async-std", "async-std", &bounds);
    }

    /// A read that has to wait makes its thread, or another one, wait in the reactor once.
    #[test]
    fn a_wait_is_one_turn_of_the_reactor() {
        let Some(program) = program(&ALL) else { return };
        for runtime in ["smol", "async-std"] {
            for how in ["bare", "anyrt"] {
                let counted = Counted::of(&program, [how, runtime, "echo-outside"]);
                // Those of our side alone: two succeed in each round, the peer's among them.
                let waits = counted.calls_of("recvfrom") - 2.0;
                let turns = counted.calls_of("epoll_pwait");
                println!("{how} {runtime}: {turns:.3} turns for {waits:.3} waits in each round");
                assert!(turns <= 1.1 * waits + SLACK, "{how} {runtime}: {turns} for {waits} waits");
            }
        }
    }
}

#[cfg(all(feature = "native", feature = "tokio"))]
mod native {
    use super::*;

    /// No other runtime is beneath it, so that it is compared with tokio.
    #[test]
    fn native_is_bounded_by_what_tokio_costs() {
        let bounds = [
            bound("read", 64.0),
            bound("poll-read", 53.0),
            bound("write", 70.0),
            bound("echo", 101.0),
            bound("sleep", 20.0),
            bound("spawn", 57.0),
            bound("spawn-detached", 65.0),
        ];
        check(&ALL, FACADE, "native", "tokio", &bounds);
    }

    /// Half of what a spawn or a sleep takes more, and the most of a `block_on`, asks tokio whether others have entered it.
    #[test]
    fn all_backends_cost_little_more_than_native_alone() {
        let bounds = [
            bound("read", 110.0),
            bound("poll-read", 116.0),
            bound("write", 113.0),
            bound("echo", 105.0),
            bound("sleep", 123.0),
            bound("sleep-dropped", 116.0),
            bound("spawn", 113.0),
            bound("spawn-detached", 120.0),
            bound("yield", 102.0),
            bound("block-on", 124.0),
        ];
        check_all(&NATIVE_ALONE, "native", &bounds);
    }
}

/// Compares the operations through a layer of anyrt with those of a runtime that is used directly.
#[track_caller]
fn check(compiled: &[&str], how: &str, runtime: &str, compared_with: &str, bounds: &[Bound]) {
    let Some(program) = program(compiled) else { return };
    check_each(bounds, &format!("{how} on {runtime}"), |operation, attempt| {
        let ours = Counted::of(&program, [how, runtime, operation]);
        let theirs = Counted::of_bare(&program, [compared_with, operation], attempt > 0);
        (ours, theirs)
    });
}

/// Compares the facade with all backends compiled with the facade with this one.
#[track_caller]
fn check_all(alone: &[&str], runtime: &str, bounds: &[Bound]) {
    let (Some(all), Some(alone)) = (program(&ALL), program(alone)) else { return };
    check_each(bounds, &format!("{runtime} among all"), |operation, _| {
        let [all, alone] =
            [&all, &alone].map(|program| Counted::of(program, [FACADE, runtime, operation]));
        (all, alone)
    });
}

/// Counts each operation with two programs, of which the first is bounded by the second.
#[track_caller]
fn check_each(bounds: &[Bound], what: &str, count: impl Fn(&str, usize) -> (Counted, Counted)) {
    let mut exceeded = Vec::new();
    for bound in bounds {
        let Bound { operation, instructions, calls, allocations } = *bound;
        // Once more where it is exceeded: threads take turns by chance, which may cost a system call, and what
        // is dear is so each time.
        let mut lines = (0..ATTEMPTS).map(|attempt| {
            let (ours, theirs) = count(operation, attempt);
            let line = format!(
                "{operation}, {what}: {ours}; alone: {theirs}; {:+.1} % instructions",
                100.0 * (ours.instructions / theirs.instructions - 1.0)
            );
            println!("{line}");
            let is_within = ours.instructions <= theirs.instructions * instructions / 100.0
                && ours.calls() <= theirs.calls() * calls / 100.0 + SLACK
                && ours.allocations <= theirs.allocations + allocations + SLACK;
            if is_within { Ok(()) } else { Err(line) }
        });
        let first = lines.next().expect("there is a first attempt");
        if let Err(line) = first {
            if lines.all(|attempt| attempt.is_err()) {
                exceeded.push(format!(
                    "{line}; allowed: {instructions} %, {calls} %, {allocations} more"
                ));
            }
        }
    }
    assert!(exceeded.is_empty(), "{}", exceeded.join("\n"));
}
