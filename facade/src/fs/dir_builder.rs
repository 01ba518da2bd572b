//! How a directory is made.

use std::io;
use std::path::Path;

use super::job::run;

/// How a directory is made: as [`std::fs::DirBuilder`].
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::DirBuilder::new().recursive(true).create("drafts/2026").await
/// # }
/// ```
#[derive(Debug, Default)]
pub struct DirBuilder {
    is_recursive: bool,
    #[cfg(unix)]
    mode: Option<u32>,
}

impl DirBuilder {
    /// In a directory that is there.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the directories around it are made too, and none of them is an error if it is there.
    pub fn recursive(&mut self, recursive: bool) -> &mut Self {
        self.is_recursive = recursive;
        self
    }

    /// The permissions before the process's mask is taken off; 0o777, if nobody says otherwise.
    #[cfg(unix)]
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.mode = Some(mode);
        self
    }

    /// Makes the directory.
    ///
    /// Not cancel safe: it goes on when the future is dropped.
    ///
    /// ```no_run
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// anyrt::fs::DirBuilder::new().create("drafts").await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`std::fs::DirBuilder::create`].
    pub async fn create(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let (builder, path) = (self.of_std(), path.as_ref().to_owned());
        run(move || builder.create(path)).await
    }

    #[cfg(unix)]
    fn of_std(&self) -> std::fs::DirBuilder {
        use std::os::unix::fs::DirBuilderExt;

        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(self.is_recursive);
        if let Some(mode) = self.mode {
            builder.mode(mode);
        }
        builder
    }

    #[cfg(not(unix))]
    fn of_std(&self) -> std::fs::DirBuilder {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(self.is_recursive);
        builder
    }
}
