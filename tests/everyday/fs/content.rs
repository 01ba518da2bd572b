//! What is in files and directories after reads and writes of all sizes, and what that costs.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use anyrt::fs::File;
use anyrt::observe::{self, Observer, TaskObserver};
use anyrt::task::Meta;
use anyrt_tests::child::{child, count};
use futures::StreamExt;

use super::*;

/// F3: what was accepted is in the file after a flush, a sync, and before the length is told.
#[test]
fn what_was_written_is_there_after_a_flush() {
    on_each(|| async {
        let folder = Folder::new();
        let path = folder.at("file");
        let mut file = File::create(&path).await.unwrap();
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 253) as u8).collect();
        let n = file.write(&bytes).await.unwrap();
        assert_eq!(n, 2 * 1024 * 1024, "more than the buffer was accepted");
        assert_eq!(file.metadata().await.unwrap().len(), n as u64);
        file.write_all(&bytes[n..]).await.unwrap();
        file.flush().await.unwrap();
        assert!(fs::read(&path).unwrap() == bytes);

        file.set_len(0).await.unwrap();
        file.rewind().await.unwrap();
        for (number, sync) in [false, true].into_iter().enumerate() {
            file.write_all(&bytes[..100_000]).await.unwrap();
            if sync { file.sync_all().await } else { file.sync_data().await }.unwrap();
            assert_eq!(fs::metadata(&path).unwrap().len(), (number as u64 + 1) * 100_000);
        }
        file.shutdown().await.unwrap();
        file.write_all(b"").await.unwrap();
    });
}

/// F3: the error of a write comes back once, from whichever of these is called next.
#[test]
fn the_error_of_a_write_comes_back_once() {
    on_each(|| async {
        let folder = Folder::new();
        let path = folder.with("file", "content");
        for next in 0..5 {
            // It is open for reading alone, which only the system knows.
            let mut file = File::open(&path).await.unwrap();
            file.write_all(b"x").await.unwrap();
            // These can't tell of it.
            assert_eq!(file.read(&mut [0; 3]).await.unwrap(), 3);
            file.rewind().await.unwrap();
            assert_eq!(file.metadata().await.unwrap().len(), 7);
            let result = match next {
                0 => file.flush().await,
                1 => file.write(b"y").await.map(drop),
                2 => file.sync_all().await,
                3 => file.sync_data().await,
                _ => file.set_len(3).await,
            };
            assert_eq!(result.unwrap_err().raw_os_error(), Some(libc::EBADF));
            file.flush().await.unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), b"content");
    });
}

/// F3: dropping a file loses nothing that was accepted.
#[test]
fn a_file_that_is_dropped_is_written() {
    on_each(|| async {
        let folder = Folder::new();
        let path = folder.at("file");
        let mut file = File::create(&path).await.unwrap();
        file.write_all(&[b'x'; 1 << 20]).await.unwrap();
        drop(file);
        wait_until(|| fs::metadata(&path).unwrap().len() == 1 << 20);
    });
}

/// F6: a read or a write takes no more at once than was said.
#[test]
fn the_buffer_has_the_size_that_was_said() {
    on_each(|| async {
        let folder = Folder::new();
        let mut file = File::create_new(folder.at("file")).await.unwrap();
        assert_eq!(file.max_buf_size(), 2 * 1024 * 1024);
        file.set_max_buf_size(10);
        assert_eq!(file.write(&[b'x'; 25]).await.unwrap(), 10);
        file.write_all(&[b'y'; 25]).await.unwrap();
        file.rewind().await.unwrap();
        assert_eq!(file.read(&mut [0; 25]).await.unwrap(), 10);
        let mut rest = Vec::new();
        assert_eq!(file.read_to_end(&mut rest).await.unwrap(), 25);
        assert_eq!(rest, [b'y'; 25]);
        assert_eq!(file.read(&mut [0; 25]).await.unwrap(), 0);
        assert_eq!(file.read(&mut []).await.unwrap(), 0);
    });
}

/// F8: each entry of a large directory is told once, as a stream too, and no call that was dropped loses one.
#[test]
fn ten_thousand_files_are_all_found() {
    on_each(|| async {
        let folder = Folder::new();
        for number in 0..10_000 {
            fs::write(folder.at(number.to_string()), "").unwrap();
        }
        let mut entries = ours::read_dir(&folder.0).await.unwrap();
        let mut found = Vec::new();
        loop {
            if let Some(Ok(Some(entry))) = poll_and_drop(entries.next_entry()).await {
                found.push(entry.file_name().into_string().unwrap());
            }
            let Some(entry) = entries.next_entry().await.unwrap() else { break };
            found.push(entry.file_name().into_string().unwrap());
        }
        found.sort_by_key(|name| name.parse::<u32>().unwrap());
        assert!(found.into_iter().eq((0..10_000).map(|number| number.to_string())));

        let entries = ours::read_dir(&folder.0).await.unwrap();
        assert_eq!(entries.filter(|entry| std::future::ready(entry.is_ok())).count().await, 10_000);
        ours::remove_dir_all(&folder.0).await.unwrap();
        assert!(!folder.0.exists());
    });
}

/// Counts what is spawned.
#[derive(Default)]
struct Spawned(AtomicUsize);

impl Observer for Spawned {
    fn spawned(&self, _: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        None
    }
}

/// F9: whole files and whole trees are one operation, and directories one for 64 entries.
#[test]
fn each_function_is_one_operation() {
    child(|| {
        let spawned = Arc::new(Spawned::default());
        observe::install(Arc::clone(&spawned) as Arc<dyn Observer>);
        on_each(|| async {
            let folder = Folder::new();
            let (large, copy) = (folder.with("large", vec![b'x'; 5_000_000]), folder.at("copy"));
            let tree = folder.at("tree");
            for number in 0..200 {
                fs::create_dir_all(tree.join(number.to_string())).unwrap();
            }
            let count = || spawned.0.swap(0, Ordering::Relaxed);

            count();
            assert_eq!(ours::read(&large).await.unwrap().len(), 5_000_000);
            assert_eq!(count(), 1, "to read a file");
            assert_eq!(ours::read_to_string(&large).await.unwrap().len(), 5_000_000);
            assert_eq!(count(), 1, "to read text");
            ours::write(&copy, vec![b'y'; 5_000_000]).await.unwrap();
            assert_eq!(count(), 1, "to write a file");
            ours::copy(&large, &copy).await.unwrap();
            assert_eq!(count(), 1, "to copy a file");

            let mut entries = ours::read_dir(&tree).await.unwrap();
            let mut found = 0;
            while let Some(entry) = entries.next_entry().await.unwrap() {
                assert!(entry.file_type().await.unwrap().is_dir());
                found += 1;
            }
            // The fourth batch has the last ones, and says that there are no more.
            assert_eq!((found, count()), (200, 4), "to read a directory");
            ours::remove_dir_all(&tree).await.unwrap();
            assert_eq!(count(), 1, "to remove a tree");

            let mut file = File::open(&large).await.unwrap();
            assert_eq!(count(), 1, "to open a file");
            assert_eq!(file.read(&mut [0; 1000]).await.unwrap(), 1000);
            assert_eq!(count(), 1, "to read from a file");
            let mut rest = Vec::new();
            assert_eq!(file.read_to_end(&mut rest).await.unwrap(), 4_999_000);
            assert!(count() <= 8, "to read the rest of a file");
        });
    })
    .succeeds();
}

/// F6: whatever is read, written and dropped, no descriptor is left open.
#[test]
#[cfg(target_os = "linux")]
fn nothing_is_left_open() {
    child(|| {
        on_each(|| async {
            let folder = Folder::new();
            let path = folder.with("file", "content");
            ours::read(&path).await.unwrap();
            let before = count("fd");
            for number in 0..1000 {
                let mut file = File::options().read(true).write(true).open(&path).await.unwrap();
                match number % 5 {
                    0 => drop(poll_and_drop(file.read(&mut [0; 4])).await),
                    1 => file.write_all(b"content").await.unwrap(),
                    2 => drop(file.try_clone().await.unwrap()),
                    3 => drop(file.into_std().await),
                    _ => drop(ours::read_dir(&folder.0).await.unwrap()),
                }
                drop(poll_and_drop(File::open(&path)).await);
                drop(poll_and_drop(ours::read_dir(&folder.0)).await);
                assert_eq!(kind(File::create_new(&path).await), ErrorKind::AlreadyExists);
            }
            // What was begun is over before long.
            wait_until(|| count("fd") == before);
        });
    })
    .succeeds();
}
