//! What is done with a path.

use std::fs::{Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use anyrt::fs as inner;

use super::run;

/// The absolute path, without symbolic links; as [`std::fs::canonicalize`].
pub async fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    run(inner::canonicalize(path)).await
}

/// Copies a file with its permissions, and returns its size; as [`std::fs::copy`].
pub async fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<u64> {
    run(inner::copy(from, to)).await
}

/// Makes a directory in one that is there; as [`std::fs::create_dir`].
pub async fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    run(inner::create_dir(path)).await
}

/// Makes a directory, and those around it as far as they are missing; as [`std::fs::create_dir_all`].
pub async fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    run(inner::create_dir_all(path)).await
}

/// Gives a file another name; as [`std::fs::hard_link`].
pub async fn hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    run(inner::hard_link(original, link)).await
}

/// What the system knows about a file, through symbolic links; as [`std::fs::metadata`].
pub async fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    run(inner::metadata(path)).await
}

/// Reads a whole file; as [`std::fs::read`].
pub async fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    run(inner::read(path)).await
}

/// What a symbolic link points to; as [`std::fs::read_link`].
pub async fn read_link(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    run(inner::read_link(path)).await
}

/// Reads a whole file of text; as [`std::fs::read_to_string`].
pub async fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    run(inner::read_to_string(path)).await
}

/// Removes an empty directory; as [`std::fs::remove_dir`].
pub async fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    run(inner::remove_dir(path)).await
}

/// Removes a directory with all that is in it; as [`std::fs::remove_dir_all`].
pub async fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    run(inner::remove_dir_all(path)).await
}

/// Removes a file; as [`std::fs::remove_file`].
pub async fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    run(inner::remove_file(path)).await
}

/// Moves a file or a directory within one file system, onto what is there; as [`std::fs::rename`].
pub async fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    run(inner::rename(from, to)).await
}

/// Changes who may do what with a file; as [`std::fs::set_permissions`].
pub async fn set_permissions(path: impl AsRef<Path>, perm: Permissions) -> io::Result<()> {
    run(inner::set_permissions(path, perm)).await
}

/// Makes a symbolic link; as [`std::os::unix::fs::symlink`].
#[cfg(unix)]
pub async fn symlink(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    run(inner::symlink(original, link)).await
}

/// Makes a symbolic link to a directory; as `std::os::windows::fs::symlink_dir`.
#[cfg(windows)]
pub async fn symlink_dir(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    run(inner::symlink_dir(original, link)).await
}

/// Makes a symbolic link to a file; as `std::os::windows::fs::symlink_file`.
#[cfg(windows)]
pub async fn symlink_file(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    run(inner::symlink_file(original, link)).await
}

/// What the system knows about a file, or about a symbolic link itself; as [`std::fs::symlink_metadata`].
pub async fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    run(inner::symlink_metadata(path)).await
}

/// Whether there is something, through symbolic links; as [`std::fs::exists`].
pub async fn try_exists(path: impl AsRef<Path>) -> io::Result<bool> {
    run(inner::try_exists(path)).await
}

/// Writes a whole file, over what is there; as [`std::fs::write`].
pub async fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    run(inner::write(path, contents)).await
}
