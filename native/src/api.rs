//! The contract of `anyrt_core` on a runtime's handle, and what this crate has beyond it: all that users see.
//!
//! Nothing beneath this knows the traits of the contract, but for being inside of a runtime.

mod block_on;
mod blocking;
mod in_place;
pub mod net;
mod pause;
mod reactor;
mod runtime;
mod spawn;
mod time;

pub use anyrt_core::task::{Builder as TaskBuilder, Id as TaskId};
pub use anyrt_core::{
    AbortOnDrop, BlockInPlace, BlockOn, Config, Current, Flavor, Interest, JoinError, Launch,
    PauseClock, Reactor, Shutdown, Spawn, SpawnBlocking, Timer, YieldNow, yield_now,
};

pub use crate::shared::{EnterGuard, Handle};
pub use crate::task::{AbortHandle, JoinHandle};
pub use in_place::block_in_place;
pub use reactor::Registration;
pub use runtime::{Builder, Runtime};
pub use time::Sleep;
