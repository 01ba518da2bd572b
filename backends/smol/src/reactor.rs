//! Readiness comes from async-io's reactor, which belongs to the process; sources end with their runtime all the same.

use std::io;
use std::net::SocketAddr;

use anyrt_async_io::Clock;
use anyrt_core::net::{self, Net, Resolve};
use anyrt_core::{Reactor, Source};

use crate::Handle;

pub use anyrt_async_io::Registration;

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        Registration::new_nonblocking_of(self.sources(), source)
    }
}

impl Resolve for Handle {
    async fn resolve(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        // On whichever threads it is done, as a closure: others wait for it.
        let _held = self.clock().map(Clock::hold);
        net::look_up(self, host, port).await
    }
}

impl Net for Handle {}
