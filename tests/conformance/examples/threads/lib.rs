//! A backend of plain threads with one queue: the skeleton of the guide in `anyrt_core::guide`.

mod executor;
mod handle;

mod block_on;
mod blocking;
mod current;
mod reactor;
mod runtime;
mod spawn;
mod time;

pub use handle::Handle;
pub use runtime::Runtime;
