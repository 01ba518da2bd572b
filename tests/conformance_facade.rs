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

macro_rules! suites {
    ($($variant:ident = $module:ident: $krate:ident, $feature:literal, $whose:ident, $blocks:ident;)+) => {
        $(
            #[cfg(feature = $feature)]
            mod $module {
                anyrt_tests::capabilities::$module! {
                    name = concat!("anyrt on ", $feature);
                    runtime = super::Facade;
                    start = |config| super::Facade::start_on($feature, config);
                }
            }
        )+
    };
}

anyrt::__with_backends!(suites!);
