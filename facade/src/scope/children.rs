//! The children of a scope: how they come in, and what becomes of them.

use std::any::Any;
use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use anyrt_core::JoinError;
use anyrt_core::observe::{self, Wait};
use anyrt_core::task::{Id, OutcomeCell, contain};
use pin_project_lite::pin_project;

use crate::running::as_task;
use crate::task::JoinSet;
use crate::{JoinHandle, coop};

/// Why a scope ends before its time.
pub(super) enum Failure<E> {
    Error(E),
    Panic(Box<dyn Any + Send>),
    /// A child was dropped, by a runtime that has ended or has no thread for it.
    Cancelled(JoinError),
}

/// Where children come in, from any thread.
pub(super) struct Children<E> {
    state: Mutex<State<E>>,
}

/// What the scope waits for: the outputs go to the handles.
type Ends<E> = Result<(), E>;

struct State<E> {
    has_ended: bool,
    /// Those that the scope has not taken in yet.
    new: Vec<JoinHandle<Ends<E>>>,
    /// Wakes the scope for them.
    waker: Option<Waker>,
}

impl<E> Default for Children<E> {
    fn default() -> Self {
        Self { state: Mutex::new(State { has_ended: false, new: Vec::new(), waker: None }) }
    }
}

impl<E> Children<E> {
    // No code of the user runs under the lock: wakers are cloned, woken and dropped outside, and so are handles.
    fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be spawned for a child, and its handle.
    ///
    /// # Panics
    /// The scope has ended.
    #[track_caller]
    pub(super) fn adopt<F, T>(&self, future: F) -> (ChildTask<F, T>, Child<T>)
    where
        F: Future<Output = Result<T, E>>,
    {
        self.assert_running();
        let output = Arc::new(OutcomeCell::new());
        let child = Child { output: Arc::clone(&output), task: None };
        (ChildTask { future: Some(future), output }, child)
    }

    /// The same for a closure.
    #[track_caller]
    pub(super) fn adopt_closure<F, T>(
        &self,
        closure: F,
    ) -> (impl FnOnce() -> Ends<E> + use<F, T, E>, Child<T>)
    where
        F: FnOnce() -> Result<T, E>,
    {
        self.assert_running();
        let output = Arc::new(OutcomeCell::new());
        let child = Child { output: Arc::clone(&output), task: None };
        let closure = move || {
            output.finish(Ok(closure()?));
            Ok(())
        };
        (closure, child)
    }

    #[track_caller]
    fn assert_running(&self) {
        let has_ended = self.lock().has_ended;
        assert!(!has_ended, "a task was spawned on a scope that has ended");
    }

    /// Hands a child that was spawned over to the scope.
    pub(super) fn insert<T>(&self, task: JoinHandle<Ends<E>>, mut child: Child<T>) -> Child<T> {
        if mem::needs_drop::<T>() {
            child.task = Some(task.id());
        }
        self.insert_task(task);
        child
    }

    fn insert_task(&self, child: JoinHandle<Ends<E>>) {
        let mut state = self.lock();
        if state.has_ended {
            // In between.
            drop(state);
            child.abort();
            return;
        }
        state.new.push(child);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            contain(|| waker.wake());
        }
    }

    /// Takes those that have come, and has `waker` woken for the next.
    fn take(&self, waker: &Waker) -> Vec<JoinHandle<Ends<E>>> {
        let waker = waker.clone();
        let mut state = self.lock();
        let old = state.waker.replace(waker);
        let new = mem::take(&mut state.new);
        drop(state);
        drop(old);
        new
    }

    /// Takes no more of them, unless there is one.
    fn end(&self) -> bool {
        let mut state = self.lock();
        state.has_ended = state.new.is_empty();
        state.has_ended
    }
}

/// The scope's own view of its children. Dropped, it aborts them.
pub(super) struct Running<E> {
    children: Arc<Children<E>>,
    set: JoinSet<Ends<E>>,
    /// Whether who comes is aborted.
    is_failing: bool,
}

impl<E: Send + 'static> Running<E> {
    pub(super) fn new(children: &Arc<Children<E>>) -> Self {
        Self { children: Arc::clone(children), set: JoinSet::new(), is_failing: false }
    }

    /// Ready with the first failure. Pending while there is none, and when no child is left.
    pub(super) fn poll_failure(&mut self, cx: &mut Context<'_>) -> Poll<Failure<E>> {
        while let Some(joined) = ready!(self.poll_join_next(cx)) {
            match joined {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Poll::Ready(Failure::Error(error)),
                Err(error) => {
                    let panic = error.into_panic();
                    return Poll::Ready(panic.map_or_else(Failure::Cancelled, Failure::Panic));
                }
            }
        }
        Poll::Pending
    }

    /// Waits until there are no children, or one has failed.
    pub(super) async fn join_all(&mut self) -> Option<Failure<E>> {
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(failure) = self.poll_failure(cx) {
                    return Poll::Ready(Some(failure));
                }
                if !self.set.is_empty() {
                    return Poll::Pending;
                }
                if self.children.end() {
                    return Poll::Ready(None);
                }
            }
        })
        .await
    }

    /// Aborts all children, and waits until there are none.
    pub(super) async fn abort_and_join_all(&mut self) {
        self.is_failing = true;
        self.set.abort_all();
        poll_fn(|cx| {
            loop {
                match ready!(self.poll_join_next(cx)) {
                    // What fails now is not told.
                    Some(joined) => contain(|| drop(joined)),
                    None if self.children.end() => return Poll::Ready(()),
                    None => {}
                }
            }
        })
        .await;
    }

    /// The next child that ends, those that come meanwhile among them.
    fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Ends<E>, JoinError>>> {
        for child in self.children.take(cx.waker()) {
            if self.is_failing {
                child.abort();
            }
            self.set.insert(child);
        }
        self.set.poll_join_next(cx)
    }
}

impl<E> Drop for Running<E> {
    fn drop(&mut self) {
        let mut state = self.children.lock();
        state.has_ended = true;
        let (new, waker) = (mem::take(&mut state.new), state.waker.take());
        drop(state);
        new.iter().for_each(JoinHandle::abort);
        contain(|| drop((new, waker)));
    }
}

pin_project! {
    /// A child as it is spawned: its output goes to its handle, and its error to the scope.
    pub(super) struct ChildTask<F, T> {
        // `None` once it has ended.
        #[pin]
        future: Option<F>,
        output: Arc<OutcomeCell<T>>,
    }
}

impl<F: Future<Output = Result<T, E>>, T, E> Future for ChildTask<F, T> {
    type Output = Ends<E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ends<E>> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let output = ready!(future.poll(cx))?;
        // Before anybody can know of the output.
        this.future.set(None);
        this.output.finish(Ok(output));
        Poll::Ready(Ok(()))
    }
}

/// Awaits the output of a task that was spawned on a scope.
///
/// It has no error: when a child fails the scope ends, and with it whoever awaits the child in there. Elsewhere the
/// output of a child that fails is awaited for ever. Awaiting is cancel safe. Dropping the handle leaves the child to
/// the scope.
///
/// # Panics
/// When it is polled again after it was ready.
pub struct Child<T> {
    output: Arc<OutcomeCell<T>>,
    /// Whose output it is, once that is spawned and where a destructor may ask for it.
    task: Option<Id>,
}

impl<T> Child<T> {
    /// Whether the output is there.
    pub fn is_finished(&self) -> bool {
        self.output.is_finished()
    }
}

impl<T> Future for Child<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let poll = coop::poll_proceed(cx, |cx| match self.output.poll_join(cx) {
            Poll::Ready(Ok(output)) => Poll::Ready(output),
            // An error goes to the scope.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        });
        observe::label(&poll, || Wait::other(&"a task of a scope"));
        poll
    }
}

impl<T> Drop for Child<T> {
    fn drop(&mut self) {
        match self.task {
            // A destructor of the output is code of that task (S19).
            Some(task) => as_task(task, || self.output.detach_as(task)),
            None => self.output.detach(),
        }
    }
}

impl<T> fmt::Debug for Child<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("is_finished", &self.is_finished()).finish()
    }
}
