//! The program `anyrt-costs`, and what it costs under valgrind.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock, PoisonError};

use anyrt_tests::left_out;

/// How often the operation is made; the difference leaves out what the program itself costs.
const FEW: u32 = 500;
const MANY: u32 = 1500;

/// What cargo is told, so that each backend is one of several.
pub(crate) const ALL: [&str; 1] = ["--all-features"];
/// The same, so that tokio is the only one.
pub(crate) const ALONE: [&str; 1] = ["--features=tokio"];
/// The same, so that smol is.
pub(crate) const SMOL_ALONE: [&str; 1] = ["--features=smol"];
/// The same, so that the native runtime is.
pub(crate) const NATIVE_ALONE: [&str; 1] = ["--features=native"];

/// The program with these runtimes compiled in; `None` if nothing can be counted here.
pub(crate) fn program(compiled: &[&str]) -> Option<PathBuf> {
    static BUILDS: Mutex<()> = Mutex::new(());

    if !has_valgrind() {
        left_out("valgrind is not installed, and nothing else counts instructions");
        return None;
    }
    let _one_at_a_time = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
    static BUILT: [OnceLock<PathBuf>; 4] = [const { OnceLock::new() }; 4];
    let (built, name) = match compiled {
        compiled if compiled == ALONE => (&BUILT[0], "costs-of-tokio"),
        compiled if compiled == NATIVE_ALONE => (&BUILT[1], "costs-of-native"),
        compiled if compiled == SMOL_ALONE => (&BUILT[2], "costs-of-smol"),
        _ => (&BUILT[3], "costs-of-all"),
    };
    Some(built.get_or_init(|| build(compiled, name)).clone())
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
#[derive(Clone)]
pub(crate) struct Counted {
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
    /// The names of the system calls in [`MANY`] operations, and in [`FEW`].
    many: Vec<String>,
    few: Vec<String>,
}

impl Counted {
    pub(crate) fn of(program: &Path, arguments: [&str; 3]) -> Self {
        let few = Run::of(program, arguments, FEW);
        let many = Run::of(program, arguments, MANY);
        Self {
            instructions: per_operation(many.instructions - few.instructions),
            allocations: per_operation(many.allocations - few.allocations),
            many: many.calls,
            few: few.calls,
        }
    }

    /// On the runtime itself. Several layers are compared with what was counted once, unless it is to be counted anew.
    pub(crate) fn of_bare(program: &Path, [runtime, operation]: [&str; 2], anew: bool) -> Self {
        static COUNTED: Mutex<Option<HashMap<(PathBuf, String), Counted>>> = Mutex::new(None);

        let key = (program.to_owned(), format!("{runtime} {operation}"));
        let lock = || COUNTED.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().get_or_insert_default().get(&key).cloned();
        match known {
            Some(counted) if !anew => counted,
            _ => {
                let counted = Self::of(program, ["bare", runtime, operation]);
                lock().get_or_insert_default().insert(key, counted.clone());
                counted
            }
        }
    }

    pub(crate) fn calls(&self) -> f64 {
        per_operation(self.many.len() as f64 - self.few.len() as f64)
    }

    pub(crate) fn calls_of(&self, name: &str) -> f64 {
        let count = |calls: &[String]| calls.iter().filter(|call| *call == name).count() as f64;
        per_operation(count(&self.many) - count(&self.few))
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instructions, allocations, .. } = self;
        let calls = self.calls();
        write!(
            f,
            "{instructions:.1} instructions, {allocations:.2} allocations, {calls:.3} system calls"
        )
    }
}

fn per_operation(sum: f64) -> f64 {
    sum / f64::from(MANY - FEW)
}

/// So many operations under valgrind.
struct Run {
    instructions: f64,
    allocations: f64,
    /// The names of the system calls.
    calls: Vec<String>,
}

impl Run {
    fn of(program: &Path, arguments: [&str; 3], count: u32) -> Self {
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
        Self {
            instructions: instructions.expect("callgrind reports a sum"),
            allocations: allocations_in(&output).0,
            calls: names.map(str::to_owned).collect(),
        }
    }
}

/// What so many operations allocate: how often, and how many bytes.
pub(crate) fn allocated(
    program: &Path,
    how: &str,
    runtime: &str,
    operation: &str,
    count: u32,
) -> (f64, f64) {
    let mut command = Command::new(program);
    command.args([how, runtime, operation, &count.to_string()]).env_remove("ANYRT_BACKEND");
    allocations_in(&output_of(&mut command))
}

fn allocations_in(output: &Output) -> (f64, f64) {
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers = text.lines().find_map(|line| {
        let (allocations, bytes) = line.split_once(" allocations, ")?;
        Some((allocations.parse().ok()?, bytes.strip_suffix(" bytes")?.parse().ok()?))
    });
    numbers.unwrap_or_else(|| panic!("the program tells what it has allocated, and not `{text}`"))
}
