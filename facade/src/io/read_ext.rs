//! The methods for reading.

use std::future::{Future, poll_fn};
use std::io::{self, IoSliceMut};
use std::pin::Pin;
use std::task::{Poll, ready};

use anyrt_core::buffer_traits::BufMut;
use futures_util::io::{AsyncRead, AsyncReadExt as Methods, Chain, Take};

/// The most that [`AsyncReadExt::read_buf`] reads.
const CHUNK: usize = 8 * 1024;

/// The methods for reading, for all that implements [`AsyncRead`]: those of tokio's trait, with its names and results.
///
/// Import this one or that of `futures`, which has some of them; with both in scope their calls are ambiguous.
///
/// ```
/// use anyrt::io::AsyncReadExt;
///
/// # #[anyrt::main(current_thread)]
/// # async fn main() -> std::io::Result<()> {
/// let mut packet: &[u8] = b"\x00\x05hello";
/// let length = packet.read_u16().await?;
/// let mut text = String::new();
/// packet.take(length.into()).read_to_string(&mut text).await?;
/// assert_eq!(text, "hello");
/// # Ok(())
/// # }
/// ```
pub trait AsyncReadExt: AsyncRead {
    /// Reads what is there, at least one byte, into `buffer`; 0 is the end. Cancel safe: nothing was read if it is dropped
    /// before it is done.
    fn read<'a>(&'a mut self, buffer: &'a mut [u8]) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        Methods::read(self, buffer)
    }

    /// Like [`read`](Self::read), into several buffers one after the other. Cancel safe.
    fn read_vectored(
        &mut self,
        buffers: &mut [IoSliceMut<'_>],
    ) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        poll_fn(move |cx| Pin::new(&mut *self).poll_read_vectored(cx, buffers))
    }

    /// Like [`read`](Self::read), behind what is in `buffer`, which makes room if it can; at most 8 KiB. Cancel safe.
    ///
    /// Sockets have a method of this name that reads without copying.
    fn read_buf<B>(&mut self, buffer: &mut B) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
        B: BufMut + ?Sized,
    {
        poll_fn(move |cx| {
            if !buffer.has_remaining_mut() {
                return Poll::Ready(Ok(0));
            }
            let mut chunk = [0; CHUNK];
            let room = &mut chunk[..CHUNK.min(buffer.remaining_mut())];
            let n = ready!(Pin::new(&mut *self).poll_read(cx, room))?;
            buffer.put_slice(&room[..n]);
            Poll::Ready(Ok(n))
        })
    }

    /// Reads until `buffer` is full, and returns how much that is; `UnexpectedEof` if the end comes first. Not cancel safe:
    /// what was read is lost.
    fn read_exact(&mut self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move {
            Methods::read_exact(self, buffer).await?;
            Ok(buffer.len())
        }
    }

    /// Reads to the end, appends it to `bytes`, and returns how much that was. Cancel safe in that what was read is in
    /// `bytes`.
    fn read_to_end<'a>(
        &'a mut self,
        bytes: &'a mut Vec<u8>,
    ) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        Methods::read_to_end(self, bytes)
    }

    /// Reads to the end, and appends it to `text`; `InvalidData` if it is not UTF-8. After an error `text` is as it was.
    /// Not cancel safe: what was read is lost.
    fn read_to_string(&mut self, text: &mut String) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move {
            let mut bytes = Vec::new();
            Methods::read_to_end(self, &mut bytes).await?;
            super::append(text, bytes)
        }
    }

    /// Reads at most `limit` bytes in all.
    fn take(self, limit: u64) -> Take<Self>
    where
        Self: Sized,
    {
        Methods::take(self, limit)
    }

    /// Reads this one to its end, and then `next`.
    fn chain<R: AsyncRead>(self, next: R) -> Chain<Self, R>
    where
        Self: Sized,
    {
        Methods::chain(self, next)
    }

    /// Reads an unsigned number of 8 bits. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_u8(&mut self) -> impl Future<Output = io::Result<u8>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(u8::from_be_bytes) }
    }

    /// Reads a signed number of 8 bits. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_i8(&mut self) -> impl Future<Output = io::Result<i8>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(i8::from_be_bytes) }
    }

    /// Reads an unsigned number of 16 bits, the highest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_u16(&mut self) -> impl Future<Output = io::Result<u16>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(u16::from_be_bytes) }
    }

    /// Reads an unsigned number of 16 bits, the lowest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_u16_le(&mut self) -> impl Future<Output = io::Result<u16>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(u16::from_le_bytes) }
    }

    /// Reads a signed number of 16 bits, the highest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_i16(&mut self) -> impl Future<Output = io::Result<i16>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(i16::from_be_bytes) }
    }

    /// Reads a signed number of 16 bits, the lowest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_i16_le(&mut self) -> impl Future<Output = io::Result<i16>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(i16::from_le_bytes) }
    }

    /// Reads an unsigned number of 32 bits, the highest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_u32(&mut self) -> impl Future<Output = io::Result<u32>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(u32::from_be_bytes) }
    }

    /// Reads an unsigned number of 32 bits, the lowest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_u32_le(&mut self) -> impl Future<Output = io::Result<u32>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(u32::from_le_bytes) }
    }

    /// Reads a signed number of 32 bits, the highest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_i32(&mut self) -> impl Future<Output = io::Result<i32>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(i32::from_be_bytes) }
    }

    /// Reads a signed number of 32 bits, the lowest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_i32_le(&mut self) -> impl Future<Output = io::Result<i32>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(i32::from_le_bytes) }
    }

    /// Reads an unsigned number of 64 bits, the highest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_u64(&mut self) -> impl Future<Output = io::Result<u64>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(u64::from_be_bytes) }
    }

    /// Reads an unsigned number of 64 bits, the lowest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_u64_le(&mut self) -> impl Future<Output = io::Result<u64>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(u64::from_le_bytes) }
    }

    /// Reads a signed number of 64 bits, the highest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_i64(&mut self) -> impl Future<Output = io::Result<i64>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(i64::from_be_bytes) }
    }

    /// Reads a signed number of 64 bits, the lowest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_i64_le(&mut self) -> impl Future<Output = io::Result<i64>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(i64::from_le_bytes) }
    }

    /// Reads an unsigned number of 128 bits, the highest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_u128(&mut self) -> impl Future<Output = io::Result<u128>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(u128::from_be_bytes) }
    }

    /// Reads an unsigned number of 128 bits, the lowest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_u128_le(&mut self) -> impl Future<Output = io::Result<u128>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(u128::from_le_bytes) }
    }

    /// Reads a signed number of 128 bits, the highest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_i128(&mut self) -> impl Future<Output = io::Result<i128>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(i128::from_be_bytes) }
    }

    /// Reads a signed number of 128 bits, the lowest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_i128_le(&mut self) -> impl Future<Output = io::Result<i128>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(i128::from_le_bytes) }
    }

    /// Reads a floating-point number of 32 bits, the highest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_f32(&mut self) -> impl Future<Output = io::Result<f32>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(f32::from_be_bytes) }
    }

    /// Reads a floating-point number of 32 bits, the lowest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_f32_le(&mut self) -> impl Future<Output = io::Result<f32>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(f32::from_le_bytes) }
    }

    /// Reads a floating-point number of 64 bits, the highest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_f64(&mut self) -> impl Future<Output = io::Result<f64>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(f64::from_be_bytes) }
    }

    /// Reads a floating-point number of 64 bits, the lowest byte first. Not cancel safe, as [`read_exact`](Self::read_exact).
    fn read_f64_le(&mut self) -> impl Future<Output = io::Result<f64>>
    where
        Self: Unpin,
    {
        async move { array(self).await.map(f64::from_le_bytes) }
    }
}

impl<R: AsyncRead + ?Sized> AsyncReadExt for R {}

async fn array<R: AsyncRead + Unpin + ?Sized, const N: usize>(
    reader: &mut R,
) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    Methods::read_exact(reader, &mut bytes).await?;
    Ok(bytes)
}
