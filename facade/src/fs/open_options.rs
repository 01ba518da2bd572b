//! How a file is opened.

use std::fs::OpenOptions as StdOptions;
use std::io;
use std::path::Path;

use super::File;
use super::job::run;

/// How a file is opened: as [`std::fs::OpenOptions`], but that to open it waits elsewhere.
///
/// ```no_run
/// use anyrt::fs::OpenOptions;
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut log = OpenOptions::new().append(true).create(true).open("log").await?;
/// log.write_all(b"started\n").await?;
/// log.flush().await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OpenOptions(StdOptions);

impl OpenOptions {
    /// Nothing is allowed yet.
    pub fn new() -> Self {
        Self(StdOptions::new())
    }

    /// Whether it can be read.
    pub fn read(&mut self, read: bool) -> &mut Self {
        self.0.read(read);
        self
    }

    /// Whether it can be written.
    pub fn write(&mut self, write: bool) -> &mut Self {
        self.0.write(write);
        self
    }

    /// Whether all that is written goes to the end, wherever that is then.
    pub fn append(&mut self, append: bool) -> &mut Self {
        self.0.append(append);
        self
    }

    /// Whether it is emptied.
    pub fn truncate(&mut self, truncate: bool) -> &mut Self {
        self.0.truncate(truncate);
        self
    }

    /// Whether it is made if there is none.
    pub fn create(&mut self, create: bool) -> &mut Self {
        self.0.create(create);
        self
    }

    /// Whether it is made, and must not have been there.
    pub fn create_new(&mut self, create_new: bool) -> &mut Self {
        self.0.create_new(create_new);
        self
    }

    /// Opens the file.
    ///
    /// Not cancel safe: what making or emptying it does is done, though nobody has the file.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut options = anyrt::fs::OpenOptions::new();
    /// let file = options.read(true).open("Cargo.toml").await?;
    /// assert!(file.metadata().await?.is_file());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`std::fs::OpenOptions::open`]: `NotFound`, `AlreadyExists`, `PermissionDenied`, `InvalidInput` for options
    /// that make no sense together or a path with a zero byte; there is no runtime.
    pub async fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        let (options, path) = (self.0.clone(), path.as_ref().to_owned());
        run(move || options.open(path)).await.map(File::from_std)
    }
}

/// As in [`std::os::unix::fs::OpenOptionsExt`].
#[cfg(unix)]
impl OpenOptions {
    /// The permissions of a file that is made, before the process's mask is taken off; 0o666, if nobody says otherwise.
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        std::os::unix::fs::OpenOptionsExt::mode(&mut self.0, mode);
        self
    }

    /// Further flags of the system's `open`, such as `libc::O_NOFOLLOW`.
    pub fn custom_flags(&mut self, flags: i32) -> &mut Self {
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut self.0, flags);
        self
    }
}

/// As in `std::os::windows::fs::OpenOptionsExt`.
#[cfg(windows)]
impl OpenOptions {
    /// The access that is asked for, in place of what `read`, `write` and `append` say.
    pub fn access_mode(&mut self, access: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::access_mode(&mut self.0, access);
        self
    }

    /// What others may do meanwhile.
    pub fn share_mode(&mut self, share: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut self.0, share);
        self
    }

    /// Further flags of the system's `CreateFile`.
    pub fn custom_flags(&mut self, flags: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::custom_flags(&mut self.0, flags);
        self
    }

    /// The attributes of a file that is made.
    pub fn attributes(&mut self, attributes: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::attributes(&mut self.0, attributes);
        self
    }

    /// What the server of a pipe may do in one's name.
    pub fn security_qos_flags(&mut self, flags: u32) -> &mut Self {
        std::os::windows::fs::OpenOptionsExt::security_qos_flags(&mut self.0, flags);
        self
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl From<StdOptions> for OpenOptions {
    fn from(options: StdOptions) -> Self {
        Self(options)
    }
}
