//! Files and directories on every backend.

use std::env;
use std::fs;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use anyrt::fs as ours;
use anyrt_tests::backend::on_each;
use anyrt_tests::child::wait_until;
use futures::poll;

mod content;
mod faults;
mod positions;

/// A directory of the test's own, which is removed with all that is in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);

        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = env::temp_dir().join(format!("anyrt-fs-{}-{number}", process::id()));
            match fs::create_dir(&path) {
                // Of a process that had the same number, and was killed.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => {
                    made.unwrap();
                    return Self(path);
                }
            }
        }
    }

    fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }

    /// A file in it with this content.
    fn with(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

/// Polls once, and drops what has to wait.
async fn poll_and_drop<F: Future>(future: F) -> Option<F::Output> {
    let future = pin!(future);
    match poll!(future) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[track_caller]
fn kind<T: std::fmt::Debug>(result: io::Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

/// F1: each function does what that of the standard library does.
#[test]
fn what_is_done_with_a_path_is_what_std_does() {
    on_each(|| async {
        let folder = Folder::new();
        let (file, other) = (folder.at("file"), folder.at("other"));

        ours::write(&file, "content").await.unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"content");
        assert_eq!(ours::read(&file).await.unwrap(), b"content");
        assert_eq!(ours::read_to_string(&file).await.unwrap(), "content");
        assert_eq!(ours::copy(&file, &other).await.unwrap(), 7);
        assert_eq!(fs::read(&other).unwrap(), b"content");
        ours::remove_file(&other).await.unwrap();
        assert!(!other.exists() && !ours::exists(&other).await.unwrap());
        ours::rename(&file, &other).await.unwrap();
        assert!(!file.exists() && ours::try_exists(&other).await.unwrap());

        ours::hard_link(&other, &file).await.unwrap();
        ours::symlink(&other, folder.at("link")).await.unwrap();
        assert_eq!(ours::read_link(folder.at("link")).await.unwrap(), other);
        assert!(ours::metadata(folder.at("link")).await.unwrap().is_file());
        assert!(ours::symlink_metadata(folder.at("link")).await.unwrap().is_symlink());
        let real = fs::canonicalize(&other).unwrap();
        assert_eq!(ours::canonicalize(folder.at("link")).await.unwrap(), real);

        let mut permissions = ours::metadata(&file).await.unwrap().permissions();
        permissions.set_readonly(true);
        ours::set_permissions(&file, permissions).await.unwrap();
        assert!(fs::metadata(&other).unwrap().permissions().readonly());

        ours::create_dir(folder.at("a")).await.unwrap();
        ours::create_dir_all(folder.at("a/b/c")).await.unwrap();
        ours::remove_dir(folder.at("a/b/c")).await.unwrap();
        assert!(folder.at("a/b").is_dir() && !folder.at("a/b/c").exists());
        fs::write(folder.at("a/b/file"), "").unwrap();
        ours::remove_dir_all(folder.at("a")).await.unwrap();
        assert!(!folder.at("a").exists());
    });
}

/// F1: directories and files are made with the permissions that are asked for, and times are set.
#[test]
fn what_is_made_is_as_it_was_asked_for() {
    use std::os::unix::fs::{DirEntryExt, MetadataExt, PermissionsExt};
    use std::time::{Duration, SystemTime};

    on_each(|| async {
        let folder = Folder::new();
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;

        ours::DirBuilder::new().mode(0o700).create(folder.at("d")).await.unwrap();
        let again = ours::DirBuilder::new().create(folder.at("d")).await;
        assert_eq!(kind(again), ErrorKind::AlreadyExists);
        ours::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder.at("d/e/f"))
            .await
            .unwrap();
        assert_eq!((mode(folder.at("d")), mode(folder.at("d/e/f"))), (0o700, 0o700));

        let mut options = ours::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).custom_flags(libc::O_APPEND);
        let mut file = options.open(folder.at("d/file")).await.unwrap();
        file.write_all(b"one").await.unwrap();
        file.rewind().await.unwrap();
        file.write_all(b", two").await.unwrap();
        file.flush().await.unwrap();
        assert_eq!(fs::read(folder.at("d/file")).unwrap(), b"one, two");
        assert_eq!(mode(folder.at("d/file")), 0o600);

        let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        file.set_modified(past).await.unwrap();
        let accessed = past + Duration::from_secs(1);
        file.set_times(ours::FileTimes::new().set_accessed(accessed)).await.unwrap();
        let metadata = file.metadata().await.unwrap();
        assert_eq!((metadata.modified().unwrap(), metadata.accessed().unwrap()), (past, accessed));

        let mut entries = ours::read_dir(folder.at("d")).await.unwrap();
        let mut names = Vec::new();
        while let Some(entry) = entries.next_entry().await.unwrap() {
            let metadata = entry.metadata().await.unwrap();
            assert_eq!(entry.file_type().await.unwrap(), metadata.file_type());
            assert_eq!(entry.ino(), metadata.ino());
            assert_eq!(entry.path(), folder.at("d").join(entry.file_name()));
            names.push(entry.file_name());
        }
        names.sort();
        assert_eq!(names, ["e", "file"]);
        // The one of the standard library has the same.
        let of_std = fs::read_dir(folder.at("d")).unwrap().map(|entry| entry.unwrap().ino());
        assert_eq!(of_std.count(), 2);
    });
}

/// F1: so are the errors, and none of them leaves anything open.
#[test]
fn what_cant_be_done_is_the_error_of_std() {
    on_each(|| async {
        let folder = Folder::new();
        let file = folder.with("file", "content");
        let missing = folder.at("missing");
        let zero = folder.at("a\0b");

        for path in [&missing, &missing.join("further"), &zero] {
            let (read, open) = (ours::read(path).await, ours::File::open(path).await);
            let expected = kind(fs::read(path));
            assert_eq!((kind(read), kind(open)), (expected, expected));
            assert_eq!(kind(ours::metadata(path).await), expected);
            assert_eq!(kind(ours::read_dir(path).await), expected);
            assert_eq!(kind(ours::remove_file(path).await), expected);
            assert_eq!(kind(ours::remove_dir_all(path).await), expected);
            assert_eq!(kind(ours::copy(path, folder.at("copy")).await), expected);
            assert_eq!(kind(ours::rename(path, folder.at("copy")).await), expected);
            assert_eq!(kind(ours::canonicalize(path).await), expected);
            assert_eq!(kind(ours::read_link(path).await), expected);
        }
        assert_eq!(kind(ours::try_exists(&zero).await), kind(fs::exists(&zero)));

        // A directory where a file is meant, and the reverse.
        assert_eq!(kind(ours::read(&folder.0).await), kind(fs::read(&folder.0)));
        assert_eq!(kind(ours::write(&folder.0, "").await), kind(fs::write(&folder.0, "")));
        let mut directory = ours::File::open(&folder.0).await.unwrap();
        assert_eq!(kind(directory.read(&mut [0; 8]).await), ErrorKind::IsADirectory);
        assert_eq!(kind(ours::read_dir(&file).await), ErrorKind::NotADirectory);
        assert_eq!(kind(ours::read(file.join("below")).await), ErrorKind::NotADirectory);
        assert_eq!(kind(ours::remove_dir(&folder.0).await), ErrorKind::DirectoryNotEmpty);
        assert_eq!(kind(ours::create_dir(&file).await), ErrorKind::AlreadyExists);
        assert_eq!(kind(ours::File::create_new(&file).await), ErrorKind::AlreadyExists);

        // Options that make no sense together, and text that is none.
        let none = ours::OpenOptions::new().open(&file).await;
        assert_eq!(kind(none), ErrorKind::InvalidInput);
        let bytes = folder.with("bytes", [0xff, 0xfe]);
        assert_eq!(kind(ours::read_to_string(&bytes).await), ErrorKind::InvalidData);
        let mut text = String::from("kept");
        let mut file = ours::File::open(&bytes).await.unwrap();
        assert_eq!(kind(file.read_to_string(&mut text).await), ErrorKind::InvalidData);
        assert_eq!(text, "kept");
    });
}

/// F1: names need not be text.
#[test]
fn a_name_may_have_any_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    on_each(|| async {
        let folder = Folder::new();
        let name = OsStr::from_bytes(b"\xff\n\xfe");
        ours::write(folder.at(name), "x").await.unwrap();
        let mut entries = ours::read_dir(&folder.0).await.unwrap();
        assert_eq!(entries.next_entry().await.unwrap().unwrap().file_name(), name);
        assert!(entries.next_entry().await.unwrap().is_none());
        assert!(entries.next_entry().await.unwrap().is_none());
    });
}

/// F2: nothing was done by a future that was never polled, and all of it by one that was dropped later.
#[test]
fn what_was_begun_goes_on() {
    on_each(|| async {
        let folder = Folder::new();
        drop(ours::write(folder.at("never"), "x"));
        let written = folder.at("written");
        poll_and_drop(ours::write(&written, vec![b'x'; 1 << 20])).await;
        // There is nobody to tell of it.
        let length = || fs::metadata(&written).map_or(0, |metadata| metadata.len());
        wait_until(|| length() == 1 << 20);
        assert!(written.exists() && !folder.at("never").exists());
    });
}
