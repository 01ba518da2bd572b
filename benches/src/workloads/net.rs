//! TCP on the loopback interface.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use socket2::SockRef;

use crate::measure::{Clock, Cost, Size};
use crate::runtime::{Listener, Runtime, Stream};

const MESSAGE: usize = 64;

/// One connection.
pub fn echo_1<R: Runtime>(runtime: &R, _: Size) -> Cost {
    echo(runtime, 1, 2000)
}

/// Some connections.
pub fn echo_64<R: Runtime>(runtime: &R, _: Size) -> Cost {
    echo(runtime, 64, 50)
}

/// Many connections.
pub fn echo_1000<R: Runtime>(runtime: &R, size: Size) -> Cost {
    echo(runtime, size.of(1000, 200), size.of(10, 5))
}

/// Some connections for each worker.
pub fn echo_per_worker<R: Runtime>(runtime: &R, size: Size) -> Cost {
    echo(runtime, 16 * size.workers, 50)
}

/// Both ends are tasks of the same runtime. Returns what a message there and back takes.
fn echo<R: Runtime>(runtime: &R, connections: usize, messages: usize) -> Cost {
    runtime.run(async move {
        let listener = R::Listener::bind().unwrap();
        let address = listener.address().unwrap();
        let (mut clients, mut servers) = (Vec::new(), Vec::new());
        for _ in 0..connections {
            let client = R::Stream::connect(address).await;
            clients.push(client.expect("a connection, and the limit on open files is high enough"));
            servers.push(R::spawn(serve(listener.accept().await.unwrap())));
        }
        let clock = Clock::start();
        let ask = |stream| R::spawn(ask(stream, messages));
        let clients: Vec<_> = clients.into_iter().map(ask).collect();
        for client in clients {
            client.await;
        }
        let cost = clock.each(connections * messages);
        for server in servers {
            server.await;
        }
        cost
    })
}

async fn serve(mut stream: impl Stream) {
    let mut buffer = [0; 4 * MESSAGE];
    // Until the client has hung up.
    while let Ok(1..) = echo_once(&mut stream, &mut buffer).await {}
}

async fn echo_once(stream: &mut impl Stream, buffer: &mut [u8]) -> std::io::Result<usize> {
    let read = stream.read(buffer).await?;
    stream.write_all(&buffer[..read]).await?;
    Ok(read)
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

/// Connections that wait already: accepts each, reads what its client has sent, and closes it.
pub fn accept<R: Runtime>(runtime: &R, _: Size) -> Cost {
    const CONNECTIONS: usize = 100;

    runtime.run(async {
        let listener = R::Listener::bind().unwrap();
        let address = listener.address().unwrap();
        let connect = || {
            let mut client = TcpStream::connect(address).unwrap();
            SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
            client.write_all(&[7]).unwrap();
            client
        };
        let clients: Vec<_> = (0..CONNECTIONS).map(|_| connect()).collect();
        let clock = Clock::start();
        for _ in 0..CONNECTIONS {
            let mut stream = listener.accept().await.unwrap();
            assert_eq!(stream.read(&mut [0; MESSAGE]).await.unwrap(), 1);
        }
        let cost = clock.each(CONNECTIONS);
        drop(clients);
        cost
    })
}
