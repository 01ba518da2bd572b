//! Cases of background_progress.

use anyrt_core::Launch;

cases! { background_progress:
    placeholder_background_progress [S1];
}

/// Placeholder.
pub fn placeholder_background_progress<L: Launch>(_runtime: L) {}
