//! R10, a capability: two runtimes watch one descriptor at once.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;

use anyrt_core::{AsyncFd, Interest, Launch, Reactor};
use futures::poll;

use crate::suite::Launcher;
use crate::witness::Drive;

cases! { shared_watch if shared_watch:
    two_runtimes_watch_one_descriptor(launcher) [R10];
    a_runtime_that_stops_watching_leaves_the_other_its_watch(launcher) [R10];
}

type Watched<L> = AsyncFd<Arc<UnixStream>, <L as Launch>::Handle>;

fn watch<L: Launch>(runtime: &L, stream: &Arc<UnixStream>) -> Watched<L> {
    AsyncFd::new_on(runtime.handle(), Arc::clone(stream)).unwrap()
}

async fn read_byte<R: Reactor>(stream: &AsyncFd<Arc<UnixStream>, R>) -> io::Result<u8> {
    let mut byte = [0];
    let read = |stream: &Arc<UnixStream>| (&**stream).read_exact(&mut byte);
    stream.io(Interest::Readable, read).await?;
    Ok(byte[0])
}

pub fn two_runtimes_watch_one_descriptor<L: Launch>(launcher: &Launcher<L>) {
    let runtimes = [launcher.start(), launcher.start()];
    let (stream, mut peer) = UnixStream::pair().unwrap();
    let stream = Arc::new(stream);
    let watched = runtimes.each_ref().map(|runtime| watch(runtime, &stream));
    for byte in 0..20 {
        for (runtime, watched) in runtimes.iter().zip(&watched) {
            runtime.handle().drive(async {
                let mut read = pin!(read_byte(watched));
                assert!(poll!(read.as_mut()).is_pending());
                peer.write_all(&[byte]).unwrap();
                assert_eq!(read.await.unwrap(), byte);
                // Both were told of the byte, and one has it.
                assert!(poll!(pin!(watched.readable())).is_pending());
            });
        }
    }
}

pub fn a_runtime_that_stops_watching_leaves_the_other_its_watch<L: Launch>(launcher: &Launcher<L>) {
    let runtimes = [launcher.start(), launcher.start()];
    let (stream, mut peer) = UnixStream::pair().unwrap();
    let stream = Arc::new(stream);
    let stays = watch(&runtimes[0], &stream);
    for byte in 0..20 {
        let goes = watch(&runtimes[1], &stream);
        runtimes[0].handle().drive(async {
            let mut read = pin!(read_byte(&stays));
            assert!(poll!(read.as_mut()).is_pending());
            drop(goes);
            peer.write_all(&[byte]).unwrap();
            assert_eq!(read.await.unwrap(), byte);
        });
    }
}
