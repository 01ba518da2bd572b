//! Accepting connections, and serving them until it is time to stop.

mod accepted;
mod connection;
mod connections;
mod limits;
mod listener;
mod request;
mod server;
mod service;
mod signal;
mod tls;

pub use accepted::Accepted;
pub use listener::Listener;
pub use server::Server;
pub use service::{BoxError, HttpService};
pub use tls::{Handshake, Plain};

/// Makes what [`Server::serve`] takes of a service of tower's, such as a router of axum's.
pub use hyper_util::service::TowerToHyperService;
