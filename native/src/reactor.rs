//! Readiness of sources, by the runtime's own reactor.
//!
//! A worker without tasks waits for events on behalf of all ([`Driver`]). The README in the folder
//! `reactor` describes the protocol, and which model checks what.

mod driver;
mod registry;

mod readiness;
mod wakers;
mod word;

#[cfg(all(target_os = "linux", not(anyrt_portable)))]
mod epoll;
#[cfg(all(target_os = "linux", not(anyrt_portable)))]
use epoll as system;

#[cfg(any(not(target_os = "linux"), anyrt_portable))]
mod portable;
#[cfg(any(not(target_os = "linux"), anyrt_portable))]
use portable as system;

pub(crate) use driver::{Driver, Poller, Watched};
pub(crate) use system::{TELLS_THE_END, is_watched_late, raw};
pub(crate) use word::{Seen, UsedUp, Waited};
