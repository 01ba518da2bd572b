//! Child processes. On Unix; elsewhere this module is not there.
//!
//! A child whose handle is dropped runs on, unless [`kill_on_drop`](Command::kill_on_drop) was set. Either way its runtime
//! waits for its end, so that it does not stay behind as a zombie; if the runtime ends first, the next child that is started
//! or waited for in the process takes this over.

mod child;
mod command;
mod pipe;

pub use child::Child;
pub use command::Command;
pub use pipe::{ChildStderr, ChildStdin, ChildStdout};
