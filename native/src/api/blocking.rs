//! A closure is a task that is ready when it was called.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_core::SpawnBlocking;
use anyrt_core::task::{Id, Meta};

use crate::shared::{Closures, Handle};
use crate::task::{self, JoinHandle, TaskRef, Wakeup};

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_closure<F, T>(&self, _: Meta<'_>, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let call = Call { closure: Some(closure) };
        self.with(|shared| {
            shared.assert_process();
            let closures = Closures::of(shared);
            // SAFETY: the closure and its result are `Send`.
            match unsafe { TaskRef::new(call, closures) } {
                Ok(task) => {
                    task.schedule(Wakeup::Spawned);
                    JoinHandle::new(task)
                }
                Err(call) => JoinHandle::refuse(call),
            }
        })
    }

    fn current_closure() -> Option<Id> {
        task::current()
    }
}

/// Ready when it has called the closure.
struct Call<F> {
    closure: Option<F>,
}

impl<F> Unpin for Call<F> {}

impl<F: FnOnce() -> T, T> Future for Call<F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        let closure = self.closure.take().expect("a task is polled until it is ready");
        Poll::Ready(closure())
    }
}
