//! A periodic job: notes whose time is over are deleted.

use std::time::Duration;

use anyrt::sync::CancellationToken;
use anyrt::task::{Builder, TaskTracker};
use anyrt::time::MissedTickBehavior;
use anyrt::{select, time};

use crate::notes::Notes;

pub(crate) struct Expiry {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Expiry {
    /// Looks at once, and then again each time that `period` has passed.
    pub(crate) fn start(notes: Notes, period: Duration) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let look = look(notes, period, stop.clone());
        Builder::new().name("expiry").spawn(tasks.track_future(look));
        Self { stop, tasks }
    }

    /// Waits until it has ended.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn look(notes: Notes, period: Duration, stop: CancellationToken) {
    let mut ticks = time::interval(period);
    // When the program was held up, it looks once and not once for each time that it has missed.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        while !stop.is_cancelled() {
            match notes.delete_expired().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    eprintln!("notes: what has expired can't be deleted: {error}");
                    break;
                }
            }
        }
    }
}
