//! An echo over WebSockets, by tokio-tungstenite.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, accept_async, client_async, connect_async,
    tungstenite::{Error, Message, protocol::CloseFrame, protocol::frame::coding::CloseCode},
};

async fn echo(stream: TcpStream) -> Result<(), Error> {
    let (mut sink, mut messages) = accept_async(stream).await?.split();
    while let Some(message) = messages.next().await {
        match message? {
            message @ (Message::Text(_) | Message::Binary(_)) => sink.send(message).await?,
            Message::Close(_) => break,
            _ => {}
        }
    }
    sink.close().await
}

async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(echo(stream));
        }
    });
    address
}

async fn connect(address: SocketAddr) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    connect_async(format!("ws://{address}/")).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_clients_say_is_echoed() {
    let address = serve().await;
    let mut clients = JoinSet::new();
    for client in 0..20_usize {
        clients.spawn(async move {
            let (mut sink, mut messages) = connect(address).await.split();
            let said: Vec<_> = (0..50)
                .map(|number| match number % 2 {
                    0 => Message::text(format!("{client} says {number}")),
                    _ => Message::binary(vec![client as u8; 1000 * number]),
                })
                .collect();
            let saying = said.clone();
            let sending = tokio::spawn(async move {
                for message in saying {
                    sink.send(message).await.unwrap();
                }
                sink
            });
            for message in said {
                assert_eq!(messages.next().await.unwrap().unwrap(), message);
            }
            sending.await.unwrap().close().await.unwrap();
            assert!(matches!(messages.next().await, Some(Ok(Message::Close(_))) | None));
        });
    }
    clients.join_all().await;
    programs::check_threads();
}

#[tokio::test]
async fn a_ping_is_answered_and_a_close_confirmed() {
    let mut socket = connect(serve().await).await;
    socket.send(Message::Ping("are you there?".into())).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::Pong("are you there?".into()));
    let frame = CloseFrame { code: CloseCode::Away, reason: "bye".into() };
    socket.close(Some(frame.clone())).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::Close(Some(frame)));
    assert!(socket.next().await.is_none());
}

#[tokio::test]
async fn over_a_pipe_in_memory() {
    let (near, far) = tokio::io::duplex(16);
    let (client, server) = tokio::join!(client_async("ws://test/", near), accept_async(far));
    let ((mut client, _), mut server) = (client.unwrap(), server.unwrap());
    let large = Message::text("x".repeat(100_000));
    let (sent, heard) = tokio::join!(client.send(large.clone()), server.next());
    sent.unwrap();
    assert_eq!(heard.unwrap().unwrap(), large);
}
