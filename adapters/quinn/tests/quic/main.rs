//! quinn on every backend: transfers, faults, the socket beneath, and HTTP/3 above.
#![cfg(unix)]

mod endpoints;
mod faults;
mod h3;
mod sockets;
mod transfers;
