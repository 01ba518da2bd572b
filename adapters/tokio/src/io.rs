//! Traits, types and functions for asynchronous input and output.
//!
//! What needs no runtime is tokio's own; [`Interest`], [`Ready`], the standard streams and [`unix`] are
//! of this crate.

#[cfg(any(
    feature = "rt",
    feature = "io-std",
    all(unix, any(feature = "net", feature = "process"))
))]
pub(crate) mod gone;
#[cfg(feature = "net")]
mod interest;
#[cfg(feature = "net")]
mod ready;
#[cfg(feature = "io-std")]
mod stdio;
#[cfg(all(any(target_os = "linux", target_os = "android"), feature = "net"))]
pub mod unix;

#[doc(no_inline)]
pub use std::io::{Error, ErrorKind, Result, SeekFrom};

pub use real::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

#[cfg(feature = "io-util")]
pub use real::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, BufStream, BufWriter,
    Chain, DuplexStream, Empty, Join, Lines, ReadHalf, Repeat, SimplexStream, Sink, Split, Take,
    WriteHalf, copy, copy_bidirectional, copy_bidirectional_with_sizes, copy_buf, duplex, empty,
    join, repeat, simplex, sink, split,
};

#[cfg(feature = "net")]
pub use self::interest::Interest;
#[cfg(feature = "net")]
pub use self::ready::Ready;
#[cfg(feature = "io-std")]
pub use self::stdio::{Stderr, Stdin, Stdout, stderr, stdin, stdout};
