//! What is done with a path: one operation each.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use super::job::run;

/// The absolute path, without links on the way.
///
/// Cancel safe.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let path = anyrt::fs::canonicalize("Cargo.toml").await?;
/// assert!(path.is_absolute());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::fs::canonicalize`].
pub async fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    run(move || fs::canonicalize(path)).await
}

/// Copies the content and the permissions of a file to another one, which is replaced; returns how many bytes that is.
///
/// One operation, however long the file is. Not cancel safe: it goes on when the future is dropped.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let n = anyrt::fs::copy("notes.txt", "notes.old").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::fs::copy`].
pub async fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<u64> {
    let from = from.as_ref().to_owned();
    let to = to.as_ref().to_owned();
    run(move || fs::copy(from, to)).await
}

/// Makes a directory, in one that is there.
///
/// Not cancel safe: it may be made all the same.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::create_dir("drafts").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `AlreadyExists`, `NotFound`; otherwise as [`std::fs::create_dir`].
pub async fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    run(move || fs::create_dir(path)).await
}

/// Makes a directory and those around it, unless they are there.
///
/// Cancel safe in that a second call does no harm.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::create_dir_all("drafts/2026/january").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::fs::create_dir_all`].
pub async fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    run(move || fs::create_dir_all(path)).await
}

/// Whether there is something at this path; the same as [`try_exists`].
///
/// Cancel safe.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// assert!(anyrt::fs::exists("Cargo.toml").await?);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// It can't be found out, such as in a directory that one may not read.
pub async fn exists(path: impl AsRef<Path>) -> io::Result<bool> {
    let path = path.as_ref().to_owned();
    run(move || fs::exists(path)).await
}

/// Gives a file another name.
///
/// Not cancel safe: it goes on when the future is dropped.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::hard_link("notes.txt", "the-same.txt").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::fs::hard_link`].
pub async fn hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let original = original.as_ref().to_owned();
    let link = link.as_ref().to_owned();
    run(move || fs::hard_link(original, link)).await
}

/// What the system knows about a file, or about what a link leads to.
///
/// Cancel safe.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let metadata = anyrt::fs::metadata("Cargo.toml").await?;
/// assert!(metadata.is_file() && metadata.len() > 0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::fs::metadata`].
pub async fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref().to_owned();
    run(move || fs::metadata(path)).await
}

/// The whole content of a file.
///
/// One operation, however long the file is. Cancel safe.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let manifest: Vec<u8> = anyrt::fs::read("Cargo.toml").await?;
/// assert!(!manifest.is_empty());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `NotFound`, `IsADirectory`; otherwise as [`std::fs::read`].
pub async fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let path = path.as_ref().to_owned();
    run(move || fs::read(path)).await
}

/// Where a link leads to.
///
/// Cancel safe.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// println!("{}", anyrt::fs::read_link("current").await?.display());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// It is no link; otherwise as [`std::fs::read_link`].
pub async fn read_link(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    run(move || fs::read_link(path)).await
}

/// The whole content of a file that is text.
///
/// One operation, however long the file is. Cancel safe.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let manifest = anyrt::fs::read_to_string("Cargo.toml").await?;
/// assert!(manifest.contains("[package]"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `InvalidData` if it is not UTF-8; otherwise as [`read`].
pub async fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    let path = path.as_ref().to_owned();
    run(move || fs::read_to_string(path)).await
}

/// Removes an empty directory.
///
/// Not cancel safe: it goes on when the future is dropped.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::remove_dir("drafts").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `DirectoryNotEmpty`; otherwise as [`std::fs::remove_dir`].
pub async fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    run(move || fs::remove_dir(path)).await
}

/// Removes a directory with all that is in it. Links are removed, and not what they lead to.
///
/// One operation, however much that is. Not cancel safe: it goes on when the future is dropped.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::remove_dir_all("drafts").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::fs::remove_dir_all`].
pub async fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    run(move || fs::remove_dir_all(path)).await
}

/// Removes a file, or a link to one.
///
/// Not cancel safe: it goes on when the future is dropped.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::remove_file("notes.txt").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::fs::remove_file`].
pub async fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    run(move || fs::remove_file(path)).await
}

/// Gives a file or a directory another name on the same disk; a file that has it is replaced.
///
/// Not cancel safe: it goes on when the future is dropped.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::rename("notes.new", "notes.txt").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::fs::rename`].
pub async fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    let from = from.as_ref().to_owned();
    let to = to.as_ref().to_owned();
    run(move || fs::rename(from, to)).await
}

/// Changes who may do what with a file.
///
/// Cancel safe in that a second call does no harm.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut permissions = anyrt::fs::metadata("notes.txt").await?.permissions();
/// permissions.set_readonly(true);
/// anyrt::fs::set_permissions("notes.txt", permissions).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::fs::set_permissions`].
pub async fn set_permissions(path: impl AsRef<Path>, permissions: Permissions) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    run(move || fs::set_permissions(path, permissions)).await
}

/// Makes a link to a path, which may be that of nothing.
///
/// Not cancel safe: it goes on when the future is dropped.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::symlink("releases/7", "current").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::os::unix::fs::symlink`].
#[cfg(unix)]
pub async fn symlink(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let original = original.as_ref().to_owned();
    let link = link.as_ref().to_owned();
    run(move || std::os::unix::fs::symlink(original, link)).await
}

/// Makes a link to a directory.
///
/// Not cancel safe: it goes on when the future is dropped.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::symlink_dir("original", "link").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As `std::os::windows::fs::symlink_dir`.
#[cfg(windows)]
pub async fn symlink_dir(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let original = original.as_ref().to_owned();
    let link = link.as_ref().to_owned();
    run(move || std::os::windows::fs::symlink_dir(original, link)).await
}

/// Makes a link to a file.
///
/// Not cancel safe: it goes on when the future is dropped.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::symlink_file("original", "link").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As `std::os::windows::fs::symlink_file`.
#[cfg(windows)]
pub async fn symlink_file(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let original = original.as_ref().to_owned();
    let link = link.as_ref().to_owned();
    run(move || std::os::windows::fs::symlink_file(original, link)).await
}

/// What the system knows about a file, or about a link itself.
///
/// Cancel safe.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let metadata = anyrt::fs::symlink_metadata("current").await?;
/// println!("{}", metadata.is_symlink());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::fs::symlink_metadata`].
pub async fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref().to_owned();
    run(move || fs::symlink_metadata(path)).await
}

/// Whether there is something at this path, or at the end of a link.
///
/// Cancel safe.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// assert!(!anyrt::fs::try_exists("no such file").await?);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// It can't be found out, such as in a directory that one may not read.
pub async fn try_exists(path: impl AsRef<Path>) -> io::Result<bool> {
    let path = path.as_ref().to_owned();
    run(move || fs::exists(path)).await
}

/// Makes a file with this content, or replaces the content of one.
///
/// One operation, however much it is; what it leaves is with the system, and not yet on the disk. Not cancel safe: it goes on
/// when the future is dropped.
///
/// ```no_run
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// anyrt::fs::write("notes.txt", "hello").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`std::fs::write`].
pub async fn write(path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    let content = content.as_ref().to_vec();
    run(move || fs::write(path, content)).await
}
