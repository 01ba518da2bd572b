//! Tasks that do not outlive the block in which they are spawned.
//!
//! The children are tasks of the runtime, which may be on other threads, and so own what they use. To borrow from the
//! block they would have to be gone before it: but a future can't wait in its destructor, and may be forgotten
//! without one, so no safe code can promise that. Children that borrow, and so run within the task of the scope, are
//! what `join!` and the like are for.

mod children;

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::Handle;
use children::{Children, Failure, Running};

pub use children::Child;

/// Runs `body`, which may spawn tasks on the [`Scope`] that it is given, and returns when all of them have ended.
///
/// So no task is left behind, and none fails unseen. If the body or a child panics, the body is dropped, the other
/// children are aborted, and when they have ended that panic goes on here.
///
/// ```
/// use anyrt::task;
///
/// # #[anyrt::main]
/// # async fn main() {
/// let sum = task::scope(async |scope| {
///     let one = scope.spawn(async { 1 });
///     let other = scope.spawn(async { 2 });
///     scope.spawn(async { println!("awaited by nobody, but by the scope") });
///     one.await + other.await
/// });
/// assert_eq!(sum.await, 3);
/// # }
/// ```
///
/// Children may run on other threads, and own what they use: where they are to share something of the body, give it to
/// them in an `Arc`. The scope itself can be cloned, and be given to a child, which then has siblings of its own making.
///
/// # Cancel safety
/// Not cancel safe: dropped before it is ready, it aborts the children, and does not wait for them. Blocking closures
/// that run go on.
///
/// # Panics
/// As the body or a child did, the first of them; or the runtime of a child has ended.
pub async fn scope<T, F>(body: impl FnOnce(Scope) -> F) -> T
where
    F: Future<Output = T>,
{
    let result = run(|children| {
        let body = body(Scope { children });
        async { Ok(body.await) }
    });
    let Ok(output) = result.await;
    output
}

/// Runs `body`, which may spawn tasks on the [`TryScope`] that it is given, and returns when all of them have ended, or
/// the first of them has failed.
///
/// As [`scope`], but the body and the children may return errors. With the first one the body is dropped, the other
/// children are aborted, and when they have ended the error is returned. What fails after that is not told.
///
/// ```
/// use std::{fs, io};
/// use anyrt::task;
///
/// # #[anyrt::main]
/// # async fn main() {
/// let lengths = task::try_scope(async |scope| {
///     let one = scope.spawn_blocking(|| Ok(fs::read("Cargo.toml")?.len()));
///     let other = scope.spawn_blocking(|| Ok(fs::read("no such file")?.len()));
///     io::Result::Ok((one.await, other.await))
/// });
/// assert_eq!(lengths.await.unwrap_err().kind(), io::ErrorKind::NotFound);
/// # }
/// ```
///
/// # Cancel safety
/// Not cancel safe, as [`scope`].
///
/// # Errors
/// The first one that the body or a child has returned.
///
/// # Panics
/// As [`scope`].
pub async fn try_scope<T, E, F>(body: impl FnOnce(TryScope<E>) -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
    E: Send + 'static,
{
    run(|children| body(TryScope { children })).await
}

/// Spawns the children of a [`scope`].
#[derive(Clone)]
pub struct Scope {
    children: Arc<Children<Infallible>>,
}

/// Spawns the children of a [`try_scope`], which may fail.
pub struct TryScope<E> {
    children: Arc<Children<E>>,
}

impl Scope {
    /// Starts `future` as a task that the scope waits for; see [`spawn`](crate::spawn).
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let answer = anyrt::task::scope(async |scope| scope.spawn(async { 42 }).await);
    /// assert_eq!(answer.await, 42);
    /// # }
    /// ```
    ///
    /// # Panics
    /// The scope has ended; otherwise as [`spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Child<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, child) = self.children.adopt(async { Ok(future.await) });
        self.children.insert(crate::spawn(task), child)
    }

    /// The same on a runtime of one's choice.
    ///
    /// # Panics
    /// The scope has ended; otherwise as [`Handle::spawn`].
    #[track_caller]
    pub fn spawn_on<F>(&self, runtime: &Handle, future: F) -> Child<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, child) = self.children.adopt(async { Ok(future.await) });
        self.children.insert(runtime.spawn(task), child)
    }

    /// Runs `closure` where blocking is welcome; see [`spawn_blocking`](crate::spawn_blocking).
    ///
    /// Once it runs nobody can stop it, and the scope waits for it in any case.
    ///
    /// # Panics
    /// The scope has ended; otherwise as [`spawn_blocking`](crate::spawn_blocking).
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, closure: F) -> Child<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (closure, child) = self.children.adopt_closure(|| Ok(closure()));
        self.children.insert(crate::spawn_blocking(closure), child)
    }
}

impl<E: Send + 'static> TryScope<E> {
    /// Starts `future` as a task that the scope waits for, and whose error ends it; see [`spawn`](crate::spawn).
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let failed = anyrt::task::try_scope(async |scope| {
    ///     scope.spawn(async { Err::<(), _>("failed") });
    ///     std::future::pending().await
    /// });
    /// assert_eq!(failed.await, Err::<(), _>("failed"));
    /// # }
    /// ```
    ///
    /// # Panics
    /// The scope has ended; otherwise as [`spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn<F, T>(&self, future: F) -> Child<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
    {
        let (task, child) = self.children.adopt(future);
        self.children.insert(crate::spawn(task), child)
    }

    /// The same on a runtime of one's choice.
    ///
    /// # Panics
    /// The scope has ended; otherwise as [`Handle::spawn`].
    #[track_caller]
    pub fn spawn_on<F, T>(&self, runtime: &Handle, future: F) -> Child<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
    {
        let (task, child) = self.children.adopt(future);
        self.children.insert(runtime.spawn(task), child)
    }

    /// Runs `closure` where blocking is welcome; see [`spawn_blocking`](crate::spawn_blocking).
    ///
    /// Once it runs nobody can stop it, and the scope waits for it in any case.
    ///
    /// # Panics
    /// The scope has ended; otherwise as [`spawn_blocking`](crate::spawn_blocking).
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, closure: F) -> Child<T>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
    {
        let (closure, child) = self.children.adopt_closure(closure);
        self.children.insert(crate::spawn_blocking(closure), child)
    }
}

impl<E> Clone for TryScope<E> {
    fn clone(&self) -> Self {
        Self { children: Arc::clone(&self.children) }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for TryScope<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryScope").finish_non_exhaustive()
    }
}

/// Runs a body to its end or to the first failure, and its children to theirs.
async fn run<T, E, F>(body: impl FnOnce(Arc<Children<E>>) -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
    E: Send + 'static,
{
    let children = Arc::default();
    let mut running = Running::new(&children);
    let outcome = match catch(|| body(children)) {
        Ok(body) => run_body(body, &mut running).await,
        Err(panic) => Err(panic),
    };
    let failure = match outcome {
        Ok(output) => match running.join_all().await {
            None => return Ok(output),
            Some(failure) => failure,
        },
        Err(failure) => failure,
    };
    running.abort_and_join_all().await;
    match failure {
        Failure::Error(error) => Err(error),
        Failure::Panic(payload) => resume_unwind(payload),
        Failure::Cancelled(error) => panic!("a task of a scope was dropped: {error}"),
    }
}

/// Runs a body to its end or to the first failure, and drops it.
async fn run_body<T, E, F>(body: F, running: &mut Running<E>) -> Result<T, Failure<E>>
where
    F: Future<Output = Result<T, E>>,
    E: Send + 'static,
{
    let mut body = pin!(Some(body));
    let poll = |cx: &mut Context<'_>| {
        // A failure of a child comes first: the body may be about to await that one for ever.
        if let Poll::Ready(failure) = running.poll_failure(cx) {
            return Poll::Ready(Err(failure));
        }
        let Some(body) = body.as_mut().as_pin_mut() else { return Poll::Pending };
        match catch(|| body.poll(cx)) {
            Ok(poll) => poll.map_err(Failure::Error),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    };
    let outcome = poll_fn(poll).await;
    let dropped = catch(|| body.set(None));
    // What failed first counts.
    let output = outcome?;
    dropped.map(|()| output)
}

/// Calls code of the body, whose panic is a failure as that of a child.
fn catch<R, E>(code: impl FnOnce() -> R) -> Result<R, Failure<E>> {
    // What a panic leaves half done is dropped, or was shared by the user's own choice.
    catch_unwind(AssertUnwindSafe(code)).map_err(Failure::Panic)
}
