//! Reading, writing and seeking in a file: methods, and the traits.

use std::future::poll_fn;
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::io::{AsyncRead, AsyncSeek, AsyncWrite};

use super::File;

/// How much is read at first to the end of a file; then twice as much each time.
const FIRST_CHUNK: usize = 64 * 1024;

impl File {
    /// Reads at most as much as there is room for; 0 is the end of the file.
    ///
    /// Cancel safe: what was read meanwhile is there for the next read.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut file = anyrt::fs::File::open("Cargo.toml").await?;
    /// let mut buffer = [0; 1024];
    /// let n = file.read(&mut buffer).await?;
    /// println!("{}", String::from_utf8_lossy(&buffer[..n]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The file is a directory, or not open for reading; what else the system says.
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| self.poll_read_into(cx, buffer)).await
    }

    /// Reads until the buffer is full, and returns how much that is.
    ///
    /// Not cancel safe: what was read before the future was dropped is lost.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut start = [0; 9];
    /// anyrt::fs::File::open("Cargo.toml").await?.read_exact(&mut start).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnexpectedEof` if the file ends first; otherwise as [`read`](Self::read).
    pub async fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        while read < buffer.len() {
            match self.read(&mut buffer[read..]).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => read += n,
            }
        }
        Ok(read)
    }

    /// Reads to the end of the file, appends it to `bytes`, and returns how much that was.
    ///
    /// Cancel safe in that what was read is in `bytes`, or there for the next read. For a whole file,
    /// [`fs::read`](super::read) is one operation of the runtime, and this is several.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut bytes = Vec::new();
    /// anyrt::fs::File::open("Cargo.toml").await?.read_to_end(&mut bytes).await?;
    /// assert!(bytes.starts_with(b"["));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let before = bytes.len();
        let mut most = FIRST_CHUNK;
        loop {
            let n = poll_fn(|cx| {
                let (operations, file, limit) = self.parts();
                let buffer = ready!(operations.poll_fill(cx, file, most.min(limit)))?;
                let n = buffer.len();
                bytes.extend_from_slice(buffer.bytes());
                buffer.clear();
                Poll::Ready(io::Result::Ok(n))
            });
            if n.await? == 0 {
                return Ok(bytes.len() - before);
            }
            most = most.saturating_mul(2);
        }
    }

    /// Reads to the end of the file, and appends it to `text`; see [`read_to_end`](Self::read_to_end).
    ///
    /// Not cancel safe: what was read before the future was dropped is lost.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut text = String::new();
    /// anyrt::fs::File::open("Cargo.toml").await?.read_to_string(&mut text).await?;
    /// assert!(text.contains("[package]"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidData` if it is not UTF-8, and then `text` is as it was; otherwise as [`read`](Self::read).
    pub async fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes).await?;
        crate::io::append(text, bytes)
    }

    /// Accepts as many of the bytes as the buffer takes, and returns how many: they are written in the background.
    ///
    /// Cancel safe: nothing was accepted if the future is dropped before it is done. See
    /// [what a write means](Self#what-a-write-means).
    ///
    /// ```no_run
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut file = anyrt::fs::File::create("notes.txt").await?;
    /// let n = file.write(b"hello").await?;
    /// file.flush().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Of the write before this one; the runtime refuses the operation, or has ended before a read or a seek ran that was in
    /// flight (see [cancellation](Self#cancellation)).
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)]).await
    }

    /// Like [`write`](Self::write), from several slices one after the other. Cancel safe as that is.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let write = |cx: &mut Context<'_>| {
            let (operations, file, most) = self.parts();
            operations.poll_write(cx, file, slices, most)
        };
        poll_fn(write).await
    }

    /// Accepts all of the bytes; see [`write`](Self::write).
    ///
    /// Not cancel safe: nobody knows how many were accepted before the future was dropped.
    ///
    /// ```no_run
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut file = anyrt::fs::File::create("notes.txt").await?;
    /// file.write_all(b"hello").await?;
    /// file.flush().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let n = self.write(bytes).await?;
            bytes = &bytes[n..];
        }
        Ok(())
    }

    /// Waits until all that was accepted is written, and says whether it went well.
    ///
    /// The bytes are with the system then, and so with whoever reads the file;
    /// [`sync_all`](Self::sync_all) waits for the disk. Cancel safe.
    ///
    /// ```no_run
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut file = anyrt::fs::File::create("notes.txt").await?;
    /// file.write_all(b"hello").await?;
    /// file.flush().await?;
    /// assert_eq!(std::fs::read("notes.txt")?, b"hello");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Of a write, such as `StorageFull`; once for each. The runtime has ended before a read or a seek ran that was in flight.
    pub async fn flush(&mut self) -> io::Result<()> {
        let (operations, _, _) = self.parts();
        operations.flush().await
    }

    /// The same as [`flush`](Self::flush), under the name that streams have for it. Cancel safe.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.flush().await
    }

    /// Moves the position for reads and writes, and returns where it is then, in bytes from the start.
    ///
    /// Cancel safe: it was moved, or it was not.
    ///
    /// ```
    /// use std::io::SeekFrom;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut file = anyrt::fs::File::open("Cargo.toml").await?;
    /// let length = file.seek(SeekFrom::End(0)).await?;
    /// assert_eq!(length, file.metadata().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for a position before the start, and the position stays; the file can't seek, as a pipe.
    pub async fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        poll_fn(|cx| Pin::new(&mut *self).poll_seek(cx, position)).await
    }

    /// Moves the position to the start; see [`seek`](Self::seek). Cancel safe as that is.
    ///
    /// # Errors
    /// As [`seek`](Self::seek).
    pub async fn rewind(&mut self) -> io::Result<()> {
        self.seek(SeekFrom::Start(0)).await.map(drop)
    }

    /// The position, in bytes from the start. Cancel safe.
    ///
    /// # Errors
    /// The file has none, as a pipe.
    pub async fn stream_position(&mut self) -> io::Result<u64> {
        self.seek(SeekFrom::Current(0)).await
    }

    /// Reads at most `most` bytes, and calls `take` with what there is, once: for traits whose room need not be zeroed.
    #[doc(hidden)]
    pub fn poll_read_slice(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
        take: impl FnOnce(&[u8]),
    ) -> Poll<io::Result<()>> {
        let (operations, file, limit) = self.parts();
        take(ready!(operations.poll_fill(cx, file, most.min(limit)))?.take(most));
        Poll::Ready(Ok(()))
    }

    fn poll_read_into(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let (operations, file, most) = self.parts();
        let buffer = ready!(operations.poll_fill(cx, file, room.len().min(most)))?;
        Poll::Ready(Ok(buffer.move_to(room)))
    }
}

impl AsyncRead for File {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_read_into(cx, buffer)
    }
}

impl AsyncWrite for File {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let (operations, file, most) = self.get_mut().parts();
        operations.poll_write(cx, file, slices, most)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (operations, _, _) = self.get_mut().parts();
        operations.poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

impl AsyncSeek for File {
    fn poll_seek(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        position: SeekFrom,
    ) -> Poll<io::Result<u64>> {
        let (operations, file, _) = self.get_mut().parts();
        operations.poll_seek(cx, file, position)
    }
}
