//! Polls tasks, on whatever threads come here: first in, first out.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Default)]
pub(crate) struct Executor {
    state: Mutex<State>,
    /// For threads that wait for tasks, or for their own future.
    ready: Condvar,
    /// A thread has left.
    left: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Arc<Task>>,
    /// All that have not ended, by their addresses: a task that waits may have no other owner than a waker.
    tasks: HashMap<usize, Arc<Task>>,
    /// The threads that poll tasks.
    threads: usize,
    has_ended: bool,
}

struct Task {
    executor: Weak<Executor>,
    phase: Mutex<Phase>,
    /// `None` once it has ended.
    future: Mutex<Option<Boxed>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Waiting,
    Queued,
    Polled,
    /// Woken while it is polled.
    Again,
    Ended,
}

impl Executor {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Gives the future back once this has ended.
    pub(crate) fn spawn<F>(self: &Arc<Self>, future: F) -> Result<(), F>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut state = self.lock();
        if state.has_ended {
            return Err(future);
        }
        let task = Arc::new(Task {
            executor: Arc::downgrade(self),
            phase: Mutex::new(Phase::Queued),
            future: Mutex::new(Some(Box::pin(future))),
        });
        state.tasks.insert(address(&task), Arc::clone(&task));
        state.queue.push_back(task);
        drop(state);
        self.ready.notify_one();
        Ok(())
    }

    /// From now on no task is taken, and none is polled anew.
    pub(crate) fn end(&self) {
        self.lock().has_ended = true;
        self.ready.notify_all();
    }

    /// Has this thread counted among those that poll tasks.
    pub(crate) fn join(self: &Arc<Self>) -> Member {
        self.lock().threads += 1;
        Member { executor: Arc::clone(self) }
    }

    /// Waits until no thread polls tasks, and drops the tasks; if there are threads left at the deadline, the last
    /// of them drops them.
    pub(crate) fn wait(&self, deadline: Option<Instant>) {
        let mut state = self.lock();
        while state.threads > 0 {
            let Some(deadline) = deadline else {
                state = self.left.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let woken = self.left.wait_timeout(state, left);
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.drop_tasks();
    }

    /// Drops the tasks, or leaves that to the last of the threads that poll them.
    pub(crate) fn drop_unless_driven(&self) {
        let is_driven = self.lock().threads > 0;
        if !is_driven {
            self.drop_tasks();
        }
    }

    fn drop_tasks(&self) {
        let mut state = self.lock();
        let (queue, tasks) = (std::mem::take(&mut state.queue), std::mem::take(&mut state.tasks));
        drop(state);
        drop(queue);
        for task in tasks.into_values() {
            *lock(&task.phase) = Phase::Ended;
            let future = lock(&task.future).take();
            drop(future);
        }
    }
}

/// A thread that polls tasks, until this is dropped.
pub(crate) struct Member {
    executor: Arc<Executor>,
}

impl Member {
    /// Polls tasks until the end.
    pub(crate) fn work(&self) {
        while let Some(task) = self.next(None) {
            task.run();
        }
    }

    /// Polls `future`, and one task after each of its polls.
    pub(crate) fn drive<F: Future>(&self, future: F) -> F::Output {
        let executor = Arc::clone(&self.executor);
        let own = Arc::new(Own { executor, is_woken: AtomicBool::new(true) });
        let waker = Waker::from(Arc::clone(&own));
        let mut future = pin!(future);
        loop {
            if own.is_woken.swap(false, Ordering::AcqRel) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker))
                {
                    return output;
                }
            }
            if let Some(task) = self.next(Some(&own)) {
                task.run();
            }
        }
    }

    /// Waits for the next task. `None` at the end; or when the thread's own future is woken and no task is.
    fn next(&self, own: Option<&Own>) -> Option<Arc<Task>> {
        let mut state = self.executor.lock();
        loop {
            let task = if state.has_ended { None } else { state.queue.pop_front() };
            let is_over = match own {
                Some(own) => own.is_woken.load(Ordering::Acquire),
                None => state.has_ended,
            };
            if task.is_some() || is_over {
                return task;
            }
            state = self.executor.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let executor = &self.executor;
        let mut state = executor.lock();
        if state.has_ended && state.threads == 1 {
            drop(state);
            // Before this thread counts as gone, for whoever waits for that waits for the tasks, too.
            executor.drop_tasks();
            state = executor.lock();
        }
        state.threads -= 1;
        drop(state);
        // The last call for a thread may have reached this one, and been for a task.
        executor.ready.notify_one();
        executor.left.notify_all();
    }
}

impl Task {
    fn run(self: Arc<Self>) {
        *lock(&self.phase) = Phase::Polled;
        let waker = Waker::from(Arc::clone(&self));
        let poll = |future: &mut Boxed| {
            let poll = || future.as_mut().poll(&mut Context::from_waker(&waker));
            // Tasks do not panic, but the wakers of users may.
            catch_unwind(AssertUnwindSafe(poll)).unwrap_or(Poll::Pending)
        };
        let mut future = lock(&self.future);
        let is_pending = future.as_mut().is_some_and(|future| poll(future).is_pending());
        let ended = if is_pending { None } else { future.take() };
        drop(future);
        drop(ended);
        let Some(executor) = self.executor.upgrade() else { return };
        let mut phase = lock(&self.phase);
        if !is_pending {
            *phase = Phase::Ended;
            drop(phase);
            executor.lock().tasks.remove(&address(&self));
        } else if *phase == Phase::Again {
            *phase = Phase::Queued;
            drop(phase);
            executor.push(self);
        } else {
            *phase = Phase::Waiting;
        }
    }
}

impl Executor {
    fn push(&self, task: Arc<Task>) {
        let mut state = self.lock();
        if !state.has_ended {
            state.queue.push_back(task);
            drop(state);
            self.ready.notify_one();
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let mut phase = lock(&self.phase);
        match *phase {
            Phase::Waiting => {
                *phase = Phase::Queued;
                drop(phase);
                if let Some(executor) = self.executor.upgrade() {
                    executor.push(self);
                }
            }
            Phase::Polled => *phase = Phase::Again,
            Phase::Queued | Phase::Again | Phase::Ended => {}
        }
    }
}

/// Wakes a thread for its own future.
struct Own {
    executor: Arc<Executor>,
    is_woken: AtomicBool,
}

impl Wake for Own {
    fn wake(self: Arc<Self>) {
        let state = self.executor.lock();
        self.is_woken.store(true, Ordering::Release);
        drop(state);
        self.executor.ready.notify_all();
    }
}

fn address(task: &Arc<Task>) -> usize {
    Arc::as_ptr(task).addr()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
