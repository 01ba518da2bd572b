//! The limits of time of a connection.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use anyrt_facade::generic::{Sleep, Timer};

use super::signal::Signal;

/// How long a connection may keep its server waiting.
#[derive(Debug)]
pub(super) struct Limits {
    /// For a head: for the first one of a connection with all that comes before it, for those of HTTP/1 from the end of the request
    /// before.
    pub(super) header: Duration,
    /// For any byte, and where nothing is under way for a request.
    pub(super) idle: Duration,
}

impl Limits {
    /// The shortest one: without time in between, the one after the other would be over at once.
    const MILLISECOND: Duration = Duration::from_millis(1);
    /// The longest one, which can be added to any time.
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

    /// Waits until one of them is over, and says which. To be polled after each poll of the connection, with the waker that `signal`
    /// wakes.
    ///
    /// There is one sleep for both, which is moved when it is over and not with each request: for that there is a look at the clock
    /// alone. hyper's own limit for a head makes a sleep for each. Nor is it polled each time, but when it has rung.
    pub(super) async fn out_of_time(
        &self,
        runtime: &impl Timer,
        signal: &Arc<Signal>,
    ) -> io::Error {
        let [header, idle] =
            [self.header, self.idle].map(|limit| limit.clamp(Self::MILLISECOND, Self::CENTURY));
        let start = runtime.now();
        // Which head it waits for, and since when.
        let mut awaited = (signal.awaits(), start);
        // What was seen at the last look: the bytes that had gone, and the requests that had come, if none was under way.
        let look = || (signal.activity(), signal.is_idle().then(|| signal.begun()));
        let (mut last, mut seen_at) = (look(), start);
        let mut sleep = pin!(runtime.sleep_until(start + header.min(idle)));
        let alarm = Waker::from(signal.clone());
        poll_fn(|_| {
            let awaits = signal.awaits();
            if awaits != awaited.0 {
                awaited = (awaits, runtime.now());
            }
            if !signal.takes_alarm() {
                return Poll::Pending;
            }
            loop {
                ready!(sleep.as_mut().poll(&mut Context::from_waker(&alarm)));
                let now = runtime.now();
                // Where it waits for none, the next one has all of its time.
                let since = if awaits.is_some() { awaited.1 } else { now };
                if now >= since + header {
                    return Poll::Ready(timed_out("no request came within the header timeout"));
                }
                if now >= seen_at + idle {
                    let (before, (activity, idle_since)) = (last, look());
                    if signal.has_begun() && activity == before.0 {
                        return Poll::Ready(timed_out(
                            "no byte was sent or received within the idle timeout",
                        ));
                    }
                    // What goes over HTTP/2 beside requests does not keep it.
                    if idle_since.is_some() && idle_since == before.1 {
                        return Poll::Ready(timed_out("no request came within the idle timeout"));
                    }
                    (last, seen_at) = ((activity, idle_since), now);
                }
                sleep.as_mut().reset((since + header).min(seen_at + idle));
            }
        })
        .await
    }
}

fn timed_out(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

#[cfg(test)]
mod tests {
    use anyrt_facade::Handle;

    use super::*;

    #[anyrt::test]
    async fn a_limit_of_no_time_keeps_no_thread_busy() {
        let (runtime, signal) = (Handle::current(), Arc::new(Signal::new()));
        // It does not count before the first request.
        let limits = Limits { header: Duration::MAX, idle: Duration::ZERO };
        let start = runtime.now();
        let mut out_of_time = pin!(limits.out_of_time(&runtime, &signal));
        let mut end = pin!(runtime.sleep(Duration::from_millis(20)));
        let (mut registered, mut polls) = (None, 0);
        poll_fn(|cx| {
            polls += 1;
            signal.register(&mut registered, cx.waker());
            assert!(out_of_time.as_mut().poll(cx).is_pending());
            end.as_mut().poll(cx)
        })
        .await;
        // The first, one for each millisecond, and that of the end.
        assert!(polls <= (runtime.now() - start).as_millis() + 2, "{polls}");
    }
}
