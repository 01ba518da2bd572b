//! Tasks are tokio's tasks; only the error of the join is translated.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use anyrt_core::backend::{refuse_id, refuse_poll};
use anyrt_core::task::{Id, Meta, poll_or_drop};
use anyrt_core::{JoinError, Metrics, Spawn, coop};
use pin_project_lite::pin_project;
use tokio::runtime::RuntimeFlavor;

use crate::Handle;
use crate::blocking::Refused;
use crate::coop::{TASK, WAKERS};

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    #[inline]
    fn spawn_task<F>(&self, _: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let future = Spawned { future: Some(future) };
        JoinHandle::from(match &self.named {
            None => tokio::spawn(future),
            Some(tokio) => tokio.spawn(future),
        })
    }

    fn metrics(&self) -> Metrics {
        let tokio = tokio::runtime::Handle::from(self.clone());
        let is_driven = tokio.runtime_flavor() == RuntimeFlavor::CurrentThread;
        let tokio = tokio.metrics();
        let mut metrics = Metrics::default();
        metrics.workers = Some(if is_driven { 0 } else { tokio.num_workers() });
        metrics.alive_tasks = Some(tokio.num_alive_tasks());
        metrics.queued_tasks = Some(tokio.global_queue_depth());
        metrics
    }

    fn current_task() -> Option<Id> {
        tokio::task::try_id().map(|id| Id::foreign(&id))
    }

    fn poll_unconstrained<F: Future>(
        &self,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        coop::poll_unconstrained(pin!(tokio::task::unconstrained(future)), cx)
    }

    fn poll_proceed<T>(
        &self,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let budget = ready!(crate::coop::poll_proceed(cx));
        let output = ready!(operation(cx));
        budget.made_progress();
        Poll::Ready(output)
    }
}

pin_project! {
    /// A future as tokio is given it. tokio drops one whose poll panics as it has to (S16), but the
    /// process ends if that panics as well.
    struct Spawned<F> {
        #[pin]
        future: Option<F>,
    }
}

impl<F: Future> Future for Spawned<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        WAKERS.learn(TASK, cx.waker());
        poll_or_drop(self.project().future, cx)
    }
}

/// Awaits a task, or a blocking closure, on tokio.
pub struct JoinHandle<T> {
    // `None` once it has returned its result. It is as large with that as without.
    tokio: Option<tokio::task::JoinHandle<T>>,
}

impl<T> From<tokio::task::JoinHandle<T>> for JoinHandle<T> {
    #[inline]
    fn from(tokio: tokio::task::JoinHandle<T>) -> Self {
        Self { tokio: Some(tokio) }
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(tokio) = &mut self.tokio else { refuse_poll() };
        let result = ready!(crate::coop::poll(Pin::new(tokio), cx));
        self.tokio = None;
        Poll::Ready(result.map_err(translate))
    }
}

#[cold]
fn translate(error: tokio::task::JoinError) -> JoinError {
    let id = Id::foreign(&error.id());
    match error.try_into_panic() {
        Ok(payload) => match payload.downcast::<Refused>() {
            Ok(refused) => JoinError::refused(id, (*refused).into()),
            Err(payload) => JoinError::panicked(id, payload),
        },
        Err(_) => JoinError::cancelled(id),
    }
}

impl<T> anyrt_core::JoinHandle<T> for JoinHandle<T> {
    type AbortHandle = AbortHandle;

    fn abort(&self) {
        if let Some(tokio) = &self.tokio {
            tokio.abort();
        }
    }

    fn is_finished(&self) -> bool {
        self.tokio.as_ref().is_none_or(tokio::task::JoinHandle::is_finished)
    }

    fn abort_handle(&self) -> AbortHandle {
        AbortHandle { tokio: self.tokio.as_ref().map(tokio::task::JoinHandle::abort_handle) }
    }

    #[track_caller]
    fn id(&self) -> Id {
        // No closure, whose place would be that of the panic.
        let Some(tokio) = &self.tokio else { refuse_id() };
        Id::foreign(&tokio.id())
    }
}

// Whatever the output is, unlike tokio's.
impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("id", &self.tokio.as_ref().map(|tokio| tokio.id()))
            .finish()
    }
}

/// Aborts a task on tokio.
#[derive(Clone, Debug)]
pub struct AbortHandle {
    // `None` for a task whose result was taken.
    tokio: Option<tokio::task::AbortHandle>,
}

impl anyrt_core::AbortHandle for AbortHandle {
    fn abort(&self) {
        if let Some(tokio) = &self.tokio {
            tokio.abort();
        }
    }

    fn is_finished(&self) -> bool {
        self.tokio.as_ref().is_none_or(tokio::task::AbortHandle::is_finished)
    }

    #[track_caller]
    fn id(&self) -> Id {
        let Some(tokio) = &self.tokio else { refuse_id() };
        Id::foreign(&tokio.id())
    }
}
