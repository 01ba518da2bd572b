//! N4, B6: descriptors and threads run out.
//!
//! Limits belong to a process, so each of these cases has its own.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

mod descriptors;
mod threads;

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub use descriptors::*;
pub use threads::*;

cases! { exhaustion:
    accept_returns_the_error_and_accepts_when_there_are_descriptors_again [N4] alone;
    a_unix_listener_accepts_when_there_are_descriptors_again [N4] alone;
    incoming_does_not_spin_while_there_are_no_descriptors [N4] alone;
    a_closure_without_a_thread_is_an_error_of_its_join [B6] alone;
    closures_queue_for_the_threads_there_are [B6] alone;
}

/// Sets a limit of this process, and the former one when it is dropped.
struct Limit {
    resource: Resource,
    number: u64,
    before: Rlimit,
}

impl Limit {
    fn set(resource: Resource, number: u64) -> Self {
        let before = getrlimit(resource);
        setrlimit(resource, Rlimit { current: Some(number), ..before }).unwrap();
        Self { resource, number, before }
    }

    fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        setrlimit(self.resource, self.before).unwrap();
    }
}

/// How many descriptors this process has open.
fn descriptors() -> u64 {
    fs::read_dir("/proc/self/fd").unwrap().count() as u64
}

/// The bytes of the address space of this process.
fn address_space() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = pages.split(' ').next().unwrap().parse().unwrap();
    pages * rustix::param::page_size() as u64
}
