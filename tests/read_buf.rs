//! Sockets read into the buffers of the crate `bytes`, on every backend.
#![cfg(all(unix, feature = "bytes", feature = "some-backend"))]

use std::future::poll_fn;
use std::io::ErrorKind;
use std::task::Poll;

use anyrt::Builder;
use anyrt::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram};
use bytes::{BufMut, BytesMut};
use futures::future::join;

#[test]
fn reads_append_to_what_the_buffer_holds() {
    for backend in anyrt::selection().unwrap().compiled() {
        let runtime = Builder::new().backend(*backend).build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (accepted, connected) = join(listener.accept(), TcpStream::connect(address)).await;
            let (peer, stream) = (accepted.unwrap().0, connected.unwrap());

            let mut buffer = BytesMut::from(&b"ab"[..]);
            let error = stream.try_read_buf(&mut buffer).unwrap_err();
            assert_eq!((error.kind(), &buffer[..]), (ErrorKind::WouldBlock, &b"ab"[..]));
            {
                let mut read = Box::pin(stream.read_buf(&mut buffer));
                assert!(poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx).is_pending())).await);
                peer.write_all(b"cd").await.unwrap();
                assert_eq!(read.await.unwrap(), 2);
            }
            assert_eq!(buffer, &b"abcd"[..]);

            // What there is no room for stays, and what is not filled stays as it was.
            let mut memory = [0xAA; 8];
            let (reader, _writer) = stream.split();
            peer.write_all(b"efghi").await.unwrap();
            let mut room = (&mut memory[..]).limit(3);
            assert_eq!(reader.read_buf(&mut room).await.unwrap(), 3);
            assert_eq!(reader.read_buf(&mut room).await.unwrap(), 0);
            assert_eq!(poll_fn(|cx| reader.poll_read_buf(cx, &mut room)).await.unwrap(), 0);
            let mut rest = &mut memory[3..];
            assert_eq!(poll_fn(|cx| reader.poll_read_buf(cx, &mut rest)).await.unwrap(), 2);
            assert_eq!(memory, *b"efghi\xAA\xAA\xAA");

            let (reader, _writer) = stream.into_split();
            peer.write_all(b"jk").await.unwrap();
            reader.readable().await.unwrap();
            let mut bytes = Vec::with_capacity(1);
            let n = reader.try_read_buf(&mut bytes).unwrap();
            assert_eq!((n, &bytes[..n]), (bytes.len(), &b"jk"[..n]));
            drop(peer);
            while reader.read_buf(&mut bytes).await.unwrap() > 0 {}
            assert_eq!(bytes, b"jk");
        });
    }
}

#[test]
fn datagrams_are_received_behind_what_the_buffer_holds() {
    macro_rules! check {
        ($one:ident, $other:ident) => {
            let mut buffer = BytesMut::from(&b"ab"[..]);
            for error in [
                $one.try_recv_buf(&mut buffer).unwrap_err(),
                $one.try_recv_buf_from(&mut buffer).unwrap_err(),
            ] {
                assert_eq!((error.kind(), &buffer[..]), (ErrorKind::WouldBlock, &b"ab"[..]));
            }
            {
                let mut receive = Box::pin($one.recv_buf(&mut buffer));
                assert!(poll_fn(|cx| Poll::Ready(receive.as_mut().poll(cx).is_pending())).await);
                $other.send(b"cd").await.unwrap();
                assert_eq!(receive.await.unwrap(), 2);
            }
            {
                let mut receive = Box::pin($one.recv_buf_from(&mut buffer));
                assert!(poll_fn(|cx| Poll::Ready(receive.as_mut().poll(cx).is_pending())).await);
                $other.send(b"ef").await.unwrap();
                let (n, from) = receive.await.unwrap();
                assert_eq!(n, 2);
                assert_eq!(format!("{from:?}"), format!("{:?}", $other.local_addr().unwrap()));
            }
            assert_eq!(buffer, &b"abcdef"[..]);

            // Cut off where there is no room, and what is not filled stays as it was.
            let mut memory = [0xAA; 8];
            $other.send(b"ghijk").await.unwrap();
            $other.send(b"l").await.unwrap();
            $one.readable().await.unwrap();
            assert_eq!($one.try_recv_buf(&mut (&mut memory[..]).limit(3)).unwrap(), 3);
            let (n, _) = $one.try_recv_buf_from(&mut (&mut memory[3..]).limit(2)).unwrap();
            assert_eq!((n, &memory[..4], &memory[5..]), (1, &b"ghil"[..], &[0xAA; 3][..]));
        };
    }

    for backend in anyrt::selection().unwrap().compiled() {
        let runtime = Builder::new().backend(*backend).build().unwrap();
        runtime.block_on(async {
            let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            one.connect(other.local_addr().unwrap()).await.unwrap();
            other.connect(one.local_addr().unwrap()).await.unwrap();
            check!(one, other);
            let (one, other) = UnixDatagram::pair().unwrap();
            check!(one, other);
        });
    }
}
