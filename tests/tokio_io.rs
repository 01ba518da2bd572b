//! Code that was written against tokio's traits works on the streams of every backend.
#![cfg(all(feature = "tokio-io", feature = "some-backend"))]

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::Poll;

use anyrt::net::{TcpListener, TcpStream};
use anyrt::{Builder, Handle};
use futures::future::join;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

/// Runs `test` on a runtime of each backend that is compiled in.
#[track_caller]
fn on_each_backend<F: Future<Output = ()>>(test: impl Fn(Handle) -> F) {
    for backend in anyrt::selection().unwrap().compiled() {
        let runtime = Builder::new().backend(*backend).build().unwrap();
        runtime.block_on(test(runtime.handle().clone()));
    }
}

async fn connection(runtime: &Handle) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind_on(runtime, "127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (accepted, connected) =
        join(listener.accept(), TcpStream::connect_on(runtime, address)).await;
    (accepted.unwrap().0, connected.unwrap())
}

/// Lines over anything that tokio's traits know, as a codec does it.
struct Lines<T> {
    inner: T,
    read: Vec<u8>,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Lines<T> {
    async fn send(&mut self, line: &str) -> io::Result<()> {
        self.inner.write_all(format!("{line}\n").as_bytes()).await?;
        self.inner.flush().await
    }

    async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<_> = self.read.drain(..=end).take(end).collect();
                return Ok(Some(String::from_utf8(line).unwrap()));
            }
            if self.inner.read_buf(&mut self.read).await? == 0 {
                return Ok(None);
            }
        }
    }
}

#[test]
fn a_codec_reads_and_writes() {
    on_each_backend(|runtime| async move {
        let (server, client) = connection(&runtime).await;
        let server = runtime.spawn(async move {
            let mut lines = Lines { inner: server, read: Vec::new() };
            while let Some(line) = lines.next().await? {
                lines.send(&line.to_uppercase()).await?;
            }
            AsyncWriteExt::shutdown(&mut lines.inner).await
        });
        let mut lines = Lines { inner: client, read: Vec::new() };
        for word in ["one", "two", "three"] {
            lines.send(word).await.unwrap();
            assert_eq!(lines.next().await.unwrap().unwrap(), word.to_uppercase());
        }
        AsyncWriteExt::shutdown(&mut lines.inner).await.unwrap();
        assert!(lines.next().await.unwrap().is_none());
        server.await.unwrap().unwrap();
    });
}

#[test]
fn tokio_copies_in_both_directions_through_a_proxy() {
    const LENGTH: usize = 1 << 20;

    on_each_backend(|runtime| async move {
        let (front, client) = connection(&runtime).await;
        let (back, server) = connection(&runtime).await;
        let proxy = runtime.spawn(async move {
            // A reference will do, too.
            let (mut front, mut back) = (front, &back);
            tokio::io::copy_bidirectional(&mut front, &mut back).await
        });
        let server = runtime.spawn(async move {
            let (mut reader, mut writer) = server.split();
            tokio::io::copy(&mut reader, &mut writer).await?;
            AsyncWriteExt::shutdown(&mut writer).await
        });
        let bytes: Vec<u8> = (0..LENGTH).map(|n| (n / 7) as u8).collect();
        let (mut reader, mut writer) = client.into_split();
        let mut received = Vec::new();
        let write = async {
            AsyncWriteExt::write_all(&mut writer, &bytes).await?;
            AsyncWriteExt::shutdown(&mut writer).await
        };
        let read = AsyncReadExt::read_to_end(&mut reader, &mut received);
        let (written, read) = join(write, read).await;
        written.unwrap();
        assert_eq!(read.unwrap(), LENGTH);
        assert!(received == bytes);
        server.await.unwrap().unwrap();
        assert_eq!(proxy.await.unwrap().unwrap(), (LENGTH as u64, LENGTH as u64));
    });
}

#[test]
fn a_read_touches_what_it_fills_and_nothing_else() {
    on_each_backend(|runtime| async move {
        let (mut stream, peer) = connection(&runtime).await;
        let mut memory = [0xAA; 16];
        let mut buffer = ReadBuf::new(&mut memory);
        buffer.put_slice(b"ab");
        let mut read = poll_fn(|cx| AsyncRead::poll_read(Pin::new(&mut stream), cx, &mut buffer));
        assert!(poll_fn(|cx| Poll::Ready(Pin::new(&mut read).poll(cx).is_pending())).await);
        peer.write_all(b"cde").await.unwrap();
        read.await.unwrap();
        assert_eq!(buffer.filled(), b"abcde");
        assert_eq!(memory[5..], [0xAA; 11]);

        // No room is no end of the stream, and nothing to wait for.
        let mut none = ReadBuf::new(&mut []);
        poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut none)).await.unwrap();
        drop(peer);
        let mut last = [0];
        assert_eq!(AsyncReadExt::read(&mut stream, &mut last).await.unwrap(), 0);
    });
}

#[test]
fn writes_can_be_vectored() {
    on_each_backend(|runtime| async move {
        let (stream, peer) = connection(&runtime).await;
        let (_reader, mut writer) = stream.into_split();
        assert!(writer.is_write_vectored());
        let slices = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cd")];
        let n = AsyncWriteExt::write_vectored(&mut writer, &slices).await.unwrap();
        assert_eq!(n, 4);
        let mut received = [0; 4];
        peer.read_exact(&mut received).await.unwrap();
        assert_eq!(&received, b"abcd");
    });
}
