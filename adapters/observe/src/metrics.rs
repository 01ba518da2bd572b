//! Numbers of all tasks.

mod prometheus;

use anyrt_core::Metrics;
use anyrt_core::observe::End;
use anyrt_core::task::Kind;

use crate::Histogram;
use crate::registry::{Registry, lock};

/// What the tasks and closures of the process have done since they are observed; made by
/// [`Tasks::metrics`](crate::Tasks::metrics).
///
/// Shown with `{}` it is a page for Prometheus. The functions are for other exporters: counters never go back.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let tasks = anyrt_observe::Tasks::install();
/// let runtime = anyrt::Runtime::new()?;
/// runtime.block_on(runtime.spawn(async {}))?;
/// let snapshot = tasks.metrics().with_runtime(runtime.handle().metrics());
/// assert!(snapshot.poll_time().count() >= 1);
/// let page = snapshot.to_string();
/// assert!(page.contains("anyrt_tasks_ended_total{kind=\"task\",end=\"completed\"} 1"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot {
    counts: Counts,
    polls: Histogram,
    task_starts: Histogram,
    closure_starts: Histogram,
    runtime: Metrics,
}

impl Snapshot {
    pub(crate) fn new(registry: &Registry) -> Self {
        let (counts, totals) = if registry.is_left_behind() {
            Default::default()
        } else {
            (registry.counts(), lock(&registry.threads).totals(&registry.clock))
        };
        Self {
            counts,
            polls: totals.polls,
            task_starts: totals.task_starts,
            closure_starts: totals.closure_starts,
            runtime: Metrics::default(),
        }
    }

    /// With what a runtime tells about itself, which the page then has as well, without a label: it is for the one runtime of
    /// a program, and takes the place of one that was given before. The rest is of all runtimes.
    #[must_use = "it is another snapshot"]
    pub fn with_runtime(self, runtime: Metrics) -> Self {
        Self { runtime, ..self }
    }

    /// How many live: spawned and not ended. A gauge.
    pub fn alive(&self, kind: Kind) -> u64 {
        let ended = self.counts.ended[index(kind)].iter().sum();
        self.spawned(kind).saturating_sub(ended)
    }

    /// How many were spawned. A counter.
    pub fn spawned(&self, kind: Kind) -> u64 {
        self.counts.spawned[index(kind)]
    }

    /// How many have ended in this way. A counter.
    pub fn ended(&self, kind: Kind, end: End) -> u64 {
        self.counts.ended[index(kind)][index_of_end(end)]
    }

    /// How long polls took, each that has ended; those of closures are not among them. A poll that other polls are within
    /// counts with these.
    pub fn poll_time(&self) -> &Histogram {
        &self.polls
    }

    /// How long it took from the spawn of a task to its first poll: what tasks wait for a worker.
    pub fn task_start_delay(&self) -> &Histogram {
        &self.task_starts
    }

    /// How long it took from the spawn of a blocking closure to its call: what closures wait for a thread.
    pub fn closure_start_delay(&self) -> &Histogram {
        &self.closure_starts
    }

    /// What the runtime has told about itself; nothing without [`with_runtime`](Self::with_runtime).
    pub fn runtime(&self) -> &Metrics {
        &self.runtime
    }
}

const KINDS: [Kind; 3] = [Kind::Task, Kind::Closure, Kind::LocalTask];

const ENDS: [End; 3] = [End::Completed, End::Panicked, End::Cancelled];

/// How many were spawned and have ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    spawned: [u64; KINDS.len()],
    ended: [[u64; ENDS.len()]; KINDS.len()],
}

impl Counts {
    pub(crate) fn count_spawn(&mut self, kind: Kind) {
        self.spawned[index(kind)] += 1;
    }

    pub(crate) fn count_end(&mut self, kind: Kind, end: End) {
        self.ended[index(kind)][index_of_end(end)] += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        let ended = self.ended.as_flattened_mut().iter_mut().zip(other.ended.as_flattened());
        for (count, other) in self.spawned.iter_mut().zip(&other.spawned).chain(ended) {
            *count += other;
        }
    }
}

/// A kind of a later version of the contract counts as a task.
fn index(kind: Kind) -> usize {
    KINDS.iter().position(|known| *known == kind).unwrap_or(0)
}

fn index_of_end(end: End) -> usize {
    ENDS.iter().position(|known| *known == end).unwrap_or(0)
}

/// The word for it in exports.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Closure => "closure",
        Kind::LocalTask => "local",
        _ => "task",
    }
}
