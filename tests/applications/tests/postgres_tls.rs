//! PostgreSQL over TLS, by tokio-postgres and tokio-postgres-rustls, over streams of anyrt's, on each backend: tokio is needed nowhere.

use std::error::Error as _;

use anyrt::net::TcpStream;
use anyrt_hyper::rustls;
use anyrt_test_applications::certificate::Certified;
use anyrt_test_applications::postgres::{PASSWORD, Server};
use rustls::CertificateError::{BadSignature, NotValidForNameContext};
use rustls::Error::InvalidCertificate;
use tokio_postgres::config::{ChannelBinding, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

fn config() -> Config {
    let mut config = Config::new();
    config.user("test").password(PASSWORD).dbname("postgres").ssl_mode(SslMode::Require);
    // The proof that the password is known goes to this server alone.
    config.channel_binding(ChannelBinding::Require);
    config
}

/// A client that knows the server by this certificate and name, and whose connection is a task.
async fn connect(server: &Server, trusted: &Certified, name: &str) -> Result<Client, Error> {
    let stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    let mut tls = MakeRustlsConnect::new(trusted.client_config());
    let tls = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut tls, name).unwrap();
    let (client, connection) = config().connect_raw(stream, tls).await?;
    drop(anyrt::spawn(connection));
    Ok(client)
}

/// Why rustls did not accept the certificate.
fn refusal(error: &Error) -> &rustls::Error {
    let error = error.source().unwrap().downcast_ref::<std::io::Error>().unwrap();
    error.get_ref().unwrap().downcast_ref().unwrap()
}

#[anyrt::test(all)]
async fn a_password_that_is_bound_to_the_connection() {
    let certified = Certified::new();
    let Some(server) = Server::start_tls(&certified) else { return };
    let client = connect(&server, &certified, "localhost").await.unwrap();
    let query = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = client.query_one(query, &[]).await.unwrap();
    assert_eq!((row.get::<_, bool>(0), row.get::<_, &str>(1)), (true, "TLSv1.3"));
    // Many records of TLS in both directions.
    let sent = "0123456789abcdef".repeat(1 << 16);
    let row = client.query_one("SELECT reverse($1)", &[&sent]).await.unwrap();
    assert!(row.get::<_, &str>(0).chars().rev().eq(sent.chars()));
}

#[anyrt::test(all)]
async fn a_server_that_is_not_trusted_is_not_told_the_password() {
    let certified = Certified::new();
    let Some(server) = Server::start_tls(&certified) else { return };
    // Of the same name, and another key.
    let error = connect(&server, &Certified::new(), "localhost").await.err().unwrap();
    assert!(matches!(refusal(&error), InvalidCertificate(BadSignature)), "{error:?}");
    let error = connect(&server, &certified, "elsewhere").await.err().unwrap();
    let refusal = refusal(&error);
    assert!(matches!(refusal, InvalidCertificate(NotValidForNameContext { .. })), "{error:?}");

    // Nor does the server take one who comes in clear.
    let stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    let mut config = config();
    config.ssl_mode(SslMode::Disable).channel_binding(ChannelBinding::Disable);
    let error = config.connect_raw(stream, NoTls).await.err().unwrap();
    let refused = Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION);
    assert_eq!(error.code(), refused, "{error:?}");
}
