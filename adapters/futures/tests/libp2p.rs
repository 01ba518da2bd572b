//! libp2p takes a closure for an executor: its connections are tasks on every backend.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_channel::oneshot::{self, Receiver};
use futures_util::StreamExt;
use libp2p_core::transport::{MemoryTransport, Transport};
use libp2p_core::upgrade::Version;
use libp2p_core::{Multiaddr, PeerId};
use libp2p_identity::Keypair;
use libp2p_swarm::{Config, Swarm, SwarmEvent};

/// A node in the memory of this process, whose connections are tasks of the runtime that this thread is inside.
fn node(tasks: &Arc<AtomicUsize>) -> Swarm<libp2p_ping::Behaviour> {
    let key = Keypair::generate_ed25519();
    let transport = MemoryTransport::new()
        .upgrade(Version::V1)
        .authenticate(libp2p_plaintext::Config::new(&key))
        .multiplex(libp2p_yamux::Config::default())
        .boxed();
    let (runtime, tasks) = (anyrt::Handle::current(), Arc::clone(tasks));
    let config = Config::with_executor(move |future| {
        tasks.fetch_add(1, SeqCst);
        drop(runtime.spawn(future));
    });
    Swarm::new(transport, libp2p_ping::Behaviour::default(), key.public().to_peer_id(), config)
}

async fn listen(node: &mut Swarm<libp2p_ping::Behaviour>) -> Multiaddr {
    node.listen_on("/memory/0".parse().unwrap()).unwrap();
    loop {
        if let SwarmEvent::NewListenAddr { address, .. } = node.select_next_some().await {
            return address;
        }
    }
}

/// Runs a node until the task is dropped, and tells which peer has answered a ping of it first.
fn run(mut node: Swarm<libp2p_ping::Behaviour>) -> (anyrt::AbortOnDrop<()>, Receiver<PeerId>) {
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    let task = anyrt::spawn(async move {
        loop {
            if let SwarmEvent::Behaviour(ping) = node.select_next_some().await {
                ping.result.unwrap();
                // Nobody waits for another one.
                let _ = tell.take().map(|tell| tell.send(ping.peer));
            }
        }
    });
    (task.abort_on_drop(), told)
}

#[anyrt::test(all)]
async fn two_nodes_answer_each_other() {
    let tasks = Arc::<AtomicUsize>::default();
    let (mut one, mut other) = (node(&tasks), node(&tasks));
    let names = (*one.local_peer_id(), *other.local_peer_id());
    other.dial(listen(&mut one).await).unwrap();
    let ((_one, by_other), (_other, by_one)) = (run(one), run(other));
    assert_eq!((by_one.await.unwrap(), by_other.await.unwrap()), names);
    assert!(tasks.load(SeqCst) >= 2, "no task for each end");
}
