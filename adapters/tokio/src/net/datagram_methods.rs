//! The methods and traits that UDP sockets and Unix datagram sockets have in common.

macro_rules! datagram_methods {
    ($socket:ident, $system:ty $(, $more:ident)?) => {
        impl $socket {
            /// Waits until it is ready for some of what `interest` asks for. Cancel safe.
            ///
            /// It may say so too early: the operation that follows may return `WouldBlock`.
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn ready(
                &self,
                interest: $crate::io::Interest,
            ) -> io::Result<$crate::io::Ready> {
                self.readiness.ready(&self.inner, interest).await
            }

            /// Waits until there is room to send, as [`ready`](Self::ready) does. Cancel safe.
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn writable(&self) -> io::Result<()> {
                self.readiness.writable(&self.inner).await
            }

            /// Like [`writable`](Self::writable): the last task that polled this, or sending, is woken.
            ///
            /// # Errors
            /// The runtime is gone.
            pub fn poll_send_ready(
                &self,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<io::Result<()>> {
                self.readiness.poll_ready(&self.inner, cx, $crate::io::Interest::WRITABLE)
            }

            /// Waits until there is something to receive, as [`ready`](Self::ready) does. Cancel safe.
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn readable(&self) -> io::Result<()> {
                self.readiness.readable(&self.inner).await
            }

            /// Like [`readable`](Self::readable): the last task that polled this, or receiving, is woken.
            ///
            /// # Errors
            /// The runtime is gone.
            pub fn poll_recv_ready(
                &self,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<io::Result<()>> {
                self.readiness.poll_ready(&self.inner, cx, $crate::io::Interest::READABLE)
            }

            /// Tries an operation on the socket, if it is ready for that.
            ///
            /// # Errors
            /// Those of the operation; `WouldBlock` if it is not ready.
            pub fn try_io<R>(
                &self,
                interest: $crate::io::Interest,
                f: impl FnOnce() -> io::Result<R>,
            ) -> io::Result<R> {
                self.readiness.try_io(&self.inner, interest, f)
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
                interest: $crate::io::Interest,
                f: impl FnMut() -> io::Result<R>,
            ) -> io::Result<R> {
                self.readiness.io(&self.inner, interest, f).await
            }
        }

        impl $socket {
            pub(crate) fn from_inner(inner: Inner) -> Self {
                Self { inner, readiness: Readiness::default(), $($more: Default::default())? }
            }
        }

        impl TryFrom<$system> for $socket {
            type Error = io::Error;

            /// See [`from_std`](Self::from_std).
            #[track_caller]
            fn try_from(socket: $system) -> io::Result<Self> {
                Self::from_std(socket)
            }
        }

        impl AsRawFd for $socket {
            fn as_raw_fd(&self) -> RawFd {
                self.as_fd().as_raw_fd()
            }
        }

        impl AsFd for $socket {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.inner.as_fd()
            }
        }
    };
}

pub(super) use datagram_methods;
