//! Connections: reading requests, answering them in their order, and ending.

use std::io;
use std::sync::Arc;

use anyrt::net::{TcpListener, TcpStream};
use anyrt::sync::{CancellationToken, Semaphore};
use anyrt::task::TaskTracker;

use crate::channels::{Channels, Subscriber};
use crate::commands::{execute, split};
use crate::protocol::{Reply, Request, Requests};
use crate::store::Store;

/// What all connections share.
#[derive(Default)]
pub(crate) struct Shared {
    store: Store,
    channels: Arc<Channels>,
}

/// Serves until `stop` is cancelled, and then until every connection has ended.
pub(crate) async fn serve(listener: TcpListener, most_connections: usize, stop: CancellationToken) {
    let shared = Arc::new(Shared::default());
    let (connections, places) = (TaskTracker::new(), Arc::new(Semaphore::new(most_connections)));
    let of_expiry = Arc::clone(&shared);
    let expiry = anyrt::spawn(async move { of_expiry.store.forget_what_expires().await });
    let _expiry = expiry.abort_on_drop();
    let mut incoming = listener.incoming();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, incoming.accept().await)
        };
        let (place, accepted) = anyrt::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        match accepted {
            Err(error) => eprintln!("kv: not accepted: {error}"),
            Ok((stream, peer)) => {
                let connection = Connection::new(stream, &shared);
                let stop = stop.clone();
                connections.spawn(async move {
                    let _place = place;
                    if let Err(error) = connection.serve(stop).await {
                        eprintln!("kv: {peer}: {error}");
                    }
                });
            }
        }
    }
    connections.close();
    connections.wait().await;
}

struct Connection {
    stream: TcpStream,
    shared: Arc<Shared>,
    subscriber: Subscriber,
    requests: Requests,
    replies: Vec<u8>,
    ends: bool,
}

impl Connection {
    fn new(stream: TcpStream, shared: &Arc<Shared>) -> Self {
        let (shared, subscriber) = (Arc::clone(shared), shared.channels.subscriber());
        Self {
            stream,
            shared,
            subscriber,
            requests: Requests::default(),
            replies: Vec::new(),
            ends: false,
        }
    }

    async fn serve(mut self, stop: CancellationToken) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        let mut buffer = vec![0; 16 * 1024];
        while !self.ends {
            anyrt::select! {
                read = self.stream.read(&mut buffer) => match read {
                    Ok(0) => return Ok(()),
                    Ok(length) => self.receive(&buffer[..length]),
                    // A client that is killed.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
                    Err(error) => return Err(error),
                },
                message = self.subscriber.message() => match message {
                    Some(message) => message.write(&mut self.replies),
                    None => return Err(io::Error::other("a subscriber is too slow")),
                },
                () = stop.cancelled() => return Ok(()),
            }
            // All at once, also for requests that came at once.
            self.stream.write_all(&self.replies).await?;
            self.replies.clear();
        }
        Ok(())
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.requests.push(bytes);
        loop {
            match self.requests.next() {
                Ok(Some(request)) => self.answer(request),
                Ok(None) => return,
                Err(what) => {
                    Reply::Error(format!("ERR Protocol error: {what}")).write(&mut self.replies);
                    self.ends = true;
                    return;
                }
            }
        }
    }

    fn answer(&mut self, request: Request) {
        let Some((name, arguments)) = split(request) else { return };
        let reply = match (name.as_str(), arguments.as_slice()) {
            ("subscribe", [_, ..]) => {
                for channel in &arguments {
                    self.subscriber.subscribe(channel).write(&mut self.replies);
                }
                return;
            }
            ("unsubscribe", channels) => {
                for reply in self.subscriber.unsubscribe(channels) {
                    reply.write(&mut self.replies);
                }
                return;
            }
            ("quit", _) => {
                self.ends = true;
                Reply::OK
            }
            _ if self.subscriber.is_subscribed() && name != "ping" => Reply::Error(format!(
                "ERR Can't execute '{name}': only SUBSCRIBE and its kin are allowed"
            )),
            ("publish", [channel, message]) => {
                self.shared.channels.publish(channel, message).into()
            }
            _ => execute(&self.shared.store, &name, &arguments),
        };
        reply.write(&mut self.replies);
    }
}
