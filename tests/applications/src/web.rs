//! Servers of HTTP in this process, on the runtime that the test is on.

use std::io;
use std::net::SocketAddr;

use anyrt::net::{TcpListener, TcpStream};
use anyrt::sync::oneshot;
use anyrt::time::{self, Duration};
use anyrt::{Handle, JoinHandle};
use anyrt_hyper::rustls::ServerConfig;
use anyrt_hyper::serve::{HttpService, Server};

use crate::certificate::Certified;

/// How long a server may take to end, where nothing is to be cut off.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A server on a port of its own.
pub struct Running {
    pub address: SocketAddr,
    /// Has it end when it is dropped.
    pub stop: oneshot::Sender<()>,
    /// Tells how many connections had to be cut off.
    pub server: JoinHandle<io::Result<usize>>,
}

impl Running {
    /// Serves HTTP in clear; in the end, what takes longer than `grace` is cut off.
    pub async fn start<S: HttpService + Clone>(service: S, grace: Duration) -> Self {
        Self::start_with(service, None, grace).await
    }

    /// The same over TLS, for whoever trusts `localhost`.
    pub async fn start_tls<S: HttpService + Clone>(
        service: S,
        certified: &Certified,
        grace: Duration,
    ) -> Self {
        Self::start_with(service, Some(certified.server_config()), grace).await
    }

    async fn start_with<S: HttpService + Clone>(
        service: S,
        tls: Option<ServerConfig>,
        grace: Duration,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let server = Server::new(Handle::current(), listener)
            .with_graceful_shutdown(async { drop(stopped.await) }, grace);
        let server = match tls {
            Some(tls) => anyrt::spawn(server.tls(tls).serve(service)),
            None => anyrt::spawn(server.serve(service)),
        };
        Self { address, stop, server }
    }

    /// Has it end, and says how many connections were cut off.
    pub async fn end(self) -> usize {
        drop(self.stop);
        self.server.await.expect("it does not panic").expect("the runtime is there")
    }
}

/// Waits until nobody can connect any more: a server has begun to end.
pub async fn is_closed(address: SocketAddr) {
    while TcpStream::connect(address).await.is_ok() {
        time::sleep(Duration::from_millis(1)).await;
    }
}
