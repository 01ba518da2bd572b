//! What is in a directory.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, FileType, Metadata};
use std::future::poll_fn;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::{fmt, io};

use futures_util::stream::Stream;

use super::job::run;
use crate::io::job::{self, AtEnd, OwedHandle, start_owed};

/// How many entries are read in one operation.
const BATCH: usize = 64;

/// The entries of a directory, in no order.
///
/// Cancel safe: the directory may be opened for nothing.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut entries = anyrt::fs::read_dir(".").await?;
/// while let Some(entry) = entries.next_entry().await? {
///     println!("{}", entry.path().display());
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `NotFound`, `NotADirectory`; otherwise as [`std::fs::read_dir`].
pub async fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    let path = path.as_ref().to_owned();
    let batch = run(move || {
        let mut batch = Batch { entries: VecDeque::new(), rest: Some(fs::read_dir(path)?) };
        batch.read();
        Ok(batch)
    });
    Ok(ReadDir(State::Idle(batch.await?)))
}

/// The entries of a directory; made by [`read_dir`]. A stream, too, of the same as
/// [`next_entry`](Self::next_entry).
///
/// They are read 64 at a time, in one operation of the runtime.
#[must_use = "entries are read when they are asked for"]
pub struct ReadDir(State);

enum State {
    Idle(Batch),
    Busy(OwedHandle<Batch>),
}

/// What was read, and where more comes from.
struct Batch {
    entries: VecDeque<io::Result<DirEntry>>,
    rest: Option<fs::ReadDir>,
}

impl Batch {
    fn read(&mut self) {
        let Some(rest) = &mut self.rest else { return };
        while self.entries.len() < BATCH {
            let Some(entry) = rest.next() else {
                self.rest = None;
                return;
            };
            self.entries.push_back(entry.map(DirEntry::new));
        }
    }
}

impl ReadDir {
    /// The next entry; `None` if there are no more.
    ///
    /// Cancel safe: no entry is lost.
    ///
    /// # Errors
    /// The system can't read the directory on, or it can't give one of the entries. After an error of the runtime there are
    /// no more entries.
    pub async fn next_entry(&mut self) -> io::Result<Option<DirEntry>> {
        poll_fn(|cx| self.poll_next_entry(cx)).await
    }

    /// The poll function of [`next_entry`](Self::next_entry).
    ///
    /// # Errors
    /// As that.
    pub fn poll_next_entry(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<DirEntry>>> {
        loop {
            match &mut self.0 {
                State::Idle(batch) => {
                    if let Some(entry) = batch.entries.pop_front() {
                        return Poll::Ready(entry.map(Some));
                    }
                    let Some(rest) = batch.rest.take() else { return Poll::Ready(Ok(None)) };
                    let entries = std::mem::take(&mut batch.entries);
                    let mut batch = Batch { entries, rest: Some(rest) };
                    self.0 = State::Busy(start_owed(AtEnd::Drop, move || {
                        batch.read();
                        batch
                    })?);
                }
                State::Busy(handle) => {
                    let joined = ready!(Pin::new(handle).poll(cx));
                    match joined {
                        Ok(batch) => self.0 = State::Idle(batch),
                        Err(error) => {
                            let none = Batch { entries: VecDeque::new(), rest: None };
                            self.0 = State::Idle(none);
                            return Poll::Ready(Err(job::error(error)));
                        }
                    }
                }
            }
        }
    }
}

// No code of others runs while it is half changed.
impl UnwindSafe for ReadDir {}
impl RefUnwindSafe for ReadDir {}

impl Stream for ReadDir {
    type Item = io::Result<DirEntry>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_next_entry(cx).map(Result::transpose)
    }
}

impl fmt::Debug for ReadDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadDir").finish_non_exhaustive()
    }
}

/// An entry of a directory.
#[derive(Clone)]
pub struct DirEntry {
    entry: Arc<fs::DirEntry>,
    /// `None` if it could not be told.
    file_type: Option<FileType>,
}

impl DirEntry {
    fn new(entry: fs::DirEntry) -> Self {
        // Nothing has to be asked for it on most systems, and this is a thread that may block.
        let file_type = entry.file_type().ok();
        Self { entry: Arc::new(entry), file_type }
    }

    /// Its path: that of the directory, as it was given, and its name.
    pub fn path(&self) -> PathBuf {
        self.entry.path()
    }

    /// Its name, without the directory.
    pub fn file_name(&self) -> OsString {
        self.entry.file_name()
    }

    /// What the system knows about it; about a link itself. Cancel safe.
    ///
    /// # Errors
    /// As [`std::fs::DirEntry::metadata`].
    pub async fn metadata(&self) -> io::Result<Metadata> {
        let entry = Arc::clone(&self.entry);
        run(move || entry.metadata()).await
    }

    /// Whether it is a file, a directory or a link. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut entries = anyrt::fs::read_dir(".").await?;
    /// let entry = entries.next_entry().await?.expect("there is a Cargo.toml at least");
    /// println!("{:?}: {:?}", entry.file_name(), entry.file_type().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`std::fs::DirEntry::file_type`].
    pub async fn file_type(&self) -> io::Result<FileType> {
        if let Some(file_type) = self.file_type {
            return Ok(file_type);
        }
        let entry = Arc::clone(&self.entry);
        run(move || entry.file_type()).await
    }

    /// The number that the file system has for it.
    #[cfg(unix)]
    pub fn ino(&self) -> u64 {
        std::os::unix::fs::DirEntryExt::ino(&*self.entry)
    }
}

impl fmt::Debug for DirEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DirEntry").field(&self.path()).finish()
    }
}
