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
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyrt_core::backend::runtime_gone;
use anyrt_core::net::{self, Net, Resolve};
use anyrt_core::{Reactor, Source};

use crate::Handle;

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        let _guard = self.enter_tokio();
        // tokio panics where the I/O driver of an application's own runtime is not enabled.
        match catch_unwind(AssertUnwindSafe(|| Registration::new(source))) {
            // An error of tokio's own, and not of the system.
            Ok(Err(error)) if error.raw_os_error().is_none() => Err(runtime_gone()),
            Ok(result) => result,
            Err(_panic) => {
                let what = "this tokio runtime can't watch sockets: build it with `enable_all`";
                Err(io::Error::new(io::ErrorKind::Unsupported, what))
            }
        }
    }
}

impl Resolve for Handle {
    async fn resolve(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        net::look_up(self, host, port).await
    }
}

impl Net for Handle {}
