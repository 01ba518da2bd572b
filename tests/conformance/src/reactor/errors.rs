//! Errors and hang-ups that come without anything to read or room to write, and what operations leave.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use anyrt_core::{AsyncFd, Interest, Launch, Reactor, Source, Spawn, Timer};
use futures::poll;
use socket2::SockRef;

use super::{fill, pipe, read_byte};
use crate::witness::Drive;

/// The forms in which an operation waits.
#[derive(Clone, Copy, Debug)]
enum Form {
    Async,
    Polled,
    /// It is told first that it would not block.
    Ready,
    PolledReady,
    /// It is told that it would not block, and waits again where that has changed.
    Guarded,
}

const FORMS: [Form; 5] = [Form::Async, Form::Polled, Form::Ready, Form::PolledReady, Form::Guarded];

impl Form {
    async fn perform<T: Source, R: Reactor, O: Send>(
        self,
        fd: &AsyncFd<T, R>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<O> + Send,
    ) -> io::Result<O> {
        match (self, interest) {
            (Self::Async, _) => return fd.io(interest, operation).await,
            (Self::Polled, _) => {
                return poll_fn(|cx| fd.poll_io(cx, interest, &mut operation)).await;
            }
            (Self::Ready, Interest::Readable) => fd.readable().await?,
            (Self::Ready, Interest::Writable) => fd.writable().await?,
            (Self::PolledReady, Interest::Readable) => poll_fn(|cx| fd.poll_read_ready(cx)).await?,
            (Self::PolledReady, Interest::Writable) => {
                poll_fn(|cx| fd.poll_write_ready(cx)).await?
            }
            (Self::Guarded, _) => loop {
                let mut guard = fd.ready(interest).await?;
                if let Ok(result) = guard.try_io(|fd| operation(fd.get_ref())) {
                    return result;
                }
            },
        };
        fd.try_io(interest, operation)
    }
}

pub fn a_refused_datagram_wakes_every_form_of_waiting_and_ends_nothing<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let bind = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let receive = |socket: &UdpSocket| socket.recv(&mut [0; 8]);
    handle.drive(async {
        for form in FORMS {
            // Hears itself only, so that datagrams of others find nobody at its port.
            let peer = bind();
            let address = peer.local_addr().unwrap();
            peer.connect(address).unwrap();
            let socket = bind();
            socket.connect(address).unwrap();
            let ours = AsyncFd::new_on(handle, socket).unwrap();

            for _ in 0..3 {
                let mut waiting = Box::pin(form.perform(&ours, Interest::Readable, receive));
                assert!(poll!(waiting.as_mut()).is_pending(), "{form:?}");
                ours.get_ref().send(b"anybody?").unwrap();
                let error = waiting.await.unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused, "{form:?}");
            }
            // It was told once, and the next datagram arrives as ever.
            let mut waiting = Box::pin(form.perform(&ours, Interest::Readable, receive));
            assert!(poll!(waiting.as_mut()).is_pending(), "{form:?}");
            peer.connect(ours.get_ref().local_addr().unwrap()).unwrap();
            peer.send(b"abc").unwrap();
            assert_eq!(waiting.await.unwrap(), 3, "{form:?}");
        }
    });
}

pub fn a_hang_up_wakes_every_form_of_reading<L: Launch>(runtime: L) {
    async fn check<T: Source, R: Reactor>(runtime: &R, source: T, form: Form, peer: impl Sized)
    where
        for<'a> &'a T: Read,
    {
        let source = AsyncFd::new_on(runtime, source).unwrap();
        let read = |mut source: &T| source.read(&mut [0]);
        let mut waiting = pin!(form.perform(&source, Interest::Readable, read));
        assert!(poll!(waiting.as_mut()).is_pending(), "{form:?}");
        drop(peer);
        assert_eq!(waiting.await.unwrap(), 0, "{form:?}");
        assert_eq!(form.perform(&source, Interest::Readable, read).await.unwrap(), 0, "{form:?}");
    }

    let handle = runtime.handle();
    handle.drive(async {
        for form in FORMS {
            let (reader, writer) = pipe();
            check(handle, reader, form, writer).await;
            let (one, other) = UnixStream::pair().unwrap();
            check(handle, one, form, other).await;
            let (ours, peer) = connection();
            check(handle, ours, form, peer).await;
        }
    });
}

pub fn a_hang_up_wakes_every_form_of_writing<L: Launch>(runtime: L) {
    async fn check<R: Reactor>(runtime: &R, writer: File, form: Form, reader: impl Sized) {
        let writer = AsyncFd::new_on(runtime, writer).unwrap();
        fill(writer.get_ref());
        let write = |mut writer: &File| writer.write(b"x");
        let mut waiting = pin!(form.perform(&writer, Interest::Writable, write));
        assert!(poll!(waiting.as_mut()).is_pending(), "{form:?}");
        drop(reader);
        let error = waiting.await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{form:?}");
        let error = form.perform(&writer, Interest::Writable, write).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{form:?}");
    }

    let handle = runtime.handle();
    handle.drive(async {
        for form in FORMS {
            let (reader, writer) = pipe();
            check(handle, writer, form, reader).await;
            let (one, other) = UnixStream::pair().unwrap();
            check(handle, File::from(std::os::fd::OwnedFd::from(one)), form, other).await;
        }
    });
}

pub fn a_reset_wakes_every_form_of_waiting_and_is_told_once<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let read = |mut stream: &TcpStream| stream.read(&mut [0]);
    handle.drive(async {
        for form in FORMS {
            let (ours, peer) = connection();
            let ours = AsyncFd::new_on(handle, ours).unwrap();
            let mut waiting = Box::pin(form.perform(&ours, Interest::Readable, read));
            assert!(poll!(waiting.as_mut()).is_pending(), "{form:?}");
            SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
            drop(peer);
            let error = waiting.await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{form:?}");
            let end = form.perform(&ours, Interest::Readable, read).await;
            assert_eq!(end.unwrap(), 0, "{form:?}");
        }
    });
}

fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, peer)
}

pub fn what_an_operation_left_is_there_for_all_that_follow<L: Launch>(runtime: L) {
    const BYTES: usize = 300;

    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = AsyncFd::new_on(handle, reader).unwrap();
    handle.drive(async {
        for form in FORMS {
            // It has seen the bytes, and wants more of them.
            let wants_more = |_: &File| Err::<(), _>(io::ErrorKind::WouldBlock.into());
            writer.write_all(&[7; BYTES]).unwrap();
            reader.readable().await.unwrap();
            assert!(poll!(pin!(reader.io(Interest::Readable, wants_more))).is_pending());
            for n in 0..BYTES {
                let mut read = [0];
                let operation = |mut reader: &File| reader.read(&mut read);
                let result = form.perform(&reader, Interest::Readable, operation).await;
                assert_eq!((result.unwrap(), read), (1, [7]), "{form:?}, byte {n}");
            }
            assert!(poll!(pin!(read_byte(&reader))).is_pending(), "{form:?}");
        }
    });
}

pub fn what_an_operation_left_starves_nobody<L: Launch>(runtime: L) {
    const HOGS: usize = 8;

    let handle = runtime.handle();
    let is_over = Arc::new(AtomicBool::new(false));
    let hogs: [_; HOGS] = std::array::from_fn(|n| {
        let (reader, mut writer) = pipe();
        let reader = AsyncFd::new_on(handle, reader).unwrap();
        let is_over = Arc::clone(&is_over);
        handle.spawn(async move {
            writer.write_all(b"x").unwrap();
            reader.readable().await.unwrap();
            let wants_more = |_: &File| Err::<(), _>(io::ErrorKind::WouldBlock.into());
            assert!(poll!(pin!(reader.io(Interest::Readable, wants_more))).is_pending());
            while !is_over.load(SeqCst) {
                // Each leaves the byte where it is.
                match n % 4 {
                    0 => drop(reader.readable().await.unwrap()),
                    1 => drop(poll_fn(|cx| reader.poll_read_ready(cx)).await.unwrap()),
                    2 => reader.io(Interest::Readable, |_| Ok(())).await.unwrap(),
                    _ => poll_fn(|cx| reader.poll_io(cx, Interest::Readable, |_| Ok(())))
                        .await
                        .unwrap(),
                }
            }
            drop(writer);
        })
    });
    handle.drive(async {
        handle.spawn(handle.sleep(Duration::from_millis(5))).await.unwrap();
        is_over.store(true, SeqCst);
        for hog in hogs {
            hog.await.unwrap();
        }
    });
}

pub fn what_an_operation_left_is_there_for_the_next<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = AsyncFd::new_on(handle, reader).unwrap();
    handle.drive(async {
        for form in FORMS {
            for byte in 0..3 {
                {
                    // It has seen the byte, and wants more of them.
                    let wants_more = |_: &File| Err::<(), _>(io::ErrorKind::WouldBlock.into());
                    writer.write_all(&[byte]).unwrap();
                    reader.readable().await.unwrap();
                    let io = pin!(reader.io(Interest::Readable, wants_more));
                    assert!(poll!(io).is_pending());
                    let polled = poll_fn(|cx| reader.poll_io(cx, Interest::Readable, wants_more));
                    assert!(poll!(pin!(polled)).is_pending());
                }
                let mut read = [0];
                let operation = |mut reader: &File| reader.read(&mut read);
                let n = form.perform(&reader, Interest::Readable, operation).await.unwrap();
                assert_eq!((n, read), (1, [byte]), "{form:?}");
            }
            assert!(poll!(pin!(read_byte(&reader))).is_pending());
        }
    });
}
