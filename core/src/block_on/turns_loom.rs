//! What loom explores of the turns of a future: `turns.rs` says which model checks which claim.

use std::collections::VecDeque;

use futures::future::join;
use loom::thread;

use super::*;
use crate::sync::models::block_on_with_many_wakers as block_on;

/// An executor whose tasks are marks, which are polled in the order in which they were woken.
#[derive(Default)]
struct Executor(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    tasks: VecDeque<Arc<Task>>,
    /// Of the threads that wait for a task, which calls them all: some may not come any more.
    sleepers: Vec<Waker>,
}

struct Task {
    executor: Arc<Executor>,
    /// Locked while it is polled.
    mark: Mutex<Option<Mark>>,
}

impl Executor {
    async fn run<F: Future>(self: &Arc<Self>, future: F) -> F::Output {
        self.run_and(future, |_| ()).await
    }

    /// `spawned` is called when the mark is there, and may be polled.
    async fn run_and<F: Future>(
        self: &Arc<Self>,
        future: F,
        spawned: impl FnOnce(Arc<Call>),
    ) -> F::Output {
        let run_one = || {
            poll_fn(|cx| match self.try_run_one(Some(cx.waker())) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            })
        };
        let spawn = |mark: Mark| {
            let call = Arc::clone(&mark.call);
            let (executor, mark) = (Arc::clone(self), Mutex::new(Some(mark)));
            let task = Arc::new(Task { executor, mark });
            Arc::clone(&task).wake();
            spawned(call);
            DropsMark(task)
        };
        run_in_turns(pin!(future), run_one, spawn).await
    }

    /// If there is no task, `sleeper` is woken for one.
    fn try_run_one(&self, sleeper: Option<&Waker>) -> bool {
        let mut queue = self.0.lock().unwrap();
        let Some(task) = queue.tasks.pop_front() else {
            queue.sleepers.extend(sleeper.cloned());
            return false;
        };
        drop(queue);
        if let Some(mark) = &mut *task.mark.lock().unwrap() {
            let waker = Waker::from(Arc::clone(&task));
            assert!(Pin::new(mark).poll(&mut Context::from_waker(&waker)).is_pending());
        }
        true
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let mut queue = self.executor.0.lock().unwrap();
        if queue.tasks.iter().any(|task| Arc::ptr_eq(task, &self)) {
            return;
        }
        queue.tasks.push_back(Arc::clone(&self));
        let sleepers = mem::take(&mut queue.sleepers);
        drop(queue);
        sleepers.into_iter().for_each(Waker::wake);
    }
}

struct DropsMark(Arc<Task>);

impl Drop for DropsMark {
    fn drop(&mut self) {
        // What loom has found is not hidden by what comes of it.
        if !std::thread::panicking() {
            drop(self.0.mark.lock().unwrap().take());
        }
    }
}

/// A thing that a future waits for. It orders nothing by itself: the future sees it by the wake, or is not woken.
#[derive(Clone)]
struct Event(Arc<AtomicBool>);

impl Event {
    fn new() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    fn happen(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// `first` is called at the first poll, unless it has happened by then.
    async fn wait(&self, first: impl FnOnce(&Waker)) {
        let mut first = Some(first);
        poll_fn(|cx| {
            if self.0.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            if let Some(first) = first.take() {
                first(cx.waker());
            }
            Poll::Pending
        })
        .await;
    }

    /// Another thread makes it happen, and wakes then.
    fn start(&self, waker: &Waker) -> thread::JoinHandle<()> {
        let (event, waker) = (self.clone(), waker.clone());
        thread::spawn(move || {
            event.happen();
            waker.wake();
        })
    }
}

#[test]
fn a_wake_that_comes_while_the_mark_is_made_is_seen() {
    loom::model(|| {
        let (executor, event) = (Arc::new(Executor::default()), Event::new());
        block_on(executor.run(event.wait(|waker| drop(event.start(waker)))));
    });
}

#[test]
fn what_each_of_two_threads_did_before_it_woke_is_seen() {
    loom::model(|| {
        let (executor, one, other) = (Arc::new(Executor::default()), Event::new(), Event::new());
        let first = one.wait(|waker| {
            drop(one.start(waker));
            drop(other.start(waker));
        });
        block_on(executor.run(join(first, other.wait(|_| ()))));
    });
}

#[test]
fn a_wake_is_seen_whoever_comes_to_the_mark() {
    loom::model(|| {
        let (executor, event) = (Arc::new(Executor::default()), Event::new());
        let other = {
            let executor = Arc::clone(&executor);
            thread::spawn(move || {
                executor.try_run_one(None);
                executor.try_run_one(None);
            })
        };
        block_on(executor.run(event.wait(|waker| drop(event.start(waker)))));
        other.join().unwrap();
    });
}

#[test]
fn a_wake_is_seen_though_another_one_is_held_up_before_it_calls_the_mark() {
    loom::model(|| {
        let (executor, event) = (Arc::new(Executor::default()), Event::new());
        let waker = Arc::new(Mutex::new(None));
        let future = event.wait(|its| *waker.lock().unwrap() = Some(its.clone()));
        block_on(executor.run_and(future, |call| {
            thread::spawn(move || call.is_woken.swap(true, Ordering::AcqRel));
            event.start(waker.lock().unwrap().as_ref().unwrap());
        }));
    });
}

/// Each may come to the mark of the other.
#[test]
fn of_two_threads_that_wake_each_other_neither_waits_for_ever() {
    loom::model(|| {
        let executor = Arc::new(Executor::default());
        let [ping, pong] = [Event::new(), Event::new()];
        let of_other = Arc::new(Mutex::new(None));
        block_on(executor.run(async {
            ping.wait(|waker| {
                let (executor, waker, of_other) =
                    (Arc::clone(&executor), waker.clone(), Arc::clone(&of_other));
                let (ping, pong) = (ping.clone(), pong.clone());
                thread::spawn(move || {
                    block_on(executor.run(pong.wait(|its| {
                        *of_other.lock().unwrap() = Some(its.clone());
                        ping.happen();
                        waker.wake();
                    })));
                });
            })
            .await;
            pong.happen();
            let waker = of_other.lock().unwrap().take();
            waker.into_iter().for_each(Waker::wake);
        }));
    });
}
