//! TLS for clients.

use anyrt_facade::Backend;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use tokio_rustls::rustls::ClientConfig;

use super::Connector;

impl<R: Backend> Connector<R> {
    /// Connects by TLS where the scheme is `https`, and offers HTTP/2 and HTTP/1.1 (ALPN).
    ///
    /// Whom to trust is the configuration's: the crates rustls-platform-verifier and rustls-native-certs have what the system trusts, webpki-roots what
    /// Mozilla does. For more choices [`HttpsConnectorBuilder`] takes a connector that [does not enforce http](Self::enforce_http).
    ///
    /// # Panics
    /// The configuration names protocols for ALPN: which of them are offered is decided here.
    pub fn https(self, config: ClientConfig) -> HttpsConnector<Self> {
        HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(self.enforce_http(false))
    }
}
