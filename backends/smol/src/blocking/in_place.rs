//! A worker that blocks has a thread of the pool for closures take its place meanwhile.

use std::cell::Cell;
use std::io;

use anyrt_core::backend::refuse_in_place;
use anyrt_core::{BlockInPlace, Current, coop};
use smol::channel;
use smol::future::race;

use crate::Handle;
use crate::runtime::{run_executor, stop_of_worker};

/// What this thread polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Polls {
    /// Nothing that is known here, or what nobody else would.
    Unknown,
    /// The future of a `block_on`, and nothing else: others have the tasks.
    OneFuture,
    /// The tasks of a runtime with workers, of which it is one.
    TasksAsWorker,
}

thread_local! {
    static POLLS: Cell<Polls> = const { Cell::new(Polls::Unknown) };
}

/// Puts back what the thread has polled before.
pub(crate) struct PollsGuard {
    before: Polls,
}

impl Polls {
    /// Says it until the guard is dropped.
    pub(crate) fn enter(self) -> PollsGuard {
        PollsGuard { before: POLLS.replace(self) }
    }
}

impl Drop for PollsGuard {
    fn drop(&mut self) {
        POLLS.set(self.before);
    }
}

impl BlockInPlace for Handle {
    fn block_in_place<T>(closure: impl FnOnce() -> T) -> io::Result<T> {
        if !coop::is_polling() {
            return Ok(closure());
        }
        let _stood_in = match POLLS.get() {
            Polls::Unknown => return Err(refuse_in_place()),
            Polls::OneFuture => None,
            Polls::TasksAsWorker => Self::try_current().and_then(|handle| handle.stand_in()),
        };
        let _polls = Polls::Unknown.enter();
        let _allowed = coop::allow_blocking();
        Ok(closure())
    }
}

impl Handle {
    /// Has another thread run the executor until the result is dropped. There is none where the runtime ends.
    fn stand_in(&self) -> Option<channel::Sender<()>> {
        let (executor, stopped) = (self.executor()?, stop_of_worker()?);
        let (blocks, returned) = channel::bounded(1);
        let stand_in = move || {
            let until = async || race(recv(&stopped), recv(&returned)).await;
            run_executor(&executor, &stopped, until);
        };
        // It is detached, and gone when the runtime is.
        drop(self.blocking().spawn_inside(self.clone(), stand_in));
        Some(blocks)
    }
}

/// Ready when the other end is gone, for nothing is ever sent.
async fn recv(receiver: &channel::Receiver<()>) {
    _ = receiver.recv().await;
}
