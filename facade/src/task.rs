//! Tasks, blocking closures, and entering a runtime.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_core::task::is_large;
use anyrt_core::{BlockInPlace, Current, Spawn, coop};
use pin_project_lite::pin_project;

pub use anyrt_core::task::{Id, Kind, Meta};
pub use anyrt_core::{JoinError, YieldNow, yield_now};

pub use crate::coop::{ConsumeBudget, Cooperative, consume_budget, cooperative, poll_proceed};

use crate::backends::Handles;
use crate::default_runtime::here;
pub use crate::join_handle::{AbortHandle, AbortOnDrop, JoinHandle};
pub use crate::join_set::JoinSet;
pub use crate::local::{LocalEnterGuard, LocalSet, spawn_local};
pub use crate::scope::{Child, Scope, TryScope, scope, try_scope};
pub use crate::task_local::{AccessError, LocalKey, TaskLocalFuture};
use crate::{Handle, SpawnBlocking, local};

/// The parts of a [`JoinSet`].
pub mod join_set {
    pub use crate::join_set::Builder;
}

/// Starts `future` as a task of its own.
///
/// The task starts without being awaited, and goes on when the handle is dropped. Its panic comes
/// back as the error of the handle. See [`Spawn::spawn`] for what is guaranteed.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> Result<(), anyrt::JoinError> {
/// let sum = anyrt::spawn(async { 1 + 2 });
/// assert_eq!(sum.await?, 3);
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// No backend is compiled in or the choice is wrong, or the default runtime can't be started.
#[inline]
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let meta = Meta::new(Kind::Task);
    // Here already, because each call that a future is moved through may copy it.
    if const { is_large::<F>() } {
        Handle::spawn_here(meta, Box::pin(future))
    } else {
        Handle::spawn_here(meta, future)
    }
}

/// Runs `closure` on a thread where blocking is welcome.
///
/// It runs even if the handle is dropped, and nobody can stop it once it runs: a runtime that ends waits for
/// it. So a closure that may never end, such as a read of the standard input, keeps `#[anyrt::main]` from
/// returning, unless its argument `shutdown_timeout` bounds that, or
/// [`Runtime::shutdown_timeout`](crate::Runtime::shutdown_timeout) (async-std never waits). See
/// [`SpawnBlocking::spawn_blocking`] for what is guaranteed.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let manifest = anyrt::spawn_blocking(|| std::fs::read_to_string("Cargo.toml")).await??;
/// assert!(manifest.contains("[package]"));
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// As [`spawn`].
#[track_caller]
pub fn spawn_blocking<F, T>(closure: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    here().spawn_blocking(closure)
}

/// Runs a closure that blocks, or computes for long, on this thread, while others go on with the tasks of its runtime.
///
/// Cheaper than [`spawn_blocking`], and the closure may borrow. What is within the same task waits for it: what `join!`
/// or `select!` polls beside this, and the local tasks of a [`LocalSet`] that the task runs. [`block_on`] is allowed in
/// the closure. Outside of async code this is a plain call.
///
/// ```
/// use std::io::ErrorKind;
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut text = String::new();
/// let read = anyrt::task::block_in_place(|| text = std::fs::read_to_string("Cargo.toml").unwrap());
/// match read {
///     Ok(()) => assert!(text.contains("[package]")),
///     // Move it into `spawn_blocking`.
///     Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported),
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Unsupported`](std::io::ErrorKind::Unsupported) where no other thread could go on: on async-std, on a
/// current-thread runtime, in a local task on another executor. The closure was not called then.
///
/// # Panics
/// As the closure does.
pub fn block_in_place<T>(closure: impl FnOnce() -> T) -> io::Result<T> {
    Handle::block_in_place(closure)
}

/// Spawns tasks and closures that have a name, for whoever [observes](crate::observe) them.
///
/// A name costs nothing where nobody does.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> Result<(), anyrt::JoinError> {
/// use anyrt::task::Builder;
///
/// let sum = Builder::new().name("sum").spawn(async { 1 + 2 });
/// let product = Builder::new().name("product").spawn_blocking(|| 3 * 4);
/// assert_eq!(sum.await? + product.await?, 15);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a builder does nothing until it spawns"]
pub struct Builder<'a> {
    name: Option<&'a str>,
}

impl<'a> Builder<'a> {
    /// No name yet.
    pub const fn new() -> Self {
        Self { name: None }
    }

    /// What the tasks and closures are called. Several may have one name.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::task::Builder;
    ///
    /// let sum = Builder::new().name("sum").spawn(async { 1 + 2 });
    /// assert_eq!(sum.await?, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub const fn name(self, name: &'a str) -> Self {
        Self { name: Some(name) }
    }

    /// Starts `future` as a task; see [`spawn`].
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> Result<(), anyrt::JoinError> {
    /// let sum = anyrt::task::Builder::new().name("sum").spawn(async { 1 + 2 });
    /// assert_eq!(sum.await?, 3);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// As [`spawn`].
    #[inline]
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let meta = Meta::new(Kind::Task).named(self.name);
        if const { is_large::<F>() } {
            Handle::spawn_here(meta, Box::pin(future))
        } else {
            Handle::spawn_here(meta, future)
        }
    }

    /// The same on a runtime of one's choice, also in generic code.
    ///
    /// ```
    /// let runtime = anyrt::Runtime::new()?;
    /// let name = anyrt::task::Builder::new().name("name");
    /// let task = name.spawn_on(runtime.handle(), async { "done" });
    /// assert_eq!(runtime.block_on(task)?, "done");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    #[track_caller]
    pub fn spawn_on<R, F>(self, runtime: &R, future: F) -> R::JoinHandle<F::Output>
    where
        R: Spawn,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.of_core().spawn_on(runtime, future)
    }

    /// Runs `closure` where blocking is welcome; see [`spawn_blocking`].
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> Result<(), anyrt::JoinError> {
    /// let text = anyrt::task::Builder::new().name("read").spawn_blocking(|| {
    ///     std::fs::read_to_string("Cargo.toml")
    /// });
    /// assert!(text.await?.is_ok());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// As [`spawn`].
    #[track_caller]
    pub fn spawn_blocking<F, T>(self, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.of_core().spawn_blocking_on(&here(), closure)
    }

    /// The same on a runtime of one's choice, also in generic code.
    ///
    /// ```
    /// let runtime = anyrt::Runtime::new()?;
    /// let name = anyrt::task::Builder::new().name("name");
    /// let closure = name.spawn_blocking_on(runtime.handle(), || "done");
    /// assert_eq!(runtime.block_on(closure)?, "done");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<R, F, T>(self, runtime: &R, closure: F) -> R::BlockingHandle<T>
    where
        R: SpawnBlocking,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.of_core().spawn_blocking_on(runtime, closure)
    }

    /// Starts `future` as a task of the [`LocalSet`] around this call; see [`spawn_local`].
    ///
    /// ```
    /// use std::rc::Rc;
    /// use anyrt::task::{Builder, LocalSet};
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> Result<(), anyrt::JoinError> {
    /// let local = LocalSet::new();
    /// let sum = local.run_until(async {
    ///     let shared = Rc::new(2);
    ///     Builder::new().name("sum").spawn_local(async move { 1 + *shared }).await
    /// });
    /// assert_eq!(sum.await?, 3);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// As [`spawn_local`].
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let meta = Meta::new(Kind::LocalTask).named(self.name);
        if const { is_large::<F>() } {
            local::spawn_here(meta, Box::pin(future))
        } else {
            local::spawn_here(meta, future)
        }
    }

    /// The same on a set of one's choice.
    ///
    /// ```
    /// use anyrt::task::{Builder, LocalSet};
    ///
    /// let local = LocalSet::new();
    /// let task = Builder::new().name("name").spawn_local_on(&local, async { "done" });
    /// assert_eq!(anyrt::block_on(local.run_until(task)).unwrap(), "done");
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(self, local: &LocalSet, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let meta = Meta::new(Kind::LocalTask).named(self.name);
        if const { is_large::<F>() } {
            local.start(meta, Box::pin(future))
        } else {
            local.start(meta, future)
        }
    }

    fn of_core(self) -> anyrt_core::task::Builder<'a> {
        let builder = anyrt_core::task::Builder::new();
        self.name.map_or(builder, |name| builder.name(name))
    }
}

/// Which task or blocking closure this thread runs.
///
/// Ids are told apart in the whole process, and for ever. The future of a [`block_on`] is no task.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() {
/// use anyrt::task;
///
/// let one = anyrt::spawn(async { task::id() });
/// let other = anyrt::spawn_blocking(task::id);
/// assert_ne!(one.await.unwrap(), other.await.unwrap());
/// assert_eq!(task::try_id(), None);
/// # }
/// ```
///
/// # Panics
/// Outside of tasks and closures; [`try_id`] does not.
#[track_caller]
pub fn id() -> Id {
    match try_id() {
        Some(id) => id,
        None => panic!(
            "`anyrt::task::id` is for tasks and blocking closures: `try_id` works elsewhere too"
        ),
    }
}

/// Which task or blocking closure this thread runs, if any; see [`id`].
///
/// ```
/// fn log(text: &str) {
///     let task = anyrt::task::try_id().map_or("no task".to_owned(), |id| format!("task {id}"));
///     println!("{task}: {text}");
/// }
/// ```
pub fn try_id() -> Option<Id> {
    Handles::current_task()
}

/// Runs `future` to its end on this thread, inside the runtime.
///
/// The future may be `!Send` and may borrow.
///
/// ```
/// let text = String::from("borrowed");
/// let length = anyrt::block_on(async { text.len() });
/// assert_eq!(length, 8);
/// ```
///
/// # Panics
/// Called from async code: await the future there, or move the call into [`spawn_blocking`].
/// Otherwise as [`spawn`]; a panic of `future` goes through.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    if const { is_large::<F>() } { here().drive(Box::pin(future)) } else { here().drive(future) }
}

/// Lets `future` do as much in one poll as it finds ready.
///
/// Otherwise a task that completes 128 operations of this crate in one poll has to let others go
/// first. Timers and other tasks may have to wait for long with this; it is meant for futures that
/// limit themselves. Cancel safe if `future` is.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() {
/// use anyrt::{task, time};
///
/// let past = time::now();
/// task::unconstrained(async {
///     for _ in 0..1000 {
///         time::sleep_until(past).await; // ready each time
///     }
/// })
/// .await;
/// # }
/// ```
pub fn unconstrained<F: Future>(future: F) -> Unconstrained<F> {
    Unconstrained { future }
}

pin_project! {
    /// A future that may do as much in one poll as it likes; made by [`unconstrained`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct Unconstrained<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Unconstrained<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let future = self.project().future;
        match Handle::try_here() {
            Some(handle) => handle.poll_unconstrained(future, cx),
            None => coop::poll_unconstrained(future, cx),
        }
    }
}
