//! Registering, the end of a registration, and other threads.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::mpsc;
use std::thread;

use anyrt_core::{AsyncFd, Launch, Reactor, Registration, Spawn};
use futures::channel::oneshot;
use futures::poll;
use rustix::fs::{OFlags, fcntl_getfl};

use super::polling::{on_a_foreign_executor, poll_once, when_pending, with_changing_wakers};
use super::{pipe, read_byte};
use crate::witness::{Drive, Receive};

type Fd<L, T = File> = AsyncFd<T, <L as Launch>::Handle>;

pub fn any_thread_can_register<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let register = {
        let handle = handle.clone();
        move || AsyncFd::new_on(&handle, reader)
    };
    let reader = thread::spawn(register).join().unwrap().unwrap();
    handle.drive(async {
        let mut read = pin!(read_byte(&reader));
        assert!(poll!(read.as_mut()).is_pending());
        writer.write_all(b"x").unwrap();
        assert_eq!(read.await.unwrap(), b'x');
    });
}

pub fn registering_makes_the_source_non_blocking<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (reader, _writer) = pipe();
    assert!(!fcntl_getfl(&reader).unwrap().contains(OFlags::NONBLOCK));
    let reader = AsyncFd::new_on(handle, reader).unwrap();
    assert!(fcntl_getfl(&reader).unwrap().contains(OFlags::NONBLOCK));

    let (stream, _peer) = UnixStream::pair().unwrap();
    let stream = handle.register(stream).unwrap();
    let error = stream.source().read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    handle.drive(async {
        assert!(poll!(pin!(read_byte(&reader))).is_pending());
    });
}

pub fn regular_files_are_refused<L: Launch>(runtime: L) {
    let open = || File::open(std::env::current_exe().unwrap()).unwrap();
    let handle = runtime.handle();
    assert!(AsyncFd::new_on(handle, open()).is_err());
    assert!(handle.register(open()).is_err());
    assert!(handle.register(TcpStream::from(OwnedFd::from(open()))).is_err());
    handle.drive(async {
        assert!(Fd::<L>::new(open()).is_err());
    });
}

pub fn a_registration_finds_the_runtime_around_it<L: Launch>(runtime: L) {
    async fn here<L: Launch>() {
        let (reader, mut writer) = pipe();
        let reader = Fd::<L>::new(reader).unwrap();
        let mut read = pin!(read_byte(&reader));
        assert!(poll!(read.as_mut()).is_pending());
        writer.write_all(b"x").unwrap();
        assert_eq!(read.await.unwrap(), b'x');
    }

    let handle = runtime.handle();
    handle.drive(here::<L>());
    handle.drive(handle.spawn(here::<L>())).unwrap();
}

pub fn the_source_comes_back_and_can_be_registered_again<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (mut reader, mut writer) = pipe();
    let number = reader.as_raw_fd();
    handle.drive(async {
        for round in 0..100 {
            let fd = AsyncFd::new_on(handle, reader).unwrap();
            assert_eq!(fd.as_raw_fd(), number);
            assert_eq!(fd.get_ref().as_raw_fd(), number);
            let mut read = Box::pin(read_byte(&fd));
            assert!(poll!(read.as_mut()).is_pending());
            writer.write_all(&[round]).unwrap();
            if round % 2 == 0 {
                assert_eq!(read.await.unwrap(), round);
                reader = fd.into_inner().unwrap();
            } else {
                drop(read);
                reader = fd.into_inner().unwrap();
                let mut byte = [0];
                reader.read_exact(&mut byte).unwrap();
                assert_eq!(byte, [round]);
            }
            // Still open, and still in non-blocking mode.
            assert_eq!(reader.as_raw_fd(), number);
            let error = reader.read(&mut [0]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        }
    });
}

pub fn dropping_a_registration_closes_the_descriptor<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        for polls in 0..3 {
            let (reader, mut writer) = pipe();
            let reader = AsyncFd::new_on(handle, reader).unwrap();
            for _ in 0..polls {
                assert!(poll!(pin!(read_byte(&reader))).is_pending());
            }
            writer.write_all(b"x").unwrap();
            drop(reader);
            let error = writer.write_all(b"x").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        }
    });
}

pub fn a_descriptor_number_can_be_reused_at_once<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (old, mut old_peer) = pipe();
        let mut old = AsyncFd::new_on(handle, old).unwrap();
        for round in 0..2000_u32 {
            // Leave an event behind that nobody has seen.
            let _ = poll!(pin!(read_byte(&old)));
            old_peer.write_all(b"old").unwrap();
            drop(old);
            // The system gives out the lowest free number, which is most often that of `old`.
            let (new, mut new_peer) = pipe();
            let new = AsyncFd::new_on(handle, new).unwrap();
            assert!(poll!(pin!(new.readable())).is_pending());
            if round % 16 == 0 {
                let mut read = pin!(read_byte(&new));
                assert!(poll!(read.as_mut()).is_pending());
                new_peer.write_all(b"n").unwrap();
                assert_eq!(read.await.unwrap(), b'n');
            }
            (old, old_peer) = (new, new_peer);
        }
    });
}

pub fn a_registration_moves_to_a_foreign_executor<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = AsyncFd::new_on(handle, reader).unwrap();
    handle.drive(async {
        assert!(poll!(pin!(read_byte(&reader))).is_pending());
    });
    let (is_waiting, waiting) = mpsc::channel();
    thread::spawn(move || {
        for byte in 0..100 {
            waiting.receive().unwrap();
            writer.write_all(&[byte]).unwrap();
        }
    });
    on_a_foreign_executor(&runtime, async move {
        for byte in 0..100 {
            let tell = is_waiting.clone();
            let read = when_pending(with_changing_wakers(read_byte(&reader)), move || {
                tell.send(()).unwrap();
            });
            assert_eq!(read.await.unwrap(), byte);
        }
    });
}

pub fn a_wait_moves_to_a_foreign_executor<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = AsyncFd::new_on(handle, reader).unwrap();
    let mut read = Box::pin(async move { read_byte(&reader).await });
    handle.drive(async {
        assert!(poll!(read.as_mut()).is_pending());
    });
    let (is_waiting, waiting) = oneshot::channel();
    thread::spawn(move || {
        futures::executor::block_on(waiting).unwrap();
        writer.write_all(b"x").unwrap();
    });
    let read = when_pending(read, move || is_waiting.send(()).unwrap());
    assert_eq!(on_a_foreign_executor(&runtime, read).unwrap(), b'x');
}

pub fn a_registration_made_and_used_on_a_foreign_thread_works<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    on_a_foreign_executor(&runtime, async move {
        for round in 0..100 {
            let (reader, mut writer) = pipe();
            let reader = AsyncFd::new_on(&handle, reader).unwrap();
            let mut read = pin!(read_byte(&reader));
            assert!(poll_once(read.as_mut()).is_pending());
            writer.write_all(&[round]).unwrap();
            assert_eq!(read.await.unwrap(), round);
        }
    });
}
