//! What the tests of this package share.
#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "for the tests beside it alone")]

#[cfg(feature = "some-backend")]
pub mod backend;
#[cfg(unix)]
pub mod capabilities;
#[cfg(feature = "some-backend")]
pub mod child;

use std::env;
use std::io::{self, Write};

/// Says what is not tested because a program is not installed, where the harness lets it through.
///
/// # Panics
/// `ANYRT_PEERS` is set, as it is in CI: all of them are there.
pub fn left_out(what: &str) {
    assert!(env::var_os("ANYRT_PEERS").is_none(), "ANYRT_PEERS: {what}");
    let _ = writeln!(io::stderr(), "left out: {what}");
}
