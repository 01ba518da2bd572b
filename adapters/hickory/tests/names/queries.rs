//! hickory's resolver, on tasks, timers and sockets of every backend.

use std::future::pending;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use anyrt::time::Duration;
use anyrt::{BlockOn, Builder, Config, Current, Launch, adapters};
use anyrt_hickory::Runtime;
use futures_util::StreamExt;
use futures_util::future::join_all;
use hickory_resolver::net::runtime::{RuntimeProvider, Spawn};
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;

use crate::server::{HERE, MANY, Server};

/// Nothing here takes so long, unless it hangs.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(100);

#[anyrt::test(all)]
async fn a_name_is_resolved_by_a_datagram() {
    let server = Server::start().await;
    let resolver = server.resolver(Runtime::current(), LONG);
    let found: Vec<_> = resolver.lookup_ip("plain.test.").await.unwrap().iter().collect();
    assert_eq!(found, [IpAddr::from(HERE)]);
    // Both families.
    assert_eq!(server.asked(), (2, 0));
    resolver.lookup_ip("plain.test.").await.unwrap();
    assert_eq!(server.asked().1, 0);
}

#[anyrt::test(all)]
async fn what_was_truncated_is_asked_for_again_by_a_stream() {
    let mut server = Server::start().await;
    let resolver = server.resolver(Runtime::current(), LONG);
    let found = resolver.ipv4_lookup("large.test.").await.unwrap();
    assert_eq!(found.answers().len(), MANY);
    assert_eq!(server.asked(), (1, 1));
    // Its task ends with the resolver, and the connection with that.
    drop((found, resolver));
    server.closed.next().await.unwrap();
}

#[anyrt::test(all)]
async fn tasks_in_the_background_end_with_the_last_clone() {
    let runtime = Runtime::current();
    let value = Arc::new(());
    let held = Arc::clone(&value);
    runtime.create_handle().spawn_bg(async move {
        pending::<()>().await;
        drop(held);
    });
    let clone = runtime.clone();
    drop(runtime);
    clone.create_handle().spawn_bg(async {});
    assert_eq!(Arc::strong_count(&value), 2, "it goes on");
    drop(clone);
    while Arc::strong_count(&value) > 1 {
        anyrt::task::yield_now().await;
    }
}

#[anyrt::test(all)]
async fn a_datagram_that_is_lost_is_sent_again() {
    let server = Server::start().await;
    let resolver = server.resolver(Runtime::current(), LONG);
    resolver.ipv4_lookup("late.test.").await.unwrap();
    assert_eq!(server.asked(), (2, 0));
}

#[anyrt::test(all)]
async fn a_server_that_never_answers_is_given_up() {
    let server = Server::start().await;
    let resolver = server.resolver(Runtime::current(), SHORT);
    let give_up = async |name| {
        let start = Instant::now();
        let error = resolver.ipv4_lookup(name).await.unwrap_err();
        assert!(matches!(error, NetError::Timeout), "{name}: {error:?}");
        assert!(start.elapsed() >= SHORT, "{name} after {:?}", start.elapsed());
    };
    give_up("silent.test.").await;
    // By a stream, once what sends it there has met so short a limit.
    while server.asked().1 == 0 {
        give_up("stuck.test.").await;
    }
    // The resolver goes on. An answer may miss the limit as well.
    while let Err(error) = resolver.ipv4_lookup("plain.test.").await {
        assert!(matches!(error, NetError::Timeout), "{error:?}");
    }
}

#[anyrt::test(all)]
async fn answers_without_an_address_say_why() {
    let server = Server::start().await;
    let resolver = server.resolver(Runtime::current(), LONG);
    for (name, why) in [
        ("unknown.test.", ResponseCode::NXDomain),
        ("empty.test.", ResponseCode::NoError),
        ("broken.test.", ResponseCode::ServFail),
    ] {
        let code = match resolver.lookup_ip(name).await.unwrap_err() {
            NetError::Dns(DnsError::NoRecordsFound(none)) => none.response_code,
            NetError::Dns(DnsError::ResponseCode(code)) => code,
            error => panic!("{name}: {error:?}"),
        };
        assert_eq!(code, why, "{name}");
    }
}

#[anyrt::test(all)]
async fn many_queries_share_a_stream() {
    // Beyond 32 at once hickory makes another connection.
    const QUERIES: usize = 30;

    let mut server = Server::start().await;
    let mut builder = server.builder(Runtime::current());
    builder.options_mut().timeout = LONG;
    builder.options_mut().cache_size = 0;
    let resolver = builder.build().unwrap();
    resolver.ipv4_lookup("large.test.").await.unwrap();
    // What was truncated, and only that, goes by the connection that there is.
    let names = (0..QUERIES).map(|number| format!("large{number}.test."));
    let found = join_all(names.map(|name| resolver.ipv4_lookup(name))).await;
    assert!(found.iter().all(Result::is_ok));
    assert_eq!(server.asked(), (QUERIES + 1, QUERIES + 1));
    drop(resolver);
    server.closed.next().await.unwrap();
    assert!(server.closed.try_recv().is_err(), "there was another connection");
}

#[test]
fn a_runtime_that_has_ended_is_an_error() {
    for backend in anyrt::selection().unwrap().compiled() {
        let build = || Builder::new().backend(*backend).build().unwrap();
        let (stays, ends) = (build(), build());
        if stays.handle() == ends.handle() {
            // There is one for the process, which nobody ends.
            assert_eq!(*backend, "async-std");
            continue;
        }
        stays.block_on(async {
            let server = Server::start().await;
            let resolver = server.resolver(Runtime::new(ends.handle().clone()), LONG);
            resolver.ipv4_lookup("large.test.").await.unwrap();
            anyrt::spawn_blocking(move || drop(ends)).await.unwrap();
            let error = resolver.ipv4_lookup("larger.test.").await;
            assert!(error.is_err(), "on {backend}");
        });
    }
}

/// The handle of a backend, without the facade.
fn without_the_facade<L: Launch>()
where
    L::Handle: BlockOn + Current,
{
    let servers = Builder::new().build().unwrap();
    let server = servers.block_on(Server::start());
    let runtime = L::start(&Config::default()).unwrap();
    let resolver = server.resolver(Runtime::new(runtime.handle().clone()), LONG);
    runtime.handle().block_on(async {
        resolver.lookup_ip("plain.test.").await.unwrap();
        resolver.ipv4_lookup("large.test.").await.unwrap();
    });
    assert_eq!(server.asked().1, 1);
}

#[test]
fn each_backend_will_do_without_the_facade() {
    without_the_facade::<adapters::native::Runtime>();
    without_the_facade::<adapters::tokio::Runtime>();
    without_the_facade::<adapters::smol::Runtime>();
    without_the_facade::<adapters::async_std::Runtime>();
}
