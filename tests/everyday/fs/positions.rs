//! Where reads and writes happen in a file, whatever was dropped before.

use std::io::{IoSlice, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{SystemTime, UNIX_EPOCH};

use anyrt::fs::File;
use anyrt::io::BufReader;
use futures::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::*;

/// Numbers that can be had again from the same seed.
struct Numbers(u64);

impl Numbers {
    fn new() -> Self {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let seed = env::var("ANYRT_STRESS_SEED").map_or(time as u64, |seed| seed.parse().unwrap());
        eprintln!("ANYRT_STRESS_SEED={seed}");
        Self(seed | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// F4, F5: a thousand operations, of which many are dropped, leave the file as the same ones do with std.
#[test]
fn a_file_is_where_one_of_std_would_be() {
    on_each(|| async {
        let folder = Folder::new();
        let content: Vec<u8> = (0..20_000_u32).map(|n| (n % 251) as u8).collect();
        let path = folder.with("ours", &content);
        let open = || fs::File::options().read(true).write(true).open(&path).unwrap();
        let (mut ours, other) = (File::from_std(open()), folder.with("theirs", &content));
        let mut theirs = fs::File::options().read(true).write(true).open(other).unwrap();
        let mut numbers = Numbers::new();

        for _ in 0..1000 {
            let length = numbers.below(3000) as usize;
            match numbers.below(12) {
                0..=2 => {
                    let mut read = vec![0; length];
                    let n = ours.read(&mut read).await.unwrap();
                    let mut expected = vec![0; n];
                    theirs.read_exact(&mut expected).unwrap();
                    assert_eq!(read[..n], expected);
                    let is_end =
                        theirs.stream_position().unwrap() >= theirs.metadata().unwrap().len();
                    assert!(n > 0 || length == 0 || is_end, "an end where there is none");
                }
                // If it was ready, it has read what was there from one that was dropped before.
                3..=5 => {
                    let mut read = vec![0; length];
                    if let Some(n) = poll_and_drop(ours.read(&mut read)).await {
                        let mut expected = vec![0; n.unwrap()];
                        theirs.read_exact(&mut expected).unwrap();
                        assert_eq!(read[..expected.len()], expected);
                    }
                }
                6 => {
                    let bytes = vec![length as u8; length];
                    ours.write_all(&bytes).await.unwrap();
                    theirs.write_all(&bytes).unwrap();
                }
                7 => {
                    let bytes = vec![length as u8; length];
                    if let Some(n) = poll_and_drop(ours.write(&bytes)).await {
                        theirs.write_all(&bytes[..n.unwrap()]).unwrap();
                    }
                }
                8 => {
                    let position = match numbers.below(3) {
                        0 => SeekFrom::Start(numbers.below(20_000)),
                        1 => SeekFrom::Current(numbers.below(200) as i64 - 100),
                        _ => SeekFrom::End(-(numbers.below(1000) as i64)),
                    };
                    let (one, other) = (ours.seek(position).await, theirs.seek(position));
                    assert_eq!(one.map_err(|e| e.kind()), other.map_err(|e| e.kind()));
                }
                9 => {
                    let length = 15_000 + numbers.below(10_000);
                    ours.set_len(length).await.unwrap();
                    theirs.set_len(length).unwrap();
                }
                10 => {
                    poll_and_drop(ours.flush()).await;
                    poll_and_drop(ours.metadata()).await;
                    poll_and_drop(ours.sync_data()).await;
                    let length = ours.metadata().await.unwrap().len();
                    assert_eq!(length, theirs.metadata().unwrap().len());
                }
                _ => {
                    ours.set_max_buf_size(1 + length);
                    let mut clone = ours.try_clone().await.unwrap();
                    assert_eq!(clone.max_buf_size(), 1 + length);
                    let position = clone.stream_position().await.unwrap();
                    assert_eq!(position, theirs.stream_position().unwrap());
                }
            }
        }
        ours.flush().await.unwrap();
        assert_eq!(ours.stream_position().await.unwrap(), theirs.stream_position().unwrap());
        let mut ours = ours.into_std().await;
        assert_eq!(ours.stream_position().unwrap(), theirs.stream_position().unwrap());
        assert_eq!(fs::read(&path).unwrap(), fs::read(folder.at("theirs")).unwrap());
    });
}

/// Begins to read six bytes of the file from its start, and drops that.
async fn begin_to_read(file: &mut File) {
    // Another thread may have been faster.
    while poll_and_drop(file.read(&mut [0; 6])).await.is_some() {
        file.rewind().await.unwrap();
    }
}

/// F4: a seek that can't be leaves the position, also when something was read that nobody took.
#[test]
fn a_seek_that_fails_moves_nothing() {
    on_each(|| async {
        let folder = Folder::new();
        let mut file = File::open(folder.with("file", "0123456789")).await.unwrap();
        begin_to_read(&mut file).await;
        let mut two = [0; 2];
        file.read_exact(&mut two).await.unwrap();
        assert_eq!(&two, b"01");
        assert_eq!(kind(file.seek(SeekFrom::Current(-3)).await), ErrorKind::InvalidInput);
        assert_eq!(file.stream_position().await.unwrap(), 2);
        assert_eq!(kind(file.seek(SeekFrom::End(-11)).await), ErrorKind::InvalidInput);
        file.read_exact(&mut two).await.unwrap();
        assert_eq!(&two, b"23");
        assert_eq!(file.seek(SeekFrom::Current(3)).await.unwrap(), 7);
    });
}

/// F4: what is given back to the standard library is where it was read to.
#[test]
fn a_file_that_is_given_back_is_where_it_was_read_to() {
    on_each(|| async {
        let folder = Folder::new();
        let path = folder.with("file", "0123456789");
        let mut rest = String::new();
        for at_once in [false, true] {
            let mut file = File::open(&path).await.unwrap();
            let descriptor = file.as_raw_fd();
            assert_eq!(file.as_fd().as_raw_fd(), descriptor);
            begin_to_read(&mut file).await;
            let mut taken = if at_once {
                // With what was begun before it, it is idle again.
                file.read_exact(&mut [0; 2]).await.unwrap();
                file.try_into_std().unwrap()
            } else {
                file.into_std().await
            };
            assert_eq!(taken.as_raw_fd(), descriptor);
            rest.clear();
            taken.read_to_string(&mut rest).unwrap();
            assert_eq!(rest, if at_once { "23456789" } else { "0123456789" });
        }
    });
}

/// F5: an operation in flight keeps a file from being given back at once, and nothing else.
#[test]
fn a_file_in_use_is_not_given_back_at_once() {
    on_each(|| async {
        let (reader, mut writer) = io::pipe().unwrap();
        let mut file = File::from(std::os::fd::OwnedFd::from(reader));
        assert!(poll_and_drop(file.read(&mut [0; 8])).await.is_none());
        let mut file = file.try_into_std().unwrap_err();
        writer.write_all(b"x").unwrap();
        let mut byte = [0];
        assert_eq!(file.read(&mut byte).await.unwrap(), 1);
        assert_eq!(&byte, b"x");
        drop(writer);
        assert_eq!(file.read(&mut byte).await.unwrap(), 0);
        file.try_into_std().unwrap();
    });
}

/// F5: a pipe has no position that a clone could have in common with it, and keeps what it has read.
#[test]
fn a_clone_of_a_pipe_leaves_what_was_read() {
    on_each(|| async {
        let (reader, mut writer) = io::pipe().unwrap();
        let mut file = File::from(std::os::fd::OwnedFd::from(reader));
        assert!(poll_and_drop(file.read(&mut [0; 8])).await.is_none());
        writer.write_all(b"hello").unwrap();
        let mut clone = file.try_clone().await.unwrap();
        writer.write_all(b"world").unwrap();
        let mut word = [0; 5];
        file.read_exact(&mut word).await.unwrap();
        assert_eq!(&word, b"hello");
        clone.read_exact(&mut word).await.unwrap();
        assert_eq!(&word, b"world");
    });
}

/// F6: what changes nothing does not wait for a read, which may last for ever.
#[test]
fn a_read_in_flight_holds_up_nobody() {
    use std::os::unix::fs::FileTypeExt;

    on_each(|| async {
        let (reader, mut writer) = io::pipe().unwrap();
        let mut file = File::from(std::os::fd::OwnedFd::from(reader));
        assert!(poll_and_drop(file.read(&mut [0; 8])).await.is_none());
        let metadata = file.metadata().await.unwrap();
        assert!(metadata.file_type().is_fifo());
        file.set_permissions(metadata.permissions()).await.unwrap();
        writer.write_all(b"x").unwrap();
        assert_eq!(file.read(&mut [0; 8]).await.unwrap(), 1);
    });
}

/// F3, F4: what has ended before that and nobody asked for counts: the position goes back, and an error is told.
#[test]
fn a_file_that_is_given_back_at_once_loses_nothing() {
    on_each(|| async {
        let folder = Folder::new();
        let path = folder.with("file", "0123456789");
        for _ in 0..20 {
            let mut file = File::open(&path).await.unwrap();
            // Where another thread was quick it is ready, and the bytes are taken.
            let taken = poll_and_drop(file.read(&mut [0; 4])).await.map_or(0, io::Result::unwrap);
            let mut std = loop {
                match file.try_into_std() {
                    Ok(std) => break std,
                    Err(busy) => file = busy,
                }
                anyrt::task::yield_now().await;
            };
            let mut rest = String::new();
            std.read_to_string(&mut rest).unwrap();
            assert_eq!(rest, "0123456789"[taken..]);
        }

        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut file = File::from(std::os::fd::OwnedFd::from(writer));
        file.write_all(b"x").await.unwrap();
        for _ in 0..1000 {
            file = file.try_into_std().unwrap_err();
            anyrt::task::yield_now().await;
        }
        assert_eq!(kind(file.flush().await), ErrorKind::BrokenPipe);
        file.try_into_std().unwrap();
    });
}

/// F4: the traits do what the methods do, also through buffers.
#[test]
fn the_traits_do_what_the_methods_do() {
    on_each(|| async {
        let folder = Folder::new();
        let path = folder.at("file");
        let mut file = File::create_new(&path).await.unwrap();
        AsyncWriteExt::write_all(&mut file, b"one\ntwo\n").await.unwrap();
        let slices = [IoSlice::new(b"thr"), IoSlice::new(b"ee")];
        assert_eq!(AsyncWriteExt::write_vectored(&mut file, &slices).await.unwrap(), 5);
        AsyncWriteExt::close(&mut file).await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\nthree");

        assert_eq!(AsyncSeekExt::seek(&mut file, SeekFrom::Start(4)).await.unwrap(), 4);
        let mut text = String::new();
        AsyncReadExt::read_to_string(&mut file, &mut text).await.unwrap();
        assert_eq!(text, "two\nthree");
        file.rewind().await.unwrap();
        let mut reader = BufReader::new(file);
        let mut line = String::new();
        futures::AsyncBufReadExt::read_line(&mut reader, &mut line).await.unwrap();
        // The buffer of the reader is ahead of it.
        assert_eq!(AsyncSeekExt::seek(&mut reader, SeekFrom::Current(4)).await.unwrap(), 8);
        AsyncReadExt::read_to_string(&mut reader, &mut line).await.unwrap();
        assert_eq!(line, "one\nthree");
    });
}

/// F4: tokio's traits do it as well, with the feature `tokio-io`.
#[test]
#[cfg(feature = "tokio-io")]
fn the_traits_of_tokio_io_do_what_the_methods_do() {
    use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader};

    on_each(|| async {
        let folder = Folder::new();
        let mut file = File::create_new(folder.at("file")).await.unwrap();
        AsyncWriteExt::write_all(&mut file, b"one\ntwo\n").await.unwrap();
        let slices = [IoSlice::new(b"thr"), IoSlice::new(b"ee")];
        assert_eq!(AsyncWriteExt::write_vectored(&mut file, &slices).await.unwrap(), 5);
        AsyncWriteExt::shutdown(&mut file).await.unwrap();
        assert_eq!(fs::read(folder.at("file")).unwrap(), b"one\ntwo\nthree");
        assert_eq!(AsyncSeekExt::seek(&mut file, SeekFrom::End(-5)).await.unwrap(), 8);
        assert_eq!(AsyncSeekExt::stream_position(&mut file).await.unwrap(), 8);
        let mut read = Vec::new();
        AsyncReadExt::read_buf(&mut file, &mut read).await.unwrap();
        assert_eq!(read, b"three");
        AsyncSeekExt::rewind(&mut file).await.unwrap();
        let mut lines = tokio::io::AsyncBufReadExt::lines(BufReader::new(file));
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("one"));
    });
}
