//! What a socket lets its users do beneath its methods: wait for readiness, and run operations of their
//! own on the socket of the system.

/// `ready`, `io`, `poll_io` and `try_io` of a socket that has an endpoint of this type of the standard
/// library.
macro_rules! impl_own_operations {
    ($socket:ident of $system:ty) => {
        /// Operations of one's own, on the socket of the standard library.
        ///
        /// They are for what is no method here: flags, control messages, several datagrams in one call.
        /// An operation returns [`WouldBlock`](io::ErrorKind::WouldBlock) only if the system had nothing
        /// for it: the runtime may wait for the system to tell of more then, for this operation and for
        /// those after it. The socket is lent for the operation alone; it stays in non-blocking mode.
        impl<R: Reactor> $socket<R> {
            /// Waits until an operation in the direction of `interest` would not block, and says so again
            /// as long as that is so; an error to be told is readiness as well (R8). Cancel safe.
            ///
            /// Another task may take first what there is, so the operation that follows may still
            /// return [`WouldBlock`](io::ErrorKind::WouldBlock).
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn ready(&self, interest: Interest) -> io::Result<()> {
                self.endpoint.ready(interest).await
            }

            /// Tries `operation` each time the socket may be ready, until it returns something other
            /// than [`WouldBlock`](io::ErrorKind::WouldBlock) (N12).
            ///
            /// tokio calls it `async_io`. Any number of tasks may do this. Cancel safe if the operation
            /// has no effect when it would block.
            ///
            /// # Errors
            /// Those of `operation`; `Unsupported` if the socket is a virtual one; the runtime is gone.
            pub async fn io<T: Send>(
                &self,
                interest: Interest,
                mut operation: impl FnMut(&$system) -> io::Result<T> + Send,
            ) -> io::Result<T> {
                self.endpoint
                    .io(interest, |lent| operation(lent.as_system()?).map(Attempt::Done))
                    .await
            }

            /// Like [`io`](Self::io), for one task in each direction: the last one that polled is woken.
            ///
            /// # Errors
            /// As [`io`](Self::io).
            pub fn poll_io<T>(
                &self,
                cx: &mut Context<'_>,
                interest: Interest,
                mut operation: impl FnMut(&$system) -> io::Result<T>,
            ) -> Poll<io::Result<T>> {
                self.endpoint
                    .poll_io(cx, interest, |lent| operation(lent.as_system()?).map(Attempt::Done))
            }

            /// Tries `operation` once, at once.
            ///
            /// No readiness is asked for beforehand, so that the system alone decides; the interest says
            /// what the operation would wait for, as elsewhere.
            ///
            /// # Errors
            /// Those of `operation`, [`WouldBlock`](io::ErrorKind::WouldBlock) among them; `Unsupported`
            /// if the socket is a virtual one.
            pub fn try_io<T>(
                &self,
                _interest: Interest,
                operation: impl FnOnce(&$system) -> io::Result<T>,
            ) -> io::Result<T> {
                operation(self.endpoint.lend().as_system()?)
            }
        }
    };
}

pub(super) use impl_own_operations;
