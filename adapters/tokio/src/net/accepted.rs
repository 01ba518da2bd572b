//! To which runtime an accepted connection belongs.
//!
//! On anyrt that is the runtime of the listener, and on tokio the one in which somebody accepts.

use std::io;

use anyrt::net::Stream;
use anyrt::reactor::Source;
use anyrt::{Current, Handle};

use super::readiness::Watched;
use crate::context;
use crate::io::gone;

/// A connection that a listener of `runtime` has accepted, for the runtime that the thread is inside. Where there is
/// none, the connection stays with the listener's.
///
/// # Panics
/// The thread is inside of another runtime, which was built without I/O.
#[inline]
pub(super) fn bring_here<S>(stream: Stream<S>, runtime: &Handle) -> io::Result<Stream<S>>
where
    S: Source,
    Stream<S>: Watched,
{
    match Handle::try_here() {
        Some(here) if here != *runtime => move_here(stream),
        _ => Ok(stream),
    }
}

#[cold]
fn move_here<S>(stream: Stream<S>) -> io::Result<Stream<S>>
where
    S: Source,
    Stream<S>: Watched,
{
    let here = context::with_io();
    // No runtime watches a virtual one.
    if stream.is_virtual() {
        return Ok(stream);
    }
    let moved = stream.into_std().and_then(|stream| Stream::from_std_on(&here, stream));
    moved.map_err(gone::as_tokio_says)
}
