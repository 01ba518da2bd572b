//! The methods for seeking.

use std::future::Future;
use std::io::{self, SeekFrom};

use futures_util::io::{AsyncSeek, AsyncSeekExt as Methods};

/// The methods for seeking, for all that implements [`AsyncSeek`]: those of tokio's trait, with its names and results.
///
/// Import this one or that of `futures`, which has some of them; with both in scope their calls are ambiguous.
///
/// ```
/// use anyrt::io::{AsyncSeekExt, Cursor, SeekFrom};
///
/// # #[anyrt::main(current_thread)]
/// # async fn main() -> std::io::Result<()> {
/// let mut bytes = Cursor::new(b"0123456789");
/// assert_eq!(bytes.seek(SeekFrom::End(-3)).await?, 7);
/// bytes.rewind().await?;
/// assert_eq!(bytes.stream_position().await?, 0);
/// # Ok(())
/// # }
/// ```
pub trait AsyncSeekExt: AsyncSeek {
    /// Moves the position, and returns where it is then, in bytes from the start. Cancel safe: it was moved, or it was not.
    fn seek(&mut self, position: SeekFrom) -> impl Future<Output = io::Result<u64>>
    where
        Self: Unpin,
    {
        Methods::seek(self, position)
    }

    /// Moves the position to the start. Cancel safe, as [`seek`](Self::seek).
    fn rewind(&mut self) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::seek(self, SeekFrom::Start(0)).await.map(drop) }
    }

    /// The position, in bytes from the start. Cancel safe.
    fn stream_position(&mut self) -> impl Future<Output = io::Result<u64>>
    where
        Self: Unpin,
    {
        Methods::stream_position(self)
    }
}

impl<S: AsyncSeek + ?Sized> AsyncSeekExt for S {}
