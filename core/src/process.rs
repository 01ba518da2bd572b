//! Which process something belongs to: after a fork, a child has a copy of it.

use std::process;

/// For backends: the process in which something was made.
///
/// What a forked child shares with its parent, such as an instance of epoll, it must not take apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home(u32);

impl Home {
    /// This process.
    pub fn here() -> Self {
        Self(process::id())
    }

    /// Whether this is that process, and no child of it.
    pub fn is_here(self) -> bool {
        self == Self::here()
    }
}
