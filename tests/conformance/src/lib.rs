//! The contract of anyrt as tests that any backend can run.
//!
//! The author of a backend writes this, in an integration test:
//!
//! ```
//! anyrt_conformance::suite! {
//!     name = "tokio"; // what reports call it
//!     runtime = anyrt_tokio::Runtime;
//!     // Optional: how it is started, if not by `Launch::start`.
//!     start = |config| {
//!         anyrt_core::Launch::start(&config.clone().thread_name("tested"))
//!     };
//!     capabilities = [
//!         worker_count,
//!         current_thread,
//!         background_progress,
//!         keep_alive,
//!         shutdown,
//!         blocking_limit,
//!         stack_size,
//!         shared_watch,
//!         block_in_place,
//!         thread_hooks,
//!         park_hooks,
//!     ];
//!     // Optional: every capability stands either above or here.
//!     lacks = {
//!         attends_block_on: "the timers and sockets of a runtime with workers are attended by these",
//!         steals_handoff: "the task that a worker woke last waits for that worker",
//!         pausable_clock: "its clock is the system's",
//!     };
//!     // Optional: `module::case`, or `configuration::module::case` if it fails in that one only.
//!     known_failing = {
//!         "spawn::dropping_the_handle_detaches": "an example: it does not fail at all",
//!         "current_thread::time::sleeps_are_never_early": "nor does this one",
//!     };
//! }
//! # fn main() {}
//! ```
//!
//! It makes one `#[test]` of each case in each configuration, `configuration::module::case`, and
//! `the_suite_is_declared_soundly`, which fails if the lists above are not complete or name what is
//! not there. A case is a function, has a sentence for a name, and says which guarantees of
//! [`anyrt_core`](anyrt_core#guarantees) it proves. It never asks which backend it runs on: where
//! runtimes may differ there is a capability.
//!
//! Cases that are known to fail do run. Such a failure is a line on the standard error and the test
//! passes; once the case passes, the test fails and says that it is to be taken off the list.
//!
//! # Configurations
//!
//! | configuration | how the runtime is started |
//! |---|---|
//! | `one_worker` | with one worker thread |
//! | `several_workers` | with four worker threads, or as many as a variable says |
//! | `default_workers` | with as many as the backend likes, instead of the two above where it lacks `worker_count` |
//! | `current_thread` | with none: the threads in `block_on` poll the tasks; where the backend has `current_thread` |
//!
//! # Capabilities
//!
#![doc = include_str!("../CAPABILITIES.md")]
//!
//! # The report
//!
//! The program `anyrt-matrix` of this package runs the suites of a package or a workspace, each case in a
//! process of its own, and reports which backend keeps which guarantee:
//!
//! ```sh
//! cargo install anyrt-conformance                  # once
//! anyrt-matrix --html matrix.html -- --test suite  # in the folder of the backend
//! ```
//!
//! What stands behind `--` is for `cargo test`. The program knows the cases of its own version, and says
//! which version to install for others. `cargo install --path tests/conformance`, in a clone of anyrt,
//! does for a version that is not published.
//!
//! # Hangs
//!
//! A case that takes longer than a minute has failed: the report says at which line it waits, and
//! its threads are left. Each hang halves the patience for the cases after it in the same process,
//! down to a fifth of a second, so that a backend which never does anything ends the suite in
//! minutes. Cases that may end their process, or exhaust it, have one of their own.
//!
//! # Environment variables
//!
//! | variable | |
//! |---|---|
//! | `ANYRT_CONFORMANCE_PATIENCE` | how long to wait for a case at first: seconds, such as `2.5` |
//! | `ANYRT_CONFORMANCE_WORKERS` | how many workers the configuration `several_workers` has, instead of four |
//! | `ANYRT_CONFORMANCE_REPORT` | with `1`, tests print what came of them for programs to read |
//! | `ANYRT_CONFORMANCE_ALONE` | set by the suite in the processes of single cases |
//!
//! With `ANYRT_CONFORMANCE_REPORT=1` and the harness's `--nocapture`, a case's test prints one of
//! the first three lines to the standard output, and `the_suite_is_declared_soundly` the others,
//! their fields separated by tabs. The harness may have begun the line.
//!
//! ```text
//! anyrt-case    passed
//! anyrt-case    failed           message
//! anyrt-case    known-failure    reason   message
//! anyrt-suite   name             tokio
//! anyrt-suite   version          0.1.0
//! anyrt-suite   capability       shutdown
//! anyrt-suite   lacks            steals_handoff   reason
//! anyrt-suite   known-failing    name             reason
//! ```
#![forbid(unsafe_code)]

#[macro_use]
mod suite;

pub mod block_on;
pub mod blocking;
pub mod net;
pub mod observe;
pub mod reactor;
pub mod spawn;
pub mod time;

#[cfg(target_os = "linux")]
pub mod exhaustion;
#[cfg(not(target_os = "linux"))]
#[path = "exhaustion/elsewhere.rs"]
pub mod exhaustion;

pub mod driven;
pub mod lone_errors;
pub mod worker_count;
pub mod yielding;

pub mod attends_block_on;
pub mod background_progress;
pub mod block_in_place;
pub mod blocking_limit;
pub mod keep_alive;
pub mod orphans;
pub mod park_hooks;
pub mod pausable_clock;
pub mod shared_watch;
pub mod shutdown;
pub mod stack_size;
pub mod steals_handoff;
pub mod thread_hooks;
pub mod worker_hooks;
pub mod worker_stacks;

mod waits;
mod witness;

pub use suite::{CAPABILITIES, Capability, Case, Configuration, Launcher, all_cases};

/// For the macros of this crate.
#[doc(hidden)]
pub mod __private {
    pub use anyrt_core::Launch;

    pub use crate::suite::{Body, Declaration, Suite, check, run};
}
