//! The tasks of a set, which never leave its thread.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use anyrt_core::observe;
use anyrt_core::task::{Id, Meta, OutcomeCell, Task};

use super::handle::{LocalJoinHandle, Shared, ToHandle};
use super::queue::{Header, Queue, Runner};
use crate::running::as_task;
use crate::{JoinHandle, coop};

/// How many tasks are polled before other things on the thread have their turn.
const TURNS: usize = 61;

/// The tasks of a set, and the queue of those that were woken.
pub(super) struct Set {
    queue: Arc<Queue>,
    tasks: RefCell<Tasks>,
    /// For the set as a future.
    runner: Runner,
    is_closed: Cell<bool>,
    /// How often it was run.
    runs: Cell<u64>,
    /// Those that have yielded in this run, in the order in which they were woken.
    later: RefCell<Vec<Arc<Header>>>,
}

/// A task as the set has it.
type Boxed = Pin<Box<dyn Future<Output = ()>>>;

impl Set {
    pub(super) fn new() -> Self {
        let queue = Arc::default();
        let runner = Runner::new(&queue);
        Self {
            queue,
            tasks: RefCell::default(),
            runner,
            is_closed: Cell::new(false),
            runs: Cell::new(0),
            later: RefCell::default(),
        }
    }

    pub(super) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    pub(super) fn runner(&self) -> &Runner {
        &self.runner
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.borrow().count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn spawn<F>(&self, meta: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let outcome = OutcomeCell::new();
        if observe::is_installed() {
            return match observe::observe_local(&meta, outcome.id(), future) {
                Ok(observed) => self.start(observed, outcome),
                Err(future) => self.start(future, outcome),
            };
        }
        self.start(future, outcome)
    }

    fn start<F>(&self, future: F, outcome: OutcomeCell<F::Output>) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let id = outcome.id();
        let key = self.tasks.borrow_mut().reserve();
        let header = Header::new(id, key, &self.queue);
        let shared = Shared::new(Arc::clone(&header), outcome);
        let handle = JoinHandle::local(LocalJoinHandle(Arc::clone(&shared)));
        let task = Task::new(future, ToHandle(shared));
        if self.is_closed.get() {
            self.tasks.borrow_mut().free(key);
            as_task(id, || task.refuse());
        } else {
            self.tasks.borrow_mut().put(key, id, Box::pin(task));
            header.wake();
        }
        handle
    }

    /// Polls tasks that were woken, but not for ever.
    pub(super) fn run(&self) {
        let run = self.runs.get() + 1;
        self.runs.set(run);
        let mut turns = 0..TURNS;
        while let Some(task) = turns.next().and_then(|_| self.queue.pop()) {
            if task.has_yielded_in(run) {
                self.later.borrow_mut().push(task);
                continue;
            }
            self.poll(&task);
            // What yields lets others go first that are none of the set (S10).
            if task.is_woken() {
                task.yield_in(run);
            }
            // Where tasks have the budget of the one around the set, as on tokio: those that follow would be refused
            // whatever they do, and the first one would use up the next budget as well.
            if !has_budget() {
                break;
            }
        }
        // Whoever is woken may run the set.
        let mut later = self.later.take();
        later.drain(..).for_each(Header::wake);
        self.later.replace(later);
    }

    fn poll(&self, header: &Arc<Header>) {
        // Woken, or aborted, during its last poll.
        if header.is_finished() {
            return;
        }
        let (id, key) = (header.id, header.key);
        let Some(mut task) = self.tasks.borrow_mut().take(key) else { return };
        let waker = Waker::from(Arc::clone(header));
        let poll = as_task(id, || task.as_mut().poll(&mut Context::from_waker(&waker)));
        match poll {
            Poll::Ready(()) => self.tasks.borrow_mut().free(key),
            Poll::Pending if self.is_closed.get() => as_task(id, || drop(task)),
            Poll::Pending => {
                if self.tasks.borrow_mut().put(key, id, task) {
                    waker.wake();
                }
            }
        }
    }

    /// Drops all tasks, and refuses new ones.
    pub(super) fn close(&self) {
        self.is_closed.set(true);
        self.queue.close();
        let tasks = mem::take(&mut *self.tasks.borrow_mut());
        for task in tasks.slots {
            if let Slot::Waiting(id, task) = task {
                as_task(id, || drop(task));
            }
        }
    }
}

/// The tasks of a set, by their keys.
#[derive(Default)]
struct Tasks {
    slots: Vec<Slot>,
    free: Vec<usize>,
    count: usize,
}

enum Slot {
    Free,
    Waiting(Id, Boxed),
    /// Out to be polled, or about to be put in.
    Out {
        /// Whether it was woken meanwhile, and taken from the queue by one who runs the set within the poll.
        is_woken: bool,
    },
}

impl Tasks {
    /// A key for a task that is to be put there.
    fn reserve(&mut self) -> usize {
        self.count += 1;
        let slot = Slot::Out { is_woken: false };
        match self.free.pop() {
            Some(key) => {
                self.slots[key] = slot;
                key
            }
            None => {
                self.slots.push(slot);
                self.slots.len() - 1
            }
        }
    }

    /// The task, to be polled.
    fn take(&mut self, key: usize) -> Option<Boxed> {
        let slot = self.slots.get_mut(key)?;
        match mem::replace(slot, Slot::Out { is_woken: true }) {
            Slot::Waiting(_, task) => {
                *slot = Slot::Out { is_woken: false };
                Some(task)
            }
            Slot::Out { .. } => None,
            Slot::Free => {
                *slot = Slot::Free;
                None
            }
        }
    }

    /// Puts the task back. True if it was woken meanwhile, and nobody will poll it for that.
    fn put(&mut self, key: usize, id: Id, task: Boxed) -> bool {
        let Some(slot) = self.slots.get_mut(key) else { return false };
        matches!(mem::replace(slot, Slot::Waiting(id, task)), Slot::Out { is_woken: true })
    }

    /// The task has ended.
    fn free(&mut self, key: usize) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        *slot = Slot::Free;
        self.free.push(key);
        self.count -= 1;
    }
}

/// Whether the code around this call may complete another operation before it returns.
pub(super) fn has_budget() -> bool {
    let mut has_budget = false;
    let cx = &mut Context::from_waker(Waker::noop());
    // What is pending costs nothing.
    let _: Poll<()> = coop::poll_proceed(cx, |_| {
        has_budget = true;
        Poll::Pending
    });
    has_budget
}
