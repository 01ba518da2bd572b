//! Cases of block_on.

use anyrt_core::Launch;

cases! { block_on:
    placeholder_block_on [S1];
}

/// Placeholder.
pub fn placeholder_block_on<L: Launch>(_runtime: L) {}
