//! Redis by its own client, over streams of anyrt's, on each backend: tokio is needed nowhere.

use anyrt::net::TcpStream;
use anyrt::task::{JoinHandle, JoinSet};
use anyrt_test_applications::redis::start;
use anyrt_test_applications::server::Server;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig, RedisConnectionInfo, RedisResult};

async fn connect(server: &Server) -> (MultiplexedConnection, JoinHandle<()>) {
    let stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    // A limit for answers would be a timer of tokio's.
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let (connection, driver) =
        MultiplexedConnection::new_with_config(&RedisConnectionInfo::default(), stream, config)
            .await
            .unwrap();
    (connection, anyrt::spawn(driver))
}

#[anyrt::test(all)]
async fn many_tasks_share_a_connection() {
    let Some(server) = start() else { return };
    let (connection, _driver) = connect(&server).await;
    let mut tasks = JoinSet::new();
    for n in 0..100 {
        let mut connection = connection.clone();
        tasks.spawn(async move {
            let key = format!("key-{n}");
            let () = connection.set(&key, n).await.unwrap();
            let () = connection.incr("sum", n).await.unwrap();
            connection.get::<_, i32>(&key).await.unwrap() == n
        });
    }
    assert!(tasks.join_all().await.into_iter().all(|is_same| is_same));
    let sum: i32 = connection.clone().get("sum").await.unwrap();
    assert_eq!(sum, 4950);
}

#[anyrt::test(all)]
async fn a_server_that_is_killed() {
    let Some(mut server) = start() else { return };
    let (mut connection, driver) = connect(&server).await;
    let () = connection.set("key", 1).await.unwrap();
    server.kill();
    // What is sent at the moment at which the driver ends may stay in its channel, and the client waits for ever then.
    driver.await.unwrap();
    let answer: RedisResult<i32> = connection.get("key").await;
    assert!(answer.unwrap_err().is_unrecoverable_error());
}
