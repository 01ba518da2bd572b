//! The methods for writing.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Poll, ready};

use anyrt_core::buffer_traits::Buf;
use futures_util::io::{AsyncWrite, AsyncWriteExt as Methods};

/// The methods for writing, for all that implements [`AsyncWrite`]: those of tokio's trait, with its names and results.
///
/// Import this one or that of `futures`, which has some of them; with both in scope their calls are ambiguous.
///
/// ```
/// use anyrt::io::{AsyncWriteExt, BufWriter};
///
/// # #[anyrt::main(current_thread)]
/// # async fn main() -> std::io::Result<()> {
/// let mut writer = BufWriter::new(Vec::new());
/// writer.write_u16(5).await?;
/// writer.write_all(b"hello").await?;
/// writer.flush().await?;
/// assert_eq!(writer.into_inner(), b"\x00\x05hello");
/// # Ok(())
/// # }
/// ```
pub trait AsyncWriteExt: AsyncWrite {
    /// Writes as much of `bytes` as there is room for, and returns how much that was. Cancel safe: nothing was written if it
    /// is dropped before it is done.
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        Methods::write(self, bytes)
    }

    /// Like [`write`](Self::write), from several slices one after the other. Cancel safe.
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        poll_fn(move |cx| Pin::new(&mut *self).poll_write_vectored(cx, slices))
    }

    /// Writes what is left in `buffer`, as much as there is room for, and moves it on by that. Cancel safe.
    fn write_buf<B>(&mut self, buffer: &mut B) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
        B: Buf + ?Sized,
    {
        poll_fn(move |cx| {
            if !buffer.has_remaining() {
                return Poll::Ready(Ok(0));
            }
            let n = ready!(Pin::new(&mut *self).poll_write(cx, buffer.chunk()))?;
            buffer.advance(n);
            Poll::Ready(Ok(n))
        })
    }

    /// Writes all that is left in `buffer`. Cancel safe in that the buffer has what was not written; `WriteZero` if
    /// nothing more is taken.
    fn write_all_buf<B>(&mut self, buffer: &mut B) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
        B: Buf + ?Sized,
    {
        async move {
            while buffer.has_remaining() {
                if self.write_buf(buffer).await? == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
            }
            Ok(())
        }
    }

    /// Writes all of `bytes`; `WriteZero` if nothing more is taken. Not cancel safe: nobody knows how much was written.
    fn write_all<'a>(&'a mut self, bytes: &'a [u8]) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        Methods::write_all(self, bytes)
    }

    /// Sees to it that all that was written is on its way. Cancel safe.
    fn flush(&mut self) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        Methods::flush(self)
    }

    /// Flushes, and tells the other end that nothing more comes. Cancel safe in that it can be called again.
    fn shutdown(&mut self) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        Methods::close(self)
    }

    /// The same as [`shutdown`](Self::shutdown), under the name that it has in `futures`.
    fn close(&mut self) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        Methods::close(self)
    }

    /// Writes an unsigned number of 8 bits. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_u8(&mut self, number: u8) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes a signed number of 8 bits. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_i8(&mut self, number: i8) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes an unsigned number of 16 bits, the highest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_u16(&mut self, number: u16) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes an unsigned number of 16 bits, the lowest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_u16_le(&mut self, number: u16) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_le_bytes()).await }
    }

    /// Writes a signed number of 16 bits, the highest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_i16(&mut self, number: i16) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes a signed number of 16 bits, the lowest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_i16_le(&mut self, number: i16) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_le_bytes()).await }
    }

    /// Writes an unsigned number of 32 bits, the highest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_u32(&mut self, number: u32) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes an unsigned number of 32 bits, the lowest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_u32_le(&mut self, number: u32) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_le_bytes()).await }
    }

    /// Writes a signed number of 32 bits, the highest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_i32(&mut self, number: i32) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes a signed number of 32 bits, the lowest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_i32_le(&mut self, number: i32) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_le_bytes()).await }
    }

    /// Writes an unsigned number of 64 bits, the highest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_u64(&mut self, number: u64) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes an unsigned number of 64 bits, the lowest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_u64_le(&mut self, number: u64) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_le_bytes()).await }
    }

    /// Writes a signed number of 64 bits, the highest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_i64(&mut self, number: i64) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes a signed number of 64 bits, the lowest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_i64_le(&mut self, number: i64) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_le_bytes()).await }
    }

    /// Writes an unsigned number of 128 bits, the highest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_u128(&mut self, number: u128) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes an unsigned number of 128 bits, the lowest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_u128_le(&mut self, number: u128) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_le_bytes()).await }
    }

    /// Writes a signed number of 128 bits, the highest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_i128(&mut self, number: i128) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes a signed number of 128 bits, the lowest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_i128_le(&mut self, number: i128) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_le_bytes()).await }
    }

    /// Writes a floating-point number of 32 bits, the highest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_f32(&mut self, number: f32) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes a floating-point number of 32 bits, the lowest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_f32_le(&mut self, number: f32) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_le_bytes()).await }
    }

    /// Writes a floating-point number of 64 bits, the highest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_f64(&mut self, number: f64) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_be_bytes()).await }
    }

    /// Writes a floating-point number of 64 bits, the lowest byte first. Not cancel safe, as [`write_all`](Self::write_all).
    fn write_f64_le(&mut self, number: f64) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { Methods::write_all(self, &number.to_le_bytes()).await }
    }
}

impl<W: AsyncWrite + ?Sized> AsyncWriteExt for W {}
