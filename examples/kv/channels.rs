//! Who has subscribed to which channel.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyrt::sync::mpsc::{Receiver, Sender, channel};

use crate::protocol::Reply;

/// So many messages wait for a subscriber, who is disconnected if there are more.
const WAITING: usize = 1024;

/// The subscribers of all channels.
#[derive(Default)]
pub(crate) struct Channels {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u64,
    subscribers: HashMap<Vec<u8>, HashMap<u64, Sender<Reply>>>,
}

/// One connection, as a subscriber. Its subscriptions end with it.
pub(crate) struct Subscriber {
    all: Arc<Channels>,
    number: u64,
    channels: Vec<Vec<u8>>,
    sender: Sender<Reply>,
    messages: Receiver<Reply>,
}

impl Channels {
    pub(crate) fn subscriber(self: &Arc<Self>) -> Subscriber {
        let (sender, messages) = channel(WAITING);
        let mut state = self.state();
        state.last += 1;
        Subscriber {
            all: Arc::clone(self),
            number: state.last,
            channels: Vec::new(),
            sender,
            messages,
        }
    }

    /// Sends to all subscribers of a channel, and returns how many there are. It waits for none: who is too slow
    /// loses its subscription, and learns of it.
    pub(crate) fn publish(&self, name: &[u8], message: &[u8]) -> usize {
        let mut state = self.state();
        let Some(subscribers) = state.subscribers.get_mut(name) else { return 0 };
        let parts = [b"message".as_slice(), name, message].map(|part| Reply::Bulk(part.to_vec()));
        let reply = Reply::Array(parts.into());
        subscribers.retain(|_, subscriber| subscriber.try_send(reply.clone()).is_ok());
        let reached = subscribers.len();
        if reached == 0 {
            state.subscribers.remove(name);
        }
        reached
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber {
    pub(crate) fn is_subscribed(&self) -> bool {
        !self.channels.is_empty()
    }

    pub(crate) fn subscribe(&mut self, channel: &[u8]) -> Reply {
        let mut state = self.all.state();
        let subscribers = state.subscribers.entry(channel.to_vec()).or_default();
        if subscribers.insert(self.number, self.sender.clone()).is_none() {
            self.channels.push(channel.to_vec());
        }
        drop(state);
        self.confirm("subscribe", Some(channel))
    }

    /// From one channel, or from all.
    pub(crate) fn unsubscribe(&mut self, channels: &[Vec<u8>]) -> Vec<Reply> {
        let all = if channels.is_empty() { self.channels.clone() } else { channels.to_vec() };
        if all.is_empty() {
            return vec![self.confirm("unsubscribe", None)];
        }
        let one = |channel: Vec<u8>| {
            self.leave(&channel);
            self.channels.retain(|other| *other != channel);
            self.confirm("unsubscribe", Some(&channel))
        };
        all.into_iter().map(one).collect()
    }

    /// The next message, or `None` for one who was too slow. Waits for ever without a subscription. Cancel safe.
    pub(crate) async fn message(&mut self) -> Option<Reply> {
        let lost = |state: &State| {
            let is_there = |channel| {
                let subscribers = state.subscribers.get::<Vec<u8>>(channel);
                subscribers.is_some_and(|subscribers| subscribers.contains_key(&self.number))
            };
            !self.channels.iter().all(is_there)
        };
        if self.messages.is_empty() && lost(&self.all.state()) {
            return None;
        }
        self.messages.recv().await
    }

    fn leave(&self, channel: &[u8]) {
        let mut state = self.all.state();
        if let Some(subscribers) = state.subscribers.get_mut(channel) {
            subscribers.remove(&self.number);
            if subscribers.is_empty() {
                state.subscribers.remove(channel);
            }
        }
    }

    fn confirm(&self, what: &str, channel: Option<&[u8]>) -> Reply {
        let channel = channel.map(<[u8]>::to_vec);
        let what = Reply::Bulk(what.as_bytes().to_vec());
        Reply::Array(vec![what, channel.into(), self.channels.len().into()])
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.channels.iter().for_each(|channel| self.leave(channel));
    }
}
