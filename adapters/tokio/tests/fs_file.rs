//! Open files.

mod common;

use std::fs as std_fs;
use std::future::poll_fn;
use std::io::{self, IoSlice, Read, SeekFrom};
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::task::Poll;

use tempfile::TempDir;
use tokio::fs::{self, File, OpenOptions};
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite, AsyncWriteExt, ReadBuf,
};
use tokio::runtime::Builder;

use common::{panic_of, poll_once};

/// A directory with a file in it.
fn with_file(content: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std_fs::write(&path, content).unwrap();
    (dir, path)
}

#[tokio::test]
async fn what_was_written_is_there_once_it_is_flushed() {
    let (_dir, path) = with_file("old");
    let mut file = File::create(&path).await.unwrap();
    file.write_all(b"hello, ").await.unwrap();
    file.write_all(b"world").await.unwrap();
    file.flush().await.unwrap();
    assert_eq!(std_fs::read(&path).unwrap(), b"hello, world");
    assert!(file.is_write_vectored());
    let slices = [IoSlice::new(b"!"), IoSlice::new(b"?")];
    assert_eq!(file.write_vectored(&slices).await.unwrap(), 2);
    file.shutdown().await.unwrap();
    assert_eq!(std_fs::read(&path).unwrap(), b"hello, world!?");
    file.write_all(b"...").await.unwrap();
    file.sync_all().await.unwrap();
    file.sync_data().await.unwrap();
    assert_eq!(std_fs::metadata(&path).unwrap().len(), 17);
}

#[tokio::test]
async fn what_was_written_is_not_lost_when_the_file_is_dropped() {
    let (_dir, path) = with_file("");
    let mut file = File::create(&path).await.unwrap();
    file.write_all(b"hello").await.unwrap();
    drop(file);
    while std_fs::read(&path).unwrap() != b"hello" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_error_of_a_write_comes_with_the_next_call_that_writes() {
    let (_dir, path) = with_file("hello");
    let mut file = File::open(&path).await.unwrap();
    // It is accepted.
    assert_eq!(file.write(b"x").await.unwrap(), 1);
    assert!(file.flush().await.is_err());
    file.flush().await.unwrap();
    assert_eq!(file.write(b"x").await.unwrap(), 1);
    // A read leaves it to them.
    let mut text = String::new();
    file.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "hello");
    assert!(file.write(b"x").await.is_err());
    assert_eq!(file.write(b"x").await.unwrap(), 1);
    // So does a seek, and of the error the kind is left.
    assert_eq!(file.rewind().await.unwrap(), 0);
    assert_eq!(file.flush().await.unwrap_err().raw_os_error(), None);
}

#[tokio::test]
async fn a_file_is_read_in_pieces() {
    let (_dir, path) = with_file("hello, world");
    let mut file = File::open(&path).await.unwrap();
    let mut start = [0; 5];
    file.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"hello");
    let mut rest = Vec::with_capacity(1);
    assert_eq!(file.read_to_end(&mut rest).await.unwrap(), 7);
    assert_eq!(rest, b", world");
    assert_eq!(file.read(&mut start).await.unwrap(), 0);
    assert_eq!(file.read(&mut []).await.unwrap(), 0);
    // What is in a buffer already stays there.
    let mut file = File::open(&path).await.unwrap();
    let mut room = [0; 8];
    let mut buffer = ReadBuf::new(&mut room);
    buffer.put_slice(b"> ");
    poll_fn(|cx| Pin::new(&mut file).poll_read(cx, &mut buffer)).await.unwrap();
    assert_eq!(buffer.filled(), b"> hello,");
}

#[tokio::test]
async fn a_read_that_was_given_up_loses_nothing() {
    let (_dir, path) = with_file("hello, world");
    let mut file = File::open(&path).await.unwrap();
    let mut start = [0; 5];
    // It may be over already.
    let read = match poll_once(pin!(file.read(&mut start))) {
        Poll::Ready(read) => read.unwrap(),
        Poll::Pending => 0,
    };
    let mut text = String::from_utf8(start[..read].to_vec()).unwrap();
    file.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "hello, world");
}

#[tokio::test]
async fn the_position_is_moved() {
    let (_dir, path) = with_file("hello, world");
    let mut file = OpenOptions::new().read(true).write(true).open(&path).await.unwrap();
    assert_eq!(file.seek(SeekFrom::Start(7)).await.unwrap(), 7);
    let mut word = [0; 5];
    file.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"world");
    assert_eq!(file.stream_position().await.unwrap(), 12);
    assert_eq!(file.seek(SeekFrom::End(-5)).await.unwrap(), 7);
    file.write_all(b"there").await.unwrap();
    assert_eq!(file.seek(SeekFrom::Current(-12)).await.unwrap(), 0);
    let mut text = String::new();
    file.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "hello, there");
    assert!(file.seek(SeekFrom::Current(-100)).await.is_err());
    assert_eq!(file.stream_position().await.unwrap(), 12);
}

#[tokio::test]
async fn a_seek_has_two_steps() {
    let (_dir, path) = with_file("hello");
    let mut file = File::open(&path).await.unwrap();
    let complete =
        async |file: &mut File| poll_fn(|cx| Pin::new(&mut *file).poll_complete(cx)).await;
    assert_eq!(complete(&mut file).await.unwrap(), 0);
    Pin::new(&mut file).start_seek(SeekFrom::Start(3)).unwrap();
    assert_eq!(complete(&mut file).await.unwrap(), 3);
    // Where the last one has led.
    assert_eq!(complete(&mut file).await.unwrap(), 3);
    // One that nobody completes counts all the same.
    Pin::new(&mut file).start_seek(SeekFrom::Current(-2)).unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "ello");
    Pin::new(&mut file).start_seek(SeekFrom::Start(4)).unwrap();
    assert_eq!(file.read(&mut [0; 8]).await.unwrap(), 1);
}

#[tokio::test]
async fn a_seek_begins_when_somebody_has_come_to_the_end_of_what_was_before_it() {
    let (_dir, path) = with_file("hello");
    let mut file = OpenOptions::new().read(true).write(true).open(&path).await.unwrap();
    let complete =
        async |file: &mut File| poll_fn(|cx| Pin::new(&mut *file).poll_complete(cx)).await;
    let refused = |file: &mut File| {
        let error = Pin::new(file).start_seek(SeekFrom::Start(0)).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::Other);
        assert_eq!(
            error.to_string(),
            "other file operation is pending, call poll_complete before start_seek"
        );
    };
    // Whether the bytes are written already or not.
    file.write_all(b"HE").await.unwrap();
    refused(&mut file);
    assert_eq!(complete(&mut file).await.unwrap(), 0);
    Pin::new(&mut file).start_seek(SeekFrom::Start(3)).unwrap();
    refused(&mut file);
    assert_eq!(complete(&mut file).await.unwrap(), 3);
    // A read that was given up, even if it is over by now.
    if poll_once(pin!(file.read(&mut [0; 1]))).is_pending() {
        refused(&mut file);
        assert_eq!(complete(&mut file).await.unwrap(), 3);
    }
    file.write_all(b"l").await.unwrap();
    refused(&mut file);
    file.sync_all().await.unwrap();
    Pin::new(&mut file).start_seek(SeekFrom::Start(0)).unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).await.unwrap();
    assert_eq!(text.len(), 5);
}

#[tokio::test]
async fn reads_and_writes_take_turns_at_one_position() {
    let (_dir, path) = with_file("hello, world");
    let mut file = OpenOptions::new().read(true).write(true).open(&path).await.unwrap();
    // More is read than anybody takes, unless it is over at once.
    let mut all = [0; 12];
    if poll_once(pin!(file.read(&mut all))).is_ready() {
        file.rewind().await.unwrap();
    }
    assert_eq!(file.read(&mut [0; 5]).await.unwrap(), 5);
    file.write_all(b"; W").await.unwrap();
    file.flush().await.unwrap();
    assert_eq!(std_fs::read_to_string(&path).unwrap(), "hello; World");
}

#[tokio::test]
async fn a_file_is_opened_as_its_options_say() {
    let (dir, path) = with_file("hello");
    let mut log = OpenOptions::new().append(true).open(&path).await.unwrap();
    log.write_all(b", world").await.unwrap();
    log.flush().await.unwrap();
    assert_eq!(std_fs::read_to_string(&path).unwrap(), "hello, world");
    assert!(OpenOptions::new().write(true).create_new(true).open(&path).await.is_err());
    assert_eq!(File::create_new(&path).await.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    let mut new = File::create_new(dir.path().join("new")).await.unwrap();
    new.write_all(b"x").await.unwrap();
    new.rewind().await.unwrap();
    assert_eq!(new.read_u8().await.unwrap(), b'x');
    drop(OpenOptions::new().write(true).truncate(true).open(&path).await.unwrap());
    assert_eq!(std_fs::metadata(&path).unwrap().len(), 0);
    let mut options = OpenOptions::from(std_fs::OpenOptions::new());
    assert!(options.clone().open(&path).await.is_err());
    assert!(options.read(true).open(&path).await.is_ok());
    assert!(File::options().read(true).open(dir.path().join("none")).await.is_err());
}

#[tokio::test]
async fn a_file_is_cut_off_and_extended() {
    let (_dir, path) = with_file("");
    let mut file = File::create(&path).await.unwrap();
    file.write_all(b"hello, world").await.unwrap();
    file.set_len(5).await.unwrap();
    assert_eq!(std_fs::read(&path).unwrap(), b"hello");
    file.set_len(7).await.unwrap();
    assert_eq!(file.metadata().await.unwrap().len(), 7);
    // That leaves the position.
    assert_eq!(file.stream_position().await.unwrap(), 12);
}

#[tokio::test]
async fn a_clone_shares_the_position() {
    let (_dir, path) = with_file("hello");
    let mut file = File::open(&path).await.unwrap();
    file.set_max_buf_size(3);
    let mut clone = file.try_clone().await.unwrap();
    assert_eq!(clone.max_buf_size(), 3);
    assert_eq!(file.read(&mut [0; 8]).await.unwrap(), 3);
    let mut text = String::new();
    clone.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "lo");
}

#[tokio::test]
async fn the_buffer_has_a_limit() {
    let (_dir, path) = with_file(&"x".repeat(100));
    let mut file = OpenOptions::new().read(true).write(true).open(&path).await.unwrap();
    assert_eq!(file.max_buf_size(), 2 * 1024 * 1024);
    file.set_max_buf_size(10);
    assert_eq!(file.read(&mut [0; 100]).await.unwrap(), 10);
    assert_eq!(file.write(&[b'y'; 100]).await.unwrap(), 10);
    assert_eq!(file.write_vectored(&[IoSlice::new(&[b'y'; 100])]).await.unwrap(), 10);
    assert_eq!(panic_of(|| file.set_max_buf_size(0)), "`max_buf_size` must be greater than 0");
}

#[tokio::test]
async fn a_file_goes_to_the_standard_library_and_back() {
    let (_dir, path) = with_file("hello");
    let mut file = File::from_std(std_fs::File::open(&path).unwrap());
    assert!(format!("{file:?}").starts_with("tokio::fs::File { std: File { fd: "));
    assert_eq!(file.read(&mut [0; 1]).await.unwrap(), 1);
    let mut std = file.try_into_std().unwrap();
    let mut text = String::new();
    std.read_to_string(&mut text).unwrap();
    assert_eq!(text, "ello");
    let mut file = File::create(&path).await.unwrap();
    file.write_all(b"bye").await.unwrap();
    // Once the write is done.
    drop(file.into_std().await);
    assert_eq!(std_fs::read(&path).unwrap(), b"bye");
    let _: File = std_fs::File::open(&path).unwrap().into();
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_is_a_descriptor() {
    use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd};

    let (_dir, path) = with_file("hello");
    let mut file = File::from(OwnedFd::from(std_fs::File::open(&path).unwrap()));
    assert_eq!(file.as_fd().as_raw_fd(), file.as_raw_fd());
    assert_eq!(file.read_u8().await.unwrap(), b'h');
    let number = std_fs::File::open(&path).unwrap().into_raw_fd();
    // SAFETY: it is open, and nobody else has it.
    #[allow(unsafe_code, reason = "it is unsafe to call")]
    let mut file = unsafe { File::from_raw_fd(number) };
    assert_eq!(file.read_u8().await.unwrap(), b'h');
}

#[test]
fn where_the_runtime_has_ended_it_is_an_error() {
    let (_dir, path) = with_file("hello");
    let runtime = || Builder::new_current_thread().build().unwrap();
    let (one, other) = (runtime(), runtime());
    let handle = one.handle().clone();
    drop(one);
    let mut file = File::from_std(std_fs::File::open(&path).unwrap());
    let mut byte = [0];
    {
        let _inside = handle.enter();
        let now = |poll| match poll {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("nobody will wake it"),
        };
        let error: io::Error = now(poll_once(pin!(fs::metadata(&path))).map_ok(drop)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other);
        assert_eq!(error.to_string(), "background task failed");
        let error = now(poll_once(pin!(file.read(&mut byte))).map_ok(drop)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other);
        let error = now(poll_once(pin!(file.write(&byte))).map_ok(drop)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other);
        let error = now(poll_once(pin!(file.stream_position())).map_ok(drop)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other);
    }
    // And it goes on elsewhere.
    assert_eq!(other.block_on(file.read(&mut byte)).unwrap(), 1);
    assert_eq!(&byte, b"h");
}
