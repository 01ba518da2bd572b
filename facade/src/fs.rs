//! Files and directories.
//!
//! What [`std::fs`] has, under the names of tokio's module, on every backend: each operation runs where blocking is
//! welcome, as [`spawn_blocking`](crate::spawn_blocking) does it, on the runtime that the
//! [selection rule](https://docs.rs/anyrt/#which-runtime-runs-a-call) names for the poll that begins it. To choose another one, spawn the
//! future there.
//!
//! ```
//! # #[anyrt::main]
//! # async fn main() -> std::io::Result<()> {
//! let manifest = anyrt::fs::read_to_string("Cargo.toml").await?;
//! assert!(manifest.contains("[package]"));
//! # Ok(())
//! # }
//! ```
//!
//! # How to be fast
//! Each operation costs a turn of another thread, some ten microseconds, whatever it does. So the functions here do as much as
//! they can in one: [`read()`], [`write()`], [`copy()`] and [`remove_dir_all`] are one operation each, whatever the size. A [`File`]
//! makes one for each read and write, of at most 2 MiB; small ones go through
//! [`BufReader`](crate::io::BufReader) and [`BufWriter`](crate::io::BufWriter). Several steps that belong together are best
//! written with `std::fs` in one `spawn_blocking`.
//!
//! # Cancellation
//! Nothing has happened to a future that was never polled. If it is dropped later, what it began goes on: the file is
//! written, the directory is removed, and nobody is told. A runtime that ends waits for what has begun, as for every
//! blocking closure; what still waits for its turn may never run, but for what was written to a [`File`], which the end of
//! a runtime never loses. The end of the program does where it waits for no runtime, as that of async-std, which never
//! ends: [`flush`](File::flush) before `main` returns.
//!
//! # Errors
//! Those of `std::fs`. One for which [`is_runtime_gone`](crate::is_runtime_gone) is true says that the runtime has ended
//! before the operation ran. If the system refuses the thread that it needs, the source of the error has the cause.
//!
//! # Panics
//! No backend is compiled in.
//!
//! # What differs from tokio's
//! - Errors are told sooner: `sync_all`, `sync_data` and `set_len` return that of a write before, and `metadata` waits for writes.
//! - [`File::into_std`] and [`File::try_clone`] leave the position where it was read to, and `into_std` does not panic while
//!   another operation is under way.
//! - A write that was accepted when the runtime ends is carried out, whatever keeps the threads busy.
//! - [`File`] has the methods for reading and writing itself, so that no trait is to be imported.
//! - There is no `FromRawFd`, which needs unsafe code: `OwnedFd` is turned into a [`File`].

mod dir_builder;
mod file;
mod job;
mod open_options;
mod operation;
mod paths;
mod read_dir;
mod read_write;
#[cfg(feature = "tokio-io")]
mod tokio_io;

pub use std::fs::{FileTimes, FileType, Metadata, Permissions};

pub use dir_builder::DirBuilder;
pub use file::File;
pub use open_options::OpenOptions;
#[cfg(unix)]
pub use paths::symlink;
pub use paths::{
    canonicalize, copy, create_dir, create_dir_all, exists, hard_link, metadata, read, read_link,
    read_to_string, remove_dir, remove_dir_all, remove_file, rename, set_permissions,
    symlink_metadata, try_exists, write,
};
#[cfg(windows)]
pub use paths::{symlink_dir, symlink_file};
pub use read_dir::{DirEntry, ReadDir, read_dir};
