//! Reads that stop short of their buffer although more is there.

use std::io::{self, IoSliceMut, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::pin::pin;

use anyrt_core::net::{Stream, UnixStream};
use anyrt_core::{Launch, Reactor, Source};
use futures::{AsyncReadExt, poll};
use rustix::io::IoSlice;
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
    send, sendmsg, socketpair,
};
use socket2::SockRef;

use super::connection;
use crate::witness::Drive;

/// The ways to read: those that wait with `io`, those that wait with `poll_io`, and to be told first.
#[derive(Clone, Copy, Debug)]
enum Way {
    Async,
    AsyncVectored,
    Polled,
    PolledVectored,
    Readable,
}

const WAYS: [Way; 5] =
    [Way::Async, Way::AsyncVectored, Way::Polled, Way::PolledVectored, Way::Readable];

impl Way {
    async fn read<S: Source, R: Reactor>(
        self,
        mut stream: &Stream<S, R>,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        match self {
            Self::Async => stream.read(buffer).await,
            Self::AsyncVectored => stream.read_vectored(&mut [IoSliceMut::new(buffer)]).await,
            Self::Polled => AsyncReadExt::read(&mut stream, buffer).await,
            Self::PolledVectored => {
                AsyncReadExt::read_vectored(&mut stream, &mut [IoSliceMut::new(buffer)]).await
            }
            Self::Readable => {
                stream.readable().await?;
                stream.read(buffer).await
            }
        }
    }
}

/// Lets the peer send what `feed` sends while a read waits, and reads all of it, in each way.
async fn everything_is_read<S: Source, R: Reactor>(
    stream: &Stream<S, R>,
    feed: impl Fn(),
    expected: &[u8],
) {
    // Where other threads look after the reactor, what was sent may be told piece by piece, which
    // hides what is looked for here; so it is sent several times.
    const ROUNDS: usize = 20;

    for way in WAYS {
        for _ in 0..ROUNDS {
            let mut buffer = [0; 64];
            let mut read = Box::pin(way.read(stream, &mut buffer));
            assert!(poll!(read.as_mut()).is_pending());
            feed();
            let n = read.await.unwrap();
            let mut bytes = buffer[..n].to_vec();
            while bytes.len() < expected.len() {
                let n = way.read(stream, &mut buffer).await.unwrap();
                bytes.extend_from_slice(&buffer[..n]);
            }
            assert_eq!(bytes, expected, "{way:?}");
        }
        assert!(poll!(pin!(stream.readable())).is_pending());
    }
}

pub fn a_read_that_stops_at_descriptors_leaves_the_rest_to_the_next<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (ours, peer) = std::os::unix::net::UnixStream::pair().unwrap();
    let feed = || {
        for _ in 0..3 {
            let descriptors = [peer.as_fd()];
            let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut along = SendAncillaryBuffer::new(&mut space);
            assert!(along.push(SendAncillaryMessage::ScmRights(&descriptors)));
            let bytes = [IoSlice::new(b"ab")];
            assert_eq!(sendmsg(&peer, &bytes, &mut along, SendFlags::empty()).unwrap(), 2);
            (&peer).write_all(b"c").unwrap();
        }
    };
    handle.drive(async {
        let stream = UnixStream::from_std_on(handle, ours).unwrap();
        everything_is_read(&stream, feed, b"abcabcabc").await;
    });
}

pub fn a_read_that_stops_at_the_end_of_a_record_leaves_the_next_one<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (ours, peer) = records();
    let feed = || {
        for record in [b"ab", b"cd", b"ef"] {
            assert_eq!(send(&peer, record, SendFlags::empty()).unwrap(), 2);
        }
    };
    handle.drive(async {
        let stream = Stream::from_std_on(handle, ours).unwrap();
        everything_is_read(&stream, feed, b"abcdef").await;
    });
}

/// That a socket is called a TCP stream in the program does not make it one.
pub fn a_socket_that_is_only_called_a_tcp_stream_keeps_its_records<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (ours, peer) = records();
    let feed = || {
        for record in [b"ab", b"cd"] {
            assert_eq!(send(&peer, record, SendFlags::empty()).unwrap(), 2);
        }
    };
    handle.drive(async {
        let stream = Stream::from_std_on(handle, std::net::TcpStream::from(ours)).unwrap();
        everything_is_read(&stream, feed, b"abcd").await;
    });
}

fn records() -> (OwnedFd, OwnedFd) {
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::empty(), None).unwrap()
}

pub fn urgent_data_stalls_nobody<L: Launch>(runtime: L) {
    urgent_data(&runtime, false, b"beforeafter");
}

pub fn urgent_data_among_the_others_stalls_nobody<L: Launch>(runtime: L) {
    urgent_data(&runtime, true, b"before!after");
}

fn urgent_data<L: Launch>(runtime: &L, is_inline: bool, expected: &[u8]) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, peer) = connection(handle);
        SockRef::from(&stream).set_out_of_band_inline(is_inline).unwrap();
        SockRef::from(&peer).set_tcp_nodelay(true).unwrap();
        let feed = || {
            (&peer).write_all(b"before").unwrap();
            assert_eq!(SockRef::from(&peer).send_out_of_band(b"!").unwrap(), 1);
            (&peer).write_all(b"after").unwrap();
        };
        everything_is_read(&stream, feed, expected).await;
    });
}
