//! A client of the feed: what it is told, and when it is cut off.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyrt::observe::{Wait, labelled};
use anyrt::sync::OwnedSemaphorePermit;
use anyrt::sync::broadcast::{self, error::RecvError};
use anyrt::task::TaskTrackerToken;
use anyrt::{select, time};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};

use super::{Change, Feed, Settings, json};

pub(crate) struct Follower {
    feed: Arc<Feed>,
    changes: broadcast::Receiver<Utf8Bytes>,
    _place: OwnedSemaphorePermit,
    /// Counts from the request on, so that the end waits for a socket that is about to be upgraded.
    _counted: TaskTrackerToken,
}

impl Follower {
    /// `None` if there are too many already.
    pub(super) fn new(feed: Arc<Feed>) -> Option<Self> {
        let place = Arc::clone(&feed.places).try_acquire_owned().ok()?;
        let (changes, counted) = (feed.changes.subscribe(), feed.followers.token());
        Some(Self { feed, changes, _place: place, _counted: counted })
    }

    /// Until the client goes or is cut off, or the feed ends.
    pub(crate) async fn run(mut self, mut socket: WebSocket) {
        if let Some(reason) = self.tell(&mut socket).await {
            let _ = self.close(&mut socket, reason).await;
        }
    }

    /// Returns why the client is to go, unless it has gone.
    async fn tell(&mut self, socket: &mut WebSocket) -> Option<CloseFrame> {
        let Settings { ping_every, silence_limit, .. } = self.feed.settings;
        let mut last_heard = time::now();
        let mut ping = time::interval_at(last_heard + ping_every, ping_every);
        loop {
            select! {
                // In this order: at the end there are no more changes, and all of them are told.
                biased;
                change = labelled(self.changes.recv(), || Wait::other(&"change")) => {
                    let text = match change {
                        Ok(text) => text,
                        Err(RecvError::Lagged(changes)) => {
                            self.feed.missed.fetch_add(changes, Ordering::Relaxed);
                            json(&Change::Missed { changes })
                        }
                        Err(RecvError::Closed) => return Some(going_away()),
                    };
                    self.send(socket, Message::Text(text)).await?;
                }
                () = self.feed.stop.cancelled() => return Some(going_away()),
                message = socket.recv() => match message {
                    // The answer to a ping, or something that nobody has asked for. A close frame is answered while the
                    // next message is awaited, which then does not come.
                    Some(Ok(_)) => last_heard = time::now(),
                    Some(Err(_)) | None => return None,
                },
                _ = ping.tick() => {
                    if time::now() - last_heard > silence_limit {
                        return Some(frame(close_code::POLICY, "no answer to a ping"));
                    }
                    self.send(socket, Message::Ping(Default::default())).await?;
                }
            }
        }
    }

    /// `None` if the client has gone, or does not read.
    async fn send(&self, socket: &mut WebSocket, message: Message) -> Option<()> {
        time::timeout(self.feed.settings.send_limit, socket.send(message)).await.ok()?.ok()
    }

    /// Waits for the answer, so that the client reads all that was sent before.
    async fn close(&self, socket: &mut WebSocket, reason: CloseFrame) -> Option<()> {
        self.send(socket, Message::Close(Some(reason))).await?;
        let gone = async { while let Some(Ok(_)) = socket.recv().await {} };
        time::timeout(self.feed.settings.send_limit, gone).await.ok()
    }
}

fn going_away() -> CloseFrame {
    frame(close_code::AWAY, "the server ends")
}

fn frame(code: u16, reason: &'static str) -> CloseFrame {
    CloseFrame { code, reason: Utf8Bytes::from_static(reason) }
}
