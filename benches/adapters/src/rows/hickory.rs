//! Names that a server on the same machine knows, which is a process of its own.

use std::env;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::{ConnectionProvider, Resolver};

use crate::contestant::{Contestant, Row, on_each, on_tokio};

pub(super) fn row() -> Row {
    let server = Arc::new(Server::start());
    let (own, for_own) = (on_tokio(), Arc::clone(&server));
    let resolver = for_own.resolver(TokioRuntimeProvider::new());
    Row {
        name: "hickory",
        operation: "a name that is asked for by UDP",
        theirs: Contestant::new("hickory's own on tokio", move |n| {
            let _kept = &for_own;
            own.block_on(own.spawn(look_up(resolver.clone(), n))).unwrap();
        }),
        ours: on_each(|runtime| {
            let server = Arc::clone(&server);
            let for_names = anyrt_hickory::Runtime::new(runtime.handle().clone());
            let resolver = server.resolver(for_names);
            move |n| {
                let _kept = &server;
                runtime.block_on(runtime.spawn(look_up(resolver.clone(), n))).unwrap();
            }
        }),
    }
}

async fn look_up<P: ConnectionProvider>(resolver: Resolver<P>, names: usize) {
    for _ in 0..names {
        let found = resolver.ipv4_lookup("name.test.").await.unwrap();
        assert_eq!(found.answers().len(), 1);
    }
}

/// The program `name_server`, which ends with this.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Self {
        let program = env::current_exe().unwrap().with_file_name("name_server");
        let mut process = Command::new(program).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { process, address: address.trim().parse().unwrap() }
    }

    /// It asks this server each time.
    fn resolver<P: ConnectionProvider>(&self, provider: P) -> Resolver<P> {
        let mut connection = ConnectionConfig::udp();
        connection.port = self.address.port();
        let server = NameServerConfig::new(self.address.ip(), true, vec![connection]);
        let config = ResolverConfig::from_name_servers(vec![server]);
        let mut options = ResolverOpts::default();
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        Resolver::builder_with_config(config, provider).with_options(options).build().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
