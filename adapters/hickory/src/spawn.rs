//! What goes on in the background: connections to name servers.

use std::sync::{Arc, Mutex, PoisonError};

use anyrt_facade::generic::{AbortOnDrop, JoinHandle as _};
use anyrt_facade::task::Builder;
use anyrt_facade::{Backend, Spawn};

/// The tasks of a resolver, which end with it.
#[derive(Clone, Debug)]
pub struct Tasks<R: Backend> {
    runtime: R,
    handles: Arc<Mutex<Vec<Aborted<R>>>>,
}

type Aborted<R> = AbortOnDrop<(), <R as Spawn>::JoinHandle<()>>;

impl<R: Backend> Tasks<R> {
    pub(crate) fn new(runtime: R) -> Self {
        Self { runtime, handles: Arc::default() }
    }
}

impl<R: Backend> hickory_resolver::net::runtime::Spawn for Tasks<R> {
    fn spawn_bg(&mut self, future: impl Future<Output = ()> + Send + 'static) {
        let task = Builder::new().name("hickory").spawn_on(&self.runtime, future).abort_on_drop();
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        // As many as there are connections, so that it is no work to look at all of them.
        handles.retain(|task| !task.handle().is_finished());
        handles.push(task);
    }
}
