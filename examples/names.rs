//! Names that a table resolves, instead of the system.
//!
//! The program connects to `greeter:80`, which no name server knows: `Handle::with_network` gives the
//! runtime a network whose names are those of the table. Its sockets are the system's as ever. A resolver
//! such as hickory has the same place.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;

use anyrt::net::{Network, TcpListener, TcpStream};
use anyrt::{Builder, SpawnBlocking};

/// The addresses of the names that are known here.
#[derive(Debug)]
struct Table(HashMap<&'static str, SocketAddr>);

impl Network for Table {
    async fn resolve<R: SpawnBlocking>(
        &self,
        _: &R,
        host: String,
        _port: u16,
    ) -> io::Result<Vec<SocketAddr>> {
        // A table may say which port a service has, whatever the caller thinks.
        match self.0.get(host.as_str()) {
            Some(address) => Ok(vec![*address]),
            None => Err(io::Error::new(io::ErrorKind::NotFound, format!("no `{host}` here"))),
        }
    }
}

fn main() -> io::Result<()> {
    let runtime = Builder::new().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let table = Table(HashMap::from([("greeter", listener.local_addr()?)]));

    let handle = runtime.handle().with_network(table);
    let greeting =
        handle.spawn(async move { listener.accept().await?.0.write_all(b"hello").await });
    println!("greeter: {}", handle.block_on(ask("greeter:80"))?);
    let error = handle.block_on(ask("localhost:80")).unwrap_err();
    println!("localhost: {error}");
    handle.block_on(greeting)?
}

/// Says what the server at this name says.
async fn ask(server: &str) -> io::Result<String> {
    let mut greeting = Vec::new();
    TcpStream::connect(server).await?.read_to_end(&mut greeting).await?;
    String::from_utf8(greeting).map_err(io::Error::other)
}
