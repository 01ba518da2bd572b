//! The traits of the feature `tokio-io` for files.

use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio_crate::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use super::File;

/// With the feature `tokio-io`.
#[cfg_attr(docsrs, doc(cfg(feature = "tokio-io")))]
impl AsyncRead for File {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.get_mut().poll_read_slice(cx, room.remaining(), |bytes| room.put_slice(bytes))
    }
}

/// With the feature `tokio-io`.
#[cfg_attr(docsrs, doc(cfg(feature = "tokio-io")))]
impl AsyncWrite for File {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write_vectored(self, cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let (operations, file, most) = self.get_mut().parts();
        operations.poll_write(cx, file, slices, most)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (operations, _, _) = self.get_mut().parts();
        operations.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(self, cx)
    }
}

/// With the feature `tokio-io`.
#[cfg_attr(docsrs, doc(cfg(feature = "tokio-io")))]
impl AsyncSeek for File {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        let (operations, file, _) = self.get_mut().parts();
        if !operations.is_idle() {
            return Err(io::Error::other(
                "an operation of the file is in flight: call `poll_complete` before `start_seek`",
            ));
        }
        operations.start_seek(file, position)
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let (operations, _, _) = self.get_mut().parts();
        operations.poll_sought(cx)
    }
}
