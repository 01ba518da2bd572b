//! Cases of net.

use anyrt_core::Launch;

cases! { net:
    placeholder_net [S1];
}

/// Placeholder.
pub fn placeholder_net<L: Launch>(_runtime: L) {}
