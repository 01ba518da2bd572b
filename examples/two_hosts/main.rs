//! Two hosts that exist in memory alone, under a program that does not know it.
//!
//! `serve` and `greet` are written as for the system's network. What makes it another one is a
//! [`Handle`] for each host, by `Handle::with_network`: its sockets are virtual ones, which the
//! [`network`] moves bytes between, and its names are those of the other hosts. No socket of the system is
//! opened, so the addresses need not be any of this machine's.
#![forbid(unsafe_code)]

mod network;

use std::io;

use anyrt::net::{TcpListener, TcpStream};
use anyrt::{Builder, Handle};

use network::World;

fn main() -> io::Result<()> {
    let runtime = Builder::new().build()?;
    let world = World::default();
    let host = |name, address: [u8; 4]| -> Handle {
        runtime.handle().with_network(world.host(name, address.into()))
    };
    let (server, client) = (host("server", [10, 0, 0, 1]), host("client", [10, 0, 0, 2]));

    let listener = server.block_on(TcpListener::bind("0.0.0.0:80"))?;
    println!("server: listening on {}", listener.local_addr()?);
    // What a task spawns, binds or connects, it does on the host that it was spawned on.
    let serving = server.spawn(serve(listener));
    for name in ["world", "again"] {
        println!("client: {}", client.block_on(greet("server:80", name))?);
    }
    let error = client.block_on(TcpStream::connect("server:81")).unwrap_err();
    println!("client: at port 81: {error}");
    serving.abort();
    Ok(())
}

/// Greets whoever connects and says a name.
async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        anyrt::spawn(async move {
            let mut name = Vec::new();
            stream.read_to_end(&mut name).await?;
            let name = String::from_utf8_lossy(&name).into_owned();
            stream.write_all(format!("hello {name} at {}", peer.ip()).as_bytes()).await
        });
    }
}

/// Connects, says a name, and returns what comes back.
async fn greet(server: &str, name: &str) -> io::Result<String> {
    let stream = TcpStream::connect(server).await?;
    stream.write_all(name.as_bytes()).await?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut greeting = Vec::new();
    stream.read_to_end(&mut greeting).await?;
    String::from_utf8(greeting).map_err(io::Error::other)
}
