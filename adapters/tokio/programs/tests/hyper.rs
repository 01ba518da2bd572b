//! A server of hyper's, for both versions of HTTP, and hyper's clients: one connection, and hyper-util's pool.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Body, Incoming},
    client::conn,
    service::service_fn,
};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let mut response = Response::new(Full::default());
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/version") => {
            *response.body_mut() = format!("{:?}", request.version()).into()
        }
        (&Method::POST, "/echo") => {
            *response.body_mut() = request.into_body().collect().await?.to_bytes().into()
        }
        (&Method::GET, "/upgrade") => {
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            response.headers_mut().insert("upgrade", "shout".parse().unwrap());
            response.headers_mut().insert("connection", "upgrade".parse().unwrap());
            tokio::spawn(async move {
                let mut upgraded = TokioIo::new(hyper::upgrade::on(request).await.unwrap());
                let mut word = [0; 5];
                upgraded.read_exact(&mut word).await.unwrap();
                word.make_ascii_uppercase();
                upgraded.write_all(&word).await.unwrap();
                upgraded.shutdown().await.unwrap();
            });
        }
        _ => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    Ok(response)
}

async fn serve(patience: Duration) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let (stop, mut stopped) = watch::channel(false);
    let count = connections.clone();
    let running = tokio::spawn(async move {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(patience);
        let graceful = GracefulShutdown::new();
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted.unwrap().0,
                _ = stopped.changed() => break,
            };
            count.fetch_add(1, Ordering::Relaxed);
            let connection =
                builder.serve_connection_with_upgrades(TokioIo::new(stream), service_fn(answer));
            let connection = graceful.watch(connection.into_owned());
            tokio::spawn(async move {
                let _ = connection.await;
            });
        }
        graceful.shutdown().await;
    });
    Server { address, connections, stop, running }
}

fn request<B: Body>(method: Method, path: String, body: B) -> Request<B> {
    Request::builder().method(method).uri(path).header("host", "test").body(body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_connection_by_each_version() {
    let server = serve(Duration::from_secs(600)).await;

    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) = conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let first = tokio::spawn(connection);
    for _ in 0..100 {
        sender.ready().await.unwrap();
        let response = sender
            .send_request(request(Method::GET, "/version".into(), Empty::<Bytes>::new()))
            .await
            .unwrap();
        assert_eq!(response.collect().await.unwrap().to_bytes(), "HTTP/1.1");
    }
    drop(sender);
    first.await.unwrap().unwrap();

    let stream = TcpStream::connect(server.address).await.unwrap();
    let (sender, connection) =
        conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let second = tokio::spawn(connection);
    let mut requests = JoinSet::new();
    for number in 0..100_usize {
        let mut sender = sender.clone();
        requests.spawn(async move {
            // More than the window of a stream.
            let body = Bytes::from(vec![number as u8; 1000 * number]);
            let path = "http://test/echo".to_owned();
            let response = sender
                .send_request(request(Method::POST, path, Full::new(body.clone())))
                .await
                .unwrap();
            assert_eq!(response.collect().await.unwrap().to_bytes(), body);
        });
    }
    requests.join_all().await;
    drop(sender);
    second.await.unwrap().unwrap();
    assert_eq!(server.connections.load(Ordering::Relaxed), 2);
    programs::check_threads();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pool_keeps_connections() {
    let server = serve(Duration::from_secs(600)).await;
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(60))
        .build_http::<Full<Bytes>>();
    for number in 0..100_usize {
        let body = Bytes::from(vec![b'x'; 1000 * number]);
        let path = format!("http://{}/echo", server.address);
        let response =
            client.request(request(Method::POST, path, Full::new(body.clone()))).await.unwrap();
        assert_eq!(response.collect().await.unwrap().to_bytes(), body);
    }
    // The one before may not be back in the pool yet.
    assert!(server.connections.load(Ordering::Relaxed) < 50);
    programs::check_threads();

    // It closes the idle ones in the pool.
    server.stop.send(true).unwrap();
    server.running.await.unwrap();
    let path = format!("http://{}/version", server.address);
    assert!(client.request(request(Method::GET, path, Full::default())).await.is_err());
}

#[tokio::test]
async fn a_connection_is_upgraded() {
    let server = serve(Duration::from_secs(600)).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) = conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection.with_upgrades());
    let mut asked = request(Method::GET, "/upgrade".into(), Empty::<Bytes>::new());
    asked.headers_mut().insert("upgrade", "shout".parse().unwrap());
    asked.headers_mut().insert("connection", "upgrade".parse().unwrap());
    let response = sender.send_request(asked).await.unwrap();
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    let mut upgraded = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    upgraded.write_all(b"hello").await.unwrap();
    let mut word = String::new();
    upgraded.read_to_string(&mut word).await.unwrap();
    assert_eq!(word, "HELLO");
}

#[tokio::test]
async fn whoever_sends_no_head_is_cut_off() {
    let server = serve(Duration::from_millis(50)).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /version HTTP/1.1\r\nhost: te").await.unwrap();
    let mut rest = Vec::new();
    // It ends, with an error or without.
    let _ = stream.read_to_end(&mut rest).await;
    assert!(!String::from_utf8_lossy(&rest).contains("200"));
}

#[tokio::test]
async fn both_ends_in_memory() {
    let (near, far) = tokio::io::duplex(64);
    let server = hyper::server::conn::http1::Builder::new().serve_connection(
        TokioIo::new(far),
        service_fn(async |request: Request<Incoming>| {
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(request.uri().path().to_owned())))
        }),
    );
    let client = async {
        let (mut sender, connection) = conn::http1::handshake(TokioIo::new(near)).await.unwrap();
        let answers = async move {
            let response = sender
                .send_request(request(Method::GET, "/here".into(), Empty::<Bytes>::new()))
                .await
                .unwrap();
            response.collect().await.unwrap().to_bytes()
        };
        let (ended, answer) = tokio::join!(connection, answers);
        ended.unwrap();
        answer
    };
    let (ended, answer) = tokio::join!(server, client);
    ended.unwrap();
    assert_eq!(answer, "/here");
}
