//! Waits that have a name and are stored.

use std::future::poll_fn;
use std::io::{Read, Write};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use anyrt_core::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixStream};
use anyrt_core::{AsyncFd, Interest, Launch, Waiter, Watched};
use futures::stream::FuturesUnordered;
use futures::{StreamExt, poll};

use super::{fill, pipe};
use crate::witness::Drive;

/// Of one direction.
const WAITERS: usize = 40;

fn waiters<T: Watched>(source: &Arc<T>, interest: Interest) -> Vec<Waiter<T>> {
    (0..WAITERS).map(|_| Waiter::new(Arc::clone(source), interest)).collect()
}

/// Polls each of them with a waker of its own, once.
async fn all_are_pending<T: Watched>(waiters: &mut [Waiter<T>]) {
    let mut waits: FuturesUnordered<_> = waiters.iter_mut().map(Waiter::ready).collect();
    assert!(poll!(waits.next()).is_pending());
}

pub fn stored_waits_are_all_woken_beside_the_poll_functions<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (ours, mut peer) = std::os::unix::net::UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let mut written = fill(&ours);
        let stream = Arc::new(UnixStream::from_std_on(handle, ours).unwrap());
        let mut readers = waiters(&stream, Interest::Readable);
        let mut writers = waiters(&stream, Interest::Writable);
        // The same ones, again and again.
        for _ in 0..3 {
            all_are_pending(&mut readers).await;
            all_are_pending(&mut writers).await;
            let mut waits: FuturesUnordered<_> =
                readers.iter_mut().chain(&mut writers).map(Waiter::ready).collect();
            assert!(poll!(waits.next()).is_pending());
            let mut readable = poll_fn(|cx| stream.poll_read_ready(cx));
            let mut writable = poll_fn(|cx| stream.poll_write_ready(cx));
            assert!(poll!(&mut readable).is_pending());
            assert!(poll!(&mut writable).is_pending());

            peer.write_all(b"x").unwrap();
            let mut received = vec![0; written];
            peer.read_exact(&mut received).unwrap();
            while let Some(ready) = waits.next().await {
                ready.unwrap();
            }
            readable.await.unwrap();
            writable.await.unwrap();

            stream.read_exact(&mut [0]).await.unwrap();
            written = 0;
            while let Ok(n) = stream.try_write(&[0; 4096]) {
                written += n;
            }
        }
    });
}

pub fn a_stored_wait_says_so_while_data_is_left<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (reader, mut writer) = pipe();
        let reader = Arc::new(AsyncFd::new_on(handle, reader).unwrap());
        let mut waiter = Waiter::new(Arc::clone(&reader), Interest::Readable);
        for _ in 0..2 {
            assert!(poll!(Box::pin(waiter.ready())).is_pending());
            writer.write_all(b"ab").unwrap();
            for _ in 0..3 {
                waiter.ready().await.unwrap();
            }
            assert_eq!(reader.get_ref().read(&mut [0; 2]).unwrap(), 2);
        }
        assert!(poll!(Box::pin(waiter.ready())).is_pending());
        drop(writer);
        waiter.ready().await.unwrap();
        assert_eq!(reader.get_ref().read(&mut [0]).unwrap(), 0);
    });
}

pub fn a_stored_wait_that_is_dropped_leaves_nothing<L: Launch>(runtime: L) {
    struct Nobody;

    impl Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }

    let handle = runtime.handle();
    handle.drive(async {
        let (reader, mut writer) = pipe();
        let reader = Arc::new(AsyncFd::new_on(handle, reader).unwrap());
        let nobody = Arc::new(Nobody);
        let waker = Waker::from(Arc::clone(&nobody));
        let mut dropped = waiters(&reader, Interest::Readable);
        for waiter in &mut dropped {
            assert!(waiter.poll_ready(&mut Context::from_waker(&waker)).is_pending());
        }
        drop(waker);
        assert!(Arc::strong_count(&nobody) > 1);
        let mut kept = Waiter::new(Arc::clone(&reader), Interest::Readable);
        assert!(poll!(Box::pin(kept.ready())).is_pending());
        drop(dropped);
        assert_eq!(Arc::strong_count(&nobody), 1);
        writer.write_all(b"x").unwrap();
        kept.ready().await.unwrap();
        assert!(Arc::ptr_eq(kept.source(), &reader) && kept.interest() == Interest::Readable);
        drop(kept);
        Arc::into_inner(reader).unwrap().into_inner().unwrap();
    });
}

pub fn every_kind_of_socket_can_be_waited_for<L: Launch>(runtime: L) {
    fn check<T: Watched>(source: T) -> Waiter<T> {
        fn is_stored<T: Send + Sync + Unpin + std::fmt::Debug + 'static>(_: &T) {}

        let waiter = Waiter::new(Arc::new(source), Interest::Writable);
        is_stored(&waiter);
        waiter
    }

    let handle = runtime.handle();
    handle.drive(async {
        let listener = TcpListener::bind_on(handle, "127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiter = Waiter::new(Arc::new(listener), Interest::Readable);
        assert!(poll!(Box::pin(waiter.ready())).is_pending());
        let tcp = TcpStream::connect_on(handle, address).await.unwrap();
        waiter.ready().await.unwrap();
        let _connection = waiter.source().accept().await.unwrap();
        check(tcp).ready().await.unwrap();
        let (unix, _peer) = UnixStream::pair_on(handle).unwrap();
        check(unix).ready().await.unwrap();
        let udp = UdpSocket::bind_on(handle, "127.0.0.1:0").await.unwrap();
        check(udp).ready().await.unwrap();
        let (datagram, _peer) = UnixDatagram::pair_on(handle).unwrap();
        let mut waiter = check(datagram);
        poll_fn(|cx| waiter.poll_ready(cx)).await.unwrap();
    });
}
