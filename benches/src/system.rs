//! The machine and the process that measure.

use std::fs;
use std::thread;

use rustix::process::{Resource, getrlimit, setrlimit};

/// The lock file that the program was built with.
const LOCK: &str = include_str!("../../Cargo.lock");

/// The machine, and what the program was built of, as lines of text.
#[must_use]
pub fn description(crates: &[&str]) -> [String; 2] {
    let crates: Vec<_> = crates.iter().map(|name| format!("{name} {}", version(name))).collect();
    let machine = format!("{}, {} processors, Linux {}", processor(), processors(), kernel());
    [machine, format!("{}, {}", env!("COMPILER"), crates.join(", "))]
}

/// How many processors this process may run on.
#[must_use]
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

/// Allows as many open files as the system lets us.
pub fn open_many_files() {
    let limit = getrlimit(Resource::Nofile);
    // Where it is refused, a workload says that it needs more.
    let _ =
        setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit });
}

fn version(name: &str) -> &str {
    let package = format!("name = \"{name}\"\nversion = \"");
    let found = LOCK.split_once(&package).and_then(|(_, rest)| rest.split_once('"'));
    found.expect("it is one of the dependencies").0
}

fn processor() -> String {
    let all = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = all.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or("a processor without a name", |(_, model)| model).to_owned()
}

fn kernel() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.trim().to_owned()
}
