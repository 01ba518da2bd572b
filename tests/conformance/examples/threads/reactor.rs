//! Sockets are the system's, watched by `anyrt_async_io`.

use std::io;
use std::net::SocketAddr;

use anyrt_async_io::Registration;
use anyrt_core::net::{self, Net, Resolve};
use anyrt_core::{Reactor, Source};

use super::Handle;

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        Registration::new_nonblocking(source)
    }
}

impl Resolve for Handle {
    async fn resolve(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        net::look_up(self, host, port).await
    }
}

impl Net for Handle {}
