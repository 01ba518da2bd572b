//! What the tests of this package share.
#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "for the tests beside it alone")]

#[cfg(feature = "some-backend")]
pub mod backend;
#[cfg(unix)]
pub mod capabilities;
#[cfg(feature = "some-backend")]
pub mod child;
