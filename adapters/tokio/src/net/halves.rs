//! The two directions of a stream as two values: of TCP and Unix streams.

/// `ReadHalf`, `WriteHalf`, `OwnedReadHalf`, `OwnedWriteHalf` and `ReuniteError` of a stream.
macro_rules! halves {
    ($stream:ident, $address:ty) => {
        /// The reading direction of a stream, borrowed by its `split`.
        #[derive(Debug)]
        pub struct ReadHalf<'a> {
            pub(super) inner: &'a $stream,
        }

        /// The writing direction of a stream, borrowed by its `split`.
        #[derive(Debug)]
        pub struct WriteHalf<'a> {
            pub(super) inner: &'a $stream,
        }

        /// The reading direction of a stream, made by its `into_split`.
        #[derive(Debug)]
        pub struct OwnedReadHalf {
            pub(super) inner: Arc<$stream>,
        }

        /// The writing direction of a stream, made by its `into_split`.
        ///
        /// Dropping it shuts the direction down; see [`forget`](Self::forget).
        #[derive(Debug)]
        pub struct OwnedWriteHalf {
            pub(super) inner: Arc<$stream>,
            pub(super) shutdown_on_drop: bool,
        }

        $crate::net::halves::reading!(['_] ReadHalf, $stream, $address);
        $crate::net::halves::reading!([] OwnedReadHalf, $stream, $address);
        $crate::net::halves::writing!(['_] WriteHalf, $stream, $address);
        $crate::net::halves::writing!([] OwnedWriteHalf, $stream, $address);

        impl WriteHalf<'_> {
            fn shut_down(&mut self) -> io::Result<()> {
                self.inner.stream.shutdown(Shutdown::Write)
            }
        }

        impl OwnedReadHalf {
            /// Puts the two halves of a stream together again. Nothing is shut down by that.
            ///
            /// # Errors
            /// Gives them back if they are not of the same stream.
            pub fn reunite(self, other: OwnedWriteHalf) -> Result<$stream, ReuniteError> {
                if !Arc::ptr_eq(&self.inner, &other.inner) {
                    return Err(ReuniteError(self, other));
                }
                other.forget();
                Ok(Arc::into_inner(self.inner).expect("a stream has one half of each kind"))
            }
        }

        impl OwnedWriteHalf {
            /// Puts the two halves of a stream together again; see [`OwnedReadHalf::reunite`].
            ///
            /// # Errors
            /// As there.
            pub fn reunite(self, other: OwnedReadHalf) -> Result<$stream, ReuniteError> {
                other.reunite(self)
            }

            /// Drops it without shutting the direction down.
            pub fn forget(mut self) {
                self.shutdown_on_drop = false;
            }

            fn shut_down(&mut self) -> io::Result<()> {
                self.inner.stream.shutdown(Shutdown::Write)?;
                self.shutdown_on_drop = false;
                Ok(())
            }
        }

        impl Drop for OwnedWriteHalf {
            fn drop(&mut self) {
                if self.shutdown_on_drop {
                    // There is nobody to tell.
                    let _ = self.inner.stream.shutdown(Shutdown::Write);
                }
            }
        }

        /// The halves given to `reunite`, which are of two streams.
        #[derive(Debug)]
        pub struct ReuniteError(
            /// The half that reads.
            pub OwnedReadHalf,
            /// The half that writes.
            pub OwnedWriteHalf,
        );

        impl fmt::Display for ReuniteError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tried to reunite halves that are not from the same socket")
            }
        }

        impl Error for ReuniteError {}
    };
}

macro_rules! reading {
    ([$($lifetime:lifetime)?] $half:ident, $stream:ident, $address:ty) => {
        impl $half$(<$lifetime>)? {
            /// See the method of the stream. Cancel safe.
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
                self.inner.ready(interest).await
            }

            /// See the method of the stream. Cancel safe.
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn readable(&self) -> io::Result<()> {
                self.inner.readable().await
            }

            /// See the method of the stream.
            ///
            /// # Errors
            /// As there.
            pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
                self.inner.try_read(buf)
            }

            /// See the method of the stream.
            ///
            /// # Errors
            /// As there.
            pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                self.inner.try_read_vectored(bufs)
            }

            /// See the method of the stream.
            ///
            /// # Errors
            /// As there.
            #[cfg(feature = "io-util")]
            pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> io::Result<usize> {
                self.inner.try_read_buf(buf)
            }
        }

        impl AsyncRead for $half$(<$lifetime>)? {
            #[inline]
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                self.inner.stream.poll_read(cx, buf)
            }
        }

        $crate::net::halves::common!([$($lifetime)?] $half, $stream, $address);
    };
}

macro_rules! writing {
    ([$($lifetime:lifetime)?] $half:ident, $stream:ident, $address:ty) => {
        impl $half$(<$lifetime>)? {
            /// See the method of the stream. Cancel safe.
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
                self.inner.ready(interest).await
            }

            /// See the method of the stream. Cancel safe.
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn writable(&self) -> io::Result<()> {
                self.inner.writable().await
            }

            /// See the method of the stream.
            ///
            /// # Errors
            /// As there.
            pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
                self.inner.try_write(buf)
            }

            /// See the method of the stream.
            ///
            /// # Errors
            /// As there.
            pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
                self.inner.try_write_vectored(bufs)
            }
        }

        impl AsyncWrite for $half$(<$lifetime>)? {
            #[inline]
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.inner.stream.poll_write(cx, buf)
            }

            #[inline]
            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                self.inner.stream.poll_write_vectored(cx, bufs)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            #[inline]
            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(self.shut_down())
            }
        }

        $crate::net::halves::common!([$($lifetime)?] $half, $stream, $address);
    };
}

macro_rules! common {
    ([$($lifetime:lifetime)?] $half:ident, $stream:ident, $address:ty) => {
        impl $half$(<$lifetime>)? {
            /// The address of the other end.
            ///
            /// # Errors
            /// What the system says.
            pub fn peer_addr(&self) -> io::Result<$address> {
                self.inner.peer_addr()
            }

            /// The address of this end.
            ///
            /// # Errors
            /// What the system says.
            pub fn local_addr(&self) -> io::Result<$address> {
                self.inner.local_addr()
            }
        }

        impl AsRef<$stream> for $half$(<$lifetime>)? {
            fn as_ref(&self) -> &$stream {
                &self.inner
            }
        }
    };
}

pub(super) use {common, halves, reading, writing};
