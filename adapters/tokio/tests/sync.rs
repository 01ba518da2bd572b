//! Channels: what they have to do with a runtime, and that each call reaches the same channel.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::sync::mpsc::error::{SendTimeoutError, TryRecvError, TrySendError};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task;

const MOMENT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_message_is_sent_within_the_time_or_comes_back() {
    let (sender, mut receiver) = mpsc::channel(1);
    sender.send_timeout(1, LONG).await.unwrap();
    let late = sender.send_timeout(2, MOMENT).await.unwrap_err();
    assert_eq!(late, SendTimeoutError::Timeout(2));
    assert_eq!(late.to_string(), "timed out waiting on send operation");
    assert_eq!((format!("{late:?}"), late.into_inner()), ("\"Timeout(..)\"".to_owned(), 2));

    // There is room while it waits.
    let waiting = tokio::spawn({
        let sender = sender.clone();
        async move { sender.send_timeout(3, LONG).await }
    });
    assert_eq!((receiver.recv().await, receiver.recv().await), (Some(1), Some(3)));
    waiting.await.unwrap().unwrap();
    drop(receiver);
    let closed = sender.send_timeout(4, LONG).await.unwrap_err();
    assert_eq!(closed, SendTimeoutError::Closed(4));
    assert_eq!(closed.to_string(), "channel closed");
}

#[test]
fn without_a_runtime_there_is_no_time() {
    let (sender, _receiver) = mpsc::channel(1);
    let mut sending = Box::pin(sender.send_timeout(1, LONG));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let poll = catch_unwind(AssertUnwindSafe(|| sending.as_mut().poll(&mut cx).is_ready()));
    let message = *poll.unwrap_err().downcast::<String>().unwrap();
    assert!(message.starts_with("there is no reactor running"), "{message}");
}

#[track_caller]
fn refuses<T>(call: impl FnOnce() -> T) {
    let error = catch_unwind(AssertUnwindSafe(call)).err().expect("it blocks");
    let message = error
        .downcast::<String>()
        .map_or_else(|error| error.downcast::<&str>().unwrap().to_string(), |text| *text);
    assert!(
        message.starts_with("Cannot block the current thread from within a runtime."),
        "{message}"
    );
}

#[tokio::test]
async fn async_code_does_not_block() {
    let (sender, mut receiver) = mpsc::channel(1);
    refuses(|| sender.blocking_send(1));
    refuses(|| receiver.blocking_recv());
    refuses(|| receiver.blocking_recv_many(&mut Vec::new(), 1));
    let (_sender, mut receiver) = mpsc::unbounded_channel::<()>();
    refuses(|| receiver.blocking_recv());
    refuses(|| receiver.blocking_recv_many(&mut Vec::new(), 1));
    let (_sender, receiver) = oneshot::channel::<()>();
    refuses(|| receiver.blocking_recv());
    let (_sender, mut receiver) = broadcast::channel::<()>(1);
    refuses(|| receiver.blocking_recv());
    tokio::spawn(async {
        let (_sender, receiver) = oneshot::channel::<()>();
        refuses(|| receiver.blocking_recv());
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn blocking_code_blocks() {
    let (sender, mut receiver) = mpsc::channel(1);
    let (reply, answer) = oneshot::channel();
    let adding = task::spawn_blocking(move || {
        let mut sum = 0;
        while let Some(number) = receiver.blocking_recv() {
            sum += number;
        }
        reply.send(sum).unwrap();
    });
    task::spawn_blocking(move || (0..100).for_each(|number| sender.blocking_send(number).unwrap()))
        .await
        .unwrap();
    assert_eq!(task::spawn_blocking(move || answer.blocking_recv()).await.unwrap(), Ok(4950));
    adding.await.unwrap();
}

#[test]
fn plain_threads_block() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let sending =
        std::thread::spawn(move || (0..100).for_each(|number| sender.send(number).unwrap()));
    let mut all = Vec::new();
    while receiver.blocking_recv_many(&mut all, 7) > 0 {}
    assert_eq!(all, (0..100).collect::<Vec<_>>());
    sending.join().unwrap();
}

#[tokio::test]
async fn permits_and_weak_senders_are_of_their_channel() {
    let (sender, mut receiver) = mpsc::channel(2);
    let (other, _other) = mpsc::channel(1);
    assert!(sender.same_channel(&sender.clone()) && !sender.same_channel(&other));
    let weak = sender.downgrade();
    assert_eq!((weak.strong_count(), weak.weak_count(), sender.max_capacity()), (1, 1, 2));

    let first = sender.clone().reserve_owned().await.unwrap();
    let second = sender.clone().try_reserve_owned().unwrap();
    assert!(first.same_channel(&second) && first.same_channel_as_sender(&sender));
    assert!(!first.same_channel_as_sender(&other));
    assert_eq!(sender.capacity(), 0);
    let Err(TrySendError::Full(third)) = sender.clone().try_reserve_owned() else {
        panic!("there is room")
    };
    assert!(third.same_channel(&sender));
    assert_eq!(sender.try_send(0), Err(TrySendError::Full(0)));
    drop(third);
    assert!(first.send(1).same_channel(&sender));
    assert!(second.release().same_channel(&sender));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));

    sender
        .reserve_many(2)
        .await
        .unwrap()
        .enumerate()
        .for_each(|(number, permit)| permit.send(number));
    let mut all = Vec::new();
    assert_eq!((receiver.len(), receiver.recv_many(&mut all, 9).await), (2, 2));
    assert_eq!(all, [0, 1]);
    let upgraded = weak.upgrade().unwrap();
    drop(sender);
    drop(upgraded);
    assert!(weak.upgrade().is_none());
    assert_eq!(receiver.recv().await, None);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
}

#[tokio::test]
async fn a_closed_receiver_is_told() {
    let (sender, mut receiver) = mpsc::channel(1);
    sender.try_send(1).unwrap();
    receiver.close();
    assert!(sender.is_closed() && receiver.is_closed());
    sender.closed().await;
    assert!(sender.send(2).await.is_err() && sender.reserve().await.is_err());
    assert_eq!((receiver.recv().await, receiver.recv().await), (Some(1), None));

    let (mut sender, mut receiver) = oneshot::channel::<u8>();
    assert!(receiver.try_recv() == Err(oneshot::error::TryRecvError::Empty) && receiver.is_empty());
    receiver.close();
    sender.closed().await;
    assert_eq!(sender.send(1), Err(1));
    assert!((&mut receiver).await.is_err() && receiver.is_terminated());
}

#[tokio::test]
async fn all_receivers_get_each_message() {
    let sender = broadcast::Sender::new(2);
    assert_eq!(sender.send(0).unwrap_err().0, 0);
    let mut first = sender.subscribe();
    let weak = sender.downgrade();
    assert_eq!((weak.strong_count(), weak.weak_count(), sender.receiver_count()), (1, 1, 1));
    assert_eq!(sender.send(1).unwrap(), 1);
    let mut second = sender.subscribe();
    for number in 2..5 {
        assert_eq!(sender.send(number).unwrap(), 2);
    }
    assert_eq!((first.len(), second.len(), sender.len()), (4, 3, 2));
    assert_eq!(first.recv().await, Err(broadcast::error::RecvError::Lagged(2)));
    let first = task::spawn_blocking(move || {
        let all = [first.blocking_recv(), first.blocking_recv()];
        (first, all)
    });
    let (mut first, all) = first.await.unwrap();
    assert_eq!(all, [Ok(3), Ok(4)]);
    assert_eq!(second.try_recv(), Err(broadcast::error::TryRecvError::Lagged(1)));
    assert_eq!((second.recv().await, second.recv().await), (Ok(3), Ok(4)));
    assert!(
        first.same_channel(&second.resubscribe()) && weak.upgrade().unwrap().same_channel(&sender)
    );
    drop(second);
    let waiting = tokio::spawn(async move { first.recv().await });
    let sender = weak.upgrade().inspect(|_| drop(sender)).unwrap();
    drop(sender);
    assert_eq!(waiting.await.unwrap(), Err(broadcast::error::RecvError::Closed));
    assert!(weak.upgrade().is_none());
}
