//! Addresses with a scope, in a process of their own: their thread is one that other tests have none of.
#![cfg(target_os = "linux")]

use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};

use anyrt::Handle;
use anyrt::net::lookup_host;
use anyrt_hickory::{Names, Runtime};
use hickory_resolver::Resolver;
use hickory_resolver::config::ResolverConfig;

/// The system has the name of the interface that each machine has; there is nobody to ask for another.
#[anyrt::test(all)]
async fn an_address_with_a_scope_is_no_name() {
    let runtime = Runtime::current();
    let config = ResolverConfig::from_name_servers(Vec::new());
    let resolver = Resolver::builder_with_config(config, runtime.clone()).build().unwrap();
    let handle = Handle::current().with_network(Names::new(runtime, resolver));

    let index = std::fs::read_to_string("/sys/class/net/lo/ifindex").unwrap();
    let index = index.trim().parse().unwrap();
    let address = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
    let expected = SocketAddr::from(SocketAddrV6::new(address, 80, 0, index));
    let found = handle.spawn(async { lookup_host("fe80::1%lo:80").await }).await.unwrap();
    assert_eq!(found.unwrap(), [expected]);
    let found = handle.spawn(async { lookup_host("fe80::1%nowhere:80").await }).await.unwrap();
    assert!(found.is_err());
}
