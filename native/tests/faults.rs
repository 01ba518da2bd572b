//! What goes wrong around a runtime, and what it does then: it goes on, or says so by an error.
//!
//! Each test has a process of its own, which is killed after a minute: limits, signals and threads
//! belong to processes, and what hangs is to fail. None of them measures time. What has to be soon is
//! shown by the order in which things happen, by counts, and by loops that end with them.
#![cfg(target_os = "linux")]

#[path = "faults/blocking.rs"]
mod blocking;
#[path = "faults/callbacks.rs"]
mod callbacks;
#[path = "faults/joins.rs"]
mod joins;
#[path = "faults/process.rs"]
mod process;
#[path = "faults/reactor.rs"]
mod reactor;
#[path = "faults/shutdown.rs"]
mod shutdown;
#[path = "faults/signals.rs"]
mod signals;
#[path = "faults/stuck.rs"]
mod stuck;
mod support_faults;
#[path = "faults/system.rs"]
mod system;
#[path = "faults/tasks.rs"]
mod tasks;
#[path = "faults/timers.rs"]
mod timers;
#[path = "faults/wakers.rs"]
mod wakers;
