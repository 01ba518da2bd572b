//! A runtime of one thread, whose tasks need not be `Send`.

use std::cell::RefCell;
use std::future::Future;
use std::marker::PhantomData;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::runtime::{EnterGuard, Handle, Runtime, RuntimeMetrics};
use crate::task::{JoinHandle, LocalTasks};

/// Owns a current-thread runtime that can't be moved to another thread, and on which
/// [`spawn_local`](crate::task::spawn_local) works without a [`LocalSet`](crate::task::LocalSet).
#[derive(Debug)]
pub struct LocalRuntime {
    /// `None` once it has ended.
    inner: Option<Inner>,
}

#[derive(Debug)]
struct Inner {
    runtime: Runtime,
    tasks: Rc<LocalTasks>,
}

/// The options of a [`LocalRuntime`]: none so far.
#[derive(Default, Debug)]
#[non_exhaustive]
pub struct LocalOptions {
    _phantom: PhantomData<*mut u8>,
}

thread_local! {
    /// Those that this thread has made.
    static LOCAL: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

type Entry = (anyrt::Handle, Weak<LocalTasks>);

/// The tasks of the local runtime that this thread is inside.
pub(crate) fn local_here() -> Option<Rc<LocalTasks>> {
    // On a thread that ends there is no list any more.
    if LOCAL.try_with(|locals| locals.borrow().is_empty()).unwrap_or(true) {
        return None;
    }
    let here = anyrt::Handle::try_current()?;
    LOCAL.with_borrow(|locals| {
        let (_, tasks) = locals.iter().find(|(handle, _)| *handle == here)?;
        tasks.upgrade()
    })
}

impl LocalRuntime {
    pub(crate) fn from_runtime(runtime: Runtime) -> Self {
        let handle = runtime.handle().anyrt().clone();
        let tasks = Rc::<LocalTasks>::default();
        LOCAL.with_borrow_mut(|locals| locals.push((handle, Rc::downgrade(&tasks))));
        Self { inner: Some(Inner { runtime, tasks }) }
    }

    fn inner(&self) -> &Inner {
        self.inner.as_ref().expect("it ends last")
    }

    /// Starts one with I/O and time.
    ///
    /// # Errors
    ///
    /// As [`Builder::build`](super::Builder::build).
    pub fn new() -> std::io::Result<Self> {
        super::Builder::new_current_thread().enable_all().build_local(LocalOptions::default())
    }

    /// What tasks that are `Send` are spawned with, from anywhere.
    pub fn handle(&self) -> &Handle {
        self.inner().runtime.handle()
    }

    /// Starts `future` as a task on this thread.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.inner().tasks.spawn(future)
    }

    /// Runs `func` on a thread where blocking is welcome.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle().spawn_blocking(func)
    }

    /// Runs `future` to its end, and the tasks meanwhile.
    ///
    /// # Panics
    ///
    /// In async code, and as `future` does.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let Inner { runtime, tasks } = self.inner();
        runtime.block_on(tasks.run_until(future))
    }

    /// Puts this thread inside the runtime until the guard is dropped.
    ///
    /// # Panics
    ///
    /// As [`Handle::enter`].
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle().enter()
    }

    /// Ends the runtime, and waits at most for `duration` until what runs has stopped.
    ///
    /// # Panics
    ///
    /// In async code, unless `duration` is zero.
    #[track_caller]
    pub fn shutdown_timeout(mut self, duration: Duration) {
        if let Some(runtime) = self.end() {
            runtime.shutdown_timeout(duration);
        }
    }

    /// Ends the runtime, and waits for nothing.
    pub fn shutdown_background(self) {
        self.shutdown_timeout(Duration::ZERO);
    }

    /// A view of its state.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.inner().runtime.metrics()
    }

    /// Drops the local tasks, inside the runtime, and lets go of it.
    fn end(&mut self) -> Option<Runtime> {
        let Inner { runtime, tasks } = self.inner.take()?;
        {
            let _inside = runtime.handle().anyrt().enter();
            drop(tasks);
        }
        let is_other = |(handle, _): &Entry| handle != runtime.handle().anyrt();
        let _ = LOCAL.try_with(|locals| locals.borrow_mut().retain(is_other));
        Some(runtime)
    }
}

impl Drop for LocalRuntime {
    #[track_caller]
    fn drop(&mut self) {
        drop(self.end());
    }
}
