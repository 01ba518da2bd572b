//! A server of Redis', by the crate redis.

use std::{path::Path, process::Stdio, time::Duration};

use futures_util::StreamExt;
use redis::{AsyncCommands, AsyncConnectionConfig, Client, aio::ConnectionManager};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    task::JoinSet,
};

struct Server {
    running: Child,
    client: Client,
}

/// Starts one for this test, on a port of its own.
async fn serve(folder: &Path) -> Option<Server> {
    for _ in 0..10 {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let started = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut running = match started {
            Ok(running) => running,
            Err(error) => {
                programs::no_peer(&format!("redis-server: {error}"));
                return None;
            }
        };
        let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
        // Without such a line it has ended: someone else has the port.
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.to_lowercase().contains("ready to accept connections") {
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                let client = Client::open(format!("redis://127.0.0.1:{port}/")).unwrap();
                return Some(Server { running, client });
            }
        }
    }
    panic!("redis-server does not start");
}

impl Server {
    async fn end(mut self) {
        self.running.kill().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_tasks_share_a_connection() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = serve(folder.path()).await else { return };
    let connection = server.client.get_multiplexed_async_connection().await.unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..100 {
        let mut connection = connection.clone();
        tasks.spawn(async move {
            for number in 0..100 {
                let key = format!("{task}:{number}");
                let () = connection.set(&key, number).await.unwrap();
                assert_eq!(connection.get::<_, i32>(&key).await.unwrap(), number);
                let () = connection.incr("count", 1).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let mut connection = server.client.get_multiplexed_async_connection().await.unwrap();
    assert_eq!(connection.get::<_, i32>("count").await.unwrap(), 10_000);
    let (a, b): (i32, Vec<u8>) = redis::pipe()
        .atomic()
        .incr("count", 1)
        .set("large", vec![b'x'; 1_000_000])
        .ignore()
        .get("large")
        .query_async(&mut connection)
        .await
        .unwrap();
    assert_eq!((a, b.len()), (10_001, 1_000_000));
    programs::check_threads();
    server.end().await;
}

#[tokio::test]
async fn what_is_published_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = serve(folder.path()).await else { return };
    let mut subscriber = server.client.get_async_pubsub().await.unwrap();
    subscriber.subscribe("news").await.unwrap();
    let mut connection = server.client.get_multiplexed_async_connection().await.unwrap();
    let (publishing, heard) = tokio::join!(
        async {
            for number in 0..100 {
                let () = connection.publish("news", number).await.unwrap();
            }
        },
        subscriber
            .on_message()
            .take(100)
            .map(|message| message.get_payload::<i32>().unwrap())
            .collect::<Vec<_>>()
    );
    assert_eq!((publishing, heard), ((), (0..100).collect()));
    server.end().await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_times_out() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = serve(folder.path()).await else { return };
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_millis(50)));
    let mut connection =
        server.client.get_multiplexed_async_connection_with_config(&config).await.unwrap();
    let error = connection.blpop::<_, ()>("nothing", 0.0).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_manager_connects_anew() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = serve(folder.path()).await else { return };
    let mut manager = ConnectionManager::new(server.client.clone()).await.unwrap();
    let () = manager.set("kept", 5).await.unwrap();
    let mut other = server.client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("CLIENT")
        .arg("KILL")
        .arg("TYPE")
        .arg("normal")
        .query_async(&mut other)
        .await
        .unwrap();
    // One call at least finds that the connection is gone.
    while manager.get::<_, i32>("kept").await.ok() != Some(5) {}
    programs::check_threads();
    server.end().await;
}
