//! A set of tasks that are joined in the order in which they end.
//!
//! Each task wakes a waker of its own, which puts the task behind those that have ended before it: see [`ready`]. So
//! the set polls no task that has nothing to say, however many there are.

mod builder;
mod ready;

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use anyrt_core::JoinError;
use anyrt_core::observe::{self, Wait};
use anyrt_core::task::Id;

use crate::task::{LocalSet, spawn_local, unconstrained};
use crate::{AbortHandle, Handle, JoinHandle, coop};
use ready::{Entry, Ready};

pub use builder::Builder;

/// A set of tasks, whose outputs are awaited in the order in which the tasks end.
///
/// Dropping the set aborts its tasks. What they are is free: on several runtimes, local ones, blocking closures. All
/// of a set have one type of output.
///
/// ```
/// use anyrt::task::JoinSet;
///
/// # #[anyrt::main]
/// # async fn main() {
/// let mut set = JoinSet::new();
/// for n in 1..=10 {
///     set.spawn(async move { n * n });
/// }
/// let mut sum = 0;
/// while let Some(square) = set.join_next().await {
///     sum += square.unwrap();
/// }
/// assert_eq!(sum, 385);
/// # }
/// ```
pub struct JoinSet<T> {
    /// By the keys of their entries. Those that are empty are in `free`.
    members: Vec<Member<T>>,
    free: Vec<usize>,
    ready: Arc<Ready>,
}

struct Member<T> {
    /// Stays when the task has gone, and is that of the next one: its waker may still be somewhere, and does no harm.
    entry: Arc<Entry>,
    task: Option<Task<T>>,
}

enum Task<T> {
    Running(JoinHandle<T>),
    /// It ended while it was put in. The lock is there because outputs need not be `Sync`, and is never waited for.
    Ended(Box<Ended<T>>),
}

struct Ended<T> {
    outcome: Mutex<Outcome<T>>,
    /// Knows the id still.
    abort: AbortHandle,
}

type Outcome<T> = Result<T, JoinError>;

// Whatever the output is, as for a join handle.
impl<T> Unpin for JoinSet<T> {}
impl<T> UnwindSafe for JoinSet<T> {}
impl<T> RefUnwindSafe for JoinSet<T> {}

impl<T> JoinSet<T> {
    /// An empty set.
    ///
    /// ```
    /// let set = anyrt::task::JoinSet::<u8>::new();
    /// assert!(set.is_empty());
    /// ```
    pub fn new() -> Self {
        Self { members: Vec::new(), free: Vec::new(), ready: Arc::default() }
    }

    /// How many tasks there are that have not been joined, those that have ended among them.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let mut set = anyrt::task::JoinSet::new();
    /// set.spawn(async {});
    /// assert_eq!(set.len(), 1);
    /// set.join_next().await;
    /// assert_eq!(set.len(), 0);
    /// # }
    /// ```
    pub fn len(&self) -> usize {
        self.members.len() - self.free.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: 'static> JoinSet<T> {
    /// Spawns tasks that have a name; see [`task::Builder`](crate::task::Builder).
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let mut set = anyrt::task::JoinSet::new();
    /// set.build_task().name("answer").spawn(async { 42 });
    /// assert_eq!(set.join_all().await, [42]);
    /// # }
    /// ```
    pub fn build_task(&mut self) -> Builder<'_, T> {
        Builder::new(self)
    }

    /// Starts `task` as one of the set; see [`spawn`](crate::spawn).
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// use std::future::pending;
    /// use anyrt::task::JoinSet;
    ///
    /// let mut set = JoinSet::new();
    /// let abort = set.spawn(pending::<()>());
    /// abort.abort();
    /// assert!(set.join_next().await.unwrap().unwrap_err().is_cancelled());
    /// # }
    /// ```
    ///
    /// # Panics
    /// As [`spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(crate::spawn(task))
    }

    /// The same on a runtime of one's choice.
    ///
    /// ```
    /// use anyrt::task::JoinSet;
    ///
    /// let runtime = anyrt::Runtime::new()?;
    /// let mut set = JoinSet::new();
    /// set.spawn_on(async { 42 }, runtime.handle());
    /// assert_eq!(runtime.block_on(set.join_all()), [42]);
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Panics
    /// As [`Handle::spawn`].
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn(task))
    }

    /// Starts `task` on the [`LocalSet`] around this call; see [`spawn_local`].
    ///
    /// ```
    /// use std::rc::Rc;
    /// use anyrt::task::{JoinSet, LocalSet};
    ///
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let local = LocalSet::new();
    /// let lengths = local.run_until(async {
    ///     let text = Rc::new("local");
    ///     let mut set = JoinSet::new();
    ///     set.spawn_local(async move { Rc::new(text.len()) });
    ///     set.join_all().await
    /// });
    /// assert_eq!(*lengths.await[0], 5);
    /// # }
    /// ```
    ///
    /// # Panics
    /// As [`spawn_local`].
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(spawn_local(task))
    }

    /// The same on a set of one's choice, which runs the task when it is run itself.
    ///
    /// ```
    /// use anyrt::task::{JoinSet, LocalSet};
    ///
    /// let local = LocalSet::new();
    /// let mut set = JoinSet::new();
    /// set.spawn_local_on(async { 42 }, &local);
    /// assert_eq!(anyrt::block_on(local.run_until(set.join_all())), [42]);
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(local_set.spawn_local(task))
    }

    /// Runs `closure` where blocking is welcome; see [`spawn_blocking`](crate::spawn_blocking).
    ///
    /// Once it runs nobody can stop it, not even by a drop of the set.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let mut set = anyrt::task::JoinSet::new();
    /// for path in ["Cargo.toml", "README.md"] {
    ///     set.spawn_blocking(move || std::fs::read(path));
    /// }
    /// assert!(set.join_all().await.iter().all(Result::is_ok));
    /// # }
    /// ```
    ///
    /// # Panics
    /// As [`spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, closure: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(crate::spawn_blocking(closure))
    }

    /// The same on a runtime of one's choice.
    ///
    /// # Panics
    /// As [`Handle::spawn_blocking`].
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, closure: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn_blocking(closure))
    }

    /// Waits for the next task that ends, and returns its output; `None` if there is no task.
    ///
    /// Tasks that have ended come in the order in which they did. Cancel safe: dropped before it is ready, it has
    /// taken nothing out of the set.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// use anyrt::task::JoinSet;
    ///
    /// let mut set = JoinSet::new();
    /// set.spawn(async { panic!("failed") });
    /// let joined: Result<(), _> = set.join_next().await.unwrap();
    /// assert!(joined.unwrap_err().is_panic());
    /// assert!(set.join_next().await.is_none());
    /// # }
    /// ```
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|cx| self.poll_join_next(cx)).await
    }

    /// The same with the id of the task; the error has it in [`JoinError::id`]. Cancel safe likewise.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// use std::collections::HashMap;
    /// use anyrt::task::JoinSet;
    ///
    /// let mut set = JoinSet::new();
    /// let names = HashMap::from([(set.spawn(async { 1 }).id(), "one"), (set.spawn(async { 2 }).id(), "two")]);
    /// while let Some(joined) = set.join_next_with_id().await {
    ///     let (id, number) = joined.unwrap();
    ///     println!("{} is {number}", names[&id]);
    /// }
    /// # }
    /// ```
    pub async fn join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        poll_fn(|cx| self.poll_join_next_with_id(cx)).await
    }

    /// Takes the output of a task that has ended; `None` if none has, or there is no task.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let mut set = anyrt::task::JoinSet::new();
    /// set.spawn(std::future::pending::<()>());
    /// assert!(set.try_join_next().is_none());
    /// # }
    /// ```
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.take_ended(Task::no_id).map(|((), joined)| joined)
    }

    /// The same with the id of the task.
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        self.take_ended(Task::id).map(|(id, joined)| Ok((id, joined?)))
    }

    /// [`join_next`](Self::join_next) as a poll function. Where it is pending, the task of `cx` is woken when a task
    /// ends; of several callers the last one.
    ///
    /// It may be pending although a task has ended, if the budget of the task around it is used up; that task is
    /// polled again then.
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let mut set = anyrt::task::JoinSet::new();
    /// set.spawn(async { 42 });
    /// let joined = poll_fn(|cx| set.poll_join_next(cx)).await;
    /// assert_eq!(joined.unwrap().unwrap(), 42);
    /// # }
    /// ```
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        self.poll_ended(cx, Task::no_id).map(|ended| ended.map(|((), joined)| joined))
    }

    /// The same with the id of the task.
    pub fn poll_join_next_with_id(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        self.poll_ended(cx, Task::id).map(|ended| ended.map(|(id, joined)| Ok((id, joined?))))
    }

    /// Aborts all tasks, and waits until they have ended.
    ///
    /// Outputs are dropped, and so are panics. Blocking closures that run are waited for. Cancel safe: dropped before
    /// it is ready, it leaves what has not ended in the set, aborted.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let mut set = anyrt::task::JoinSet::new();
    /// set.spawn(std::future::pending::<()>());
    /// set.shutdown().await;
    /// assert!(set.is_empty());
    /// # }
    /// ```
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Waits until all tasks have ended, and returns their outputs in the order in which they did.
    ///
    /// Not cancel safe: dropped before it is ready, it drops the set, which aborts the tasks, and the outputs so far.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let set: anyrt::task::JoinSet<_> = (0..3).map(|n| async move { n }).collect();
    /// let mut outputs = set.join_all().await;
    /// outputs.sort();
    /// assert_eq!(outputs, [0, 1, 2]);
    /// # }
    /// ```
    ///
    /// # Panics
    /// A task panicked, with its payload, or was aborted. The others are aborted then.
    pub async fn join_all(mut self) -> Vec<T> {
        let mut outputs = Vec::with_capacity(self.len());
        while let Some(joined) = self.join_next().await {
            match joined {
                Ok(output) => outputs.push(output),
                Err(error) if error.is_panic() => error.resume_unwind(),
                Err(error) => panic!("{error}, while all of its set were awaited"),
            }
        }
        outputs
    }

    /// Asks that all tasks be stopped. They stay in the set, until they are joined.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let mut set = anyrt::task::JoinSet::new();
    /// set.spawn(std::future::pending::<()>());
    /// set.abort_all();
    /// assert!(set.join_next().await.unwrap().unwrap_err().is_cancelled());
    /// # }
    /// ```
    pub fn abort_all(&mut self) {
        self.members.iter().filter_map(|member| member.task.as_ref()).for_each(Task::abort);
    }

    /// Takes all tasks out of the set, which goes without them: they run on by themselves.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// let mut set = anyrt::task::JoinSet::new();
    /// set.spawn(async move { sender.send("still there") });
    /// set.detach_all();
    /// assert!(set.is_empty());
    /// let text = anyrt::spawn_blocking(move || receiver.recv());
    /// assert_eq!(text.await.unwrap().unwrap(), "still there");
    /// # }
    /// ```
    pub fn detach_all(&mut self) {
        self.members.clear();
        self.free.clear();
        // What those have told is not taken for the news of others.
        self.ready = Arc::default();
    }

    /// Puts a task into the set, and has it tell when it ends.
    pub(crate) fn insert(&mut self, mut handle: JoinHandle<T>) -> AbortHandle {
        let abort = handle.abort_handle();
        let key = self.free.pop().unwrap_or_else(|| {
            let entry = Entry::new(self.members.len(), &self.ready);
            self.members.push(Member { entry, task: None });
            self.members.len() - 1
        });
        let member = &mut self.members[key];
        // At once, so that it comes before those that end later.
        let polled = if handle.is_finished() {
            member.entry.wake_by_ref();
            Poll::Pending
        } else {
            member.entry.poll(&mut handle)
        };
        member.task = Some(match polled {
            Poll::Pending => Task::Running(handle),
            Poll::Ready(outcome) => {
                member.entry.wake_by_ref();
                Task::Ended(Box::new(Ended { outcome: Mutex::new(outcome), abort: abort.clone() }))
            }
        });
        abort
    }

    fn poll_ended<I>(
        &mut self,
        cx: &mut Context<'_>,
        id: fn(&Task<T>) -> I,
    ) -> Poll<Option<(I, Outcome<T>)>> {
        if self.is_empty() {
            return Poll::Ready(None);
        }
        let poll = coop::poll_proceed(cx, |cx| {
            loop {
                if let Some(ended) = self.take_ended(id) {
                    return Poll::Ready(Some(ended));
                }
                if self.ready.wait(cx.waker()) {
                    return Poll::Pending;
                }
            }
        });
        observe::label(&poll, || Wait::other(&"the next task of a `JoinSet`"));
        poll
    }

    /// Takes the task out that ended first of those that have.
    fn take_ended<I>(&mut self, id: fn(&Task<T>) -> I) -> Option<(I, Outcome<T>)> {
        loop {
            let key = self.ready.pop()?;
            let member = &mut self.members[key];
            // Before it is polled, so that no wake is lost.
            member.entry.forget_wake();
            // A waker of a task that has gone may have been woken late.
            let Some(task) = member.task.take() else { continue };
            let id = id(&task);
            let outcome = match task {
                Task::Ended(ended) => {
                    ended.outcome.into_inner().unwrap_or_else(PoisonError::into_inner)
                }
                Task::Running(mut handle) => match member.entry.poll(&mut handle) {
                    Poll::Ready(outcome) => outcome,
                    Poll::Pending => {
                        member.task = Some(Task::Running(handle));
                        continue;
                    }
                },
            };
            self.free.push(key);
            return Some((id, outcome));
        }
    }
}

impl<T> Task<T> {
    fn id(&self) -> Id {
        match self {
            Self::Running(handle) => handle.id(),
            Self::Ended(ended) => ended.abort.id(),
        }
    }

    /// To be told apart from all others costs something on some backends.
    fn no_id(&self) {}

    fn abort(&self) {
        if let Self::Running(handle) = self {
            handle.abort();
        }
    }
}

impl Entry {
    /// Looks whether a task has ended, and has it wake this entry if not.
    fn poll<T>(self: &Arc<Self>, handle: &mut JoinHandle<T>) -> Poll<Outcome<T>> {
        let waker = Waker::from(Arc::clone(self));
        // That a task waits for this one is told where it does.
        let look = poll_fn(|cx| handle.poll_silently(cx));
        // What is taken from the budget is taken by whoever joins.
        pin!(unconstrained(look)).poll(&mut Context::from_waker(&waker))
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.members.iter().filter_map(|member| member.task.as_ref()).for_each(Task::abort);
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Spawns each of the futures.
///
/// ```
/// use anyrt::task::JoinSet;
///
/// # #[anyrt::main]
/// # async fn main() {
/// let set: JoinSet<_> = (0..10).map(|n| async move { n }).collect();
/// assert_eq!(set.join_all().await.iter().sum::<i32>(), 45);
/// # }
/// ```
impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        let mut set = Self::new();
        set.extend(futures);
        set
    }
}

/// Spawns each of the futures.
impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        for future in futures {
            self.spawn(future);
        }
    }
}
