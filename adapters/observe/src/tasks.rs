//! What the program calls.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyrt_core::observe;
use anyrt_core::time::Instant;

use crate::registry::Registry;
use crate::{Dump, Snapshot, Stall, StallWatch};

/// The tasks and blocking closures of a process, on whatever runtimes they are.
///
/// Clones are of the same tasks.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let tasks = anyrt_observe::Tasks::install();
/// let runtime = anyrt::Runtime::new()?;
/// let endless = anyrt::task::Builder::new().name("endless");
/// let task = endless.spawn_on(runtime.handle(), std::future::pending::<()>());
/// let dump = tasks.dump();
/// assert_eq!(dump.tasks[0].name.as_deref(), Some("endless"));
/// println!("{dump}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Tasks {
    registry: Arc<Registry>,
}

impl Tasks {
    /// Observes all that is spawned from now on, [beside](observe::install_beside) whoever else does.
    ///
    /// To be called once, at the beginning of the program: what was spawned before is not seen, and each call adds an
    /// observer of its own. The first takes up to a fifth of a second, to compare the clocks.
    ///
    /// # Forks
    /// A child of the process does not inherit the tasks: there a dump of these is empty. This can be called anew there,
    /// unless another thread of the parent may have been about to spawn when it was forked: see
    /// [`observe::install`](observe::install#forks).
    pub fn install() -> Self {
        let registry = Registry::new();
        observe::install_beside(Arc::clone(&registry) as _);
        Self { registry }
    }

    /// All tasks that live.
    ///
    /// Each that lived all the time of this call is there once. Nobody who polls, spawns or ends a task waits longer than
    /// it takes to copy some of them.
    pub fn dump(&self) -> Dump {
        self.dump_at(Instant::now())
    }

    /// The same, where the runtime's clock shows `now`: how long sleeps go on is wrong with the time of the system's clock
    /// if that of the runtime is paused.
    ///
    /// ```
    /// # let tasks = anyrt_observe::Tasks::install();
    /// let runtime = anyrt::Builder::new().backend("native").current_thread().start_paused(true).build()?;
    /// let dump = runtime.block_on(async { tasks.dump_at(anyrt::time::now()) });
    /// # assert!(dump.tasks.is_empty());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn dump_at(&self, now: Instant) -> Dump {
        Dump::new(&self.registry, now)
    }

    /// What the tasks have done since they are observed.
    pub fn metrics(&self) -> Snapshot {
        Snapshot::new(&self.registry)
    }

    /// Reports each poll that lasts longer than `limit`, while it does: when it comes to the limit, and then each time
    /// it has become twice as long.
    ///
    /// A thread of its own does it, whatever the runtimes are busy with. It looks once for each limit while tasks are
    /// polled, and sleeps while none is. A poll is over the limit also where the thread blocks in place, for
    /// its worker has gone on elsewhere then; blocking closures are not watched.
    ///
    /// The shortest limit is 100 microseconds, for which any shorter one is taken.
    ///
    /// `report` may take its time. A panic of it is told by the panic hook, and is not the end of the watch.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// use std::time::Duration;
    ///
    /// let tasks = anyrt_observe::Tasks::install();
    /// let _watch = tasks.watch_stalls(Duration::from_millis(100), |stall| eprintln!("{stall}"))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `AlreadyExists` while another watch of these tasks goes on; the system refuses the thread.
    pub fn watch_stalls(
        &self,
        limit: Duration,
        report: impl FnMut(Stall) + Send + 'static,
    ) -> io::Result<StallWatch> {
        StallWatch::start(Arc::clone(&self.registry), limit, report)
    }
}
