//! A server of its own for each test, and its clients.
#![allow(dead_code)] // Not each test needs all of it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;

use anyrt::net::{TcpListener, TcpStream};
use anyrt::sync::CancellationToken;
use anyrt::{Handle, JoinHandle, time};
use anyrt_hyper::Executor;
use anyrt_hyper::connect::Connector;
use anyrt_observe::Tasks;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use futures_util::StreamExt;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use notes::{App, Settings};
use serde_json::Value;
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// One for all tests of a process: each observes all of them.
pub fn tasks() -> Tasks {
    static TASKS: OnceLock<Tasks> = OnceLock::new();
    TASKS.get_or_init(Tasks::install).clone()
}

/// A folder for a database.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for temporary files"))
    }

    pub fn database(&self) -> PathBuf {
        self.0.path().join("notes.db")
    }

    pub fn settings(&self) -> Settings {
        Settings::new(self.database())
    }

    /// What is in the file, from the side.
    pub fn count(&self, sql: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.database()).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

pub struct Running {
    pub address: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<io::Result<usize>>,
    client: Client<Connector, Full<Bytes>>,
}

impl Running {
    pub async fn start(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = App::open(settings, tasks()).await.unwrap();
        let stop = CancellationToken::new();
        let server = anyrt::spawn(app.serve(listener, stop.clone().cancelled_owned()));
        let runtime = Handle::current();
        let client = Client::builder(Executor::new(runtime.clone())).build(Connector::new(runtime));
        Self { address, stop, server, client }
    }

    /// Has it begin to end.
    pub fn begin_to_stop(&self) {
        self.stop.cancel();
    }

    /// Has it end, and nothing be cut off.
    pub async fn stop(self) {
        self.stop.cancel();
        drop(self.client);
        assert_eq!(self.server.await.unwrap().unwrap(), 0);
    }

    pub async fn send(&self, request: Request<Full<Bytes>>) -> (StatusCode, HeaderMap, String) {
        let (head, body) = self.client.request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, head.headers, String::from_utf8(body.into()).unwrap())
    }

    pub async fn text(&self, path: &str) -> (HeaderMap, String) {
        let (status, headers, text) = self.send(self.request(Method::GET, path, "")).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        (headers, text)
    }

    pub fn request(&self, method: Method, path: &str, body: &str) -> Request<Full<Bytes>> {
        let request =
            Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        let request = request.header(header::CONTENT_TYPE, "application/json");
        request.body(Full::from(body.to_owned())).unwrap()
    }

    /// The status and the answer, which is null where that is empty.
    pub async fn json(&self, method: Method, path: &str, body: &str) -> (u16, Value) {
        let (status, _, text) = self.send(self.request(method, path, body)).await;
        let value =
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        (status.as_u16(), value)
    }

    /// Saves a note, and returns its id.
    pub async fn save(&self, text: &str) -> i64 {
        self.save_for(text, None).await
    }

    pub async fn save_for(&self, text: &str, expires_in: Option<u64>) -> i64 {
        let body = serde_json::json!({ "text": text, "expires_in": expires_in }).to_string();
        let (status, note) = self.json(Method::POST, "/notes", &body).await;
        assert_eq!(status, 201, "{note}");
        note["id"].as_i64().unwrap()
    }

    pub async fn follow(&self) -> Follower {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let address = stream.local_addr().unwrap();
        let url = format!("ws://{}/feed", self.address);
        let (socket, _) = client_async(url, stream).await.unwrap();
        Follower { socket, address }
    }

    /// A number of the page for Prometheus.
    pub async fn metric(&self, name: &str) -> u64 {
        let (_, page) = self.text("/metrics").await;
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in {page}")).parse().unwrap()
    }

    /// Waits until that number is so.
    pub async fn wait_for_metric(&self, name: &str, value: u64) {
        while self.metric(name).await != value {
            time::sleep(time::Duration::from_millis(1)).await;
        }
    }
}

/// A client of the feed.
pub struct Follower {
    pub socket: WebSocketStream<TcpStream>,
    pub address: SocketAddr,
}

impl Follower {
    /// The next change.
    pub async fn change(&mut self) -> Value {
        loop {
            match self.socket.next().await.expect("it is open").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The code of the close frame that comes next.
    pub async fn close_code(mut self) -> u16 {
        let Message::Close(Some(frame)) = self.socket.next().await.expect("it is open").unwrap()
        else {
            panic!("no close frame")
        };
        // It answers, and the server hangs up.
        while let Some(Ok(_)) = self.socket.next().await {}
        frame.code.into()
    }
}
