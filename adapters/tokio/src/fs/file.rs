//! An open file.

mod descriptor;
mod read_write;
mod seek;

use std::fs::{File as StdFile, Metadata, Permissions};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::Path;
use std::time::SystemTime;
use std::{fmt, io};

use anyrt::fs as inner;

use self::seek::Seek;
use super::{FileTimes, OpenOptions, cancelled, run};
use crate::context;

/// An open file.
///
/// A write takes bytes into a buffer and returns, while they are written in the background. To flush the file is to wait for
/// that, and tells whether it went well; the error of a write also comes back from the next write, `sync_all`, `sync_data` or
/// `set_len`, whichever is first. A file that is dropped without it loses no bytes, but it is closed only after the last
/// of them is written.
///
/// # Panics
///
/// When it is read, written or sought in outside of a runtime.
pub struct File {
    inner: inner::File,
    seek: Seek,
}

impl File {
    pub(super) fn new(inner: inner::File) -> Self {
        Self { inner, seek: Seek::default() }
    }

    /// Opens a file for reading; as [`std::fs::File::open`].
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::options().read(true).open(path).await
    }

    /// Opens a file for writing, which is made if there is none, and emptied if there is one; as [`std::fs::File::create`].
    pub async fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::options().write(true).create(true).truncate(true).open(path).await
    }

    /// Makes a file that was not there, for reading and writing; as [`std::fs::File::create_new`].
    pub async fn create_new<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::options().read(true).write(true).create_new(true).open(path).await
    }

    /// How to open a file: [`OpenOptions::new`].
    #[must_use]
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    /// Takes over a file of the standard library.
    pub fn from_std(std: StdFile) -> Self {
        Self::new(inner::File::from_std(std))
    }

    /// The file of the standard library, once nothing is in flight. Its position is where this file was read to.
    pub async fn into_std(self) -> StdFile {
        self.inner.into_std().await
    }

    /// The file of the standard library, if nothing is in flight.
    ///
    /// # Errors
    ///
    /// Gives the file back if an operation is in flight, or a write has failed and nobody was told.
    #[allow(clippy::result_large_err, reason = "it is the file, as whoever called had it")]
    pub fn try_into_std(self) -> Result<StdFile, Self> {
        let Self { inner, seek } = self;
        if seek.has_error() {
            return Err(Self { inner, seek });
        }
        inner.try_into_std().map_err(|inner| Self { inner, seek })
    }

    /// Another file on the same descriptor, with which it shares the position.
    pub async fn try_clone(&self) -> io::Result<Self> {
        let mut clone = self.idle(run(self.inner.try_clone()).await)?;
        clone.set_max_buf_size(self.max_buf_size());
        Ok(Self::new(clone))
    }

    /// Waits until all that was written is on the disk, with what the system knows about the file.
    pub async fn sync_all(&self) -> io::Result<()> {
        self.idle(run(self.inner.sync_all()).await)
    }

    /// Waits until the content is on the disk, and of what the system knows about the file no more than that needs.
    pub async fn sync_data(&self) -> io::Result<()> {
        self.idle(run(self.inner.sync_data()).await)
    }

    /// Cuts the file off, or extends it with zeros.
    pub async fn set_len(&self, size: u64) -> io::Result<()> {
        context::here();
        self.idle(self.inner.set_len(size).await).map_err(cancelled)
    }

    /// What the system knows about the file, once all that was written is in it.
    pub async fn metadata(&self) -> io::Result<Metadata> {
        run(self.inner.metadata()).await
    }

    /// Changes who may do what with the file.
    pub async fn set_permissions(&self, perm: Permissions) -> io::Result<()> {
        run(self.inner.set_permissions(perm)).await
    }

    /// Changes when the file was read and changed, as the system has it.
    pub async fn set_times(&self, times: FileTimes) -> io::Result<()> {
        self.idle(run(self.inner.set_times(times.into_std())).await)
    }

    /// Changes when the file was changed, as the system has it.
    pub async fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        self.set_times(FileTimes::new().set_modified(time)).await
    }

    /// Notes that an operation is over which has waited for all that was begun.
    fn idle<T>(&self, result: T) -> T {
        self.seek.set_busy(false);
        result
    }

    /// The most bytes that one read or write takes; 2 MiB, if nobody says otherwise.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn set_max_buf_size(&mut self, max_buf_size: usize) {
        self.inner.set_max_buf_size(max_buf_size);
    }

    /// The most bytes that one read or write takes.
    pub fn max_buf_size(&self) -> usize {
        self.inner.max_buf_size()
    }
}

// Whatever it is made of: no code of others runs while it is half changed.
impl UnwindSafe for File {}
impl RefUnwindSafe for File {}

impl From<StdFile> for File {
    fn from(std: StdFile) -> Self {
        Self::from_std(std)
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("tokio::fs::File").field("std", &self.inner).finish()
    }
}
