//! Where the system has no sockets: what a backend says of them, [`Net`] and [`Resolve`], on types that have no
//! values, so that the contract is one everywhere.

// As the paths in there have it.
#[path = "nothing.rs"]
mod endpoint;
#[path = "network.rs"]
mod network;
use endpoint as kind;
use endpoint as look_up;

pub use endpoint::{Socket, SocketKind, look_up};
pub use network::{Net, Network, Resolve};
