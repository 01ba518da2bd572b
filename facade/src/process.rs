//! Child processes.
//!
//! On Unix; elsewhere this module is not there. Names and meanings are those of tokio, and the same on every backend; [`Command`]
//! is built as that of the standard library. No thread waits for a child: the pipes are watched by the runtime as sockets are,
//! and so is the end of the child, by a descriptor of its own on Linux (a pidfd), by SIGCHLD elsewhere and where the system has
//! none of these.
//!
//! ```
//! use std::process::Stdio;
//! use anyrt::process::Command;
//!
//! # #[anyrt::main]
//! # async fn main() -> std::io::Result<()> {
//! let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
//! child.stdin.take().expect("it is piped").write_all(b"hello").await?; // and closes it
//! let output = child.wait_with_output().await?;
//! assert_eq!(output.stdout, b"hello");
//! assert!(output.status.success());
//! # Ok(())
//! # }
//! ```
//!
//! # What comes of a child whose handle is dropped
//!
//! It runs on, unless [`kill_on_drop`](Command::kill_on_drop) was set. Either way a task of its runtime waits for its end, so
//! that it does not stay behind as a zombie. If the runtime ends before the child, the next child that is started or waited for
//! in the process, on whichever runtime, takes this over; the system does when the process ends.

mod child;
mod command;
mod end;
mod orphans;
mod pipe;

pub use child::Child;
pub use command::Command;
pub use pipe::{ChildStderr, ChildStdin, ChildStdout};
