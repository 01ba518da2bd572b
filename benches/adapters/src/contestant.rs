//! Who does what is measured.

use std::fmt;

use anyrt::Runtime as OnAnyrt;
use tokio::runtime::{Builder, Runtime as OnTokio};

/// The workers of each runtime; async-std has as many as there are processors.
const WORKERS: usize = 2;

/// One adapter: what an operation is, and who does it.
pub struct Row {
    /// The adapter.
    pub name: &'static str,
    /// What is done once.
    pub operation: &'static str,
    /// The crate's own, on tokio where it has something for that.
    pub theirs: Contestant,
    /// The adapter, on each backend.
    pub ours: Vec<Contestant>,
}

/// A runtime, and what does so many operations on it.
pub struct Contestant {
    pub name: String,
    run: Box<dyn FnMut(usize)>,
}

impl Contestant {
    pub fn new(name: impl Into<String>, run: impl FnMut(usize) + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }

    /// Does `operations` of them.
    pub fn run(&mut self, operations: usize) {
        (self.run)(operations);
    }
}

impl fmt::Debug for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contestant").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("name", &self.name)
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}

/// tokio, for what a crate brings along for it.
pub(crate) fn on_tokio() -> OnTokio {
    Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build().unwrap()
}

/// A contestant on each backend, of what `start` makes on it.
pub(crate) fn on_each<F>(start: impl Fn(OnAnyrt) -> F) -> Vec<Contestant>
where
    F: FnMut(usize) + 'static,
{
    let on = |backend: &&'static str| {
        let builder = anyrt::Builder::new().backend(*backend);
        let runtime =
            builder.clone().worker_threads(WORKERS).build().or_else(|_| builder.build()).unwrap();
        Contestant::new(format!("anyrt on {backend}"), start(runtime))
    };
    anyrt::selection().unwrap().compiled().iter().map(on).collect()
}
