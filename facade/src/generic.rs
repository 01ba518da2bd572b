//! The contract, for libraries that are generic over runtimes, and for adapters: one dependency is enough.
//!
//! Here is everything of [`anyrt_core`], under the names that it has there. Where this crate has a type for the
//! chosen runtime, the contract has a trait, or a type with the runtime as a parameter:
//!
//! | here, for any `R` | for the chosen runtime |
//! |---|---|
//! | [`generic::net::TcpStream<R>`](anyrt_core::net::TcpStream), and the other sockets | [`net::TcpStream`](crate::net::TcpStream) |
//! | the traits [`generic::JoinHandle`](anyrt_core::JoinHandle), [`generic::AbortHandle`](anyrt_core::AbortHandle) | [`JoinHandle`](crate::JoinHandle), [`AbortHandle`](crate::AbortHandle) |
//! | the trait [`generic::Sleep`](anyrt_core::Sleep) | [`time::Sleep`](crate::time::Sleep) |
//! | the trait [`Registration`] | [`reactor::Registration`](crate::reactor::Registration) |
//!
//! ```
//! use std::io;
//! use std::net::SocketAddr;
//! use anyrt::generic::net::UdpSocket;
//! use anyrt::{Backend, Handle};
//!
//! /// Tells its peers what it hears, on whatever runtime it is given.
//! #[derive(Debug)]
//! pub struct Relay<R: Backend = Handle> {
//!     socket: UdpSocket<R>,
//!     peers: Vec<SocketAddr>,
//! }
//!
//! impl<R: Backend> Relay<R> {
//!     pub async fn on(runtime: &R, address: SocketAddr) -> io::Result<Self> {
//!         Ok(Self { socket: UdpSocket::bind_on(runtime, address).await?, peers: Vec::new() })
//!     }
//! }
//! ```

#[doc(no_inline)]
pub use anyrt_core::*;
