//! Two ends of a connection without a bus between them.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use anyrt::{BlockOn, Config, Launch, adapters};
use anyrt_zbus::Runtime;
use futures_util::StreamExt;
use futures_util::future::{join_all, pending, try_join};
use zbus::connection::Builder;
use zbus::object_server::SignalEmitter;
use zbus::runtime::traits;
use zbus::{Connection, Guid, MessageStream, interface, proxy};

pub(crate) struct Greeter;

#[interface(name = "org.anyrt.Greeter")]
impl Greeter {
    async fn greet(
        &self,
        name: &str,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<String> {
        Self::greeted(&emitter, name).await?;
        Ok(format!("hello {name}"))
    }

    async fn silence(&self) {
        pending::<()>().await;
    }

    #[zbus(signal)]
    async fn greeted(emitter: &SignalEmitter<'_>, name: &str) -> zbus::Result<()>;
}

#[proxy(interface = "org.anyrt.Greeter", default_service = "org.anyrt.Greeter", default_path = "/")]
pub(crate) trait GreeterOf {
    fn greet(&self, name: &str) -> zbus::Result<String>;
    fn silence(&self) -> zbus::Result<()>;
    #[zbus(signal)]
    fn greeted(&self, name: String) -> zbus::Result<()>;
}

/// A client, and a server of the greeter at `/`.
async fn connect<R>(
    runtime: R,
    client: Builder<'static>,
    server: Builder<'static>,
) -> (Connection, Connection)
where
    R: traits::Runtime + Clone,
{
    let server = server.server(Guid::generate()).p2p();
    let server = server.serve_at("/", Greeter).runtime(runtime.clone()).build();
    try_join(client.p2p().runtime(runtime).build(), server).await.unwrap()
}

async fn unix_pair() -> (Connection, Connection) {
    let (client, server) = UnixStream::pair().unwrap();
    let (client, server) = (Builder::unix_stream(client), Builder::unix_stream(server));
    connect(Runtime::current(), client, server).await
}

#[anyrt::test(all)]
async fn calls_are_answered_and_signals_arrive() {
    let (client, _server) = unix_pair().await;
    let greeter = GreeterOfProxy::new(&client).await.unwrap();
    let mut greeted = greeter.receive_greeted().await.unwrap();
    for name in ["Ann", "Bob"] {
        assert_eq!(greeter.greet(name).await.unwrap(), format!("hello {name}"));
        assert_eq!(greeted.next().await.unwrap().args().unwrap().name, name);
    }
    // Signals that nobody takes would keep answers waiting in the end.
    drop(greeted);
    let names: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    let answers = join_all(names.iter().map(|name| greeter.greet(name))).await;
    for (name, answer) in names.iter().zip(answers) {
        assert_eq!(answer.unwrap(), format!("hello {name}"));
    }
    let long = "x".repeat(1 << 20);
    assert_eq!(greeter.greet(&long).await.unwrap().len(), "hello ".len() + long.len());
}

#[anyrt::test(all)]
async fn the_other_kind_of_socket_works_as_well() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    let (client, server) = (Builder::tcp_stream(client), Builder::tcp_stream(server));
    let (client, _server) = connect(Runtime::current(), client, server).await;
    let greeter = GreeterOfProxy::new(&client).await.unwrap();
    assert_eq!(greeter.greet("Ann").await.unwrap(), "hello Ann");
}

#[anyrt::test(all)]
async fn an_answer_that_does_not_come_is_a_time_out() {
    const LIMIT: Duration = Duration::from_millis(50);

    let (client, server) = UnixStream::pair().unwrap();
    let client = Builder::unix_stream(client).method_timeout(LIMIT);
    let (client, _server) = connect(Runtime::current(), client, Builder::unix_stream(server)).await;
    let greeter = GreeterOfProxy::new(&client).await.unwrap();
    let start = Instant::now();
    match greeter.silence().await.unwrap_err() {
        zbus::Error::InputOutput(error) => assert_eq!(error.kind(), ErrorKind::TimedOut),
        error => panic!("{error:?}"),
    }
    assert!(start.elapsed() >= LIMIT);
    assert_eq!(greeter.greet("Ann").await.unwrap(), "hello Ann");
}

#[anyrt::test(all)]
async fn a_peer_that_goes_is_the_end_of_messages_and_an_error_of_calls() {
    let (client, server) = unix_pair().await;
    let mut messages = MessageStream::from(&client);
    let greeter = GreeterOfProxy::new(&client).await.unwrap();
    assert_eq!(greeter.greet("Ann").await.unwrap(), "hello Ann");
    server.close().await.unwrap();
    assert!(greeter.greet("Bob").await.is_err());
    while let Some(message) = messages.next().await {
        if message.is_err() {
            break;
        }
    }
}

#[test]
fn a_runtime_that_ends_takes_its_connections_along() {
    for backend in anyrt::selection().unwrap().compiled() {
        let build = || anyrt::Builder::new().backend(*backend).build().unwrap();
        let (stays, ends) = (build(), build());
        if stays.handle() == ends.handle() {
            // There is one for the process, which nobody ends.
            assert_eq!(*backend, "async-std");
            continue;
        }
        let runtime = Runtime::new(ends.handle().clone());
        let (client, server) = UnixStream::pair().unwrap();
        let (client, server) = (Builder::unix_stream(client), Builder::unix_stream(server));
        let (client, _server) = stays.block_on(connect(runtime, client, server));
        let greeter = stays.block_on(GreeterOfProxy::new(&client)).unwrap();
        assert_eq!(stays.block_on(greeter.greet("Ann")).unwrap(), "hello Ann");
        drop(ends);
        assert!(stays.block_on(greeter.greet("Bob")).is_err(), "on {backend}");
    }
}

/// The handle of a backend, without the facade.
fn without_the_facade<L: Launch>()
where
    L::Handle: BlockOn,
{
    let runtime = L::start(&Config::default()).unwrap();
    let (client, server) = UnixStream::pair().unwrap();
    let (client, server) = (Builder::unix_stream(client), Builder::unix_stream(server));
    // In an executor of someone else's, outside of the runtime.
    futures_executor::block_on(async {
        let of_zbus = Runtime::new(runtime.handle().clone());
        let (client, _server) = connect(of_zbus, client, server).await;
        let greeter = GreeterOfProxy::new(&client).await.unwrap();
        assert_eq!(greeter.greet("Ann").await.unwrap(), "hello Ann");
    });
}

#[test]
fn each_backend_will_do_without_the_facade() {
    without_the_facade::<adapters::native::Runtime>();
    without_the_facade::<adapters::tokio::Runtime>();
    without_the_facade::<adapters::smol::Runtime>();
    without_the_facade::<adapters::async_std::Runtime>();
}
