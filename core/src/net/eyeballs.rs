//! Connecting to a name with several addresses: "happy eyeballs", RFC 8305.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use crate::time::Duration;
use crate::{Sleep, Timer};

/// How long an address is waited for before the next one is tried beside it: what the RFC recommends.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to the address that answers first; fails with the error of the last one if none does.
///
/// The addresses are tried in their order, but the families take turns, so that the wrong one of two costs one
/// delay and not one for each of its addresses. The next one is tried when one has failed, or has not answered for
/// [`ATTEMPT_DELAY`] and may still win. When one has won, the others are dropped.
pub(super) async fn first_to_answer<R, T, F>(
    runtime: &R,
    addresses: Vec<SocketAddr>,
    connect: impl Fn(SocketAddr) -> F,
) -> io::Result<T>
where
    R: Timer,
    F: Future<Output = io::Result<T>>,
{
    let mut untried = in_turns(addresses).into_iter();
    let mut attempts = Attempts::new();
    let mut delay = pin!(runtime.sleep(ATTEMPT_DELAY));
    let mut is_next_due = true;
    poll_fn(|cx| {
        loop {
            let due = if is_next_due { untried.next() } else { None };
            if let Some(address) = due {
                attempts.start(connect(address));
                delay.as_mut().reset(runtime.now() + ATTEMPT_DELAY);
            }
            let running = attempts.running.len();
            if let Poll::Ready(connected) = attempts.poll(cx) {
                return Poll::Ready(Ok(connected));
            }
            if untried.len() == 0 {
                let failed = attempts.error_of_last();
                return failed.map_or(Poll::Pending, |error| Poll::Ready(Err(error)));
            }
            let has_failed = attempts.running.len() < running;
            is_next_due = has_failed || delay.as_mut().poll(cx).is_ready();
            if !is_next_due {
                return Poll::Pending;
            }
        }
    })
    .await
}

/// The connections that are being made.
struct Attempts<F> {
    running: Vec<(usize, Pin<Box<F>>)>,
    started: usize,
    /// The error of the last one of those that have failed, and which one that is.
    error: Option<(usize, io::Error)>,
}

impl<T, F: Future<Output = io::Result<T>>> Attempts<F> {
    fn new() -> Self {
        Self { running: Vec::new(), started: 0, error: None }
    }

    fn start(&mut self, attempt: F) {
        self.running.push((self.started, Box::pin(attempt)));
        self.started += 1;
    }

    /// Ready with the first that succeeds.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        let mut index = 0;
        while let Some((number, attempt)) = self.running.get_mut(index) {
            match attempt.as_mut().poll(cx) {
                Poll::Ready(Ok(connected)) => return Poll::Ready(connected),
                Poll::Pending => index += 1,
                Poll::Ready(Err(error)) => {
                    if self.error.as_ref().is_none_or(|(last, _)| last < number) {
                        self.error = Some((*number, error));
                    }
                    self.running.remove(index);
                }
            }
        }
        Poll::Pending
    }

    /// If all have failed.
    fn error_of_last(&mut self) -> Option<io::Error> {
        if self.running.is_empty() { self.error.take().map(|(_, error)| error) } else { None }
    }
}

/// The same addresses, one of the first one's family and one of the other in turns.
fn in_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (own, other): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let mut in_turns = Vec::with_capacity(own.len() + other.len());
    let (mut own, mut other) = (own.into_iter(), other.into_iter());
    loop {
        let pair = [own.next(), other.next()];
        if pair == [None, None] {
            return in_turns;
        }
        in_turns.extend(pair.into_iter().flatten());
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns_and_keep_their_order() {
        let turns = |addresses: &[&str]| {
            let addresses = addresses.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 1));
            let in_turns = in_turns(addresses.collect());
            in_turns.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(turns(&["::1", "::2", "::3", "10.0.0.1"]), ["::1", "10.0.0.1", "::2", "::3"]);
        assert_eq!(turns(&["10.0.0.1", "10.0.0.2", "::1"]), ["10.0.0.1", "::1", "10.0.0.2"]);
        assert_eq!(turns(&["10.0.0.2", "10.0.0.1"]), ["10.0.0.2", "10.0.0.1"]);
        assert!(turns(&[]).is_empty());
    }
}
