//! Who polls which task when: cores, the threads that hold them, and how they wake each other.
//!
//! A *core* is a run queue with all that belongs to it. As many cores as there are workers exist, and
//! only the thread that holds a core polls tasks. Each core has an owner, a thread that does nothing
//! else; but while the owner sleeps, a thread in `block_on` may hold it. `scheduler/README.md` has
//! the protocols: `idle.rs` is that of sleeping, waking and lending, `ring.rs` and `injector.rs` are the
//! queues, `core.rs` and `worker.rs` what a thread does with a core, `monitor.rs` looks after those
//! that don't come to do it.

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
mod worker;

#[cfg(all(test, anyrt_loom))]
mod idle_loom;

pub(crate) use injector::{Injector, Link};

#[cfg(not(anyrt_loom))]
pub(crate) use self::core::Core;
#[cfg(not(anyrt_loom))]
pub(crate) use context::{Context, context, leave_behind, run_in_place, stack_limit};
#[cfg(not(anyrt_loom))]
pub(crate) use idle::{Idle, Lent, MAX_CORES};
#[cfg(not(anyrt_loom))]
pub(crate) use monitor::Monitor;
#[cfg(not(anyrt_loom))]
pub(crate) use parker::{Parker, Sleep};
#[cfg(not(anyrt_loom))]
pub(crate) use worker::{Ended, Worker, without_core};
