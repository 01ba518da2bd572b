//! All tasks at one moment.

mod html;
#[cfg(feature = "json")]
mod json;
mod text;

use std::panic::Location;
use std::time::Duration;

use anyrt_core::task::{Id, Kind};
use anyrt_core::time::Instant;

use crate::Waiting;
use crate::clock::Ticks;
use crate::registry::{Registry, lock};
use crate::task;
use crate::thread::Thread;

/// The tasks that lived at one moment, the oldest first; made by [`Tasks::dump`](crate::Tasks::dump).
///
/// Shown with `{}` it is a table with a line for each; [`to_html`](Self::to_html) makes one for a page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dump {
    /// The time of the moment, on the clock of the runtimes.
    pub now: Instant,
    /// The tasks and closures.
    pub tasks: Vec<Task>,
}

/// A task, a task of a local set or a blocking closure, as it was at one moment.
///
/// What each field says was so at the moment, but a task that is polled meanwhile may have begun its next poll
/// between two of them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Task {
    /// The id that the runtime has given it; `None` where it has not yet.
    pub id: Option<Id>,
    /// The name that a [`Builder`](anyrt_core::task::Builder) has given it.
    pub name: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Where in the program it was spawned.
    pub location: &'static Location<'static>,
    /// How long ago it was spawned.
    pub age: Duration,
    /// How often it was polled, the poll that lasts among them. Of a closure: 1 once it runs.
    pub polls: u64,
    /// How long its polls took, the one that lasts among them.
    pub busy: Duration,
    /// What it does.
    pub state: State,
    /// What its last poll has told that it waits for, each once and at most 64, with [`Waiting::Others`] for those beyond.
    /// Nothing while it is [polled](State::Running).
    ///
    /// That is all that it waits for, unless it waits for something that does not [tell](anyrt_core::observe), or is in
    /// several things at once and polls those alone that were woken, as `FuturesUnordered` does: then the others are
    /// not among these, and where none of them was told there is nothing here.
    pub waits: Vec<Waiting>,
}

/// What a task does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It has not come to its turn: it was not polled since it was spawned, or since a sleep that it waits for is over.
    Ready,
    /// It is polled.
    #[non_exhaustive]
    Running {
        /// On the thread of this name.
        thread: Option<String>,
        /// For how long, so far.
        lasts: Duration,
    },
    /// Its last poll has returned that it is not ready, whether or not that has told [why](Task::waits). It may have been
    /// woken since then: that is not observed.
    Waiting,
}

impl Dump {
    pub(crate) fn new(registry: &Registry, now: Instant) -> Self {
        if registry.is_left_behind() {
            return Self { now, tasks: Vec::new() };
        }
        let mut tasks = registry.alive();
        tasks.sort_by_key(|task| (task.spawned, task.serial));
        let reader = Reader { now, ..Reader::new(registry) };
        Self { now, tasks: tasks.iter().map(|task| reader.read(task)).collect() }
    }

    /// How long a sleep until `deadline` goes on, or for how long it is over.
    fn left(&self, deadline: Instant) -> Result<Duration, Duration> {
        match deadline.checked_duration_since(self.now) {
            Some(left) => Ok(left),
            None => Err(self.now.saturating_duration_since(deadline)),
        }
    }
}

/// Reads what is noted of tasks.
pub(crate) struct Reader<'a> {
    registry: &'a Registry,
    threads: Vec<&'static Thread>,
    /// The moment of the dump, on both clocks.
    now: Instant,
    ticks: Ticks,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(registry: &'a Registry) -> Self {
        let threads = lock(&registry.threads).all().to_vec();
        Self { registry, threads, now: Instant::now(), ticks: registry.clock.now() }
    }

    pub(crate) fn read(&self, task: &task::Task) -> Task {
        let numbers = task.numbers();
        let waits = if numbers.begun == 0 { task.waits(numbers.polls) } else { Vec::new() };
        let clock = &self.registry.clock;
        let lasts = if numbers.begun == 0 { 0 } else { self.ticks.saturating_sub(numbers.begun) };
        let age = self.ticks.saturating_sub(task.spawned);
        Task {
            id: task.id(),
            name: task.name.as_deref().map(str::to_owned),
            kind: task.kind,
            location: task.location,
            age: clock.duration(age),
            polls: numbers.polls,
            // A poll that ends just now may be in both.
            busy: clock.duration((numbers.busy + lasts).min(age)),
            state: self.state(&numbers, &waits, lasts),
            waits,
        }
    }

    fn state(&self, numbers: &task::Numbers, waits: &[Waiting], lasts: Ticks) -> State {
        if numbers.begun != 0 {
            let thread = self.threads.iter().find(|thread| thread.number == numbers.thread);
            let thread = thread.and_then(|thread| thread.who().name);
            return State::Running { thread, lasts: self.registry.clock.duration(lasts) };
        }
        let is_over =
            |wait: &Waiting| matches!(wait, Waiting::Sleep { deadline } if *deadline < self.now);
        if numbers.polls == 0 || waits.iter().any(is_over) { State::Ready } else { State::Waiting }
    }
}
