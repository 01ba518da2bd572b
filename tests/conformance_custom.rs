//! The contract on the backend of examples/custom_backend.rs: by itself, and under the facade.
#![cfg(all(unix, feature = "dyn"))]

#[path = "../examples/custom_backend.rs"]
#[allow(dead_code, unreachable_pub, reason = "written as a program, whose `main` is not called")]
mod custom_backend;

use std::io;

use anyrt::{Handle, Launch};
use anyrt_core::Config;

mod adapter {
    anyrt_tests::capabilities::custom! {
        name = "custom";
        runtime = super::custom_backend::Runtime;
    }
}

/// The custom backend, whose handle is hidden in the facade's.
struct Facade {
    _runtime: custom_backend::Runtime,
    handle: Handle,
}

impl Launch for Facade {
    type Handle = Handle;

    fn start(config: &Config) -> io::Result<Self> {
        let runtime = custom_backend::Runtime::start(config)?;
        let handle = Handle::custom("custom", runtime.handle().clone());
        Ok(Self { _runtime: runtime, handle })
    }

    fn handle(&self) -> &Handle {
        &self.handle
    }
}

mod facade {
    anyrt_tests::capabilities::custom! {
        name = "anyrt on custom";
        runtime = super::Facade;
    }
}
