//! How exactly a thread wakes from a sleep, on systems that have no say in it.

/// Wakes as it does.
pub(crate) fn wake_on_time() {}
