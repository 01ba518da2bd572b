//! Who polls which task when: cores, the threads that hold them, and how they wake each other.
//!
//! A *core* is a run queue with all that belongs to it, and only the thread that holds a core polls tasks.
//! A runtime with workers has a core for each of them, which no other thread ever holds. A current-thread
//! runtime has one, which the threads in `block_on` hold by turns. `scheduler/README.md` has the terms and
//! the protocols: `idle.rs` is that of sleeping and waking, with `parked.rs`, `ring.rs` and `injector.rs` are the queues,
//! `core.rs` has those of one core. What threads do with that is in `shared`.

mod idle;
mod injector;
mod parked;
mod parker;
mod ring;

#[cfg(not(anyrt_loom))]
mod core;

#[cfg(all(test, anyrt_loom))]
mod idle_loom;
#[cfg(all(test, anyrt_loom, anyrt_shuttle))]
mod shuttle_models;

#[cfg(not(anyrt_loom))]
pub(crate) use self::core::{Call, Core, FRESH, WORTH_SHARING};
pub(crate) use idle::Idle;
pub(crate) use injector::Injector;
pub(crate) use parker::{Parker, Sleep};
