//! Readiness of sources, by the runtime's own reactor.
//!
//! A worker without tasks waits for events on behalf of all ([`Driver`]). The README in the folder
//! `reactor` describes the protocol, and which model checks what; loom's models need only the part of it
//! that asks nothing of the system.

#[cfg(not(anyrt_loom))]
mod driver;
#[cfg(not(anyrt_loom))]
mod registration;
#[cfg(not(anyrt_loom))]
mod registry;
#[cfg(not(anyrt_loom))]
mod watch;

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
pub use registration::Registration;

#[cfg(not(anyrt_loom))]
use {
    crate::Handle,
    anyrt_core::net::{Net, Resolve},
    anyrt_core::{Reactor, Source},
    std::io,
    watch::Watch,
};

#[cfg(not(anyrt_loom))]
impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        let watch = Watch::begin(self, system::raw(&source))?;
        Ok(Registration { watch, source })
    }
}

#[cfg(not(anyrt_loom))]
impl Resolve for Handle {
    async fn resolve(&self, host: String, port: u16) -> io::Result<Vec<std::net::SocketAddr>> {
        // On whichever threads it is done, as a closure: others wait for it.
        let _held = self.to_shared().hold_clock();
        anyrt_core::net::look_up(self, host, port).await
    }
}

#[cfg(not(anyrt_loom))]
impl Net for Handle {}

#[cfg(all(test, unix, not(anyrt_loom)))]
mod test_sources;
