//! Certificates for `localhost`.

use std::sync::Arc;

use anyrt_hyper::rustls::crypto::ring;
use anyrt_hyper::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use anyrt_hyper::rustls::{ClientConfig, RootCertStore, ServerConfig};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};

/// One that has signed itself, with its key.
pub struct Certified(CertifiedKey<KeyPair>);

impl Certified {
    /// Another one each time.
    #[expect(clippy::new_without_default, reason = "two of them are not the same")]
    pub fn new() -> Self {
        let made = generate_simple_self_signed(["localhost".to_owned()]);
        Self(made.expect("the name is one"))
    }

    /// For a server that shows it.
    pub fn server_config(&self) -> ServerConfig {
        let key = PrivatePkcs8KeyDer::from(self.0.signing_key.serialize_der());
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has them")
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate()], key.into())
            .expect("the key is of the certificate")
    }

    /// For a client that trusts it, and nobody else.
    pub fn client_config(&self) -> ClientConfig {
        trusting(self.certificate())
    }

    /// What a client has to know of it.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.0.cert.der().clone()
    }

    /// The certificate and its key, as files have them.
    pub fn pem(&self) -> (String, String) {
        (self.0.cert.pem(), self.0.signing_key.serialize_pem())
    }
}

/// For a client that trusts this one, and nobody else.
///
/// # Panics
/// It is no certificate.
pub fn trusting(certificate: CertificateDer<'static>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("it is a certificate");
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
