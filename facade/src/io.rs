//! Reading and writing: traits, their methods, buffers, copies, streams in memory, the standard streams.
//!
//! The traits are those of the crate `futures`, which the sockets of [`net`](crate::net) and the files of `fs` implement.
//! Their methods come from the traits of this module, [`AsyncReadExt`] and its kin, under tokio's names: what was written for
//! `tokio::io` needs another import, and with it the rest mostly compiles.
//!
//! ```
//! use anyrt::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
//!
//! # #[anyrt::main(current_thread)]
//! # async fn main() -> std::io::Result<()> {
//! let (mut client, server) = anyrt::io::duplex(64);
//! client.write_all(b"SELECT 1\nSELECT 2\n").await?;
//! client.shutdown().await?;
//! let mut queries = BufReader::new(server).lines();
//! while let Some(query) = queries.next_line().await? {
//!     println!("{query}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is whose
//! | what | from |
//! |---|---|
//! | `AsyncRead`, `AsyncWrite`, `AsyncBufRead`, `AsyncSeek` | `futures`; tokio's are implemented beside them with the feature `tokio-io` |
//! | `BufReader`, `BufWriter`, `Cursor`, `empty`, `repeat`, `sink`, `Take`, `Chain`, `AllowStdIo` | `futures`, with the methods of tokio's, but that `empty()` takes no writes |
//! | the methods, `copy` and its kin, `duplex`, `split`, `join`, `lines`, `BufStream`, the standard streams | here |
//!
//! The methods are not those of the traits that `futures` has under the same names: these lack numbers (`read_u16`), `read_buf`,
//! `write_all_buf`, `shutdown`, `rewind`, `split` by a byte and `next_line`, and `read_exact` returns no length. Import those
//! traits from one of the two places: with both in scope a call is ambiguous. A `use futures::prelude::*` does no harm beside
//! the names from here.
//!
//! # What can't be had
//! | of tokio | why, and what to do |
//! |---|---|
//! | `ReadBuf` in the traits | `futures`' traits read into `&mut [u8]`; sockets have `read_buf`, which zeroes nothing |
//! | `AsyncWrite::is_write_vectored` | `futures`' trait has no such question: `write_vectored` always works |
//! | `AsyncSeek::{start_seek, poll_complete}` | `poll_seek` is both |
//! | `std::io::Cursor` as a reader | [`Cursor`] is one; slices and vectors are, too |
//! | `ReadHalf` and `Join` with tokio's traits | of a stream with these, `tokio::io::split` and `join` |
//! | `shutdown().await` of a socket | its own method `shutdown(How)` goes before the trait's: `close().await` is the same |
//! | `unix::AsyncFd`, `Interest`, `Ready` | in [`reactor`](crate::reactor) |

#[cfg(any(unix, windows, target_os = "wasi"))]
pub(crate) mod buffer;
#[cfg(any(unix, windows, target_os = "wasi"))]
pub(crate) mod job;

mod buf_read_ext;
mod read_ext;
mod seek_ext;
mod write_ext;

mod buf_stream;
mod copy;
mod copy_bidirectional;
mod duplex;
mod split;

#[cfg(any(unix, windows, target_os = "wasi"))]
mod descriptors;
#[cfg(any(unix, windows, target_os = "wasi"))]
mod stdin;
#[cfg(any(unix, windows, target_os = "wasi"))]
mod stdout;

pub use std::io::{Error, ErrorKind, IoSlice, IoSliceMut, Result, SeekFrom};

pub use futures_util::io::{
    AllowStdIo, AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, BufReader, BufWriter, Chain,
    Cursor, Empty, LineWriter, Repeat, Sink, Take, empty, repeat, sink,
};

pub use buf_read_ext::{AsyncBufReadExt, Lines, Split};
pub use buf_stream::BufStream;
pub use copy::{copy, copy_buf};
pub use copy_bidirectional::{copy_bidirectional, copy_bidirectional_with_sizes};
pub use duplex::{DuplexStream, SimplexStream, duplex, simplex};
pub use read_ext::AsyncReadExt;
pub use seek_ext::AsyncSeekExt;
pub use split::{Join, ReadHalf, WriteHalf, join, split};
#[cfg(any(unix, windows, target_os = "wasi"))]
pub use stdin::{Stdin, stdin};
#[cfg(any(unix, windows, target_os = "wasi"))]
pub use stdout::{Stderr, Stdout, stderr, stdout};
pub use write_ext::AsyncWriteExt;

/// Appends what was read to `text`, and returns how much that is.
///
/// # Errors
/// It is no text, and `text` is as it was.
pub(crate) fn append(text: &mut String, bytes: Vec<u8>) -> Result<usize> {
    let read =
        String::from_utf8(bytes).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
    let length = read.len();
    if text.is_empty() {
        *text = read;
    } else {
        text.push_str(&read);
    }
    Ok(length)
}
