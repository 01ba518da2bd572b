//! Cases of keep_alive.

use anyrt_core::Launch;

cases! { keep_alive:
    placeholder_keep_alive [S1];
}

/// Placeholder.
pub fn placeholder_keep_alive<L: Launch>(_runtime: L) {}
