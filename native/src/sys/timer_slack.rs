//! How exactly a thread wakes from a sleep, on Linux.

/// Has the calling thread woken when its time has come, and not up to 50 us later, as it is by default
/// so that the system can wake several threads at once.
pub(crate) fn wake_on_time() {
    // SAFETY: it changes a number that belongs to the thread, and reads no memory. Where it fails, the
    // thread wakes later.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1_usize) };
}
