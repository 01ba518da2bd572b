//! Names of dnsmasq's, by hickory, on each backend.

use std::io::ErrorKind;
use std::net::Ipv4Addr;

use anyrt::Handle;
use anyrt::net::{TcpListener, TcpStream, lookup_host};
use anyrt::time::Duration;
use anyrt_hickory::{Names, Runtime};
use anyrt_test_applications::dnsmasq::{LARGE, LARGE_TEXT, LOCAL, start};
use anyrt_test_applications::server::Server;
use hickory_resolver::Resolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::proto::rr::{RData, RecordType};

const LONG: Duration = Duration::from_secs(60);

/// A resolver that asks this server alone, and waits so long for an answer.
fn resolver(server: &Server, limit: Duration) -> Resolver<Runtime> {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port;
        connection
    });
    let server = NameServerConfig::new(Ipv4Addr::LOCALHOST.into(), true, connections.into());
    let config = ResolverConfig::from_name_servers(vec![server]);
    let mut builder = Resolver::builder_with_config(config, Runtime::current());
    let options = builder.options_mut();
    options.cache_size = 0;
    options.timeout = limit;
    options.attempts = 1;
    builder.build().unwrap()
}

#[anyrt::test(all)]
async fn what_a_datagram_has_no_room_for_comes_by_a_stream() {
    let Some(server) = start() else { return };
    let found = resolver(&server, LONG).lookup(LARGE, RecordType::TXT).await;
    let found = found.unwrap();
    let [answer] = found.answers() else { panic!("{found:?}") };
    let RData::TXT(text) = &answer.data else { panic!("{answer:?}") };
    assert!(text.txt_data.iter().map(|line| &**line).eq(LARGE_TEXT.map(str::as_bytes)));
}

#[anyrt::test(all)]
async fn a_runtime_has_its_names_from_there() {
    let Some(server) = start() else { return };
    let names = Names::new(Runtime::current(), resolver(&server, LONG));
    let handle = Handle::current().with_network(names);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connected = handle.spawn(TcpStream::connect((LOCAL, port)));
    listener.accept().await.unwrap();
    connected.await.unwrap().unwrap();

    let looked_up = handle.spawn(lookup_host("unknown.test.:80"));
    let error = looked_up.await.unwrap().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[anyrt::test(all)]
async fn a_server_that_is_killed() {
    let Some(mut server) = start() else { return };
    server.kill();
    let resolver = resolver(&server, Duration::from_millis(100));
    let handle = Handle::current().with_network(Names::new(Runtime::current(), resolver));
    let connected = handle.spawn(TcpStream::connect((LOCAL, 80)));
    let error = connected.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
}
