//! The budget of the task around a call, for operations that are not of this crate.
//!
//! The operations of this crate take part in it on every backend. Of other crates, tokio's channels and locks do so in
//! tasks on tokio alone, for it is tokio's budget that they ask; those of `futures`, `async-channel` and `async-lock` do
//! nowhere. A loop over them wraps each in [`cooperative`], or calls [`consume_budget`].

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_core::{Current, Spawn, coop};
use pin_project_lite::pin_project;

use crate::Handle;

/// Polls an operation that counts against the budget of the task around it.
///
/// For operations that are not of this crate and can be ready again and again, such as to receive from a channel: a
/// task that drains one keeps timers, I/O and other tasks waiting otherwise. With budget left, `operation` is called,
/// and takes one from the budget if it is ready: what has to wait costs nothing. Without, it is not called:
/// this is `Pending`, and the task is polled again behind the others. Outside of tasks it is always called.
///
/// The operations of this crate do this by themselves: sockets, sleeps, join handles.
///
/// ```
/// use std::{collections::VecDeque, future::poll_fn, task::Poll};
///
/// # #[anyrt::main]
/// # async fn main() {
/// let mut queue = VecDeque::from([1, 2, 3]);
/// let mut next = async || {
///     poll_fn(|cx| anyrt::task::poll_proceed(cx, |_| Poll::Ready(queue.pop_front()))).await
/// };
/// while let Some(number) = next().await {
///     println!("{number}");
/// }
/// # }
/// ```
pub fn poll_proceed<T>(
    cx: &mut Context<'_>,
    operation: impl FnOnce(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    match Handle::try_here() {
        Some(handle) => handle.poll_proceed(cx, operation),
        None => coop::poll_operation(cx, operation),
    }
}

/// Takes one from the budget of the task around it, and lets the others go first when there is none left. Cancel
/// safe.
///
/// For loops that may find something to do for ever, in operations that are not of this crate.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() {
/// let mut sum = 0;
/// for n in 0..1_000_000_u64 {
///     sum += n;
///     anyrt::task::consume_budget().await;
/// }
/// # assert_eq!(sum, 499_999_500_000);
/// # }
/// ```
pub fn consume_budget() -> ConsumeBudget {
    ConsumeBudget(())
}

/// The future of [`consume_budget`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct ConsumeBudget(());

impl Future for ConsumeBudget {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        poll_proceed(cx, |_| Poll::Ready(()))
    }
}

/// Makes `future` count against the budget of the task around it.
///
/// A future that is not of this crate and is ready takes one from the budget by this; when there is none left it is
/// not polled, and the task lets the others go first. One that has to wait costs nothing. Cancel safe if `future` is.
///
/// ```
/// use std::collections::VecDeque;
///
/// /// Of another crate: ready whenever there is something.
/// async fn receive(queue: &mut VecDeque<u64>) -> Option<u64> {
///     queue.pop_front()
/// }
///
/// # #[anyrt::main]
/// # async fn main() {
/// let mut queue: VecDeque<_> = (0..100_000).collect();
/// let mut sum = 0;
/// while let Some(number) = anyrt::task::cooperative(receive(&mut queue)).await {
///     sum += number;
/// }
/// # assert_eq!(sum, 4_999_950_000);
/// # }
/// ```
pub fn cooperative<F: Future>(future: F) -> Cooperative<F> {
    Cooperative { future }
}

pin_project! {
    /// A future that counts against the budget of its task; made by [`cooperative`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct Cooperative<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Cooperative<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let future = self.project().future;
        poll_proceed(cx, |cx| future.poll(cx))
    }
}
