//! Polls that take too long, reported while they last.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, TryLockError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyrt_core::task::contain;

use crate::clock::Ticks;
use crate::dump::{self, Task};
use crate::registry::{Registry, lock};
use crate::stack::{Asker, Stack};
use crate::thread::{Lasting, Thread};

/// A poll that has lasted too long, and still does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stall {
    /// The task; of several that are polled within each other, the innermost.
    pub task: Task,
    /// How long the thread has polled without a pause, so far.
    pub lasts: Duration,
    /// The name of the thread.
    pub thread: Option<String>,
    /// The thread's number, by which `gdb` and `/proc` know it. On Linux.
    pub thread_id: Option<u32>,
    /// Whether the system has put the thread to sleep: it blocks, for a lock perhaps or a file, where otherwise it
    /// computes. On Linux.
    pub is_blocked: Option<bool>,
    /// The functions that the thread is in, if [`watch_stalls_with_stacks`] has asked for them. On Linux, on x86-64 and
    /// AArch64.
    ///
    /// `None` where the thread has not answered, or has gone on to something else meanwhile.
    ///
    /// [`watch_stalls_with_stacks`]: crate::Tasks::watch_stalls_with_stacks
    pub stack: Option<Stack>,
}

impl std::fmt::Display for Stall {
    /// One line. With `{:#}` there is the stack on further ones, if it is known.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = self.task.id.map_or_else(String::new, |id| format!(" {id}"));
        let name = self.task.name.as_deref().map(|name| format!(" `{}`", name.escape_debug()));
        let name = name.unwrap_or_default();
        let does = match self.is_blocked {
            Some(true) => "blocks",
            Some(false) => "computes",
            None => "is polled",
        };
        let (lasts, location) = (self.lasts, self.task.location);
        write!(f, "task{id}{name}, spawned at {location}, {does} since {lasts:.1?}")?;
        if let Some(thread) = &self.thread {
            write!(f, " on the thread {}", thread.escape_debug())?;
        }
        if let Some(id) = self.thread_id {
            write!(f, " ({id})")?;
        }
        match &self.stack {
            Some(stack) if f.alternate() => write!(f, "\n{stack}"),
            _ => Ok(()),
        }
    }
}

/// Of limits. With a shorter one the thread would do little else than look.
const SHORTEST: Duration = Duration::from_micros(100);

/// Keeps a thread that looks for polls which last too long; made by [`Tasks::watch_stalls`](crate::Tasks::watch_stalls).
///
/// Dropping it ends the thread, and waits for that.
#[derive(Debug)]
#[must_use = "the watch ends when this is dropped"]
pub struct StallWatch {
    sleeper: Arc<Sleeper>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl StallWatch {
    pub(crate) fn start(
        registry: Arc<Registry>,
        limit: Duration,
        asker: Option<Asker>,
        report: impl FnMut(Stall) + Send + 'static,
    ) -> io::Result<Self> {
        // Before the watch counts as one.
        let limit = registry.clock.ticks(limit.max(SHORTEST));
        let sleeper = Arc::clone(&registry.sleeper);
        if sleeper.is_watching.swap(true, Ordering::Relaxed) {
            let what = "the tasks are watched already: drop the `StallWatch` first";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
        }
        let watcher = Watcher::new(registry, limit, asker, report);
        let is_over = Arc::clone(&watcher.is_over);
        let thread = thread::Builder::new().name("anyrt-stalls".into()).spawn(|| watcher.run());
        if thread.is_err() {
            sleeper.is_watching.store(false, Ordering::Relaxed);
        }
        Ok(Self { sleeper, is_over, thread: Some(thread?) })
    }
}

impl Drop for StallWatch {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.is_over.store(true, Ordering::Relaxed);
        thread.thread().unpark();
        // Unless the report drops it, or a child of the process that has the thread.
        if thread.thread().id() != thread::current().id() && !self.sleeper.is_left_behind() {
            let _ = thread.join();
        }
        // Not earlier, because the two threads would share the sleeper.
        self.sleeper.is_watching.store(false, Ordering::Relaxed);
    }
}

/// Whether the watching thread sleeps, for those who poll.
#[derive(Debug)]
pub(crate) struct Sleeper {
    is_watching: AtomicBool,
    is_asleep: AtomicBool,
    thread: Mutex<Option<thread::Thread>>,
    forks: u32,
}

impl Default for Sleeper {
    fn default() -> Self {
        let (is_watching, is_asleep, thread) = Default::default();
        Self { is_watching, is_asleep, thread, forks: anyrt_fork::watch() }
    }
}

impl Sleeper {
    /// To be called when a poll has begun, and says so.
    #[inline]
    pub(crate) fn wake_if_asleep(&self) {
        if self.is_asleep.load(Ordering::Relaxed) {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        if self.is_asleep.swap(false, Ordering::Relaxed) {
            // Nobody else has the lock, but for a thread of the parent of this process.
            let thread = match self.thread.try_lock() {
                Ok(thread) => thread,
                Err(TryLockError::Poisoned(thread)) => thread.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            if let Some(thread) = &*thread {
                thread.unpark();
            }
        }
    }

    fn is_left_behind(&self) -> bool {
        anyrt_fork::forks() != self.forks
    }
}

/// The thread that looks.
struct Watcher<F> {
    registry: Arc<Registry>,
    /// Its own, as the next watch may begin within a report of this one.
    is_over: Arc<AtomicBool>,
    limit: Ticks,
    asker: Option<Asker>,
    report: F,
    /// The polls that were reported, by their threads, and when they are again.
    reported: HashMap<u64, (Ticks, Ticks)>,
    /// When each thread began its last poll.
    last_look: Vec<(u64, Ticks)>,
    /// Since when this thread was there to look: what was under way before counts from then on, if the process, or the
    /// whole machine, had been stopped.
    there_since: Ticks,
    /// Whether that was so at the last pause: it is no excuse twice, for a machine that is busy.
    was_absent: bool,
}

impl<F: FnMut(Stall)> Watcher<F> {
    fn new(registry: Arc<Registry>, limit: Ticks, asker: Option<Asker>, report: F) -> Self {
        let (is_over, reported, last_look) = Default::default();
        let (there_since, was_absent) = Default::default();
        Self {
            registry,
            is_over,
            limit,
            asker,
            report,
            reported,
            last_look,
            there_since,
            was_absent,
        }
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// One look for each limit is enough, as the next one comes when the first poll that was seen is over the limit.
    fn run(mut self) {
        let sleeper = Arc::clone(&self.registry.sleeper);
        *lock(&sleeper.thread) = Some(thread::current());
        while !self.is_over() {
            let next = self.look();
            // Asked after each look: a report may have taken what wakes this thread at the end.
            if self.is_over() {
                return;
            }
            if let Some(next) = next {
                self.pause(next);
                continue;
            }
            // Whoever begins a poll from now on wakes this thread. That is no fence, so one that begins right now may
            // miss it: such a poll is seen at the look after the pause, by when what its thread has written is there.
            sleeper.is_asleep.store(true, Ordering::Relaxed);
            self.pause(self.limit);
            let is_idle = self.look().is_none();
            // The sleeper is that of another watch then, where a report has begun it.
            if self.is_over() {
                return;
            }
            if is_idle && sleeper.is_asleep.load(Ordering::Relaxed) {
                thread::park();
            }
            sleeper.is_asleep.store(false, Ordering::Relaxed);
        }
    }

    /// Waits so long, or until it is woken.
    fn pause(&mut self, ticks: Ticks) {
        let clock = &self.registry.clock;
        let before = clock.now();
        thread::park_timeout(clock.duration(ticks));
        let now = clock.now();
        let is_absent = now.saturating_sub(before) > ticks.saturating_add(self.limit);
        if is_absent && !self.was_absent {
            self.there_since = now;
        }
        self.was_absent = is_absent;
    }

    /// Reports what has lasted too long, and says when to look again: `None` if no thread has polled since the last look.
    fn look(&mut self) -> Option<Ticks> {
        let threads: Vec<_> = lock(&self.registry.threads).all().to_vec();
        let last: Vec<_> =
            threads.iter().map(|thread| (thread.number, thread.last_poll())).collect();
        let has_changed = last != self.last_look;
        self.last_look = last;
        let first = threads.iter().filter_map(|thread| self.look_at(thread)).min();
        let any = has_changed.then_some(self.limit);
        // Not again at once, where the clocks of two processors differ.
        first.map(|first| first.clamp(1, self.limit)).or(any)
    }

    /// In how many ticks its poll is to be looked at again, if there is one.
    fn look_at(&mut self, thread: &Thread) -> Option<Ticks> {
        // A report may have ended this watch, and begun another one.
        let lasting = thread.lasting().filter(|_| !self.is_over())?;
        let since = lasting.begun.max(self.there_since);
        let lasts = self.registry.clock.now().saturating_sub(since);
        let reported = self.reported.get(&thread.number).filter(|(poll, _)| *poll == lasting.begun);
        let mut due = reported.map_or(self.limit, |(_, due)| *due);
        if lasts >= due {
            let Some(stall) = self.stall(thread, lasting, lasts) else { return Some(self.limit) };
            // Less and less often, so that a poll that never ends does not fill the log.
            due = lasts.saturating_mul(2);
            self.reported.insert(thread.number, (lasting.begun, due));
            // A panic of the report is told by the panic hook, and is not the end of the watch.
            contain(|| (self.report)(stall));
        }
        Some(due.saturating_sub(lasts))
    }

    /// `None` if the poll has ended meanwhile, or another one has begun or ended within it.
    fn stall(&mut self, thread: &Thread, lasting: Lasting, lasts: Ticks) -> Option<Stall> {
        let task = self.registry.find(lasting.task)?;
        let who = thread.who();
        let is_blocked = who.system_id.and_then(is_blocked);
        let task = dump::Reader::new(&self.registry).read(&task);
        let goes_on = || thread.lasting() == Some(lasting);
        if !goes_on() {
            return None;
        }
        // Last, as it wakes the thread. It is reported also if the poll ends meanwhile, for it was over the limit.
        let asker = self.asker.as_mut().zip(who.system_id);
        let stack = asker.and_then(|(asker, thread)| asker.ask(thread, goes_on));
        Some(Stall {
            task,
            lasts: self.registry.clock.duration(lasts),
            thread: who.name,
            thread_id: who.system_id,
            is_blocked,
            stack,
        })
    }
}

/// By the letter for the state, after the name of the thread in parentheses, which may have any in it.
#[cfg(target_os = "linux")]
fn is_blocked(thread: u32) -> Option<bool> {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).ok()?;
    let (_, after_the_name) = stat.rsplit_once(") ")?;
    Some(!after_the_name.starts_with('R'))
}

#[cfg(not(target_os = "linux"))]
fn is_blocked(_: u32) -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::mpsc;

    use anyrt_core::observe::{End, Observer as _};
    use anyrt_core::task::{Kind, Meta};

    use super::*;
    use crate::thread;

    /// A task that begins and ends within a poll may be found, and not there any more when the rest has been read.
    #[test]
    fn what_was_not_reported_is_at_the_next_look() {
        let registry = Registry::new();
        let observer = registry.spawned(&Meta::new(Kind::Task)).unwrap();
        let task = registry.alive().pop().unwrap();
        let reports = Cell::new(0);
        let limit = registry.clock.now() / 2;
        let mut watcher = Watcher::new(registry, limit, None, |_| reports.set(reports.get() + 1));
        thread::with(&task.shard, |thread| {
            let outer = thread.begin_poll(task.serial, 1);
            thread.begin_poll(u64::MAX, 2);
            assert_eq!((watcher.look_at(thread), reports.get()), (Some(limit), 0));
            thread.end_poll(task.serial, 0);
            assert!(watcher.look_at(thread).is_some() && reports.get() == 1);
            // And not before it has lasted twice as long.
            assert!(watcher.look_at(thread).is_some() && reports.get() == 1);
            thread.end_poll(outer, 0);
        });
        assert_eq!(watcher.look(), Some(limit));
        assert_eq!((watcher.look(), reports.get()), (None, 1));
        observer.ended(End::Completed);
    }

    /// Which takes the wake-up that the end gives.
    #[test]
    fn a_watch_ends_at_once_though_its_report_parks() {
        let registry = Registry::new();
        let observer = registry.spawned(&Meta::new(Kind::Task)).unwrap();
        let task = registry.alive().pop().unwrap();
        let (tell, told) = mpsc::channel();
        let report = move |_| {
            tell.send(()).unwrap();
            std::thread::park();
        };
        // Half the time since the machine has started, of which the poll takes the whole: nobody waits so long again.
        let limit = registry.clock.duration(registry.clock.now() / 2);
        thread::with(&task.shard, |thread| thread.begin_poll(task.serial, 1));
        let watch = StallWatch::start(Arc::clone(&registry), limit, None, report).unwrap();
        told.recv().unwrap();
        drop(watch);
        thread::with(&task.shard, |thread| thread.end_poll(0, 0));
        observer.ended(End::Completed);
    }
}
