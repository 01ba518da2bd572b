//! The contract on the backend of examples/custom_backend.rs: by itself, and under the facade.
#![cfg(all(unix, feature = "dyn"))]

#[path = "../examples/custom_backend.rs"]
#[allow(dead_code, unreachable_pub, reason = "written as a program, whose `main` is not called")]
mod custom_backend;

use std::io;

use anyrt::{Handle, Launch};
use anyrt_core::Config;

mod adapter {
    anyrt_conformance::suite! {
        name = "custom";
        runtime = super::custom_backend::Runtime;
        capabilities = [background_progress, attends_block_on];
        lacks = {
            worker_count: "the runtime belongs to the process",
            current_thread: "the runtime belongs to the process, and has threads of its own",
            keep_alive: "the threads for blocking closures belong to the process",
            shutdown: "the runtime belongs to the process, and ends with it",
            blocking_limit: "the threads for blocking closures belong to the process",
            stack_size: "the runtime belongs to the process",
            steals_handoff: "there may be a single thread, and nobody can ask for more",
            shared_watch: "the reactor belongs to the process, and watches a descriptor once",
        };
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
        let handle = Handle::custom("custom", *runtime.handle());
        Ok(Self { _runtime: runtime, handle })
    }

    fn handle(&self) -> &Handle {
        &self.handle
    }
}

mod facade {
    anyrt_conformance::suite! {
        name = "anyrt on custom";
        runtime = super::Facade;
        capabilities = [background_progress, attends_block_on];
        lacks = {
            worker_count: "the runtime belongs to the process",
            current_thread: "the runtime belongs to the process, and has threads of its own",
            keep_alive: "the threads for blocking closures belong to the process",
            shutdown: "the runtime belongs to the process, and ends with it",
            blocking_limit: "the threads for blocking closures belong to the process",
            stack_size: "the runtime belongs to the process",
            steals_handoff: "there may be a single thread, and nobody can ask for more",
            shared_watch: "the reactor belongs to the process, and watches a descriptor once",
        };
    }
}
