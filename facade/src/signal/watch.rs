//! What a runtime has for its listeners: a pair of sockets, and a task that hears the bell.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::io::{self, ErrorKind, Read};
use std::mem;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyrt_core::backend::runtime_gone;
use anyrt_core::{Attempt, Interest, Reactor, Registration as _};
use anyrt_signal::{Action, Bell};

use super::kind::{look_at_all, wake_all};
use crate::own_tasks::OwnTask;
use crate::reactor::Registration;
use crate::{Handle, task};

/// Those of all runtimes, of this process and of its parents.
static WATCHES: Mutex<Vec<Arc<Watch>>> = Mutex::new(Vec::new());

/// Has one runtime look at the flags when a signal has arrived.
///
/// It is made when somebody first listens there, and stays until the runtime ends, so that a loop that listens anew
/// each time pays for it once. Each runtime has sockets of its own: two that share them would compete for what is
/// written, and one that nobody drives would keep it.
#[derive(Debug)]
pub(super) struct Watch {
    /// None when it has ended. A listener that is kept longer keeps nothing of the runtime.
    serving: Mutex<Option<Serving>>,
}

#[derive(Debug)]
struct Serving {
    runtime: Handle,
    bell: Arc<Bell>,
    /// By the signals that ring the bell.
    actions: BTreeMap<c_int, Action>,
}

impl Watch {
    /// The one of this runtime.
    ///
    /// # Errors
    /// The runtime is gone, or the system has no descriptors left.
    pub(super) fn of(runtime: &Handle) -> io::Result<Arc<Self>> {
        runtime.check_process()?;
        find(runtime).map_or_else(|| Self::start(runtime), Ok)
    }

    /// Whether this serves listeners in that runtime.
    pub(super) fn is_of(&self, runtime: &Handle) -> bool {
        self.serving().as_ref().is_some_and(|serving| serving.runtime == *runtime)
    }

    /// Whether its runtime is in this process, and has not ended.
    pub(super) fn is_open(&self) -> bool {
        self.serving().as_ref().is_some_and(|serving| !serving.runtime.is_left_behind())
    }

    fn start(runtime: &Handle) -> io::Result<Arc<Self>> {
        let (bell, heard) = Bell::new()?;
        let heard = runtime.register(heard)?;
        let serving =
            Serving { runtime: runtime.clone(), bell: Arc::new(bell), actions: BTreeMap::new() };
        let watch = Arc::new(Self { serving: Mutex::new(Some(serving)) });
        // Known before the task starts, which takes it off the list at its end. Another thread may have been faster,
        // and its watch stands before this one, which then has nothing to do.
        watches().push(Arc::clone(&watch));
        let ends = Ends { watch: Arc::clone(&watch), _own: OwnTask::on(runtime) };
        let task = task::Builder::new().name("anyrt::signal").spawn_on(runtime, serve(heard, ends));
        let first = find(runtime).ok_or_else(runtime_gone)?;
        if !Arc::ptr_eq(&first, &watch) {
            task.abort();
        }
        Ok(first)
    }

    /// Has it look when this signal arrives.
    ///
    /// # Errors
    /// The runtime is gone.
    pub(super) fn look_at(&self, signal: c_int) -> io::Result<()> {
        let mut serving = self.serving();
        let serving = serving.as_mut().ok_or_else(runtime_gone)?;
        if !serving.actions.contains_key(&signal) {
            let action = anyrt_signal::ring(signal, Arc::clone(&serving.bell))?;
            serving.actions.insert(signal, action);
        }
        Ok(())
    }

    fn end(&self) {
        let serving = self.serving().take();
        drop(serving);
    }

    fn serving(&self) -> MutexGuard<'_, Option<Serving>> {
        self.serving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(heard: Registration<UnixStream>, _ends: Ends) {
    let mut bytes = [0; 256];
    loop {
        let read = |mut heard: &UnixStream| heard.read(&mut bytes).map(Attempt::Done);
        match heard.io(Interest::Readable, read).await {
            Ok(_) => look_at_all(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_runtime_gone) => return,
        }
    }
}

/// Ends the watch with its task, however that ends.
struct Ends {
    watch: Arc<Watch>,
    _own: OwnTask,
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.watch.end();
        watches().retain(|watch| !Arc::ptr_eq(watch, &self.watch));
        wake_all();
    }
}

fn find(runtime: &Handle) -> Option<Arc<Watch>> {
    let mut watches = watches();
    // In a child of fork nobody hears the bells of the parent.
    let (open, left): (Vec<_>, _) =
        mem::take(&mut *watches).into_iter().partition(|watch| watch.is_open());
    *watches = open;
    let found = watches.iter().find(|watch| watch.is_of(runtime)).cloned();
    drop(watches);
    left.iter().for_each(|watch: &Arc<Watch>| watch.end());
    found
}

fn watches() -> MutexGuard<'static, Vec<Arc<Watch>>> {
    WATCHES.lock().unwrap_or_else(PoisonError::into_inner)
}
