//! The one async-std runtime of the process.

use std::sync::LazyLock;

use anyrt_core::Config;
use anyrt_core::backend::BlockingPool;

/// The async-std runtime, of which there is one in a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Handle(());

impl Handle {
    /// The runtime of the process, which starts when it is first used.
    ///
    /// Where the system refuses what it needs, that first use panics;
    /// [`Runtime::start`](anyrt_core::Launch::start) returns the error.
    pub fn new() -> Self {
        Self(())
    }

    pub(crate) fn blocking(self) -> &'static BlockingPool {
        static POOL: LazyLock<BlockingPool> =
            LazyLock::new(|| BlockingPool::new(&Config::default()));
        &POOL
    }
}
