//! What comes before HTTP on a connection: nothing, or TLS.

use std::io;

use hyper::rt::{Read, Write};

/// Makes of a connection the one that HTTP is spoken on.
///
/// Implemented for `tokio_rustls::TlsAcceptor` with the feature `tls`; for other libraries of TLS one implements it oneself.
pub trait Handshake<T>: Send + Sync + 'static {
    /// What HTTP is spoken on.
    type Io: Read + Write + Send + Unpin + 'static;

    /// Shakes hands. The limit of time for the first request holds for it as well.
    ///
    /// # Errors
    /// The peer does not speak the protocol, or is gone; the connection is closed.
    fn handshake(&self, stream: T) -> impl Future<Output = io::Result<Self::Io>> + Send;
}

/// HTTP in clear: no handshake.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl<T: Read + Write + Send + Unpin + 'static> Handshake<T> for Plain {
    type Io = T;

    async fn handshake(&self, stream: T) -> io::Result<T> {
        Ok(stream)
    }
}

#[cfg(feature = "tls")]
mod rustls {
    use std::sync::Arc;

    use anyrt_facade::Backend;
    use hyper_util::rt::TokioIo;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::{TlsAcceptor, server::TlsStream};

    use super::*;
    use crate::serve::{Listener, Server};

    impl<L: Listener, R: Backend, H> Server<L, R, H> {
        /// Speaks TLS on each connection.
        ///
        /// A configuration that names no protocols for ALPN offers HTTP/2 and HTTP/1.1, or the one of them that [`http`](Self::http)
        /// was told before.
        #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
        pub fn tls(self, mut config: ServerConfig) -> Server<L, R, TlsAcceptor> {
            if config.alpn_protocols.is_empty() {
                config.alpn_protocols = self.protocols();
            }
            self.handshake(TlsAcceptor::from(Arc::new(config)))
        }
    }

    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    impl<T: Read + Write + Send + Unpin + 'static> Handshake<T> for TlsAcceptor {
        type Io = TokioIo<TlsStream<TokioIo<T>>>;

        async fn handshake(&self, stream: T) -> io::Result<Self::Io> {
            self.accept(TokioIo::new(stream)).await.map(TokioIo::new)
        }
    }
}
