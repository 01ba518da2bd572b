//! What this thread runs, where the runtime around it does not know: a local task, or the future of a `block_on`.
//!
//! One runs within another, so that there are levels: what a task has set for itself alone is to be seen on the level
//! of that task, and on no other one.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_core::task::Id;
use pin_project_lite::pin_project;

thread_local! {
    static RUNNING: Cell<Running> = const { Cell::new(Running::new(Code::Other, 0)) };
}

#[derive(Clone, Copy)]
struct Running {
    code: Code,
    level: u32,
    /// How many handles the code is dropping right now. Destructors of what nobody takes are of their tasks (S19), which
    /// the runtimes know.
    drops: u32,
}

impl Running {
    const fn new(code: Code, level: u32) -> Self {
        Self { code, level, drops: 0 }
    }
}

#[derive(Clone, Copy)]
enum Code {
    /// Of a task or not: the runtime knows.
    Other,
    /// Of a local task. The task cell of core knows as well, but is asked by some backends alone.
    LocalTask(Id),
    /// Of the future of a `block_on`, which is no task, whatever the thread that blocks has been doing.
    BlockOn,
}

/// Calls `ask` for the task that this thread runs, unless that is known here.
pub(crate) fn task_or_else(ask: impl FnOnce() -> Option<Id>) -> Option<Id> {
    match RUNNING.get() {
        Running { code: Code::Other, .. } | Running { drops: 1.., .. } => ask(),
        Running { code: Code::LocalTask(id), .. } => Some(id),
        Running { code: Code::BlockOn, .. } => None,
    }
}

/// The first field of what has the handle of a task: it is dropped before that.
pub(crate) struct BeforeDrop;

/// The last field of what has the handle of a task: it is dropped after that.
pub(crate) struct AfterDrop;

impl Drop for BeforeDrop {
    #[inline]
    fn drop(&mut self) {
        let running = RUNNING.get();
        RUNNING.set(Running { drops: running.drops + 1, ..running });
    }
}

impl Drop for AfterDrop {
    #[inline]
    fn drop(&mut self) {
        let running = RUNNING.get();
        RUNNING.set(Running { drops: running.drops - 1, ..running });
    }
}

/// How many of them are around this call. Of two calls of one task it is the same.
#[inline]
pub(crate) fn level() -> u32 {
    RUNNING.get().level
}

/// Runs code of a local task.
pub(crate) fn as_local_task<R>(task: Id, run: impl FnOnce() -> R) -> R {
    let _running = Restore::replacing(Running::new(Code::LocalTask(task), level() + 1));
    run()
}

/// For a `block_on`, until the guard is dropped: its future is on the level of its caller. What else is polled meanwhile,
/// such as the tasks of a current-thread runtime, is not.
pub(crate) fn enter_block_on<F: Future>(future: F) -> (Restore, AsCaller<F>) {
    let level = level();
    let running = Restore::replacing(Running::new(Code::Other, level + 1));
    (running, AsCaller { future: Some(future), level })
}

pin_project! {
    /// The future of a `block_on`; made by [`enter_block_on`].
    pub(crate) struct AsCaller<F> {
        // `None` once it was ready, and while it is dropped.
        #[pin]
        future: Option<F>,
        level: u32,
    }

    impl<F> PinnedDrop for AsCaller<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_none() {
                return;
            }
            let _running = Restore::replacing(Running::new(Code::BlockOn, *this.level));
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for AsCaller<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let _running = Restore::replacing(Running::new(Code::BlockOn, *this.level));
        let poll = this.future.as_mut().as_pin_mut().map_or(Poll::Pending, |it| it.poll(cx));
        if poll.is_ready() {
            this.future.set(None);
        }
        poll
    }
}

/// Puts what ran before back when it is dropped.
pub(crate) struct Restore {
    before: Running,
}

impl Restore {
    #[inline]
    fn replacing(running: Running) -> Self {
        Self { before: RUNNING.replace(running) }
    }
}

impl Drop for Restore {
    #[inline]
    fn drop(&mut self) {
        RUNNING.set(self.before);
    }
}
