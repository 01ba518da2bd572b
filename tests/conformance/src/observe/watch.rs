//! An observer that notes what it is told.

use std::mem;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use anyrt_core::observe::{self, End, Observer, TaskObserver};
use anyrt_core::task::{Id, Kind, Meta};

use crate::waits::waiting;

/// The right of a case to install an observer. When it is dropped, there is none.
pub(super) struct Turn {
    _turn: MutexGuard<'static, ()>,
}

// It goes to whichever thread the case spawns from, and comes back from there.
static TURN: Mutex<()> = Mutex::new(());

impl Turn {
    #[track_caller]
    pub(super) fn take() -> Self {
        let _waiting = waiting();
        Self { _turn: lock(&TURN) }
    }

    pub(super) fn install(&self, watch: Watch) -> Arc<Watch> {
        let watch = Arc::new(watch);
        self.install_any(Arc::clone(&watch) as Arc<dyn Observer>);
        watch
    }

    pub(super) fn install_any(&self, observer: Arc<dyn Observer>) {
        drop(observe::install(observer));
    }

    /// Whether there was one.
    pub(super) fn uninstall(&self) -> bool {
        observe::uninstall().is_some()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.uninstall();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a case of this module has spawned it, and no other that runs meanwhile.
pub(super) fn is_of_a_case(meta: &Meta<'_>) -> bool {
    let this = Location::caller().file();
    this.strip_suffix("/watch.rs").is_some_and(|module| {
        meta.location.file().strip_suffix(".rs").is_some_and(|file| file == module)
    })
}

/// Notes what it is told of the tasks of this module's cases.
#[derive(Default)]
pub(super) struct Watch {
    tasks: Mutex<Vec<Arc<Task>>>,
    /// Tasks of this name are not to be observed.
    refused: Option<&'static str>,
}

impl Watch {
    pub(super) fn refusing(name: &'static str) -> Self {
        Self { refused: Some(name), ..Self::default() }
    }

    /// In the order in which they were spawned.
    pub(super) fn tasks(&self) -> Vec<Arc<Task>> {
        lock(&self.tasks).clone()
    }

    /// The same, and forgets them.
    pub(super) fn take(&self) -> Vec<Arc<Task>> {
        mem::take(&mut *lock(&self.tasks))
    }
}

impl Observer for Watch {
    fn spawned(&self, meta: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
        if !is_of_a_case(meta) || self.refused.is_some() && meta.name == self.refused {
            return None;
        }
        let task = Arc::new(Task {
            kind: meta.kind,
            name: meta.name.map(str::to_owned),
            line: meta.location.line(),
            told: Mutex::default(),
        });
        lock(&self.tasks).push(Arc::clone(&task));
        Some(task)
    }
}

/// What an observer was told of a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Told {
    Id(Id),
    Begin(ThreadId),
    End(ThreadId),
    Ended(End),
}

pub(super) struct Task {
    kind: Kind,
    name: Option<String>,
    line: u32,
    told: Mutex<Vec<Told>>,
}

impl Task {
    fn tell(&self, told: Told) {
        lock(&self.told).push(told);
    }

    pub(super) fn meta(&self) -> (Kind, Option<String>, u32) {
        (self.kind, self.name.clone(), self.line)
    }

    pub(super) fn told(&self) -> Vec<Told> {
        lock(&self.told).clone()
    }

    /// The id, which is the same as often as it is told.
    pub(super) fn id(&self) -> Option<Id> {
        let told = self.told();
        let mut ids = told.iter().filter_map(|told| match told {
            Told::Id(id) => Some(*id),
            _ => None,
        });
        let first = ids.next();
        assert!(ids.all(|id| Some(id) == first), "{told:?}");
        first
    }

    /// How many there were. Each has begun and ended on one thread, before the next one, but for one that
    /// runs.
    pub(super) fn polls(&self) -> usize {
        let told = self.told();
        let polls: Vec<_> =
            told.iter().filter(|told| matches!(told, Told::Begin(_) | Told::End(_))).collect();
        for pair in polls.chunks(2) {
            match pair {
                [Told::Begin(thread), Told::End(other)] => assert_eq!(thread, other, "{told:?}"),
                [Told::Begin(_)] => {}
                _ => panic!("polls that do not begin and end: {told:?}"),
            }
        }
        polls.len().div_ceil(2)
    }

    /// How it has ended, after which nothing was told and no poll was left.
    pub(super) fn end(&self) -> Option<End> {
        // `spawn` may be telling the id meanwhile.
        let mut told = self.told();
        told.retain(|told| !matches!(told, Told::Id(_)));
        let ends = told.iter().filter(|told| matches!(told, Told::Ended(_))).count();
        let Some(Told::Ended(end)) = told.last().filter(|_| ends == 1) else {
            assert_eq!(ends, 0, "{told:?}");
            return None;
        };
        let polls = told.iter().filter(|told| matches!(told, Told::Begin(_) | Told::End(_)));
        assert_eq!(polls.count() % 2, 0, "a poll has not ended: {told:?}");
        Some(*end)
    }
}

impl TaskObserver for Task {
    fn identified(&self, id: Id) {
        self.tell(Told::Id(id));
    }

    fn poll_begins(&self) {
        self.tell(Told::Begin(thread::current().id()));
    }

    fn poll_ends(&self) {
        self.tell(Told::End(thread::current().id()));
    }

    fn ended(&self, end: End) {
        self.tell(Told::Ended(end));
    }
}
