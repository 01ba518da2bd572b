//! Channels, locks and signals between tasks: tokio's own, which need no runtime.
//!
//! Around some of them stands a layer that adds what does need one: deadlines by the clock of the runtime, and the refusal to block a thread that
//! polls tasks. `Mutex` and `RwLock` are without, because no layer can be around their guards that own an `Arc` without unsafe code:
//! their `blocking_` methods block such a thread.

pub mod broadcast;
pub mod mpsc;
pub mod oneshot;

pub use real::sync::*;

/// # Panics
///
/// If this thread polls a future of a runtime.
#[track_caller]
fn check_blocking() {
    assert!(
        !crate::context::is_async(),
        "Cannot block the current thread from within a runtime. This happens because a function attempted to block the \
         current thread while the thread is being used to drive asynchronous tasks."
    );
}
