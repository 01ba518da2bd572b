//! Readiness of sources, by the runtime's own reactor.
//!
//! A worker without tasks waits for events on behalf of all ([`Driver`]). The README in the folder
//! `reactor` describes the protocol, and which model checks what; loom's models need only the part of it
//! that asks nothing of the system.

#[cfg(not(anyrt_loom))]
mod driver;
#[cfg(not(anyrt_loom))]
mod registry;

mod readiness;
mod wakers;
mod word;

#[cfg(all(target_os = "linux", not(any(anyrt_loom, anyrt_portable))))]
mod epoll;
#[cfg(all(target_os = "linux", not(any(anyrt_loom, anyrt_portable))))]
use epoll as system;

#[cfg(all(any(not(target_os = "linux"), anyrt_portable), not(anyrt_loom)))]
mod portable;
#[cfg(all(any(not(target_os = "linux"), anyrt_portable), not(anyrt_loom)))]
use portable as system;

#[cfg(not(anyrt_loom))]
pub(crate) use driver::{Driver, Poller};
#[cfg(not(anyrt_loom))]
pub(crate) use readiness::Readiness;
#[cfg(not(anyrt_loom))]
pub(crate) use registry::Token;
#[cfg(not(anyrt_loom))]
pub(crate) use system::{RawSource, TELLS_THE_END, raw};
#[cfg(not(anyrt_loom))]
pub(crate) use word::{Seen, UsedUp, Waited};
