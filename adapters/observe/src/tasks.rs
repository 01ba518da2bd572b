//! What the program calls.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyrt_core::observe;
use anyrt_core::time::Instant;

use crate::registry::Registry;
#[cfg(feature = "stack")]
use crate::stack::Asker;
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
        StallWatch::start(Arc::clone(&self.registry), limit, None, report)
    }

    /// The same with the [stack](Stall::stack) of the thread, so that a report says in which function the task is stuck.
    /// Shown with `{:#}` a report has it. On Linux, on x86-64 and AArch64; elsewhere the reports are without.
    ///
    /// Before each report the thread gets a signal, SIGURG. Its handler does no more than to copy the thread's registers
    /// and up to 512 KiB of its stack, which takes some microseconds, up to a tenth of a millisecond for a deep stack; the rest is
    /// done on the thread of the watch. The first report reads the program's tables and debug information, which takes
    /// a tenth of a second or more, and memory that is kept; the others take less than a millisecond.
    ///
    /// What the program sees of it:
    ///
    /// - A thread that blocks is woken. Most system calls go on by themselves; those that never do after a handler has
    ///   run, `poll`, `epoll_wait`, `nanosleep` and others that man page `signal(7)` lists, fail with `EINTR` in the task that is
    ///   stuck in them. The functions of std go on, where they do not say that they return
    ///   [`Interrupted`](io::ErrorKind::Interrupted).
    /// - The handler stays until the process ends. One that was there before is called for all signals but those of this
    ///   crate. One that is installed later has to do the same, as those of the crate `signal-hook` do: otherwise it gets the
    ///   signals of this crate, and the reports are without stacks.
    ///
    /// A thread that has blocked the signal, or sleeps in the system where no signal wakes it, is reported without
    /// a stack. A thread that does not answer within a quarter of a second, because other threads have the processors, is too. The
    /// functions have names if the program was not stripped, and lines if it has debug information (`debug =
    /// "line-tables-only"` in the profile is enough).
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// use std::time::Duration;
    ///
    /// let tasks = anyrt_observe::Tasks::install();
    /// let report = |stall| eprintln!("{stall:#}");
    /// let _watch = tasks.watch_stalls_with_stacks(Duration::from_millis(100), report)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`watch_stalls`](Self::watch_stalls). `ResourceBusy` if the program has a handler of SIGURG that is for one
    /// signal (`SA_RESETHAND`); the system refuses the handler.
    #[cfg(feature = "stack")]
    #[cfg_attr(docsrs, doc(cfg(feature = "stack")))]
    pub fn watch_stalls_with_stacks(
        &self,
        limit: Duration,
        report: impl FnMut(Stall) + Send + 'static,
    ) -> io::Result<StallWatch> {
        let asker = Asker::new()?;
        StallWatch::start(Arc::clone(&self.registry), limit, Some(asker), report)
    }
}
