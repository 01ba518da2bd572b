//! Background jobs: for each note that is saved, one that counts its words and finds its tags.
//!
//! That a note lacks its digest stands in the database, so that a job which is lost with the process, or fails, is done at
//! the next start. The queue is bounded: whoever saves notes faster than the jobs are done waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyrt::observe::{Wait, labelled};
use anyrt::select;
use anyrt::sync::{CancellationToken, mpsc};
use anyrt::task::{Builder, TaskTracker};

use crate::notes::Notes;

/// How many notes may wait for their job.
pub(crate) const QUEUE: usize = 256;

/// What a job finds in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    pub words: u32,
    /// In their order, each once, in lower case.
    pub tags: Vec<String>,
}

/// Counts the words of a text, and finds its `#tags`.
///
/// ```
/// let digest = notes::jobs::digest("Buy #milk, and more #Milk: #today!");
/// assert_eq!((digest.words, digest.tags), (6, vec!["milk".to_owned(), "today".to_owned()]));
/// ```
pub fn digest(text: &str) -> Digest {
    let mut digest = Digest::default();
    for word in text.split_whitespace() {
        digest.words = digest.words.saturating_add(1);
        let Some(tag) = word.strip_prefix('#') else { continue };
        let tag = tag.trim_end_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
        if !tag.is_empty() && !digest.tags.contains(&tag) {
            digest.tags.push(tag);
        }
    }
    digest
}

/// The worker and its queue.
pub(crate) struct Jobs {
    stop: CancellationToken,
    tasks: TaskTracker,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    done: AtomicU64,
    failed: AtomicU64,
}

impl Jobs {
    /// Starts the worker, which first does the jobs of the notes `left` from the last time.
    pub(crate) fn start(
        notes: Notes,
        left: Vec<i64>,
        queue: mpsc::Receiver<i64>,
        digest: fn(&str) -> Digest,
    ) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let counts = Arc::new(Counts::default());
        let worker = Worker { notes, digest, counts: Arc::clone(&counts) };
        let work = tasks.track_future(worker.run(left, queue, stop.clone()));
        Builder::new().name("jobs").spawn(work);
        Self { stop, tasks, counts }
    }

    /// How many jobs were done, and how many have failed.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let Counts { done, failed } = &*self.counts;
        (done.load(Ordering::Relaxed), failed.load(Ordering::Relaxed))
    }

    /// Accepts nothing more, and waits until all that was accepted is done.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

struct Worker {
    notes: Notes,
    digest: fn(&str) -> Digest,
    counts: Arc<Counts>,
}

impl Worker {
    async fn run(self, left: Vec<i64>, mut queue: mpsc::Receiver<i64>, stop: CancellationToken) {
        for id in left {
            // There may be many, and the next start finds those that are left then.
            if stop.is_cancelled() {
                break;
            }
            self.job(id).await;
        }
        loop {
            let next = select! {
                id = labelled(queue.recv(), || Wait::other(&"job")) => id,
                () = stop.cancelled(), if !queue.is_closed() => {
                    // Nothing more comes in; what is in there, and what has a place, still comes out.
                    queue.close();
                    continue;
                }
            };
            let Some(id) = next else { return };
            self.job(id).await;
        }
    }

    /// A task of its own, so that a panic is the end of this job alone.
    async fn job(&self, id: i64) {
        let (notes, digest) = (self.notes.clone(), self.digest);
        let job = async move {
            let Some(note) = notes.get(id).await? else { return Ok(()) };
            notes.set_digest(id, digest(&note.text)).await
        };
        let name = format!("digest note {id}");
        let error = match Builder::new().name(&name).spawn(job).await {
            Ok(Ok(())) => {
                self.counts.done.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        self.counts.failed.fetch_add(1, Ordering::Relaxed);
        eprintln!("notes: {name}: {error}");
    }
}
