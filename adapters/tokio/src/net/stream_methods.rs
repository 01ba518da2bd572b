//! The methods and traits that TCP and Unix streams have in common.

macro_rules! stream_methods {
    ($stream:ident, $system:ty) => {
        impl $stream {
            /// Takes over a stream of the standard library, which is in non-blocking mode.
            ///
            /// # Errors
            /// The system can't watch it.
            ///
            /// # Panics
            /// Outside of a runtime. In debug builds also if the stream is in blocking mode, unless
            /// `--cfg tokio_allow_from_blocking_fd` is set.
            #[track_caller]
            pub fn from_std(stream: $system) -> io::Result<$stream> {
                blocking_mode::refuse(&stream)?;
                let runtime = context::with_io();
                Inner::from_std_on(&runtime, stream)
                    .map(Self::from_inner)
                    .map_err($crate::io::gone::as_tokio_says)
            }

            /// The stream of the standard library, in non-blocking mode.
            ///
            /// # Errors
            /// The system refuses to end the watch.
            pub fn into_std(self) -> io::Result<$system> {
                self.stream.inner.into_std()
            }

            /// Takes the error that the system holds for this socket.
            ///
            /// # Errors
            /// It can't be asked.
            pub fn take_error(&self) -> io::Result<Option<io::Error>> {
                self.stream.inner.take_error()
            }

            /// Waits until it is ready for some of what `interest` asks for. Cancel safe.
            ///
            /// It may say so too early: the operation that follows may return `WouldBlock`.
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
                self.stream.ready(interest).await
            }

            /// Waits until there is something to read, as [`ready`](Self::ready) does. Cancel safe.
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn readable(&self) -> io::Result<()> {
                self.stream.readable().await
            }

            /// Like [`readable`](Self::readable): the last task that polled this, or reading, is woken.
            ///
            /// # Errors
            /// The runtime is gone.
            pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.stream.poll_ready(cx, Interest::READABLE)
            }

            /// Reads what is there, without waiting. 0 is the end of the stream, or an empty buffer.
            ///
            /// # Errors
            /// `WouldBlock` if there is nothing; what else the system says.
            pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
                self.stream.try_read(buf)
            }

            /// Like [`try_read`](Self::try_read), into several buffers one after the other.
            ///
            /// # Errors
            /// As there.
            pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                self.stream.try_read_vectored(bufs)
            }

            /// Like [`try_read`](Self::try_read), into the spare room of `buf`.
            ///
            /// # Errors
            /// As there.
            #[cfg(feature = "io-util")]
            pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> io::Result<usize> {
                self.stream.try_read_buf(buf)
            }

            /// Waits until there is room to write, as [`ready`](Self::ready) does. Cancel safe.
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn writable(&self) -> io::Result<()> {
                self.stream.writable().await
            }

            /// Like [`writable`](Self::writable): the last task that polled this, or writing, is woken.
            ///
            /// # Errors
            /// The runtime is gone.
            pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.stream.poll_ready(cx, Interest::WRITABLE)
            }

            /// Writes as much as there is room for, without waiting.
            ///
            /// # Errors
            /// `WouldBlock` if there is no room; what else the system says.
            pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
                self.stream.try_write(buf)
            }

            /// Like [`try_write`](Self::try_write), from several slices one after the other.
            ///
            /// # Errors
            /// As there.
            pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
                self.stream.try_write_vectored(bufs)
            }

            /// Tries an operation on the socket, if it is ready for that.
            ///
            /// # Errors
            /// Those of the operation; `WouldBlock` if it is not ready.
            pub fn try_io<R>(
                &self,
                interest: Interest,
                f: impl FnOnce() -> io::Result<R>,
            ) -> io::Result<R> {
                self.stream.try_io(interest, f)
            }

            /// Tries an operation on the socket each time when it is ready for that, until the operation
            /// returns something other than `WouldBlock`.
            ///
            /// One that returns it though the socket is ready is tried again and again. Cancel safe if an
            /// operation that would block has no effect.
            ///
            /// # Errors
            /// Those of the operation; the runtime is gone.
            pub async fn async_io<R>(
                &self,
                interest: Interest,
                f: impl FnMut() -> io::Result<R>,
            ) -> io::Result<R> {
                self.stream.async_io(interest, f).await
            }

            /// The two directions, borrowed: for two futures of one task.
            pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
                let inner = &*self;
                (ReadHalf { inner }, WriteHalf { inner })
            }

            /// The two directions, owned: for two tasks.
            ///
            /// Dropping the half that writes shuts that direction down.
            pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
                let inner = Arc::new(self);
                let writer = OwnedWriteHalf { inner: Arc::clone(&inner), shutdown_on_drop: true };
                (OwnedReadHalf { inner }, writer)
            }
        }

        impl $stream {
            #[inline]
            pub(crate) fn from_inner(inner: Inner<$system>) -> Self {
                Self { stream: inner.into() }
            }
        }

        impl TryFrom<$system> for $stream {
            type Error = io::Error;

            /// See [`from_std`](Self::from_std).
            #[track_caller]
            fn try_from(stream: $system) -> io::Result<Self> {
                Self::from_std(stream)
            }
        }

        impl AsyncRead for $stream {
            #[inline]
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                self.stream.poll_read(cx, buf)
            }
        }

        impl AsyncWrite for $stream {
            #[inline]
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.stream.poll_write(cx, buf)
            }

            #[inline]
            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                self.stream.poll_write_vectored(cx, bufs)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            #[inline]
            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(self.stream.shutdown(Shutdown::Write))
            }
        }

        /// As the stream of the standard library.
        impl fmt::Debug for $stream {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.stream.fmt(f)
            }
        }

        impl AsRef<Self> for $stream {
            fn as_ref(&self) -> &Self {
                self
            }
        }

        impl AsRawFd for $stream {
            fn as_raw_fd(&self) -> RawFd {
                self.as_fd().as_raw_fd()
            }
        }

        impl AsFd for $stream {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.stream.as_fd()
            }
        }
    };
}

pub(super) use stream_methods;
