//! Sockets are the system's, watched by `anyrt_async_io`.

use std::io;

use anyrt_async_io::Registration;
use anyrt_core::net::{Net, Resolve};
use anyrt_core::{Reactor, Source};

use super::Handle;

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        Registration::new_nonblocking(source)
    }
}

impl Resolve for Handle {}

impl Net for Handle {}
