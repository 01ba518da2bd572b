//! Whether the process has been forked, on systems where none can be.

/// A number that is another one after a fork, in the child: always the same.
#[inline]
pub(crate) fn forks() -> u32 {
    0
}

/// There are none.
pub(crate) fn watch_forks(_in_child: fn()) {}
