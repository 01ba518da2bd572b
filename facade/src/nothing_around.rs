//! Stands in for `tokio_context` where that is not compiled: no runtime is inside another.
#![allow(dead_code, reason = "with the feature, nothing is absent")]

use std::future::Future;
use std::io;

use anyrt_core::Config;

use crate::backends::Handles;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Surroundings;

impl Surroundings {
    pub(crate) fn of_threads(self, _: &str, config: Config) -> io::Result<Config> {
        Ok(config)
    }

    pub(crate) fn of_block_on(self, _: &Handles) {}

    pub(crate) fn end(_: &Handles) {}

    pub(crate) fn of_process(self) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn task<F: Future>(future: F) -> F {
        future
    }

    pub(crate) fn closure<F>(closure: F) -> F {
        closure
    }
}

pub(crate) struct Around;

impl Around {
    pub(crate) fn block_on(_: &Handles) -> Self {
        Self
    }

    pub(crate) fn of(_: &Handles) -> Self {
        Self
    }

    pub(crate) fn is_something(&self) -> bool {
        false
    }

    pub(crate) fn is_here() -> bool {
        false
    }

    pub(crate) fn enter(&self) -> impl Sized {
        Self
    }
}
