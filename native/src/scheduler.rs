//! Who polls which task when: cores, the threads that hold them, and how they wake each other.
//!
//! A *core* is a run queue with all that belongs to it, and only the thread that holds a core polls tasks.
//! A runtime with workers has a core for each of them, which no other thread ever holds. A current-thread
//! runtime has one, which the threads in `block_on` hold by turns. `scheduler/README.md` has the terms and
//! the protocols: `idle.rs` is that of sleeping and waking, `ring.rs` and `injector.rs` are the queues,
//! `core.rs` and `worker.rs` what a thread does with a core, `monitor.rs` looks after the cores whose
//! threads are stuck.

mod idle;
mod injector;
mod parker;
mod ring;

#[cfg(not(anyrt_loom))]
mod context;
#[cfg(not(anyrt_loom))]
mod core;
#[cfg(not(anyrt_loom))]
mod monitor;
#[cfg(not(anyrt_loom))]
mod paused;
#[cfg(not(anyrt_loom))]
mod worker;

#[cfg(all(test, anyrt_loom))]
mod idle_loom;

pub(crate) use injector::{Injector, Link};

#[cfg(not(anyrt_loom))]
pub(crate) use self::core::{Core, SLOT_STREAK};
#[cfg(not(anyrt_loom))]
pub(crate) use context::{Context, context, leave_behind, runs};
#[cfg(not(anyrt_loom))]
pub(crate) use idle::{CoreState, Idle, MAX_CORES};
#[cfg(not(anyrt_loom))]
pub(crate) use monitor::Monitor;
#[cfg(not(anyrt_loom))]
pub(crate) use parker::{Parker, Sleep};
#[cfg(not(anyrt_loom))]
pub(crate) use worker::{Ended, Worker, without_core};
