//! What is in a directory.

use std::ffi::OsString;
use std::fs::{FileType, Metadata};
use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::task::{Context, Poll};

use anyrt::fs as inner;

use super::{cancelled, run};
use crate::context;

/// What is in a directory, in no order; as [`std::fs::read_dir`].
pub async fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    Ok(ReadDir { inner: run(inner::read_dir(path)).await? })
}

/// The entries of a directory; made by [`read_dir`].
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct ReadDir {
    inner: inner::ReadDir,
}

impl ReadDir {
    /// The next entry; `None` at the end. Cancel safe.
    pub async fn next_entry(&mut self) -> io::Result<Option<DirEntry>> {
        poll_fn(|cx| self.poll_next_entry(cx)).await
    }

    /// Like [`next_entry`](Self::next_entry), for one task at a time.
    pub fn poll_next_entry(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<DirEntry>>> {
        context::here();
        let entry = self.inner.poll_next_entry(cx);
        entry.map_ok(|entry| entry.map(|inner| DirEntry { inner })).map_err(cancelled)
    }
}

/// Something in a directory; made by [`ReadDir`].
#[derive(Debug)]
pub struct DirEntry {
    inner: inner::DirEntry,
}

impl DirEntry {
    /// The path of the directory, as it was given, and the name in it.
    pub fn path(&self) -> PathBuf {
        self.inner.path()
    }

    /// The name in the directory.
    pub fn file_name(&self) -> OsString {
        self.inner.file_name()
    }

    /// What the system knows about it, or about the symbolic link itself.
    pub async fn metadata(&self) -> io::Result<Metadata> {
        run(self.inner.metadata()).await
    }

    /// What it is, or that it is a symbolic link.
    pub async fn file_type(&self) -> io::Result<FileType> {
        // Known from the listing on most systems, which needs no runtime.
        self.inner.file_type().await.map_err(cancelled)
    }

    /// Its number in the file system.
    #[cfg(unix)]
    pub fn ino(&self) -> u64 {
        self.inner.ino()
    }
}
