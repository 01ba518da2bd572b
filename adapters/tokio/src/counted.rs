//! Operations that take from the budget of their task.
//!
//! That is tokio's, from which channels, locks and utilities take, so that all of them are one sum. anyrt counts what its sockets
//! and timers do as well, and what a task does that is none of this package's: its budget is a unit larger.

#[cfg(any(feature = "net", feature = "process"))]
use std::future::Future;

pub(crate) use real::task::coop::poll_proceed;
#[cfg(any(feature = "net", feature = "process"))]
use sync_wrapper::SyncFuture;

/// What waits for something of the runtime's, and takes a unit.
#[cfg(any(feature = "net", feature = "process"))]
pub(crate) fn counted<F: Future>(operation: F) -> real::task::coop::Coop<SyncFuture<F>> {
    real::task::coop::cooperative(SyncFuture::new(operation))
}

/// Takes a unit, and lets others go first where none is left.
#[cfg(feature = "net")]
pub(crate) async fn consume_budget() {
    real::task::coop::consume_budget().await;
    anyrt::task::consume_budget().await;
}
