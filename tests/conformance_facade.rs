//! The contract on `anyrt::Handle`, over each backend that is compiled in.
#![cfg(all(unix, feature = "some-backend"))]

use std::io;
use std::time::Duration;

use anyrt::{Builder, Handle, Launch, Runtime, Shutdown};
use anyrt_core::Config;

/// A runtime of a backend that was asked for by name.
struct Facade(Runtime);

impl Facade {
    fn start_on(backend: &str, config: &Config) -> io::Result<Self> {
        Builder::from(config.clone()).backend(backend).build().map(Self)
    }
}

impl Launch for Facade {
    type Handle = Handle;

    fn start(config: &Config) -> io::Result<Self> {
        Runtime::start(config).map(Self)
    }

    fn handle(&self) -> &Handle {
        self.0.handle()
    }
}

/// Only used where the backend is one that can be ended.
impl Shutdown for Facade {
    fn shutdown_timeout(self, timeout: Duration) {
        self.0.shutdown_timeout(timeout).expect("the backend's runtimes can be ended");
    }
}

#[cfg(feature = "tokio")]
mod tokio {
    anyrt_conformance::suite! {
        name = "anyrt on tokio";
        runtime = super::Facade;
        start = |config| super::Facade::start_on("tokio", config);
        capabilities = [
            worker_count,
            current_thread,
            background_progress,
            keep_alive,
            shutdown,
            blocking_limit,
            stack_size,
            shared_watch,
        ];
        lacks = {
            attends_block_on: "the timers and sockets of a runtime with workers are attended by these",
            steals_handoff: "the task that a worker woke last waits for that worker",
        };
    }
}

#[cfg(feature = "async-std")]
mod async_std {
    anyrt_conformance::suite! {
        name = "anyrt on async-std";
        runtime = super::Facade;
        start = |config| super::Facade::start_on("async-std", config);
        capabilities = [background_progress, attends_block_on];
        lacks = {
            worker_count: "the runtime belongs to the process, and ASYNC_STD_THREAD_COUNT sets the number",
            current_thread: "the runtime belongs to the process, and has threads of its own",
            keep_alive: "the threads for blocking closures belong to the process",
            shutdown: "the runtime belongs to the process, and ends with it",
            blocking_limit: "the threads for blocking closures belong to the process",
            stack_size: "the runtime belongs to the process, and chooses the stacks",
            steals_handoff: "there may be a single thread, and nobody can ask for more",
            shared_watch: "the reactor belongs to the process, and watches a descriptor once",
        };
    }
}

#[cfg(feature = "smol")]
mod smol {
    anyrt_conformance::suite! {
        name = "anyrt on smol";
        runtime = super::Facade;
        start = |config| super::Facade::start_on("smol", config);
        capabilities = [
            worker_count,
            current_thread,
            background_progress,
            attends_block_on,
            keep_alive,
            shutdown,
            blocking_limit,
            stack_size,
            steals_handoff,
        ];
        lacks = {
            shared_watch: "the reactor belongs to the process, and watches a descriptor once",
        };
    }
}

#[cfg(feature = "native")]
mod native {
    anyrt_conformance::suite! {
        name = "anyrt on native";
        runtime = super::Facade;
        start = |config| super::Facade::start_on("native", config);
        capabilities = [
            worker_count,
            current_thread,
            background_progress,
            attends_block_on,
            keep_alive,
            shutdown,
            blocking_limit,
            stack_size,
            shared_watch,
            steals_handoff,
        ];
    }
}
