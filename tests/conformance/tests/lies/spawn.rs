//! Lies about tasks, and about the handles of tasks and closures.

use std::fmt::{self, Debug};
use std::future::{Future, pending, poll_fn};
use std::hint::black_box;
use std::mem::{ManuallyDrop, forget};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::task::{Context, Poll, Waker, ready};
use std::thread;

use anyrt_core::backend::{refuse_id, start_task};
use anyrt_core::task::{Id, Kind, Meta, is_large};
use anyrt_core::{AbortHandle as _, JoinError, JoinHandle as _, Metrics, Spawn, yield_now};
use futures::channel::oneshot;

use super::Lie;
use super::runtime::Handle;
use super::waker::{FirstWaker, Note};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What was told of tasks so far.
static MOST_TASKS: AtomicUsize = AtomicUsize::new(0);

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    #[track_caller]
    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let meta = Meta::new(Kind::Task);
        if const { is_large::<F>() } {
            need_stack_for::<F>(Lie::NeedsMuchStack);
            start_task(self, meta, Box::pin(future))
        } else if Lie::SpawnsUnseen.is_told() {
            self.spawn_task(meta, future)
        } else {
            start_task(self, meta, future)
        }
    }

    fn spawn_task<F>(&self, _: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match Lie::told() {
            None => JoinHandle::of_task(self.tokio.spawn(future)),
            Some(lie) => self.spawn_and_lie(lie, Box::pin(future)),
        }
    }

    fn metrics(&self) -> Metrics {
        let mut metrics = self.tokio.metrics();
        match Lie::told() {
            Some(Lie::CountsTasksForEver) => {
                metrics.alive_tasks =
                    metrics.alive_tasks.map(|tasks| MOST_TASKS.fetch_max(tasks, SeqCst).max(tasks));
            }
            Some(Lie::CallsAllThreadsIdle) => {
                (metrics.blocking_threads, metrics.idle_blocking_threads) = (Some(9), Some(9));
            }
            _ => {}
        }
        metrics
    }

    fn current_task() -> Option<Id> {
        match Lie::told() {
            Some(Lie::HidesIds) => None,
            Some(Lie::HasFreshIds) => Some(Id::next()),
            _ => anyrt_tokio::Handle::current_task(),
        }
    }

    fn poll_unconstrained<F: Future>(
        &self,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        self.tokio.poll_unconstrained(future, cx)
    }

    fn poll_proceed<T>(
        &self,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        match Lie::told() {
            Some(Lie::BudgetsAreEndless) => operation(cx),
            Some(Lie::WaitsCostBudget) => {
                ready!(self.tokio.poll_proceed(cx, |_| Poll::Ready(())));
                operation(cx)
            }
            Some(Lie::AttemptsWithoutBudget) => {
                let output = operation(cx);
                ready!(self.tokio.poll_proceed(cx, |_| Poll::Ready(())));
                output
            }
            _ => self.tokio.poll_proceed(cx, operation),
        }
    }

    fn random_u64(&self) -> u64 {
        const CHOSEN_BY_FAIR_DICE: u64 = 4;

        if Lie::RandomNumbersAreTheSame.is_told() {
            CHOSEN_BY_FAIR_DICE
        } else {
            self.tokio.random_u64()
        }
    }
}

/// If this lie is told, needs stack for twenty futures.
pub(super) fn need_stack_for<F>(lie: Lie) {
    #[inline(never)]
    fn need_stack<F>() {
        let mut places = [const { None::<F> }; 20];
        black_box(&mut places);
    }

    if lie.is_told() {
        need_stack::<F>();
    }
}

impl Handle {
    fn spawn_and_lie<T: Send + 'static>(
        &self,
        lie: Lie,
        mut future: BoxFuture<T>,
    ) -> JoinHandle<T> {
        let spawn = |future: BoxFuture<T>| JoinHandle::of_task(self.tokio.spawn(future));
        match lie {
            Lie::DropsFutures | Lie::DoesNothing => {
                drop(future);
                spawn(Box::pin(pending()))
            }
            Lie::StartsTasksWhenAwaited => {
                let (start, is_started) = oneshot::channel();
                let mut task = spawn(Box::pin(async move {
                    match is_started.await {
                        Ok(()) => future.await,
                        Err(_) => pending().await,
                    }
                }));
                task.start = Some(start);
                task
            }
            Lie::RunsTasksInTheirJoin => self.spawn_in_place(future),
            Lie::BlocksUntilTasksStart => {
                let (start, is_started) = mpsc::channel();
                let task = spawn(Box::pin(async move {
                    let _ = start.send(());
                    future.await
                }));
                let _ = is_started.recv();
                task
            }
            Lie::SpawnsInsideTheRuntimeOnly => {
                let _ = tokio::runtime::Handle::current();
                spawn(future)
            }
            Lie::SpawnPanicsAfterShutdown if self.is_gone.load(SeqCst) => {
                panic!("the runtime is gone")
            }
            Lie::LeaksFuturesAfterShutdown if self.is_gone.load(SeqCst) => {
                forget(future);
                spawn(Box::pin(pending()))
            }
            Lie::NeverWakesTasks => spawn(Box::pin(poll_fn(move |_| {
                future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            }))),
            Lie::PollsAfterReady => spawn(Box::pin(poll_fn(move |cx| {
                let output = ready!(future.as_mut().poll(cx));
                // A panic about it goes no further, so that the output stands.
                let again = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx).is_ready()));
                drop(again);
                Poll::Ready(output)
            }))),
            Lie::NeverParksTasks => spawn(Box::pin(poll_fn(move |cx| {
                cx.waker().wake_by_ref();
                future.as_mut().poll(cx)
            }))),
            Lie::PollsYieldingTasksAtOnce => {
                spawn(Box::pin(poll_fn(move |cx| poll_while_it_wakes_itself(future.as_mut(), cx))))
            }
            Lie::PutsNewTasksLast => spawn(Box::pin(async move {
                yield_now().await;
                future.await
            })),
            Lie::LetsTasksStarveOthers => spawn(Box::pin(tokio::task::unconstrained(future))),
            Lie::LeaksFutures => {
                let mut leaked = ManuallyDrop::new(future);
                spawn(Box::pin(poll_fn(move |cx| leaked.as_mut().poll(cx))))
            }
            Lie::LeaksFuturesThatPanic => {
                let mut slot = Some(future);
                spawn(Box::pin(poll_fn(move |cx| {
                    let future = slot.take().expect("a task that panicked is not polled");
                    let mut future = ManuallyDrop::new(future);
                    let poll = future.as_mut().poll(cx);
                    slot = Some(ManuallyDrop::into_inner(future));
                    poll
                })))
            }
            Lie::DropsFuturesAfterUnwinding => {
                let mut slot = Some(future);
                spawn(Box::pin(poll_fn(move |cx| {
                    let future = slot.as_mut().expect("a task that panicked is not polled");
                    let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
                    polled.unwrap_or_else(|payload| {
                        slot = None;
                        resume_unwind(payload)
                    })
                })))
            }
            Lie::KeepsFuturesUntilJoined => self.spawn_discardable(future, false),
            Lie::DropsFuturesInAbort => self.spawn_discardable(future, true),
            _ => spawn(future),
        }
    }

    /// A task that is polled for the first time by whoever polls its handle.
    fn spawn_in_place<T: Send + 'static>(&self, future: BoxFuture<T>) -> JoinHandle<T> {
        let place = Arc::new(Mutex::new((Some(future), None)));
        let (begin, has_begun) = oneshot::channel();
        let polled = Arc::clone(&place);
        let mut task = JoinHandle::of_task(self.tokio.spawn(async move {
            // Also if the handle is gone.
            let _ = has_begun.await;
            poll_fn(|cx| {
                let mut place = polled.lock().unwrap_or_else(PoisonError::into_inner);
                let (future, output) = &mut *place;
                match output.take() {
                    Some(output) => Poll::Ready(output),
                    None => future.as_mut().expect("it was not ready").as_mut().poll(cx),
                }
            })
            .await
        }));
        task.in_place = Some(Box::new(move || {
            let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
            let (future, output) = &mut *place;
            let polled = future
                .as_mut()
                .map(|future| future.as_mut().poll(&mut Context::from_waker(Waker::noop())));
            if let Some(Poll::Ready(ready)) = polled {
                (*future, *output) = (None, Some(ready));
            }
            drop(place);
            let _ = begin.send(());
        }));
        task
    }

    /// A task whose future can be dropped by whoever holds a handle.
    fn spawn_discardable<T: Send + 'static>(
        &self,
        future: BoxFuture<T>,
        is_dropped_when_ready: bool,
    ) -> JoinHandle<T> {
        let slot = Arc::new(Mutex::new(Some(future)));
        let polled = Arc::clone(&slot);
        let mut task = JoinHandle::of_task(self.tokio.spawn(poll_fn(move |cx| {
            let mut slot = polled.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(future) = &mut *slot else { return Poll::Pending };
            let poll = future.as_mut().poll(cx);
            if poll.is_ready() && is_dropped_when_ready {
                *slot = None;
            }
            poll
        })));
        task.abort.discard = Some(Arc::new(move || {
            // A poll that runs has it locked.
            let future = slot.try_lock().ok().and_then(|mut slot| slot.take());
            drop(future);
        }));
        task
    }
}

fn poll_while_it_wakes_itself<T>(
    mut future: Pin<&mut (dyn Future<Output = T> + Send)>,
    cx: &mut Context<'_>,
) -> Poll<T> {
    const POLLS: usize = 8;

    for _ in 0..POLLS {
        let note = Arc::new(Note::default());
        let waker = Waker::from(Arc::clone(&note));
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Poll::Ready(output);
        }
        if !note.was_woken() {
            break;
        }
    }
    future.poll(cx)
}

/// Awaits a task or a closure on tokio.
pub(crate) struct JoinHandle<T> {
    tokio: anyrt_tokio::JoinHandle<T>,
    abort: AbortHandle,
    /// Starts the task.
    start: Option<oneshot::Sender<()>>,
    /// Polls the future of the task.
    in_place: Option<Box<dyn FnOnce() + Send + Sync>>,
    first_waker: FirstWaker,
    was_ready: bool,
    id: Id,
}

impl<T: Send> JoinHandle<T> {
    fn of_task(tokio: anyrt_tokio::JoinHandle<T>) -> Self {
        let abort = AbortHandle {
            tokio: tokio.abort_handle(),
            is_late: false,
            is_closure: false,
            was_called: Arc::default(),
            discard: None,
        };
        let (first_waker, id) = (FirstWaker::default(), tokio.id());
        Self { tokio, abort, start: None, in_place: None, first_waker, was_ready: false, id }
    }

    pub(crate) fn of_closure(tokio: anyrt_tokio::JoinHandle<T>) -> Self {
        let mut handle = Self::of_task(tokio);
        handle.abort.is_closure = true;
        handle
    }
}

impl<T: Send> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(lie) = Lie::told() else {
            let poll = Pin::new(&mut this.tokio).poll(cx);
            this.was_ready |= poll.is_ready();
            return poll;
        };

        if let Some(start) = this.start.take() {
            let _ = start.send(());
        }
        if let Some(poll) = this.in_place.take() {
            poll();
        }
        let (is_aborted, is_closure) = (this.abort.was_called.load(SeqCst), this.abort.is_closure);
        let id = this.id;
        let is_cancelled_early = match lie {
            Lie::CancelsBeforeItDrops => is_aborted && !is_closure,
            Lie::AbortsRunningClosures => is_aborted && is_closure,
            _ => false,
        };
        if is_cancelled_early && !this.was_ready {
            this.was_ready = true;
            return Poll::Ready(Err(JoinError::cancelled(id)));
        }
        let tokio = Pin::new(&mut this.tokio);
        let result = ready!(match lie {
            Lie::NeverResolvesJoins | Lie::DoesNothing => Poll::Pending,
            Lie::JoinsPendAfterReady if this.was_ready => Poll::Pending,
            Lie::NeverWakesJoins => tokio.poll(&mut Context::from_waker(Waker::noop())),
            Lie::JoinsWakeTheFirst => tokio.poll(&mut this.first_waker.context(cx)),
            _ => tokio.poll(cx),
        });
        this.was_ready = true;
        if let (Lie::KeepsFuturesUntilJoined, Some(discard)) = (lie, &this.abort.discard) {
            discard();
        }
        Poll::Ready(match (lie, result) {
            (Lie::UnwindsIntoTheAwaiter, Err(error)) if error.is_panic() => error.resume_unwind(),
            (Lie::LosesPayloads, Err(error)) if error.is_panic() => {
                Err(JoinError::panicked(id, Box::new("a task panicked")))
            }
            (Lie::ReportsPanicsAsCancelled, Err(_)) if !is_closure => Err(JoinError::cancelled(id)),
            (Lie::LosesPanicsOfClosures, Err(_)) if is_closure => Err(JoinError::cancelled(id)),
            // Asked now, for the task may have called it since the poll began.
            (Lie::LosesOutputsOfAbortedTasks, Ok(_))
                if this.abort.was_called.load(SeqCst) && !is_closure =>
            {
                Err(JoinError::cancelled(id))
            }
            (_, result) => result,
        })
    }
}

impl<T: Send> anyrt_core::JoinHandle<T> for JoinHandle<T> {
    type AbortHandle = AbortHandle;

    fn abort(&self) {
        self.abort.abort();
    }

    fn is_finished(&self) -> bool {
        self.abort.is_finished()
    }

    fn abort_handle(&self) -> AbortHandle {
        AbortHandle { is_late: self.was_ready, ..self.abort.clone() }
    }

    fn id(&self) -> Id {
        if self.was_ready { refuse_id() } else { self.id }
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        let lie = if self.abort.is_closure { Lie::DropCancelsClosures } else { Lie::DropCancels };
        if lie.is_told() {
            self.abort.tokio.abort();
        }
    }
}

impl<T> Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tokio.fmt(f)
    }
}

/// Aborts a task or a closure on tokio.
#[derive(Clone)]
pub(crate) struct AbortHandle {
    tokio: anyrt_tokio::AbortHandle,
    /// Made when the result had been taken.
    is_late: bool,
    is_closure: bool,
    was_called: Arc<AtomicBool>,
    /// Drops the future on this thread.
    discard: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tokio.fmt(f)
    }
}

impl anyrt_core::AbortHandle for AbortHandle {
    fn abort(&self) {
        self.was_called.store(true, SeqCst);
        match (Lie::told(), &self.discard) {
            (Some(Lie::DoesNothing), _) => return,
            (Some(Lie::IgnoresAbort), _) if !self.is_closure => return,
            (Some(Lie::IgnoresAbortOfClosures), _) if self.is_closure => return,
            (Some(Lie::DropsFuturesInAbort), Some(discard)) => discard(),
            _ => {}
        }
        self.tokio.abort();
        while Lie::AbortWaits.is_told() && !self.tokio.is_finished() {
            thread::yield_now();
        }
    }

    fn is_finished(&self) -> bool {
        match Lie::told() {
            Some(Lie::DoesNothing | Lie::NeverFinished) => false,
            Some(Lie::AlwaysFinished) => true,
            Some(Lie::FinishedOnceAborted) if self.was_called.load(SeqCst) => true,
            _ => self.tokio.is_finished(),
        }
    }

    fn id(&self) -> Id {
        match Lie::told() {
            Some(Lie::AbortsHaveFreshIds) => Id::next(),
            _ if self.is_late => refuse_id(),
            _ => self.tokio.id(),
        }
    }
}
