//! The contract of `anyrt_core` on a runtime's handle, and what this crate has beyond it.
//!
//! Nothing beneath this knows the traits of the contract, but for being inside of a runtime.

mod block_on;
mod blocking;
mod in_place;
mod local;
pub mod net;
mod pause;
mod reactor;
mod runtime;
mod spawn;
mod time;

pub use in_place::block_in_place;
pub use local::{LocalSet, spawn_local};
pub use reactor::Registration;
pub use runtime::{Builder, Runtime};
pub use time::Sleep;
