//! Streams read into the buffers of the crate `bytes`, on every backend.
#![cfg(all(feature = "bytes", feature = "some-backend"))]

use std::future::poll_fn;
use std::io::ErrorKind;
use std::task::Poll;

use anyrt::Builder;
use anyrt::net::{TcpListener, TcpStream};
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
            let (reader, writer) = stream.split();
            peer.write_all(b"efghi").await.unwrap();
            let mut room = (&mut memory[..]).limit(3);
            assert_eq!(reader.read_buf(&mut room).await.unwrap(), 3);
            assert_eq!(reader.read_buf(&mut room).await.unwrap(), 0);
            assert_eq!(poll_fn(|cx| reader.poll_read_buf(cx, &mut room)).await.unwrap(), 0);
            let mut rest = &mut memory[3..];
            assert_eq!(poll_fn(|cx| reader.poll_read_buf(cx, &mut rest)).await.unwrap(), 2);
            assert_eq!(memory, *b"efghi\xAA\xAA\xAA");
            drop((reader, writer));

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
