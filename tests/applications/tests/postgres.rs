//! PostgreSQL by tokio-postgres, over streams of anyrt's, on each backend: tokio is needed nowhere.

use std::sync::{Arc, Mutex};

use anyrt::net::{TcpStream, UnixStream};
use anyrt::sync::Semaphore;
use anyrt::task::JoinSet;
use anyrt::time::{Duration, timeout};
use anyrt_test_applications::postgres::Server;
use futures_util::{TryStreamExt, pin_mut};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, NoTls};

fn config() -> Config {
    let mut config = Config::new();
    config.user("test").dbname("postgres");
    config
}

/// A client whose connection is a task; ends with it.
async fn connect(server: &Server) -> Client {
    let stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (client, connection) = config().connect_raw(stream, NoTls).await.unwrap();
    // What ends it, each of the client's calls tells.
    drop(anyrt::spawn(connection));
    client
}

#[anyrt::test(all)]
async fn rows_transactions_and_a_query_that_is_cancelled() {
    let Some(server) = Server::start() else { return };
    let mut client = connect(&server).await;

    let rows = client.query_raw("SELECT n FROM generate_series(1, 10000) AS n", [0_i32; 0]);
    let rows = rows.await.unwrap();
    pin_mut!(rows);
    let mut sum = 0;
    while let Some(row) = rows.try_next().await.unwrap() {
        sum += i64::from(row.get::<_, i32>(0));
    }
    assert_eq!(sum, 50_005_000);

    client.batch_execute("CREATE TABLE notes (id INT PRIMARY KEY, text TEXT)").await.unwrap();
    for (id, text, is_kept) in [(1, "kept", true), (2, "dropped", false)] {
        let transaction = client.transaction().await.unwrap();
        transaction.execute("INSERT INTO notes VALUES ($1, $2)", &[&id, &text]).await.unwrap();
        if is_kept {
            transaction.commit().await.unwrap();
        }
    }
    let notes = client.query("SELECT text FROM notes", &[]).await.unwrap();
    assert_eq!(notes.iter().map(|row| row.get(0)).collect::<Vec<String>>(), ["kept"]);

    let cancel = client.cancel_token();
    {
        let long = client.batch_execute("SELECT pg_sleep(3600)");
        pin_mut!(long);
        assert!(timeout(Duration::from_millis(50), long.as_mut()).await.is_err());
        let stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        cancel.cancel_query_raw(stream, NoTls).await.unwrap();
        let error = long.await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::QUERY_CANCELED), "{error}");
    }
    assert_eq!(client.query_one("SELECT 7", &[]).await.unwrap().get::<_, i32>(0), 7);
}

#[anyrt::test(all)]
async fn a_unix_socket() {
    let Some(server) = Server::start() else { return };
    let path = server.folder().join(format!(".s.PGSQL.{}", server.port));
    let stream = UnixStream::connect(path).await.unwrap();
    let (client, connection) = config().connect_raw(stream, NoTls).await.unwrap();
    let connection = anyrt::spawn(connection);
    assert_eq!(client.query_one("SELECT 1", &[]).await.unwrap().get::<_, i32>(0), 1);
    drop(client);
    connection.await.unwrap().unwrap();
}

/// So many clients and no more, as a program would have them.
struct Pool {
    idle: Mutex<Vec<Client>>,
    permits: Semaphore,
}

impl Pool {
    async fn run<T>(
        &self,
        query: impl AsyncFnOnce(&Client) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _permit = self.permits.acquire().await.expect("nobody closes it");
        let client = self.idle.lock().unwrap().pop().expect("a permit is a client");
        let result = query(&client).await;
        self.idle.lock().unwrap().push(client);
        result
    }
}

#[anyrt::test(all)]
async fn a_pool_and_a_server_that_is_killed() {
    const CLIENTS: usize = 4;

    let Some(mut server) = Server::start() else { return };
    let mut idle = Vec::new();
    for _ in 0..CLIENTS {
        idle.push(connect(&server).await);
    }
    let pool = Arc::new(Pool { idle: Mutex::new(idle), permits: Semaphore::new(CLIENTS) });
    let mut tasks = JoinSet::new();
    for n in 0..100_i32 {
        let pool = pool.clone();
        tasks.spawn(async move {
            let row =
                pool.run(async |client| client.query_one("SELECT $1::INT", &[&n]).await).await;
            row.unwrap().get::<_, i32>(0)
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<i32>(), 4950);

    // Each of those that wait is told.
    let mut tasks = JoinSet::new();
    for _ in 0..CLIENTS {
        let pool = pool.clone();
        tasks.spawn(async move {
            pool.run(async |client| client.batch_execute("SELECT pg_sleep(3600)").await).await
        });
    }
    let watcher = connect(&server).await;
    let count = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)' AND state = 'active'";
    let all_wait = async {
        while watcher.query_one(count, &[]).await.unwrap().get::<_, i64>(0) < CLIENTS as i64 {}
    };
    timeout(Duration::from_secs(60), all_wait).await.expect("the queries begin");
    server.kill();
    assert!(tasks.join_all().await.iter().all(Result::is_err));
    assert!(watcher.simple_query("SELECT 1").await.is_err() && watcher.is_closed());
}
