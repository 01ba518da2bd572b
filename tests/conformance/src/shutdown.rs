//! Cases of shutdown.

use anyrt_core::Launch;

cases! { shutdown:
    placeholder_shutdown [S1];
}

/// Placeholder.
pub fn placeholder_shutdown<L: Launch>(_runtime: L) {}
