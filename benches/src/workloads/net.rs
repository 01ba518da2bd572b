//! TCP on the loopback interface, both ends in this process.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};

use super::{MESSAGE, echo};
use crate::measure::{Clock, Cost, Size};
use crate::runtime::{Listener, Runtime, Stream, futures_io};

/// Some connections for each worker. Clients are tasks of the same runtime.
pub fn echo_per_worker<R: Runtime>(runtime: &R, size: Size) -> Cost {
    const MESSAGES: usize = 50;

    let connections = 16 * size.workers;
    runtime.run(async move {
        let listener = R::Listener::bind().unwrap();
        let address = listener.address().unwrap();
        let (mut clients, mut servers) = (Vec::new(), Vec::new());
        for _ in 0..connections {
            let client = R::Stream::connect(address).await;
            clients.push(client.expect("a connection, and the limit on open files is high enough"));
            servers.push(R::spawn(echo::serve(listener.accept().await.unwrap())));
        }
        let clock = Clock::start();
        let clients: Vec<_> =
            clients.into_iter().map(|client| R::spawn(ask(client, MESSAGES))).collect();
        for client in clients {
            client.await;
        }
        let cost = clock.each(connections * MESSAGES);
        for server in servers {
            server.await;
        }
        cost
    })
}

async fn ask(mut stream: impl Stream, messages: usize) {
    let mut answer = [0; 4 * MESSAGE];
    for _ in 0..messages {
        stream.write_all(&[7; MESSAGE]).await.unwrap();
        let mut received = 0;
        while received < MESSAGE {
            let read = stream.read(&mut answer).await.unwrap();
            assert!(read > 0, "the server has hung up");
            received += read;
        }
    }
}

/// How many clients wait to be accepted.
pub(crate) const WAITING: usize = 100;

/// Connections that wait already: accepts each, reads what its client has sent, and closes it.
pub fn accept<R: Runtime>(runtime: &R, _: Size) -> Cost {
    runtime.run(async {
        let listener = R::Listener::bind().unwrap();
        let clients = waiting_clients(listener.address().unwrap()).unwrap();
        let clock = Clock::start();
        for _ in 0..WAITING {
            let mut stream = listener.accept().await.unwrap();
            assert_eq!(stream.read(&mut [0; MESSAGE]).await.unwrap(), 1);
        }
        let cost = clock.each(WAITING);
        drop(clients);
        cost
    })
}

/// Each has sent a byte.
pub(crate) fn waiting_clients(address: SocketAddr) -> io::Result<Vec<TcpStream>> {
    let connect = |_| {
        let mut client = futures_io::connect(address)?;
        client.write_all(&[7])?;
        Ok(client)
    };
    (0..WAITING).map(connect).collect()
}
