//! How a directory is made.

use std::io;
use std::path::Path;

use anyrt::fs as inner;

use super::run;

/// How a directory is made: as [`std::fs::DirBuilder`].
#[derive(Debug, Default)]
pub struct DirBuilder {
    inner: inner::DirBuilder,
}

impl DirBuilder {
    /// In a directory that is there.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the directories around it are made too, and none of them is an error if it is there.
    pub fn recursive(&mut self, recursive: bool) -> &mut Self {
        self.inner.recursive(recursive);
        self
    }

    /// The permissions before the process's mask is taken off; 0o777, if nobody says otherwise.
    #[cfg(unix)]
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.inner.mode(mode);
        self
    }

    /// Makes the directory; as [`std::fs::DirBuilder::create`].
    pub async fn create(&self, path: impl AsRef<Path>) -> io::Result<()> {
        run(self.inner.create(path)).await
    }
}
