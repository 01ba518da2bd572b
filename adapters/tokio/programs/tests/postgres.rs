//! A server of PostgreSQL's, by tokio-postgres, and by deadpool's pool of its connections.

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use deadpool_postgres::{ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use futures_util::{SinkExt, TryStreamExt, future::poll_fn};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};
use tokio_postgres::{AsyncMessage, Client, NoTls, error::SqlState};

struct Server {
    folder: tempfile::TempDir,
    running: Child,
    port: u16,
}

/// Where Debian has the newest one's programs.
fn programs_of_postgres() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("initdb").exists()).max()
}

/// The user and the group that it runs as: it refuses to be root.
fn user(folder: &Path) -> (u32, u32) {
    let owner = fs::metadata(folder).unwrap();
    if owner.uid() != 0 {
        return (owner.uid(), owner.gid());
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = users
        .lines()
        .find(|line| line.starts_with("postgres:"))
        .expect("no user is called postgres");
    let fields: Vec<_> = user.split(':').collect();
    (fields[2].parse().unwrap(), fields[3].parse().unwrap())
}

/// Starts one for this test, on a port of its own.
async fn serve() -> Option<Server> {
    let Some(programs) = programs_of_postgres() else {
        programs::no_peer("PostgreSQL is not installed");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let (uid, gid) = user(folder.path());
    chown(folder.path(), Some(uid), Some(gid)).unwrap();
    let data = folder.path().join("data");
    let command = |program| {
        let mut command = Command::new(programs.join(program));
        command
            .current_dir(folder.path())
            .uid(uid)
            .gid(gid)
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        command
    };
    let made = command("initdb")
        .args(["--auth=trust", "--no-sync", "--username=test", "-D"])
        .arg(&data)
        .output()
        .await
        .unwrap();
    assert!(made.status.success(), "{made:?}");

    for _ in 0..10 {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut running = command("postgres")
            .args(["-F", "-h", "127.0.0.1", "-p", &port.to_string(), "-k"])
            .arg(folder.path())
            .arg("-D")
            .arg(&data)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(running.stderr.take().unwrap()).lines();
        // Without such a line it has ended: someone else has the port.
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("ready to accept connections") {
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Some(Server { folder, running, port });
            }
        }
    }
    panic!("PostgreSQL does not start");
}

impl Server {
    async fn connect(&self) -> Client {
        let config = format!("host=127.0.0.1 port={} user=test dbname=postgres", self.port);
        let (client, connection) = tokio_postgres::connect(&config, NoTls).await.unwrap();
        tokio::spawn(async move {
            let _ = connection.await;
        });
        client
    }

    /// Asks it to end at once, and waits until it has, with all its processes.
    async fn end(mut self) {
        let id = self.running.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
        assert!(self.running.wait().await.unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_go_there_and_back() {
    let Some(server) = serve().await else { return };
    let mut client = server.connect().await;
    client
        .batch_execute("create table numbers (n bigint primary key, name text not null)")
        .await
        .unwrap();

    let sink = client.copy_in("copy numbers from stdin").await.unwrap();
    let mut sink = Box::pin(sink);
    for n in 0..10_000 {
        sink.send(bytes::Bytes::from(format!("{n}\tnumber {n}\n"))).await.unwrap();
    }
    assert_eq!(sink.as_mut().finish().await.unwrap(), 10_000);
    let rows = client
        .query_raw("select n, name from numbers order by n", Vec::<i64>::new())
        .await
        .unwrap();
    let rows: Vec<_> = rows
        .map_ok(|row| (row.get::<_, i64>(0), row.get::<_, String>(1)))
        .try_collect()
        .await
        .unwrap();
    assert_eq!(rows, (0..10_000).map(|n| (n, format!("number {n}"))).collect::<Vec<_>>());

    // Queries of one connection are on their way together.
    let statement = client.prepare("select name from numbers where n = $1").await.unwrap();
    let queries = (0..100_i64)
        .map(async |n| client.query_one(&statement, &[&n]).await.unwrap().get::<_, String>(0));
    let names = futures_util::future::join_all(queries).await;
    assert_eq!(names, (0..100).map(|n| format!("number {n}")).collect::<Vec<_>>());

    let transaction = client.transaction().await.unwrap();
    transaction.execute("delete from numbers", &[]).await.unwrap();
    drop(transaction);
    let error = client.execute("insert into numbers values (5, 'five')", &[]).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::UNIQUE_VIOLATION));
    assert_eq!(
        client.query_one("select count(*) from numbers", &[]).await.unwrap().get::<_, i64>(0),
        10_000
    );
    programs::check_threads();
    server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_takes_too_long_is_cancelled() {
    let Some(server) = serve().await else { return };
    let client = server.connect().await;
    let slow = tokio::spawn({
        let token = client.cancel_token();
        async move {
            let mut query = Box::pin(client.batch_execute("select pg_sleep(3600)"));
            assert!(timeout(Duration::from_millis(50), query.as_mut()).await.is_err());
            token.cancel_query(NoTls).await.unwrap();
            assert_eq!(query.as_mut().await.unwrap_err().code(), Some(&SqlState::QUERY_CANCELED));
            drop(query);
            client
        }
    });
    let client = slow.await.unwrap();
    assert_eq!(client.query_one("select 1 + 1", &[]).await.unwrap().get::<_, i32>(0), 2);
    server.end().await;
}

#[tokio::test]
async fn notifications_come_over_a_unix_socket() {
    let Some(server) = serve().await else { return };
    let config = format!(
        "host={} port={} user=test dbname=postgres",
        server.folder.path().display(),
        server.port
    );
    let (client, mut connection) = tokio_postgres::connect(&config, NoTls).await.unwrap();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(notification) = message {
                sender.send(notification.payload().to_owned()).unwrap();
            }
        }
    });
    client.batch_execute("listen news").await.unwrap();
    let other = server.connect().await;
    other.batch_execute("notify news, 'first'; notify news, 'second'").await.unwrap();
    assert_eq!(receiver.recv().await.as_deref(), Some("first"));
    assert_eq!(receiver.recv().await.as_deref(), Some("second"));
    drop(client);
    assert_eq!(receiver.recv().await, None);
    server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_share_a_pool() {
    let Some(server) = serve().await else { return };
    let mut config = deadpool_postgres::Config::new();
    config.host = Some("127.0.0.1".to_owned());
    config.port = Some(server.port);
    config.user = Some("test".to_owned());
    config.dbname = Some("postgres".to_owned());
    config.manager = Some(ManagerConfig { recycling_method: RecyclingMethod::Verified });
    let builder = config.builder(NoTls).unwrap().max_size(4).runtime(Runtime::Tokio1);
    let pool: Pool = builder.build().unwrap();

    let mut tasks = JoinSet::new();
    for task in 0..50_i64 {
        let pool = pool.clone();
        tasks.spawn(async move {
            let client = pool.get().await.unwrap();
            let statement = client.prepare_cached("select $1::bigint * 2").await.unwrap();
            client.query_one(&statement, &[&task]).await.unwrap().get::<_, i64>(0)
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<i64>(), 2450);
    assert!(pool.status().size <= 4);

    let all = futures_util::future::join_all((0..4).map(|_| pool.get())).await;
    assert!(all.iter().all(Result::is_ok));
    let timeouts = Timeouts { wait: Some(Duration::from_millis(50)), ..Timeouts::new() };
    assert!(matches!(
        pool.timeout_get(&timeouts).await,
        Err(deadpool_postgres::PoolError::Timeout(_))
    ));
    drop(all);
    programs::check_threads();
    pool.close();
    server.end().await;
}
