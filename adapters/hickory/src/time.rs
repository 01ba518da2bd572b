//! Time limits of queries, and the pauses between them.

use std::io;
use std::marker::PhantomData;

use anyrt_facade::Current;
use anyrt_facade::generic::time;
use anyrt_facade::time::{Duration, SystemTime};
use async_trait::async_trait;
use hickory_resolver::net::runtime::Time;

/// The timers of the runtime that polls a query.
///
/// hickory's trait has no object, and so no place for a handle: the timers are those of the runtime that a thread is
/// [inside](Current::here) when it polls the query. They work whichever runtime that is. The
/// [`Handle`](anyrt_facade::Handle) of the facade finds one everywhere; with the handle of a single backend, outside of its
/// runtimes, queries fail. [`Names`](crate::Names) enters the runtime that it was given, and so does not depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Clock<R>(PhantomData<fn() -> R>);

#[async_trait]
impl<R: Current> Time for Clock<R> {
    async fn delay_for(duration: Duration) {
        // Without a runtime the pause is over at once: what it leads to, another attempt or the end of one, has
        // the error to tell of.
        if let Ok(sleep) = R::here().map(|runtime| runtime.sleep(duration)) {
            sleep.await;
        }
    }

    async fn timeout<F: Future + Send + 'static>(
        duration: Duration,
        future: F,
    ) -> io::Result<F::Output> {
        // Made in one go, because what `here` returns is for immediate use.
        let timeout = time::timeout(&R::here()?, duration, future);
        Ok(timeout.await?)
    }

    fn current_time() -> u64 {
        let now = R::here().map_or_else(|_| SystemTime::now(), |runtime| runtime.system_now());
        now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
    }
}
