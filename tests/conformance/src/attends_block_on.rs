//! K6, a capability: the future in `block_on` is in time though every worker is busy.
//!
//! How soon is not measured: on a runtime that can't do it, it never is.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyrt_core::net::UdpSocket;
use anyrt_core::{Flavor, Launch, Spawn, Timer};

use crate::Launcher;
use crate::witness::{Drive, Keeper, Receive, gate};

cases! { attends_block_on if attends_block_on:
    a_sleep_in_block_on_ends_though_every_worker_is_busy(launcher) [K6];
    a_read_in_block_on_ends_though_every_worker_is_busy(launcher) [K6];
}

/// More than there are workers, where their number is not known. Other cases may use the same runtime there.
const MANY: usize = 64;

/// Starts a runtime and blocks all of its workers until the keepers open their gates.
fn start_busy<L: Launch>(launcher: &Launcher<L>) -> (L, Vec<Keeper>) {
    let mut workers = None;
    let runtime = launcher.start_with(|config| {
        if let Flavor::WorkerThreads(number) = config.flavor {
            workers = number;
        }
    });
    let (blocks, is_blocked) = mpsc::channel();
    let keepers = (0..workers.map_or(MANY, |workers| workers.get()))
        .map(|_| {
            let (keeper, gate) = gate();
            let blocks = blocks.clone();
            drop(runtime.handle().spawn(async move {
                blocks.send(()).unwrap();
                gate.wait();
            }));
            keeper
        })
        .collect();
    for _ in 0..workers.map_or(1, |workers| workers.get()) {
        is_blocked.receive().unwrap();
    }
    (runtime, keepers)
}

pub fn a_sleep_in_block_on_ends_though_every_worker_is_busy<L: Launch>(launcher: &Launcher<L>) {
    let (runtime, keepers) = start_busy(launcher);
    let handle = runtime.handle();
    handle.drive(async {
        for _ in 0..3 {
            handle.sleep(Duration::from_millis(5)).await;
        }
    });
    keepers.into_iter().for_each(Keeper::open);
}

pub fn a_read_in_block_on_ends_though_every_worker_is_busy<L: Launch>(launcher: &Launcher<L>) {
    let (runtime, keepers) = start_busy(launcher);
    let handle = runtime.handle();
    let peer = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let peer_address = peer.local_addr().unwrap();
    handle.drive(async {
        let socket = UdpSocket::bind_on(handle, "127.0.0.1:0").await.unwrap();
        socket.connect(peer_address).await.unwrap();
        let address = socket.local_addr().unwrap();
        let (mut byte, turns) = ([0], 3);
        let sender = thread::spawn(move || {
            // Each is sent when the one before was read.
            peer.connect(address).unwrap();
            for n in 0..turns {
                peer.send(&[n]).unwrap();
                peer.recv(&mut [0]).unwrap();
            }
        });
        for n in 0..turns {
            socket.recv(&mut byte).await.unwrap();
            assert_eq!(byte, [n]);
            socket.send(&byte).await.unwrap();
        }
        sender.join().unwrap();
    });
    keepers.into_iter().for_each(Keeper::open);
}
