//! How a file is opened.

use std::fs::OpenOptions as StdOptions;
use std::io;
use std::path::Path;

use anyrt::fs as inner;

use super::{File, run};

/// How a file is opened: as [`std::fs::OpenOptions`].
#[derive(Clone, Debug)]
pub struct OpenOptions {
    inner: inner::OpenOptions,
}

impl OpenOptions {
    /// Nothing is allowed yet.
    pub fn new() -> Self {
        Self { inner: inner::OpenOptions::new() }
    }

    /// Whether it can be read.
    pub fn read(&mut self, read: bool) -> &mut Self {
        self.inner.read(read);
        self
    }

    /// Whether it can be written.
    pub fn write(&mut self, write: bool) -> &mut Self {
        self.inner.write(write);
        self
    }

    /// Whether all that is written goes to the end, wherever that is then.
    pub fn append(&mut self, append: bool) -> &mut Self {
        self.inner.append(append);
        self
    }

    /// Whether it is emptied.
    pub fn truncate(&mut self, truncate: bool) -> &mut Self {
        self.inner.truncate(truncate);
        self
    }

    /// Whether it is made if there is none.
    pub fn create(&mut self, create: bool) -> &mut Self {
        self.inner.create(create);
        self
    }

    /// Whether it is made, and must not have been there.
    pub fn create_new(&mut self, create_new: bool) -> &mut Self {
        self.inner.create_new(create_new);
        self
    }

    /// Opens the file; as [`std::fs::OpenOptions::open`].
    pub async fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        run(self.inner.open(path)).await.map(File::new)
    }
}

/// As in [`std::os::unix::fs::OpenOptionsExt`].
#[cfg(unix)]
impl OpenOptions {
    /// The permissions of a file that is made, before the process's mask is taken off; 0o666, if nobody says otherwise.
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.inner.mode(mode);
        self
    }

    /// Further flags of the system's `open`, such as `libc::O_NOFOLLOW`.
    pub fn custom_flags(&mut self, flags: i32) -> &mut Self {
        self.inner.custom_flags(flags);
        self
    }
}

/// As in `std::os::windows::fs::OpenOptionsExt`.
#[cfg(windows)]
impl OpenOptions {
    /// The access that is asked for, in place of what `read`, `write` and `append` say.
    pub fn access_mode(&mut self, access: u32) -> &mut Self {
        self.inner.access_mode(access);
        self
    }

    /// What others may do meanwhile.
    pub fn share_mode(&mut self, share: u32) -> &mut Self {
        self.inner.share_mode(share);
        self
    }

    /// Further flags of the system's `CreateFile`.
    pub fn custom_flags(&mut self, flags: u32) -> &mut Self {
        self.inner.custom_flags(flags);
        self
    }

    /// The attributes of a file that is made.
    pub fn attributes(&mut self, attributes: u32) -> &mut Self {
        self.inner.attributes(attributes);
        self
    }

    /// What the server of a pipe may do in one's name.
    pub fn security_qos_flags(&mut self, flags: u32) -> &mut Self {
        self.inner.security_qos_flags(flags);
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
        Self { inner: options.into() }
    }
}
