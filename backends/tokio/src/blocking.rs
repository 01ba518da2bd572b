//! Blocking closures go to the blocking pool of the tokio runtime.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use anyrt_core::backend::{call_outside_of_polls, refuse_in_place};
use anyrt_core::task::{Id, Meta};
use anyrt_core::{BlockInPlace, Spawn, SpawnBlocking, coop};
use tokio::runtime::RuntimeFlavor;

use crate::block_on::has_budget;
use crate::{Handle, JoinHandle};

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_closure<F, T>(&self, meta: Meta<'_>, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let spawn = || match &self.named {
            None => tokio::task::spawn_blocking(closure),
            Some(tokio) => tokio.spawn_blocking(closure),
        };
        // tokio panics when the system refuses the pool its only thread; the caller is to learn of
        // it from the join instead (B6). Nothing of ours is left in between by the unwinding.
        match catch_unwind(AssertUnwindSafe(spawn)) {
            Ok(handle) => handle.into(),
            Err(payload) => self.spawn_task(meta, refuse(payload)),
        }
    }

    fn current_closure() -> Option<Id> {
        Self::current_task()
    }
}

impl BlockInPlace for Handle {
    fn block_in_place<T>(closure: impl FnOnce() -> T) -> io::Result<T> {
        let Ok(tokio) = tokio::runtime::Handle::try_current() else {
            return call_outside_of_polls(closure);
        };
        let is_polled_by_tokio = has_budget();
        // tokio panics in the first case. In the second one a guard of it is held in a task of another runtime.
        if tokio.runtime_flavor() == RuntimeFlavor::CurrentThread && is_polled_by_tokio
            || coop::is_polling() && !is_polled_by_tokio
        {
            return Err(refuse_in_place());
        }
        let mut closure = Some(closure);
        let called = catch_unwind(AssertUnwindSafe(|| {
            tokio::task::block_in_place(|| {
                // A local task of ours may be around it.
                let _allowed = coop::allow_blocking();
                closure.take().map(|closure| closure())
            })
        }));
        match called {
            Ok(output) => output.ok_or_else(refuse_in_place),
            // tokio panics before it calls, where it knows better: without a budget, or in a local set of its own.
            Err(_) if closure.is_some() => Err(refuse_in_place()),
            Err(payload) => resume_unwind(payload),
        }
    }
}

/// A task of this kind for each output, and not for each closure: tokio is compiled once more for each.
async fn refuse<T>(payload: Box<dyn Any + Send>) -> T {
    resume_unwind(Box::new(Refused(payload)))
}

/// Why tokio did not take a closure: the payload of its panic. As that of a task, which is how the cause
/// comes to the join.
pub(crate) struct Refused(Box<dyn Any + Send>);

impl From<Refused> for io::Error {
    fn from(Refused(payload): Refused) -> Self {
        let text = payload.downcast_ref::<String>().map_or("no thread can be had", String::as_str);
        // The number is all that is left of what the system said.
        let number = text.rsplit_once("(os error ").and_then(|(_, rest)| rest.split(')').next());
        let number = number.and_then(|number| number.parse().ok());
        number.map_or_else(|| Self::other(text), Self::from_raw_os_error)
    }
}
