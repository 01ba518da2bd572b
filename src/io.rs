//! Reading and writing.

#[cfg(feature = "fs")]
pub(crate) mod buffer;
#[cfg(feature = "fs")]
pub(crate) mod job;

pub use futures_util::io::{BufReader, BufWriter};
