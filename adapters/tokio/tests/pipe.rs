//! Pipes as tokio documents them.
#![cfg(target_os = "linux")]

mod common;

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::pin::pin;
use std::task::{Context, Waker};

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::unix::pipe::{OpenOptions, Receiver, Sender, pipe};

use common::{poll_once, would_block};

struct Fifo {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Fifo {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        Self { _folder: folder, path }
    }
}

#[tokio::test]
async fn what_is_written_is_read() -> io::Result<()> {
    let (mut sender, mut receiver) = pipe()?;
    let writing = tokio::spawn(async move {
        sender.write_all(&[7; 300_000]).await?;
        sender.write_vectored(&[IoSlice::new(b"a"), IoSlice::new(b"b")]).await
    });
    let mut bytes = Vec::new();
    receiver.read_to_end(&mut bytes).await?;
    assert_eq!(writing.await??, 2);
    assert_eq!((bytes.len(), &bytes[300_000..]), (300_002, &b"ab"[..]));
    Ok(())
}

#[tokio::test]
async fn a_named_pipe() -> io::Result<()> {
    let fifo = Fifo::new();
    let error = OpenOptions::new().open_sender(&fifo.path).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENXIO), "nobody reads");
    let mut receiver = OpenOptions::new().open_receiver(&fifo.path)?;
    let mut sender = OpenOptions::default().open_sender(&fifo.path)?;
    sender.write_all(b"hello").await?;
    let mut buffer = [0; 5];
    receiver.read_exact(&mut buffer).await?;
    assert_eq!(&buffer, b"hello");
    drop(sender);
    assert_eq!(receiver.read(&mut buffer).await?, 0);

    let mut both = OpenOptions::new().read_write(true).open_receiver(&fifo.path)?;
    assert!(poll_once(pin!(both.read(&mut buffer))).is_pending());
    let mut sender = OpenOptions::new().read_write(true).open_sender(&fifo.path)?;
    sender.write_all(b"x").await?;
    drop(sender);
    assert_eq!(both.read(&mut buffer).await?, 1);
    assert!(poll_once(pin!(both.read(&mut buffer))).is_pending());
    Ok(())
}

/// Nobody who writes is not the same as nobody who writes any more.
#[tokio::test]
async fn a_named_pipe_that_nobody_has_opened_for_writing_yet_has_no_end() -> io::Result<()> {
    let fifo = Fifo::new();
    let mut receiver = OpenOptions::new().open_receiver(&fifo.path)?;
    let mut buffer = [0; 8];
    assert!(would_block(receiver.try_read(&mut buffer)));
    assert!(would_block(receiver.try_read_vectored(&mut [IoSliceMut::new(&mut buffer)])));
    assert!(would_block(receiver.try_read_buf(&mut Vec::with_capacity(8))));
    assert_eq!(receiver.try_read(&mut [])?, 0);

    let mut text = Vec::new();
    let mut reading = pin!(receiver.read_to_end(&mut text));
    assert!(poll_once(reading.as_mut()).is_pending());
    let mut sender = OpenOptions::new().open_sender(&fifo.path)?;
    sender.write_all(b"at last").await?;
    drop(sender);
    assert_eq!(reading.await?, 7);
    assert_eq!(receiver.try_read(&mut buffer)?, 0);
    Ok(())
}

#[tokio::test]
async fn what_is_no_pipe_is_refused() -> io::Result<()> {
    let file = tempfile::NamedTempFile::new()?;
    let options = OpenOptions::new();
    for error in [
        options.open_receiver(file.path()).unwrap_err(),
        options.open_sender(file.path()).unwrap_err(),
        Receiver::from_file(file.reopen()?).unwrap_err(),
        Sender::from_file(file.reopen()?).unwrap_err(),
    ] {
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), "not a pipe");
    }
    let (reader, writer) = std::io::pipe()?;
    let error = Receiver::from_owned_fd(writer.into()).unwrap_err();
    assert_eq!(error.to_string(), "not in O_RDONLY or O_RDWR access mode");
    let error = Sender::from_owned_fd(reader.into()).unwrap_err();
    assert_eq!(error.to_string(), "not in O_WRONLY or O_RDWR access mode");

    // Unchecked, it need not be a pipe.
    let mut options = OpenOptions::new();
    let mut null = options.unchecked(true).open_receiver("/dev/ptmx")?;
    assert!(poll_once(pin!(null.read(&mut [0]))).is_pending());
    Ok(())
}

#[tokio::test]
async fn attempts_and_readiness() -> io::Result<()> {
    let (sender, receiver) = pipe()?;
    assert!(would_block(receiver.try_read(&mut [0])));
    assert!(poll_once(pin!(receiver.readable())).is_pending());
    sender.writable().await?;
    assert_eq!(sender.try_write(b"abcdefg")?, 7);
    receiver.readable().await?;
    let mut bytes = [0; 7];
    let (one, rest) = bytes.split_at_mut(1);
    let (two, three) = rest.split_at_mut(3);
    assert_eq!(receiver.try_read(one)?, 1);
    assert_eq!(
        receiver
            .try_read_vectored(&mut [IoSliceMut::new(two), IoSliceMut::new(&mut three[..1])])?,
        4
    );
    let mut more = Vec::with_capacity(10);
    assert_eq!(receiver.try_read_buf(&mut more)?, 2);
    assert_eq!((&bytes[..5], &more[..]), (&b"abcde"[..], &b"fg"[..]));
    assert!(would_block(receiver.try_read_buf(&mut more)));
    assert!(would_block(receiver.try_io(|| -> io::Result<()> { unreachable!() })));

    // Full, and no more so.
    while sender.try_write(&[0; 4096]).is_ok() {
        assert!(poll_once(pin!(sender.writable())).is_ready());
    }
    assert!(poll_once(pin!(sender.writable())).is_pending());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(sender.poll_write_ready(&mut cx).is_pending());
    let mut buffer = [0; 64 * 1024];
    receiver.readable().await?;
    while receiver.try_read(&mut buffer).is_ok() {}
    poll_fn(|cx| sender.poll_write_ready(cx)).await?;
    assert_eq!(sender.try_io(|| Ok(3))?, 3);
    assert_eq!(sender.try_write_vectored(&[IoSlice::new(b"x"), IoSlice::new(b"y")])?, 2);
    poll_fn(|cx| receiver.poll_read_ready(cx)).await?;
    Ok(())
}

#[tokio::test]
async fn the_other_end_is_gone() -> io::Result<()> {
    let (mut sender, receiver) = pipe()?;
    drop(receiver);
    assert!(sender.ready(Interest::WRITABLE).await?.is_write_closed());
    assert_eq!(sender.write(b"x").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);

    let (sender, receiver) = pipe()?;
    drop(sender);
    assert!(receiver.ready(Interest::READABLE).await?.is_read_closed());
    assert_eq!(receiver.try_read(&mut [0])?, 0);
    Ok(())
}

#[tokio::test]
async fn descriptors_come_and_go() -> io::Result<()> {
    let (reader, writer) = std::io::pipe()?;
    let number = reader.as_raw_fd();
    let mut sender = Sender::from_owned_fd(OwnedFd::from(writer))?;
    let receiver = Receiver::from_file(File::from(OwnedFd::from(reader)))?;
    assert_eq!(receiver.as_raw_fd(), number);
    sender.write_all(b"ab").await?;
    let mut reader = File::from(receiver.into_nonblocking_fd()?);
    assert_eq!(reader.read(&mut [0; 9])?, 2);
    assert_eq!(reader.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    let mut writer = File::from(sender.into_blocking_fd()?);
    writer.write_all(b"c")?;
    let reader = Receiver::from_file_unchecked(reader)?;
    let mut reader = File::from(reader.into_blocking_fd()?);
    assert_eq!(reader.read(&mut [0; 9])?, 1);
    Ok(())
}

#[test]
#[should_panic(
    expected = "there is no reactor running, must be called from the context of a Tokio 1.x runtime"
)]
fn outside_of_a_runtime_it_panics() {
    let _ = pipe();
}
