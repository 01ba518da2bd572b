//! The application: what it is made of, and in which order that ends.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyrt::Handle;
use anyrt::net::TcpListener;
use anyrt::sync::mpsc;
use anyrt_hyper::serve::{Server, TowerToHyperService};
use anyrt_observe::Tasks;
use axum::{Extension, Router};

use crate::database::{Database, Error};
use crate::expiry::Expiry;
use crate::feed::{self, Feed};
use crate::jobs::{self, Digest, Jobs};
use crate::notes::Notes;
use crate::{api, pages};

/// Seconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What a program may want to set, and a test does.
#[derive(Clone)]
pub struct Settings {
    /// The file of the database.
    pub database: PathBuf,
    /// How many connections there may be at once, without those of the feed.
    pub most_connections: usize,
    /// How long a request may still take once the server is to end.
    pub grace: Duration,
    /// How often notes are looked for whose time is over.
    pub expiry_period: Duration,
    pub feed: feed::Settings,
    /// By which notes are created, and expire.
    pub clock: Clock,
    /// What the job for a note does.
    pub digest: fn(&str) -> Digest,
}

impl Settings {
    /// With a database in this file, and defaults.
    pub fn new(database: impl Into<PathBuf>) -> Self {
        let clock = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            since.as_secs().cast_signed()
        };
        Self {
            database: database.into(),
            most_connections: 10_000,
            grace: Duration::from_secs(10),
            expiry_period: Duration::from_secs(10),
            feed: feed::Settings::default(),
            clock: Arc::new(clock),
            digest: jobs::digest,
        }
    }
}

/// What the handlers of requests share.
pub(crate) struct Shared {
    pub(crate) notes: Notes,
    pub(crate) feed: Arc<Feed>,
    pub(crate) jobs: Jobs,
    pub(crate) tasks: Tasks,
}

pub struct App {
    settings: Settings,
    database: Database,
    expiry: Expiry,
    shared: Arc<Shared>,
}

impl App {
    /// Opens the database, and starts the jobs. `tasks` is what the pages show.
    ///
    /// # Errors
    /// The database can't be opened.
    pub async fn open(settings: Settings, tasks: Tasks) -> Result<Self, Error> {
        let database = Database::open(settings.database.clone()).await?;
        let feed = Arc::new(Feed::new(settings.feed.clone()));
        let (queue, queued) = mpsc::channel(jobs::QUEUE);
        let clock = Arc::clone(&settings.clock);
        let notes = Notes::new(database.clone(), Arc::clone(&feed), queue, clock);
        // Before there are new ones.
        let left = notes.without_digest().await?;
        let jobs = Jobs::start(notes.clone(), left, queued, settings.digest);
        let expiry = Expiry::start(notes.clone(), settings.expiry_period);
        let shared = Arc::new(Shared { notes, feed, jobs, tasks });
        Ok(Self { settings, database, expiry, shared })
    }

    /// The routes, for whoever serves them in another way: those of the feed want the client's address as an
    /// `Extension<SocketAddr>`.
    pub fn router(&self) -> Router {
        api::router().merge(pages::router()).with_state(Arc::clone(&self.shared))
    }

    /// Serves until `stop` is ready, and [ends](Self::end). Returns how many connections were cut off with requests that had no
    /// answer.
    ///
    /// # Errors
    /// The runtime is gone, or the database can't be closed.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<usize> {
        let router = self.router();
        let cut_off = Server::new(Handle::current(), listener)
            .max_connections(self.settings.most_connections)
            .on_error(|error| eprintln!("notes: a connection: {error}"))
            .with_graceful_shutdown(stop, self.settings.grace)
            .serve_each(move |peer: &SocketAddr| {
                TowerToHyperService::new(router.clone().layer(Extension(*peer)))
            })
            .await?;
        self.end().await.map_err(io::Error::other)?;
        Ok(cut_off)
    }

    /// Has the jobs that were accepted done, tells the clients of the feed what is left for them and that it ends, and closes
    /// the database.
    ///
    /// # Errors
    /// The database can't be closed.
    pub async fn end(self) -> Result<(), Error> {
        // Each of these changes notes, and so is before the feed.
        self.expiry.end().await;
        self.shared.jobs.end().await;
        self.shared.feed.end().await;
        self.database.close().await
    }
}
