//! A database of SQLite's, by sqlx with its feature for tokio.

use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::{
    Connection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions},
};
use tokio::task::JoinSet;

async fn pool(folder: &tempfile::TempDir, connections: u32, patience: Duration) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("accounts.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(60));
    let pool = SqlitePoolOptions::new().max_connections(connections);
    pool.acquire_timeout(patience).connect_with(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_share_a_pool() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(&folder, 5, Duration::from_secs(600)).await;
    sqlx::query("create table accounts (owner text primary key, amount integer not null)")
        .execute(&pool)
        .await
        .unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..20 {
        let pool = pool.clone();
        tasks.spawn(async move {
            for number in 0..10 {
                let insert = sqlx::query("insert into accounts (owner, amount) values (?, ?)");
                insert.bind(format!("{task}.{number}")).bind(number).execute(&pool).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let sum: i64 =
        sqlx::query_scalar("select sum(amount) from accounts").fetch_one(&pool).await.unwrap();
    assert_eq!(sum, 900);
    let mut rows =
        sqlx::query("select owner, amount from accounts where amount = ? order by owner")
            .bind(7)
            .fetch(&pool);
    let mut count = 0;
    while let Some(row) = rows.try_next().await.unwrap() {
        assert!(row.get::<String, _>("owner").ends_with(".7"));
        assert_eq!(row.get::<i64, _>(1), 7);
        count += 1;
    }
    assert_eq!(count, 20);
    drop(rows);
    programs::check_threads();
    pool.close().await;
}

#[tokio::test]
async fn a_transaction_that_is_dropped_is_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(&folder, 1, Duration::from_millis(50)).await;
    sqlx::query("create table accounts (owner text)").execute(&pool).await.unwrap();
    for commit in [false, true] {
        let mut transaction = pool.begin().await.unwrap();
        sqlx::query("insert into accounts (owner) values ('someone')")
            .execute(&mut *transaction)
            .await
            .unwrap();
        // There is one connection, and that is in use.
        assert!(matches!(pool.acquire().await, Err(sqlx::Error::PoolTimedOut)));
        match commit {
            true => transaction.commit().await.unwrap(),
            false => drop(transaction),
        }
        let count: i64 =
            sqlx::query_scalar("select count(*) from accounts").fetch_one(&pool).await.unwrap();
        assert_eq!(count, i64::from(commit));
    }
    pool.close().await;
}

#[tokio::test]
async fn in_memory() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let numbers = "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 10000)
        select n from numbers";
    let sum = sqlx::query_scalar::<_, i64>(numbers)
        .fetch(&mut connection)
        .try_fold(0, async |sum, n| Ok(sum + n));
    assert_eq!(sum.await.unwrap(), 50_005_000);
    let error = sqlx::query("select from nowhere").execute(&mut connection).await.unwrap_err();
    assert!(error.as_database_error().is_some(), "{error}");
    connection.close().await.unwrap();
}
