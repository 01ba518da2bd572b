//! Cases of blocking.

use anyrt_core::Launch;

cases! { blocking:
    placeholder_blocking [S1];
}

/// Placeholder.
pub fn placeholder_blocking<L: Launch>(_runtime: L) {}
