//! Uses every name of the guide, of both sides; written by build.rs.
#![forbid(unsafe_code)]
#![deny(deprecated)]
#![allow(unused_imports, reason = "that the names are there is all that is asked")]

include!(concat!(env!("OUT_DIR"), "/names.rs"));
