//! The names of a runtime, by hickory.

use std::io::ErrorKind;

use anyrt::net::{Network as _, TcpListener, TcpSocket, TcpStream, lookup_host};
use anyrt::time::Duration;
use anyrt::{Config, Current, Handle, Launch, SpawnBlocking, adapters};
use anyrt_hickory::{Names, Runtime};
use futures_executor as executor;
use futures_util::future::{join_all, poll_immediate};
use hickory_resolver::Resolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;

use crate::server::{HERE, Server};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(100);

/// The runtime that this thread is inside, with the names of `server`.
fn here_with_names_of(server: &Server, limit: Duration) -> Handle {
    let runtime = Runtime::current();
    let resolver = server.resolver(runtime.clone(), limit);
    Handle::current().with_network(Names::new(runtime, resolver))
}

#[anyrt::test(all)]
async fn connects_to_a_name_that_hickory_knows() {
    let server = Server::start().await;
    let handle = here_with_names_of(&server, LONG);
    let listener = TcpListener::bind((HERE, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let greeted = handle.spawn(async move {
        let stream = TcpStream::connect(("greeter.test.", port)).await.unwrap();
        let mut greeting = [0; 5];
        stream.read_exact(&mut greeting).await.unwrap();
        greeting
    });
    listener.accept().await.unwrap().0.write_all(b"hello").await.unwrap();
    assert_eq!(greeted.await.unwrap(), *b"hello");
    assert_eq!(server.asked(), (2, 0));
}

#[anyrt::test(all)]
async fn errors_have_the_kinds_that_callers_look_for() {
    let server = Server::start().await;
    let handle = here_with_names_of(&server, LONG);
    // A limit for what is never answered alone: an answer may be late on a busy machine.
    let impatient = here_with_names_of(&server, SHORT);
    for (handle, name, kind) in [
        (&handle, "unknown.test.:80", ErrorKind::NotFound),
        (&handle, "empty.test.:80", ErrorKind::NotFound),
        (&handle, "broken.test.:80", ErrorKind::Other),
        (&handle, "not a name..:80", ErrorKind::InvalidInput),
        (&impatient, "silent.test.:80", ErrorKind::TimedOut),
        (&impatient, "stuck.test.:80", ErrorKind::TimedOut),
    ] {
        let looked_up = handle.spawn(async move { lookup_host(name).await });
        let error = looked_up.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
    }
}

/// A connection that is refused by the name server is not one that the target has refused.
#[anyrt::test(all)]
async fn a_server_that_refuses_connections_is_another_error() {
    // It has the port, and does not listen.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind((HERE, 0).into()).unwrap();
    let mut connection = ConnectionConfig::tcp();
    connection.port = closed.local_addr().unwrap().port();
    let server = NameServerConfig::new(HERE.into(), true, vec![connection]);
    let config = ResolverConfig::from_name_servers(vec![server]);
    let runtime = Runtime::current();
    let resolver = Resolver::builder_with_config(config, runtime.clone()).build().unwrap();
    let handle = Handle::current().with_network(Names::new(runtime, resolver));
    let connected = handle.spawn(async { TcpStream::connect("plain.test.:80").await.map(drop) });
    let error = connected.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other, "{error}");
    assert!(error.get_ref().unwrap().is::<NetError>(), "{error:?}");
}

#[anyrt::test(all)]
async fn a_name_need_not_be_one_that_can_be_registered() {
    let server = Server::start().await;
    let handle = here_with_names_of(&server, LONG);
    let looked_up = handle.spawn(async {
        for name in ["my_service_.test.:80", "_srv.test.:80", "b\u{fc}cher.test.:80"] {
            assert_eq!(lookup_host(name).await.unwrap(), [(HERE, 80).into()], "{name}");
        }
    });
    looked_up.await.unwrap();
    assert_eq!(server.asked(), (6, 0));
}

/// As many threads as the system's resolver would need do not exist.
#[anyrt::test(all)]
async fn names_that_hang_keep_nothing_waiting() {
    const HANGING: usize = 300;

    let server = Server::start().await;
    let handle = here_with_names_of(&server, LONG);
    let names = (0..HANGING).map(|number| format!("silent{number}.test.:80"));
    let mut hanging: Vec<_> =
        names.map(|name| handle.spawn(async { lookup_host(name).await }).abort_on_drop()).collect();
    while server.asked().0 < HANGING {
        anyrt::task::yield_now().await;
    }
    let found = handle.spawn(async { lookup_host("plain.test.:80").await }).await.unwrap();
    assert_eq!(found.unwrap(), [(HERE, 80).into()]);
    if let Some(threads) = handle.metrics().blocking_threads {
        assert_eq!(threads, 0);
    }
    assert!(poll_immediate(join_all(&mut hanging)).await.is_none());
}

/// A look-up that is polled by an executor of someone else's, outside of any runtime.
fn from_outside<L: Launch>()
where
    L::Handle: Current + SpawnBlocking,
{
    let servers = anyrt::Builder::new().build().unwrap();
    let server = servers.block_on(Server::start());
    let runtime = L::start(&Config::default()).unwrap();
    let of_names = Runtime::new(runtime.handle().clone());
    // Lost at first, so that there is a pause.
    let names = Names::new(of_names.clone(), server.resolver(of_names, LONG));
    let look_up = names.resolve(runtime.handle(), "late.test.".to_owned(), 7);
    assert_eq!(executor::block_on(look_up).unwrap(), [(HERE, 7).into()]);
    assert!(L::Handle::try_current().is_none());
}

#[test]
fn a_look_up_is_polled_anywhere() {
    from_outside::<adapters::native::Runtime>();
    from_outside::<adapters::tokio::Runtime>();
    from_outside::<adapters::smol::Runtime>();
    from_outside::<adapters::async_std::Runtime>();
}
