//! HTTP/3: a request with a body, and an answer.

use std::future::poll_fn;

use bytes::{Buf, Bytes, BytesMut};
use h3_quinn::Connection;
use http::{Request, Response, StatusCode};

use crate::endpoints::Pair;

/// Answers each request with what came in it, in capitals.
async fn serve(connection: quinn::Connection) {
    let mut connection: h3::server::Connection<_, Bytes> =
        h3::server::Connection::new(Connection::new(connection)).await.unwrap();
    while let Ok(Some(resolver)) = connection.accept().await {
        anyrt::spawn(async move {
            let (request, mut stream) = resolver.resolve_request().await.unwrap();
            let mut body = BytesMut::new();
            while let Some(mut data) = stream.recv_data().await.unwrap() {
                body.extend_from_slice(&data.copy_to_bytes(data.remaining()));
            }
            body.make_ascii_uppercase();
            let response =
                Response::builder().header("path", request.uri().path()).body(()).unwrap();
            stream.send_response(response).await.unwrap();
            stream.send_data(body.freeze()).await.unwrap();
            stream.finish().await.unwrap();
        });
    }
}

#[anyrt::test(all)]
async fn requests_are_answered() {
    let pair = Pair::here();
    let (client, server) = pair.connect().await;
    let server = anyrt::spawn(serve(server));
    let (mut driver, mut requests) =
        h3::client::new(Connection::new(client.clone())).await.unwrap();
    let driver = anyrt::spawn(async move { poll_fn(|cx| driver.poll_close(cx)).await });

    for number in 0..10 {
        let uri = format!("https://localhost/{number}");
        let mut stream = requests.send_request(Request::post(uri).body(()).unwrap()).await.unwrap();
        stream.send_data(Bytes::from(format!("hello {number}"))).await.unwrap();
        stream.finish().await.unwrap();
        let response = stream.recv_response().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["path"], format!("/{number}"));
        let mut body = BytesMut::new();
        while let Some(mut data) = stream.recv_data().await.unwrap() {
            body.extend_from_slice(&data.copy_to_bytes(data.remaining()));
        }
        assert_eq!(body, format!("HELLO {number}"));
    }
    drop(requests);
    driver.await.unwrap();
    client.close(0_u8.into(), b"");
    server.await.unwrap();
}
