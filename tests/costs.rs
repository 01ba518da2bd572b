//! What anyrt costs in instructions and system calls, compared with the runtimes used directly.
//!
//! valgrind counts both, so the numbers depend neither on the machine nor on what else it does. Where
//! valgrind is not installed nothing is counted, and the tests say so; `.ci/run` installs it. What is
//! counted is a program that is optimized, in `tests/costs`; it is built when the first test needs it.
#![cfg(all(target_os = "linux", feature = "some-backend"))]
#![allow(dead_code, reason = "each backend uses some of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock, PoisonError};

/// How often the operation is made; the difference leaves out what the program itself costs.
const FEW: u32 = 500;
const MANY: u32 = 1500;

/// An operation, and how much of what it costs on the runtime itself it may cost through anyrt, in
/// percent: instructions, and system calls.
struct Bound(&'static str, f64, f64);

/// System calls that are not the operation's, in each: turns of a reactor that other threads make.
const SLACK: f64 = 0.05;

/// How often an operation may be counted before it counts as too dear.
const ATTEMPTS: usize = 3;

#[cfg(feature = "tokio")]
mod tokio {
    use super::*;

    #[test]
    fn reads_and_writes_cost_at_most_a_twentieth_more_than_on_tokio() {
        let bounds = [
            Bound("read", 105.0, 100.0),
            Bound("poll-read", 105.0, 100.0),
            Bound("write", 105.0, 100.0),
        ];
        check(&["--features=tokio"], "tokio", "tokio", &bounds);
    }

    /// Waits in the async form are tokio's, which its own sockets do without.
    #[test]
    fn everything_else_is_bounded() {
        let bounds = [
            Bound("echo", 138.0, 100.0),
            Bound("sleep", 100.0, 100.0),
            Bound("spawn", 107.0, 100.0),
        ];
        check(&["--features=tokio"], "tokio", "tokio", &bounds);
    }
}

/// The adapter has a budget for tasks, and tasks that can be joined and aborted, which the runtimes do not
/// have.
#[cfg(all(feature = "smol", feature = "async-std"))]
mod on_async_io {
    use super::*;

    #[test]
    fn smol_makes_no_more_system_calls() {
        let bounds = [
            Bound("read", 300.0, 100.0),
            Bound("poll-read", 240.0, 100.0),
            Bound("write", 300.0, 100.0),
            Bound("echo", 140.0, 101.0),
            Bound("sleep", 280.0, 100.0),
            Bound("spawn", 180.0, 100.0),
        ];
        check(&ALL, "smol", "smol", &bounds);
    }

    /// Its instructions depend on how its threads take turns, unless one of them does everything.
    #[test]
    fn async_std_makes_no_more_system_calls() {
        let bounds = [
            Bound("read", 330.0, 105.0),
            Bound("write", 330.0, 105.0),
            Bound("sleep", 280.0, 105.0),
            Bound("spawn", 200.0, 105.0),
        ];
        check(&ALL, "async-std", "async-std", &bounds);
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
            Bound("read", 120.0, 100.0),
            Bound("poll-read", 100.0, 100.0),
            Bound("write", 135.0, 100.0),
            Bound("echo", 130.0, 100.0),
            Bound("sleep", 60.0, 100.0),
            Bound("spawn", 60.0, 100.0),
        ];
        check(&ALL, "native", "tokio", &bounds);
    }
}

/// What cargo is told, so that each backend is one of several.
const ALL: [&str; 1] = ["--all-features"];

#[track_caller]
fn check(compiled: &[&str], runtime: &str, compared_with: &str, bounds: &[Bound]) {
    let Some(program) = program(compiled) else { return };
    let mut exceeded = Vec::new();
    for Bound(operation, instructions, calls) in bounds {
        // Once more where it is exceeded: threads take turns by chance, which may cost a system call, and what
        // is dear is so each time.
        let mut lines = (0..ATTEMPTS).map(|_| {
            let ours = Counted::of(&program, ["anyrt", runtime, operation]);
            let theirs = Counted::of(&program, ["bare", compared_with, operation]);
            let line = format!(
                "{operation} on {runtime}: {:.1} instructions, {:.3} system calls; {compared_with} alone: {:.1}, {:.3}",
                ours.instructions,
                ours.calls(),
                theirs.instructions,
                theirs.calls()
            );
            println!("{line}");
            let is_within = ours.instructions <= theirs.instructions * instructions / 100.0
                && ours.calls() <= theirs.calls() * calls / 100.0 + SLACK;
            if is_within { Ok(()) } else { Err(line) }
        });
        let first = lines.next().expect("there is a first attempt");
        if let Err(line) = first {
            if lines.all(|attempt| attempt.is_err()) {
                exceeded.push(format!("{line}; allowed: {instructions} %, {calls} %"));
            }
        }
    }
    assert!(exceeded.is_empty(), "{}", exceeded.join("\n"));
}

/// The program with these runtimes compiled in; `None` if nothing can be counted here.
fn program(compiled: &[&str]) -> Option<PathBuf> {
    static BUILDS: Mutex<()> = Mutex::new(());

    if !has_valgrind() {
        eprintln!("left out: valgrind is not installed, and nothing else counts instructions");
        return None;
    }
    let _one_at_a_time = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
    let tokio_alone = compiled != ALL;
    let name = if tokio_alone { "costs-of-tokio" } else { "costs-of-all" };
    static BUILT: [OnceLock<PathBuf>; 2] = [OnceLock::new(), OnceLock::new()];
    let path = BUILT[usize::from(tokio_alone)].get_or_init(|| build(compiled, name));
    Some(path.clone())
}

fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

fn build(compiled: &[&str], name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("costs");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--release", "--package", "anyrt-costs"])
        .args(compiled)
        .arg("--target-dir")
        .arg(&folder);
    output_of(&mut cargo);
    // The next build, with other features, has the same name. Copied by another process: what is open for
    // writing in this one, or in a child of it, can't be executed.
    let copy = folder.join(name);
    output_of(Command::new("cp").arg(folder.join("release/anyrt-costs")).arg(&copy));
    copy
}

fn output_of(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    output
}

/// What one operation costs.
struct Counted {
    instructions: f64,
    /// The names of the system calls in [`MANY`] operations, and in [`FEW`].
    many: Vec<String>,
    few: Vec<String>,
}

impl Counted {
    fn of(program: &Path, arguments: [&str; 3]) -> Self {
        let (few_instructions, few) = run(program, arguments, FEW);
        let (many_instructions, many) = run(program, arguments, MANY);
        Self { instructions: per_operation(many_instructions - few_instructions), many, few }
    }

    fn calls(&self) -> f64 {
        per_operation(self.many.len() as f64 - self.few.len() as f64)
    }

    fn calls_of(&self, name: &str) -> f64 {
        let count = |calls: &[String]| calls.iter().filter(|call| *call == name).count() as f64;
        per_operation(count(&self.many) - count(&self.few))
    }
}

fn per_operation(sum: f64) -> f64 {
    sum / f64::from(MANY - FEW)
}

/// Makes so many operations, and returns the number of instructions and the names of the system calls.
fn run(program: &Path, arguments: [&str; 3], count: u32) -> (f64, Vec<String>) {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-syscalls=yes"])
        .arg(program)
        .args(arguments)
        .arg(count.to_string())
        .env_remove("ANYRT_BACKEND")
        // As many threads as are needed, so that they take turns in one way.
        .env("ASYNC_STD_THREAD_COUNT", "1");
    let output = output_of(&mut valgrind);
    let report = String::from_utf8_lossy(&output.stderr);
    let instructions = report.lines().find_map(|line| line.split_once("Collected : "));
    let instructions = instructions.and_then(|(_, number)| number.trim().parse().ok());
    // A call that blocks has a second line, without its name, when it returns.
    let calls = report.lines().filter(|line| line.starts_with("SYSCALL["));
    let names = calls.filter_map(|line| line.split_once(" sys_")?.1.split([' ', '(']).next());
    (instructions.expect("callgrind reports a sum"), names.map(str::to_owned).collect())
}
