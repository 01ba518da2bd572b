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

use crate::backends::IS_ALONE;

thread_local! {
    static RUNNING: Cell<Running> = const { Cell::new(Running { code: Code::Other, level: 0 }) };
    static DROPS: Cell<Drops> = const { Cell::new(Drops(0)) };
}

/// The handles of tasks that this code is dropping right now. What nobody takes is dropped with them, as code of its
/// task (S19), which the runtime of that knows.
///
/// The low half counts them, one within the other. The high half has the numbers of the backends of the innermost eight,
/// four bits for each; it stays zero where there is one backend to ask anyway.
#[derive(Clone, Copy, Default)]
struct Drops(u64);

impl Drops {
    const COUNT: u64 = u32::MAX as u64;

    #[inline]
    fn one_more(self, backend: u8) -> Self {
        let count = self.0 + 1;
        if IS_ALONE {
            return Self(count);
        }
        Self((self.0 >> 32 << 36) | (u64::from(backend) << 32) | (count & Self::COUNT))
    }

    #[inline]
    fn one_less(self) -> Self {
        let count = self.0 - 1;
        if IS_ALONE { Self(count) } else { Self((self.0 >> 36 << 32) | (count & Self::COUNT)) }
    }

    fn are_there(self) -> bool {
        self.0 & Self::COUNT > 0
    }

    /// The number of the backend of the innermost one.
    fn backend(self) -> u8 {
        (self.0 >> 32) as u8 % 16
    }
}

#[derive(Clone, Copy)]
struct Running {
    code: Code,
    level: u32,
}

#[derive(Clone, Copy)]
enum Code {
    /// Of a task or not: the runtime knows.
    Other,
    /// Of a local task, or of what the child of a scope has left. The task cell of core knows as well, but is asked by some
    /// backends alone.
    Task(Id),
    /// Of the future of a `block_on`, which is no task, whatever the thread that blocks has been doing.
    BlockOn,
}

/// Calls `ask` for the task that this thread runs, unless that is known here, with the number of the backend that knows best;
/// zero is the one of the innermost runtime.
pub(crate) fn task_or_else(ask: impl FnOnce(u8) -> Option<Id>) -> Option<Id> {
    let drops = DROPS.get();
    match RUNNING.get().code {
        _ if drops.are_there() => ask(drops.backend()),
        Code::Other => ask(0),
        Code::Task(id) => Some(id),
        Code::BlockOn => None,
    }
}

/// To be called before the handle of a task is dropped, with the [number](anyrt_core::Current::NUMBER) of its backend, or zero.
#[inline]
pub(crate) fn before_drop(backend: u8) {
    DROPS.set(DROPS.get().one_more(backend));
}

/// The last field of what has the handle of a task, and calls [`before_drop`]: it is dropped after that.
pub(crate) struct AfterDrop;

impl Drop for AfterDrop {
    #[inline]
    fn drop(&mut self) {
        DROPS.set(DROPS.get().one_less());
    }
}

/// How many of them are around this call. Of two calls of one task it is the same.
#[inline]
pub(crate) fn level() -> u32 {
    RUNNING.get().level
}

/// Runs code of a task that the runtime does not know of.
pub(crate) fn as_task<R>(task: Id, run: impl FnOnce() -> R) -> R {
    let _level = Level::one_more(Code::Task(task));
    run()
}

/// For a `block_on`, until the guard is dropped: its future is on the level of its caller. What else is polled meanwhile,
/// such as the tasks of a current-thread runtime, is not.
pub(crate) fn enter_block_on<F: Future>(future: F) -> (Level, AsCaller<F>) {
    let level = level();
    (Level::one_more(Code::Other), AsCaller { future: Some(future), level })
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
            let _running = Restore::replacing(Running { code: Code::BlockOn, level: *this.level });
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for AsCaller<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let _running = Restore::replacing(Running { code: Code::BlockOn, level: *this.level });
        let poll = this.future.as_mut().as_pin_mut().map_or(Poll::Pending, |it| it.poll(cx));
        if poll.is_ready() {
            this.future.set(None);
        }
        poll
    }
}

/// A level above that of what ran before, until it is dropped.
pub(crate) struct Level {
    _running: Restore,
    drops: Drops,
}

impl Level {
    #[inline]
    fn one_more(code: Code) -> Self {
        let running = Running { code, level: level() + 1 };
        Self { _running: Restore::replacing(running), drops: DROPS.take() }
    }
}

impl Drop for Level {
    #[inline]
    fn drop(&mut self) {
        DROPS.set(self.drops);
    }
}

/// Puts what ran before back when it is dropped.
struct Restore {
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
