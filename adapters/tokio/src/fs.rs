//! Files and directories: what [`std::fs`] has, as something to await.
//!
//! Each operation runs where blocking is welcome, as [`spawn_blocking`](crate::task::spawn_blocking) does it. If its future
//! is dropped, what was begun goes on.
//!
//! # Panics
//!
//! An operation that is begun outside of a runtime.

mod dir_builder;
mod file;
mod file_times;
mod open_options;
mod paths;
mod read_dir;

pub use dir_builder::DirBuilder;
pub use file::File;
pub use file_times::FileTimes;
pub use open_options::OpenOptions;
#[cfg(unix)]
pub use paths::symlink;
pub use paths::{
    canonicalize, copy, create_dir, create_dir_all, hard_link, metadata, read, read_link,
    read_to_string, remove_dir, remove_dir_all, remove_file, rename, set_permissions,
    symlink_metadata, try_exists, write,
};
#[cfg(windows)]
pub use paths::{symlink_dir, symlink_file};
pub use read_dir::{DirEntry, ReadDir, read_dir};
