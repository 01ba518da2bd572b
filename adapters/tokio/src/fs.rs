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

use std::future::Future;
use std::io;

use crate::context;

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

/// Carries out an operation in the runtime that the thread is inside.
///
/// # Panics
///
/// If there is none.
async fn run<T>(operation: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    context::here();
    operation.await.map_err(explain)
}

/// What tokio says where the runtime has ended before the operation ran that was asked for.
fn explain(error: io::Error) -> io::Error {
    gone_as("background task failed", error)
}

/// What it says where it waits for an operation by the handle of a task, whose error is that of the task.
fn cancelled(error: io::Error) -> io::Error {
    gone_as("task was cancelled", error)
}

fn gone_as(text: &'static str, error: io::Error) -> io::Error {
    if anyrt::is_runtime_gone(&error) { io::Error::other(text) } else { error }
}
