//! Starting tasks, and the handle that awaits one.

use std::fmt::{self, Debug};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::task::{self, Id, Kind, Meta, is_large};
use crate::{JoinError, Metrics, coop, observe, random};

/// Starts asynchronous tasks.
///
/// Guarantees: S1 to S9, S12 and S13 of the [table](crate#guarantees).
///
/// ```
/// use anyrt_core::{JoinError, Spawn};
///
/// async fn double<R: Spawn>(runtime: &R, n: u32) -> Result<u32, JoinError> {
///     runtime.spawn(async move { n * 2 }).await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't spawn tasks: it is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`",
    note = "a handle of the runtime itself is turned into one of its adapter: `anyrt_tokio::Handle::from(tokio_handle)`"
)]
pub trait Spawn: Clone + Debug + Send + Sync + Unpin + 'static {
    /// Awaits the output of a task.
    type JoinHandle<T: Send + 'static>: JoinHandle<T> + Send + Sync + 'static;

    /// Starts `future` as a task of its own (S1).
    ///
    /// May be called from anywhere: a task, a thread that the runtime does not know, a blocking
    /// closure, a destructor. Nobody needs to await the handle: the task starts without it, and
    /// dropping it detaches the task (S2).
    ///
    /// A panic of the future, or of its destructor, ends this task alone and is handed to whoever
    /// awaits the handle (S5). Once the runtime has shut down, the future is dropped and the handle
    /// resolves to a cancelled [`JoinError`] (S6); this method does not panic.
    ///
    /// Futures above 16 KiB are moved to the heap at once, so that the call needs little stack
    /// (S13). No order is promised among tasks.
    ///
    /// An [observer](crate::observe) is told where the caller stands (S20); a
    /// [`Builder`](task::Builder) gives the task a name as well.
    #[inline]
    #[track_caller]
    fn spawn<F>(&self, future: F) -> Self::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let meta = Meta::new(Kind::Task);
        // Here, because each call that a future is moved through may copy it.
        if const { is_large::<F>() } {
            start_task(self, meta, Box::pin(future))
        } else {
            start_task(self, meta, future)
        }
    }

    /// What a backend does for [`spawn`](Self::spawn), which has boxed the future if it is large.
    ///
    /// The backend may show `meta` in its own tools, and else has no use for it. Whoever spawns calls
    /// `spawn`: observers are not told of what this is called for directly.
    fn spawn_task<F>(&self, meta: Meta<'_>, future: F) -> Self::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// The task or blocking closure of a runtime of this kind that this thread runs, if any (S19).
    ///
    /// The future of a `block_on` is no task. To be written anew by backends whose tasks are not those of
    /// [`task`].
    ///
    /// ```
    /// use anyrt_core::Spawn;
    ///
    /// fn log<R: Spawn>(text: &str) {
    ///     match R::current_task() {
    ///         Some(id) => eprintln!("task {id}: {text}"),
    ///         None => eprintln!("outside of tasks: {text}"),
    ///     }
    /// }
    /// ```
    #[inline]
    fn current_task() -> Option<Id> {
        task::current()
    }

    /// Lets `future` do as much in one poll as it finds ready (S12).
    ///
    /// Timers and other tasks may have to wait for long then; meant for futures that limit
    /// themselves. Cancel safe if `future` is.
    fn unconstrained<F: Future>(&self, future: F) -> Unconstrained<F, Self> {
        Unconstrained { future, runtime: self.clone() }
    }

    /// Polls `future` without the budget that a task of this runtime has.
    ///
    /// What [`unconstrained`](Self::unconstrained) does at each poll. To be written anew by a backend
    /// whose runtime has a budget of its own, beside that of [`coop`].
    fn poll_unconstrained<F: Future>(
        &self,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        coop::poll_unconstrained(future, cx)
    }

    /// Polls an operation that counts against the budget of the task around it (S12).
    ///
    /// For operations that are not anyrt's and can be ready again and again, such as to receive from a channel.
    /// With budget left, `operation` is called, and takes one from the budget if it is ready: what has to wait
    /// costs nothing. Without, it is not called: this is `Pending`, and the task is polled again behind the
    /// others. Where there is no budget, as outside of tasks, it is always called.
    ///
    /// To be written anew by a backend whose runtime has a budget of its own, beside that of [`coop`].
    ///
    /// ```
    /// use std::sync::mpsc::{Receiver, TryRecvError};
    /// use std::task::{Context, Poll};
    /// use anyrt_core::Spawn;
    ///
    /// /// Takes the next number; `register` sees to it that the task is woken for one.
    /// fn poll_next<R: Spawn>(
    ///     runtime: &R,
    ///     cx: &mut Context<'_>,
    ///     numbers: &Receiver<u32>,
    ///     register: impl Fn(&Context<'_>),
    /// ) -> Poll<Option<u32>> {
    ///     register(cx);
    ///     runtime.poll_proceed(cx, |_| match numbers.try_recv() {
    ///         Ok(number) => Poll::Ready(Some(number)),
    ///         Err(TryRecvError::Empty) => Poll::Pending,
    ///         Err(TryRecvError::Disconnected) => Poll::Ready(None),
    ///     })
    /// }
    /// ```
    fn poll_proceed<T>(
        &self,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        coop::poll_operation(cx, operation)
    }

    /// Takes one from the budget of the task around it, and lets the others go first when there is none left
    /// (S12). Cancel safe.
    ///
    /// For loops that may find something to do for ever, in operations that are not anyrt's.
    ///
    /// ```
    /// use anyrt_core::Spawn;
    ///
    /// async fn sum<R: Spawn>(runtime: &R, numbers: impl Iterator<Item = u64>) -> u64 {
    ///     let mut sum = 0;
    ///     for number in numbers {
    ///         sum += number;
    ///         runtime.consume_budget().await;
    ///     }
    ///     sum
    /// }
    /// ```
    fn consume_budget(&self) -> ConsumeBudget<Self> {
        ConsumeBudget { runtime: self.clone() }
    }

    /// A random number, each of the 2^64 as likely as the others (S21); [`random`](crate::random) makes more of it.
    ///
    /// By default from a generator of the thread's own. To be written anew by a backend that decides on
    /// everything that can turn out one way or another, such as a simulator.
    fn random_u64(&self) -> u64 {
        random::u64_of_thread()
    }

    /// What the runtime knows about itself now (S22).
    ///
    /// By default nothing. To be written anew by a backend whose runtime counts something; it may look at each task
    /// for it, and so is for reports, and not for decisions that are taken often.
    ///
    /// ```
    /// use anyrt_core::Spawn;
    ///
    /// fn is_idle<R: Spawn>(runtime: &R) -> Option<bool> {
    ///     Some(runtime.metrics().alive_tasks? == 0)
    /// }
    /// ```
    fn metrics(&self) -> Metrics {
        Metrics::default()
    }
}

/// The future of [`Spawn::consume_budget`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct ConsumeBudget<R> {
    runtime: R,
}

impl<R: Spawn> Future for ConsumeBudget<R> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.runtime.poll_proceed(cx, |_| Poll::Ready(()))
    }
}

/// For facades: spawns a future that is not [large](is_large), and tells an observer, if there is one.
#[inline]
pub fn start_task<R, F>(runtime: &R, meta: Meta<'_>, future: F) -> R::JoinHandle<F::Output>
where
    R: Spawn,
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    if observe::is_installed() {
        return observe::spawn(runtime, meta, future);
    }
    runtime.spawn_task(meta, future)
}

pin_project! {
    /// A future without a budget; made by [`Spawn::unconstrained`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct Unconstrained<F, R> {
        #[pin]
        future: F,
        runtime: R,
    }
}

impl<F: Future, R: Spawn> Future for Unconstrained<F, R> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.runtime.poll_unconstrained(this.future, cx)
    }
}

/// Awaits a task or a blocking closure, and can abort it.
///
/// Awaiting resolves to the task's output, or to a [`JoinError`] if it panicked or was aborted. Any
/// executor and thread may await it (S9). Awaiting is cancel safe: dropping the await leaves the
/// task and its output untouched. Polling again after it returned `Ready` panics (S8).
///
/// Dropping the handle detaches: the task runs on (S2, B1). It is `Debug` whatever the output is, so a backend writes that
/// by hand: what is derived asks for a `T: Debug`. Those of [`Spawn`] and [`SpawnBlocking`](crate::SpawnBlocking) are
/// `Send` and `Sync`; one of a task that stays on its thread is where its output is `Send`.
pub trait JoinHandle<T>: Future<Output = Result<T, JoinError>> + Debug + Unpin {
    /// Aborts the same task from elsewhere.
    type AbortHandle: AbortHandle;

    /// Asks that the task be stopped; see [`AbortHandle::abort`].
    fn abort(&self);

    /// Whether the handle would resolve now. True only after the future has been dropped (S4).
    fn is_finished(&self) -> bool;

    /// A handle that can abort the task and can be cloned, but does not await it.
    fn abort_handle(&self) -> Self::AbortHandle;

    /// Which task it is: what [`Spawn::current_task`] says inside of it (S19).
    ///
    /// # Panics
    /// It has returned its result.
    #[track_caller]
    fn id(&self) -> Id;

    /// Ties the task to the handle: dropping what this returns aborts the task.
    ///
    /// ```
    /// use anyrt_core::{JoinHandle, Spawn};
    ///
    /// async fn first_wins<R: Spawn>(runtime: &R) {
    ///     let _helper = runtime.spawn(std::future::pending::<()>()).abort_on_drop();
    ///     // the helper ends with this scope
    /// }
    /// ```
    fn abort_on_drop(self) -> AbortOnDrop<T, Self>
    where
        Self: Sized,
    {
        AbortOnDrop { handle: self, _output: PhantomData }
    }
}

/// For backends: refuses to poll a join handle that has returned its result (S8).
///
/// # Panics
/// Always.
#[cold]
#[track_caller]
pub fn refuse_poll() -> ! {
    panic!("a join handle was polled after it had returned its result")
}

/// For backends: refuses to tell the id of a task whose join handle has returned its result.
///
/// # Panics
/// Always.
#[cold]
#[track_caller]
pub fn refuse_id() -> ! {
    panic!("a join handle was asked for the id of its task after it had returned its result")
}

/// Aborts a task; can be cloned, and outlives the task without harm.
pub trait AbortHandle: Clone + Debug + Send + Sync + Unpin + 'static {
    /// Asks that the task be stopped (S3).
    ///
    /// Returns at once, may be called any number of times, and never drops the task's future on
    /// this thread: the runtime does, before the join resolves to a cancelled [`JoinError`]. If the
    /// task returns `Ready` from the poll during which the request came, its output stands; a
    /// finished task keeps its output. A blocking closure is stopped only if it has not started
    /// (B2).
    fn abort(&self);

    /// Whether the task has ended and its future has been dropped (S4).
    fn is_finished(&self) -> bool;

    /// Which task it is, also once it has ended (S19).
    ///
    /// # Panics
    /// It was made of a join handle that had returned its result.
    #[track_caller]
    fn id(&self) -> Id;
}

/// A join handle that aborts its task when it is dropped, made by [`JoinHandle::abort_on_drop`].
///
/// Awaiting it is like awaiting the handle inside; a finished task is not affected by the drop.
#[must_use = "dropping this aborts the task at once"]
pub struct AbortOnDrop<T, H: JoinHandle<T>> {
    handle: H,
    _output: PhantomData<fn() -> T>,
}

impl<T, H: JoinHandle<T>> AbortOnDrop<T, H> {
    /// The join handle inside.
    pub fn handle(&self) -> &H {
        &self.handle
    }
}

impl<T, H: JoinHandle<T>> Debug for AbortOnDrop<T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AbortOnDrop").field(&self.handle).finish()
    }
}

impl<T, H: JoinHandle<T>> Future for AbortOnDrop<T, H> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.handle).poll(cx)
    }
}

impl<T, H: JoinHandle<T>> Drop for AbortOnDrop<T, H> {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

/// Lets every other runnable task go first (S10).
///
/// The task is polled again after all that was runnable on its worker when this was first polled;
/// tasks that yield in turns alternate fairly. Works on any executor. Cancel safe.
///
/// ```
/// # async fn step() -> bool { true }
/// # async fn example() {
/// while !step().await {
///     anyrt_core::yield_now().await;
/// }
/// # }
/// ```
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// The future of [`yield_now`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    // Waking oneself is what every runtime queues behind the tasks that are runnable; tokio's own
    // `yield_now` reverses the order and starves tasks that wake themselves.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
