//! Servers and clients on the runtime that a test is inside, and what lies between them.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use anyrt_quinn::Runtime;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use quinn::rustls::{self, RootCertStore};
use quinn::{ClientConfig, Connection, Endpoint, EndpointConfig, ServerConfig, TransportConfig};

pub(crate) const ALPN: &[u8] = b"h3";

/// A port of this machine that the system chooses.
const ANY: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// A server and a client who trusts it.
pub(crate) struct Pair {
    pub(crate) server: Endpoint,
    pub(crate) client: Endpoint,
}

impl Pair {
    /// On the runtime that this thread is inside.
    pub(crate) fn here() -> Self {
        Self::with_transport(TransportConfig::default())
    }

    /// The same, where connections have these options at both ends.
    pub(crate) fn with_transport(transport: TransportConfig) -> Self {
        let here: Arc<dyn quinn::Runtime> = Arc::new(Runtime::current());
        Self::on(&here, &here, transport)
    }

    pub(crate) fn on(
        server: &Arc<dyn quinn::Runtime>,
        client: &Arc<dyn quinn::Runtime>,
        transport: TransportConfig,
    ) -> Self {
        let transport = Arc::new(transport);
        let (mut of_server, mut of_client) = configs();
        of_server.transport_config(Arc::clone(&transport));
        of_client.transport_config(transport);
        let mut pair = Self { server: open(server, Some(of_server)), client: open(client, None) };
        pair.server.set_default_client_config(of_client.clone());
        pair.client.set_default_client_config(of_client);
        pair
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.local_addr().unwrap()
    }

    /// One connection, as the client and as the server have it.
    pub(crate) async fn connect(&self) -> (Connection, Connection) {
        self.connect_through(self.address()).await
    }

    /// The same by way of `address`, from where datagrams get to the server.
    pub(crate) async fn connect_through(&self, address: SocketAddr) -> (Connection, Connection) {
        let connecting = self.client.connect(address, "localhost").unwrap();
        let accepting = async { self.server.accept().await.unwrap().await };
        futures_util::try_join!(connecting, accepting).unwrap()
    }
}

fn open(runtime: &Arc<dyn quinn::Runtime>, server: Option<ServerConfig>) -> Endpoint {
    let socket = UdpSocket::bind(ANY).unwrap();
    Endpoint::new(EndpointConfig::default(), server, socket, Arc::clone(runtime)).unwrap()
}

fn configs() -> (ServerConfig, ClientConfig) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate: CertificateDer<'static> = certified.cert.into();
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13]);
    let mut server = server
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())
        .unwrap();
    server.alpn_protocols = vec![ALPN.to_owned()];
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13]);
    let mut client = client.unwrap().with_root_certificates(roots).with_no_client_auth();
    client.alpn_protocols = vec![ALPN.to_owned()];
    (
        ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(server).unwrap())),
        ClientConfig::new(Arc::new(QuicClientConfig::try_from(client).unwrap())),
    )
}

/// Carries datagrams between one client and a server until it is dropped, which cuts the line.
pub(crate) struct Line {
    pub(crate) address: SocketAddr,
    _task: anyrt::AbortOnDrop<()>,
}

impl Line {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let socket = anyrt::net::UdpSocket::bind(ANY).await.unwrap();
        let address = socket.local_addr().unwrap();
        let task = anyrt::spawn(async move {
            let mut client = None;
            let mut buffer = vec![0; 65536];
            loop {
                let (n, from) = socket.recv_from(&mut buffer).await.unwrap();
                let to = if from == server { client.expect("it spoke first") } else { server };
                if from != server {
                    client = Some(from);
                }
                socket.send_to(&buffer[..n], to).await.unwrap();
            }
        });
        Self { address, _task: task.abort_on_drop() }
    }
}
