//! Cases of time.

use anyrt_core::Launch;

cases! { time:
    placeholder_time [S1];
}

/// Placeholder.
pub fn placeholder_time<L: Launch>(_runtime: L) {}
