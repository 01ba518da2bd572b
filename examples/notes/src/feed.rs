//! The feed: a WebSocket for each client that follows the changes.
//!
//! A change is kept once for all clients, and so many changes at most: who reads more slowly than they come is told how many
//! it has missed, and can list the notes anew.

mod follower;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyrt::sync::{CancellationToken, Semaphore, broadcast};
use anyrt::task::TaskTracker;
use axum::extract::ws::Utf8Bytes;
use serde::Serialize;

pub(crate) use follower::Follower;

use crate::notes::Note;

/// What a client of the feed gets, as JSON.
#[derive(Debug, Serialize)]
#[serde(tag = "change", rename_all = "lowercase")]
pub enum Change<'a> {
    Created {
        note: &'a Note,
    },
    /// A job has found what is in it.
    Changed {
        note: &'a Note,
    },
    Deleted {
        id: i64,
    },
    /// So many changes came while the client did not read.
    Missed {
        changes: u64,
    },
}

/// Limits of the feed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many clients may follow at once; further ones are refused.
    pub most_clients: usize,
    /// How many changes a client may be behind.
    pub most_changes: usize,
    /// A client that takes longer to read a message is cut off.
    pub send_limit: Duration,
    /// How often a client is asked whether it is there.
    pub ping_every: Duration,
    /// A client that has not answered for so long is cut off.
    pub silence_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            most_clients: 1000,
            most_changes: 256,
            send_limit: Duration::from_secs(10),
            ping_every: Duration::from_secs(20),
            silence_limit: Duration::from_secs(50),
        }
    }
}

pub(crate) struct Feed {
    settings: Settings,
    changes: broadcast::Sender<Utf8Bytes>,
    places: Arc<Semaphore>,
    followers: TaskTracker,
    stop: CancellationToken,
    missed: AtomicU64,
}

impl Feed {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            changes: broadcast::Sender::new(settings.most_changes),
            places: Arc::new(Semaphore::new(settings.most_clients)),
            followers: TaskTracker::new(),
            stop: CancellationToken::new(),
            missed: AtomicU64::new(0),
            settings,
        }
    }

    /// Waits for nobody.
    pub(crate) fn publish(&self, change: &Change<'_>) {
        // It is refused when nobody follows.
        let _ = self.changes.send(json(change));
    }

    /// Someone who gets each change from now on; `None` if there are too many already.
    pub(crate) fn follow(self: &Arc<Self>) -> Option<Follower> {
        Follower::new(Arc::clone(self))
    }

    /// How many clients follow.
    pub(crate) fn followers(&self) -> usize {
        self.followers.len()
    }

    /// How many changes were not told to clients that were too slow.
    pub(crate) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// Has all clients get what was published until now and a close frame, and waits until they have gone.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.followers.close();
        self.followers.wait().await;
    }
}

fn json(change: &Change<'_>) -> Utf8Bytes {
    // Numbers and texts have no value that JSON lacks.
    serde_json::to_string(change).expect("a change is JSON").into()
}
