//! An open file.

use std::fs::{File as StdFile, FileTimes, Metadata, Permissions};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;
use std::{fmt, io};

use futures_util::lock::Mutex;

use super::operation::Operations;
use super::{OpenOptions, job};

/// The most that one operation reads or writes, unless another limit is set.
const MAX_BUFFER: usize = 2 * 1024 * 1024;

/// An open file.
///
/// Reads, writes and seeks run as blocking closures, one at a time, through one buffer. Reading and writing need no trait
/// in scope; the file also implements the traits of [`io`](crate::io), and tokio's with the feature `tokio-io`.
///
/// ```no_run
/// use anyrt::fs::File;
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut file = File::create("notes.txt").await?;
/// file.write_all(b"first line\n").await?;
/// file.write_all(b"second line\n").await?;
/// file.flush().await?; // only now all of it is written
///
/// let mut text = String::new();
/// File::open("notes.txt").await?.read_to_string(&mut text).await?;
/// assert_eq!(text.lines().count(), 2);
/// # Ok(())
/// # }
/// ```
///
/// # What a write means
/// A write takes bytes into the buffer and returns, while they are written in the background. [`flush`](Self::flush)
/// waits for that, and says whether it went well; the error of a write also comes back from the next write,
/// `sync_all`, `sync_data` or `set_len`. A file that is dropped without it loses no bytes, but it is closed only
/// after the last of them is written, also where its runtime has ended meanwhile; nobody is told of an error then. Only the
/// end of the program does not wait for what a runtime without an end has in hand, as that of async-std: flush before. To
/// the disk itself it all goes with [`sync_all`](Self::sync_all).
///
/// # Cancellation
/// A future of a file that is dropped leaves the file usable. What was begun goes on in the background, and the next
/// operation waits for it: what a read has found is given to the next one, or the position goes back before it. If a runtime
/// ends before a read or a seek has run that somebody has begun, the next read, write, flush or seek is an error that says so
/// ([`is_runtime_gone`](crate::is_runtime_gone)), once: the file is not where it would be.
pub struct File {
    descriptor: Arc<StdFile>,
    operations: Mutex<Operations>,
    max_buffer: usize,
}

impl File {
    /// Opens a file for reading.
    ///
    /// Cancel safe: at most a file is opened and closed again.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut text = String::new();
    /// anyrt::fs::File::open("Cargo.toml").await?.read_to_string(&mut text).await?;
    /// assert!(text.contains("[package]"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`std::fs::File::open`]; there is no runtime.
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::options().read(true).open(path).await
    }

    /// Opens a file for writing: it is made if there is none, and emptied if there is one.
    ///
    /// Not cancel safe: it may be made and emptied without anybody having it.
    ///
    /// ```no_run
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut file = anyrt::fs::File::create("notes.txt").await?;
    /// file.write_all(b"hello").await?;
    /// file.flush().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`std::fs::File::create`]; there is no runtime.
    pub async fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::options().write(true).create(true).truncate(true).open(path).await
    }

    /// Makes a file that was not there, for reading and writing.
    ///
    /// Not cancel safe: it may be made without anybody having it.
    ///
    /// ```no_run
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let lock = anyrt::fs::File::create_new("lock").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `AlreadyExists`; otherwise as [`std::fs::File::create_new`]; there is no runtime.
    pub async fn create_new(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::options().read(true).write(true).create_new(true).open(path).await
    }

    /// How to open a file: [`OpenOptions::new`].
    ///
    /// ```no_run
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut log = anyrt::fs::File::options().append(true).create(true).open("log").await?;
    /// log.write_all(b"started\n").await?;
    /// log.flush().await
    /// # }
    /// ```
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    /// Takes over a file of the standard library.
    ///
    /// Any descriptor that can be read or written will do; for pipes and devices, whose operations may never
    /// end, [`AsyncFd`](crate::reactor) is better.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut file = anyrt::fs::File::from_std(std::fs::File::open("Cargo.toml")?);
    /// let mut start = [0; 9];
    /// file.read_exact(&mut start).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_std(file: StdFile) -> Self {
        Self {
            descriptor: Arc::new(file),
            operations: Mutex::new(Operations::default()),
            max_buffer: MAX_BUFFER,
        }
    }

    /// The file of the standard library, once nothing is in flight. Its position is where this file was read to.
    ///
    /// Not cancel safe: the file is closed if the future is dropped. The error of a write that was not asked for is lost:
    /// [`flush`](Self::flush) first.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let file = anyrt::fs::File::open("Cargo.toml").await?;
    /// let file: std::fs::File = file.into_std().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn into_std(self) -> StdFile {
        /// How often others may go first until a second descriptor is made.
        const PATIENCE: usize = 1000;

        let Self { mut descriptor, operations, .. } = self;
        let mut operations = operations.into_inner();
        if operations.give_back(&descriptor).await.is_err() {
            // No runtime does it. What can't go back, such as a pipe, stays where it is.
            _ = operations.give_back_now(&descriptor);
        }
        for tries in 0_usize.. {
            match Arc::try_unwrap(descriptor) {
                Ok(descriptor) => return descriptor,
                Err(shared) => descriptor = shared,
            }
            // An operation that a runtime has dropped, or was refused, may hold it for a while.
            if let (true, Ok(clone)) = (tries > PATIENCE, descriptor.try_clone()) {
                return clone;
            }
            crate::task::yield_now().await;
        }
        unreachable!("the numbers do not end")
    }

    /// The file of the standard library, if nothing is in flight.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let file = anyrt::fs::File::open("Cargo.toml").await?;
    /// let file: std::fs::File = file.try_into_std().unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Gives the file back if an operation is in flight, or a write has failed and nobody was told: [`flush`](Self::flush)
    /// tells of it.
    #[allow(clippy::result_large_err, reason = "it is the file, as whoever called had it")]
    pub fn try_into_std(mut self) -> Result<StdFile, Self> {
        let operations = self.operations.get_mut();
        if !operations.is_settled() {
            return Err(self);
        }
        // A call that has nothing to do with what is in flight may have the descriptor.
        if Arc::get_mut(&mut self.descriptor).is_none() {
            return Err(self);
        }
        // Nothing is read for this, and so nothing blocks.
        _ = operations.give_back_now(&self.descriptor);
        let Self { descriptor, operations, max_buffer } = self;
        match Arc::try_unwrap(descriptor) {
            Ok(descriptor) => Ok(descriptor),
            Err(descriptor) => Err(Self { descriptor, operations, max_buffer }),
        }
    }

    /// Waits until all that was written is on the disk, with what the system knows about the file.
    ///
    /// Cancel safe: the error of one that was dropped comes back from the next write, flush or sync.
    ///
    /// ```no_run
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut file = anyrt::fs::File::create("notes.txt").await?;
    /// file.write_all(b"hello").await?;
    /// file.sync_all().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// Of a write before, and of the system.
    pub async fn sync_all(&self) -> io::Result<()> {
        self.sync(StdFile::sync_all).await
    }

    /// Waits until the content is on the disk, and of what the system knows about the file no more than that needs.
    ///
    /// Cancel safe as [`sync_all`](Self::sync_all).
    ///
    /// # Errors
    /// Of a write before, and of the system.
    pub async fn sync_data(&self) -> io::Result<()> {
        self.sync(StdFile::sync_data).await
    }

    /// Makes the file this long: what is behind goes away, what is missing is zero. The position stays.
    ///
    /// Cancel safe in that a second call does no harm.
    ///
    /// ```no_run
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let file = anyrt::fs::File::create("room").await?;
    /// file.set_len(1 << 20).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// Of a write before, and of the system: the file is not open for writing, the disk is full.
    pub async fn set_len(&self, length: u64) -> io::Result<()> {
        let mut operations = self.operations.lock().await;
        // What was read may be gone then.
        operations.give_back(&self.descriptor).await?;
        operations.check_writes()?;
        operations.run(&self.descriptor, move |file| file.set_len(length)).await
    }

    /// What the system knows about the file: how long it is, when it was changed.
    ///
    /// All that was written before is part of it; a read that is in flight is not waited for. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let file = anyrt::fs::File::open("Cargo.toml").await?;
    /// assert!(file.metadata().await?.len() > 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`std::fs::File::metadata`].
    pub async fn metadata(&self) -> io::Result<Metadata> {
        let mut operations = self.operations.lock().await;
        operations.written().await;
        drop(operations);
        self.run_beside(StdFile::metadata).await
    }

    /// Another file with the same descriptor beneath: reads, writes and seeks of one move the position of both.
    ///
    /// What was read and nobody has taken stays with this file where the descriptor has no position, as that of a pipe. Cancel
    /// safe.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut one = anyrt::fs::File::open("Cargo.toml").await?;
    /// let mut other = one.try_clone().await?;
    /// one.read_exact(&mut [0; 5]).await?;
    /// assert_eq!(other.stream_position().await?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The system has no descriptor left.
    pub async fn try_clone(&self) -> io::Result<Self> {
        let mut operations = self.operations.lock().await;
        // What can't go back, such as a pipe, keeps what it has read.
        let given_back = operations.give_back(&self.descriptor).await;
        given_back.or_else(|error| if operations.has_left() { Ok(()) } else { Err(error) })?;
        let clone = operations.run(&self.descriptor, StdFile::try_clone).await?;
        Ok(Self { max_buffer: self.max_buffer, ..Self::from_std(clone) })
    }

    /// Changes who may do what with the file. Waits for nothing that is in flight.
    ///
    /// Cancel safe in that a second call does no harm.
    ///
    /// ```no_run
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let file = anyrt::fs::File::open("notes.txt").await?;
    /// let mut permissions = file.metadata().await?.permissions();
    /// permissions.set_readonly(true);
    /// file.set_permissions(permissions).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`std::fs::File::set_permissions`].
    pub async fn set_permissions(&self, permissions: Permissions) -> io::Result<()> {
        self.run_beside(move |file| file.set_permissions(permissions)).await
    }

    /// Changes when the file was read and changed, as the system has it.
    ///
    /// Cancel safe in that a second call does no harm.
    ///
    /// ```no_run
    /// use std::time::SystemTime;
    /// use anyrt::fs::{File, FileTimes};
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let file = File::options().write(true).open("notes.txt").await?;
    /// file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH)).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`std::fs::File::set_times`].
    pub async fn set_times(&self, times: FileTimes) -> io::Result<()> {
        self.run(move |file| file.set_times(times)).await
    }

    /// Changes when the file was changed; see [`set_times`](Self::set_times). Cancel safe as that is.
    ///
    /// # Errors
    /// As [`std::fs::File::set_times`].
    pub async fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        self.set_times(FileTimes::new().set_modified(time)).await
    }

    /// The most bytes that one read or write takes; 2 MiB, if nobody says otherwise.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut file = anyrt::fs::File::open("Cargo.toml").await?;
    /// file.set_max_buf_size(4096);
    /// assert!(file.read(&mut [0; 1 << 20]).await? <= 4096);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// It is 0.
    #[track_caller]
    pub fn set_max_buf_size(&mut self, max_buf_size: usize) {
        assert!(max_buf_size > 0, "`max_buf_size` must be greater than 0");
        self.max_buffer = max_buf_size;
    }

    /// See [`set_max_buf_size`](Self::set_max_buf_size).
    pub fn max_buf_size(&self) -> usize {
        self.max_buffer
    }

    async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&StdFile) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        self.operations.lock().await.run(&self.descriptor, operation).await
    }

    /// Runs something that what is in flight has no part in.
    async fn run_beside<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&StdFile) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let shared = Arc::clone(&self.descriptor);
        let operation = move || {
            let result = operation(&shared);
            // Before anybody hears of the result: the file may be taken back then.
            drop(shared);
            result
        };
        job::run(operation).await
    }

    async fn sync(&self, sync: fn(&StdFile) -> io::Result<()>) -> io::Result<()> {
        self.operations.lock().await.sync(&self.descriptor, sync).await
    }

    /// What a call with the file to itself needs: its operations, and how much one of them takes at most.
    pub(super) fn parts(&mut self) -> (&mut Operations, &Arc<StdFile>, usize) {
        (self.operations.get_mut(), &self.descriptor, self.max_buffer)
    }
}

// Whatever it is made of: no code of others runs while it is half changed.
impl UnwindSafe for File {}
impl RefUnwindSafe for File {}

impl From<StdFile> for File {
    fn from(file: StdFile) -> Self {
        Self::from_std(file)
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.descriptor.fmt(f)
    }
}

#[cfg(any(unix, target_os = "wasi"))]
mod descriptor {
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

    use super::{File, StdFile};

    impl From<OwnedFd> for File {
        fn from(descriptor: OwnedFd) -> Self {
            Self::from_std(StdFile::from(descriptor))
        }
    }

    impl AsFd for File {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.descriptor.as_fd()
        }
    }

    impl AsRawFd for File {
        fn as_raw_fd(&self) -> RawFd {
            self.descriptor.as_raw_fd()
        }
    }
}

#[cfg(windows)]
mod handle {
    use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, OwnedHandle, RawHandle};

    use super::{File, StdFile};

    impl From<OwnedHandle> for File {
        fn from(handle: OwnedHandle) -> Self {
            Self::from_std(StdFile::from(handle))
        }
    }

    impl AsHandle for File {
        fn as_handle(&self) -> BorrowedHandle<'_> {
            self.descriptor.as_handle()
        }
    }

    impl AsRawHandle for File {
        fn as_raw_handle(&self) -> RawHandle {
            self.descriptor.as_raw_handle()
        }
    }
}
