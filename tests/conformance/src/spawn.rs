//! Cases of spawn.

use anyrt_core::Launch;

cases! { spawn:
    placeholder_spawn [S1];
}

/// Placeholder.
pub fn placeholder_spawn<L: Launch>(_runtime: L) {}
