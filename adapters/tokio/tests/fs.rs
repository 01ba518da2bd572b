//! Files and directories.

mod common;

use std::fs as std_fs;
use std::future::{Future, poll_fn};
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use tokio::fs::{self, DirBuilder, DirEntry, File, FileTimes, OpenOptions, ReadDir};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use common::{NO_RUNTIME, panic_of, poll_once};

/// A directory with a file in it.
fn with_file(content: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std_fs::write(&path, content).unwrap();
    (dir, path)
}

#[tokio::test]
async fn whole_files_are_read_written_and_copied() {
    let (dir, path) = with_file("hello");
    assert_eq!(fs::read(&path).await.unwrap(), b"hello");
    assert_eq!(fs::read_to_string(&path).await.unwrap(), "hello");
    fs::write(&path, "bye").await.unwrap();
    let copy = dir.path().join("copy");
    assert_eq!(fs::copy(&path, &copy).await.unwrap(), 3);
    assert_eq!(std_fs::read(&copy).unwrap(), b"bye");
    fs::rename(&copy, &path).await.unwrap();
    assert!(!fs::try_exists(&copy).await.unwrap());
    fs::remove_file(&path).await.unwrap();
    assert!(!fs::try_exists(&path).await.unwrap());
    fs::write(&path, [0xff]).await.unwrap();
    let error = fs::read_to_string(&path).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert_eq!(fs::read(copy).await.unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[tokio::test]
async fn directories_are_made_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("a/b/c");
    assert!(fs::create_dir(&deep).await.is_err());
    fs::create_dir_all(&deep).await.unwrap();
    fs::remove_dir(&deep).await.unwrap();
    assert!(fs::remove_dir(dir.path().join("a")).await.is_err());
    fs::remove_dir_all(dir.path().join("a")).await.unwrap();
    fs::create_dir(dir.path().join("a")).await.unwrap();
    let mut builder = DirBuilder::new();
    assert!(builder.create(&deep).await.is_err());
    builder.recursive(true).create(&deep).await.unwrap();
    assert!(fs::metadata(&deep).await.unwrap().is_dir());
}

#[tokio::test]
async fn the_entries_of_a_directory_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..100 {
        std_fs::write(dir.path().join(format!("{n:02}")), "x").unwrap();
    }
    std_fs::create_dir(dir.path().join("dir")).unwrap();
    let mut entries = fs::read_dir(dir.path()).await.unwrap();
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await.unwrap() {
        let name = entry.file_name().into_string().unwrap();
        assert_eq!(entry.path(), dir.path().join(&name));
        assert_eq!(entry.file_type().await.unwrap().is_dir(), name == "dir");
        assert_eq!(entry.metadata().await.unwrap().is_file(), name != "dir");
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            assert_eq!(entry.ino(), entry.metadata().await.unwrap().ino());
        }
        if name == "dir" {
            // Known from the listing, so that no runtime is needed.
            let told = std::thread::spawn(move || {
                let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
                std::pin::pin!(entry.file_type()).poll(&mut cx).map(|told| told.unwrap().is_dir())
            });
            assert_eq!(told.join().unwrap(), std::task::Poll::Ready(true));
        }
        names.push(name);
    }
    names.sort();
    assert_eq!((names.len(), &*names[99], &*names[100]), (101, "99", "dir"));
    assert!(poll_fn(|cx| entries.poll_next_entry(cx)).await.unwrap().is_none());
    assert!(fs::read_dir(dir.path().join("none")).await.is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_made_and_followed() {
    let (dir, path) = with_file("hello");
    let (hard, soft) = (dir.path().join("hard"), dir.path().join("soft"));
    fs::hard_link(&path, &hard).await.unwrap();
    fs::symlink(&path, &soft).await.unwrap();
    assert_eq!(fs::read_link(&soft).await.unwrap(), path);
    assert_eq!(fs::canonicalize(&soft).await.unwrap(), std_fs::canonicalize(&path).unwrap());
    assert!(fs::symlink_metadata(&soft).await.unwrap().is_symlink());
    assert_eq!(fs::metadata(&soft).await.unwrap().len(), 5);
    fs::remove_file(&path).await.unwrap();
    assert_eq!(fs::read(&hard).await.unwrap(), b"hello");
    assert!(!fs::try_exists(&soft).await.unwrap());
}

#[cfg(unix)]
#[tokio::test]
async fn permissions_and_times_are_changed() {
    use std::os::unix::fs::PermissionsExt;

    let (dir, path) = with_file("hello");
    let mode = |path: &PathBuf| std_fs::metadata(path).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).await.unwrap();
    assert_eq!(mode(&path), 0o640);
    let file = OpenOptions::new().write(true).open(&path).await.unwrap();
    file.set_permissions(PermissionsExt::from_mode(0o600)).await.unwrap();
    assert_eq!(mode(&path), 0o600);
    let (read, changed) = (
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
        SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000),
    );
    let times = FileTimes::new().set_accessed(read).set_modified(changed);
    assert_eq!(
        format!("{times:?}"),
        format!("FileTimes {{ accessed: Some({read:?}), modified: Some({changed:?}) }}")
    );
    file.set_times(times).await.unwrap();
    let metadata = file.metadata().await.unwrap();
    assert_eq!((metadata.accessed().unwrap(), metadata.modified().unwrap()), (read, changed));
    file.set_modified(read).await.unwrap();
    assert_eq!(file.metadata().await.unwrap().modified().unwrap(), read);

    let made = dir.path().join("made");
    let options = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&made).await;
    drop(options.unwrap());
    assert_eq!(mode(&made), 0o600);
    let mut builder = DirBuilder::new();
    builder.mode(0o700).create(dir.path().join("dir")).await.unwrap();
    assert_eq!(mode(&dir.path().join("dir")), 0o700);
}

#[test]
fn outside_of_a_runtime_nothing_is_begun() {
    let (_dir, path) = with_file("hello");
    assert_eq!(panic_of(|| poll_once(pin!(fs::read(&path)))), NO_RUNTIME);
    assert_eq!(panic_of(|| poll_once(pin!(File::open(&path)))), NO_RUNTIME);
    assert_eq!(panic_of(|| poll_once(pin!(fs::read_dir(&path)))), NO_RUNTIME);
    let mut file = File::from_std(std_fs::File::open(&path).unwrap());
    assert_eq!(panic_of(|| poll_once(pin!(file.read(&mut [0])))), NO_RUNTIME);
    let mut file = File::from_std(std_fs::File::open(&path).unwrap());
    assert_eq!(panic_of(|| poll_once(pin!(file.write(&[0])))), NO_RUNTIME);
    let file = File::from_std(std_fs::File::open(&path).unwrap());
    assert_eq!(panic_of(|| poll_once(pin!(file.metadata()))), NO_RUNTIME);
}

#[test]
fn all_may_be_sent_and_shared() {
    fn check<T: Send + Sync + Unpin>() {}
    check::<File>();
    check::<OpenOptions>();
    check::<DirBuilder>();
    check::<ReadDir>();
    check::<DirEntry>();
    fn future<T: Future + Send>(_: &T) {}
    future(&fs::write("x", "y"));
    future(&fs::read_dir("x"));
    future(&File::open("x"));
}
