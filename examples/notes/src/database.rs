//! SQLite: a connection that blocking closures use one after the other.

use std::path::PathBuf;
use std::sync::Arc;
use std::{error, fmt};

use anyrt::JoinError;
use anyrt::observe::{Wait, labelled};
use anyrt::sync::{Mutex, OwnedMutexGuard};
use anyrt::task::Builder;
use rusqlite::{Connection, TransactionBehavior};

/// What brings a database from each version to the next one. What is released is not changed, but followed by another step.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];

/// Clones are the same database.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    /// None once it is closed. The lock is anyrt's, so that whoever waits for it is a task, and no thread of the pool for
    /// closures. Nor is it poisoned when a closure panics: its transaction has been rolled back by then.
    connection: Arc<Mutex<Option<Connection>>>,
}

impl Database {
    /// Makes the file if there is none, and brings it to the newest version.
    ///
    /// # Errors
    /// The file can't be read or written, or is of a later version of this program.
    pub(crate) async fn open(path: PathBuf) -> Result<Self, Error> {
        let open = Builder::new().name("open the database").spawn_blocking(move || {
            let mut connection = Connection::open(path)?;
            // Readers of other processes do not block it, and a commit waits for the disk.
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "full")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            migrate(&mut connection)?;
            Ok::<_, Error>(connection)
        });
        let connection = open.await??;
        Ok(Self { connection: Arc::new(Mutex::new(Some(connection))) })
    }

    /// Runs a closure named `name` with the connection, on a thread where it may block.
    ///
    /// When the future is dropped, a closure that has begun goes on to its end.
    ///
    /// # Errors
    /// What the closure returns or its panic; the database is closed.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        name: &str,
        closure: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let mut connection = self.lock().await;
        let run = Builder::new().name(name).spawn_blocking(move || {
            let connection = connection.as_mut().ok_or(Error::Closed)?;
            Ok(closure(connection)?)
        });
        run.await?
    }

    /// Closes it once the closures that wait have run; later ones are refused. To close it again does nothing.
    ///
    /// # Errors
    /// SQLite can't write what is left.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        let mut connection = self.lock().await;
        let close = Builder::new().name("close the database").spawn_blocking(move || {
            connection.take().map_or(Ok(()), |connection| connection.close().map_err(|(_, e)| e))
        });
        Ok(close.await??)
    }

    /// A task that waits for it says so in the dump, which knows no locks.
    async fn lock(&self) -> OwnedMutexGuard<Option<Connection>> {
        labelled(Arc::clone(&self.connection).lock_owned(), || Wait::other(&"database")).await
    }
}

fn migrate(connection: &mut Connection) -> Result<(), Error> {
    // Nobody else migrates it meanwhile.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let steps = MIGRATIONS.get(version as usize..).ok_or(Error::Newer { version })?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len() as u32)?;
    Ok(transaction.commit()?)
}

/// What can go wrong with the database.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// SQLite says no.
    Sqlite(rusqlite::Error),
    /// A closure has panicked, or the runtime has ended.
    Join(JoinError),
    /// The file is of a later version of this program.
    #[non_exhaustive]
    Newer {
        /// The version of its tables.
        version: u32,
    },
    /// The application has ended.
    Closed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(error) => write!(f, "the database: {error}"),
            Self::Join(error) => write!(f, "the database: {error}"),
            Self::Newer { version } => {
                let known = MIGRATIONS.len();
                write!(f, "the database has version {version}, this program knows {known}")
            }
            Self::Closed => f.write_str("the database is closed"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Sqlite(error) => Some(error),
            Self::Join(error) => Some(error),
            Self::Newer { .. } | Self::Closed => None,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<JoinError> for Error {
    fn from(error: JoinError) -> Self {
        Self::Join(error)
    }
}
