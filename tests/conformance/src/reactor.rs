//! Cases of reactor.

use anyrt_core::Launch;

cases! { reactor:
    placeholder_reactor [S1];
}

/// Placeholder.
pub fn placeholder_reactor<L: Launch>(_runtime: L) {}
