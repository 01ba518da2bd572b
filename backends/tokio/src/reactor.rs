//! Readiness, by whatever of tokio can watch a foreign socket on this system.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as sys;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as sys;

pub use sys::Registration;

use std::io;

use anyrt_core::{Current, Reactor, Source};

use crate::Handle;

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        let _guard = self.enter();
        Registration::new(source)
    }
}
