//! Channels, locks and signals between tasks: tokio's, without its runtime.
//!
//! They need wakers and nothing else: they start no thread, open no descriptor, and work on every backend and in
//! foreign executors. They are the same types as in tokio (version 1), so a channel of a library that uses tokio's
//! fits. Beside them stand the macros [`select!`](crate::select), [`join!`](crate::join),
//! [`try_join!`](crate::try_join) and [`pin!`](crate::pin), and tokio-util's [`CancellationToken`];
//! [`TaskTracker`](crate::task::TaskTracker) waits for a group of tasks to end.
//!
//! ```
//! use anyrt::sync::mpsc;
//!
//! # #[anyrt::main]
//! # async fn main() {
//! let (sender, mut receiver) = mpsc::channel(8);
//! anyrt::spawn(async move {
//!     for number in 0..3 {
//!         sender.send(number).await.unwrap();
//!     }
//! });
//! let mut sum = 0;
//! while let Some(number) = receiver.recv().await {
//!     sum += number;
//! }
//! assert_eq!(sum, 3);
//! # }
//! ```
//!
//! What each of them loses when a future is dropped is written in its own documentation.
//!
//! # The budget of a task
//!
//! A task that finds a channel full again and again has to let others go first. On tokio these types see to that by
//! themselves, for it is tokio's budget that they ask. On the other backends they do not: there a loop that may never
//! have to wait wraps each operation in [`task::cooperative`](crate::task::cooperative), which does no harm on
//! tokio either.
//!
//! ```
//! use anyrt::{sync::mpsc::UnboundedReceiver, task::cooperative};
//!
//! async fn drain(mut receiver: UnboundedReceiver<u64>) -> u64 {
//!     let mut sum = 0;
//!     while let Some(number) = cooperative(receiver.recv()).await {
//!         sum += number;
//!     }
//!     sum
//! }
//! # let (sender, receiver) = anyrt::sync::mpsc::unbounded_channel();
//! # sender.send(7).unwrap();
//! # drop(sender);
//! # assert_eq!(anyrt::block_on(drain(receiver)), 7);
//! ```
//!
//! # What blocks
//!
//! `blocking_send`, `blocking_recv`, `blocking_lock` and the others of that kind are for threads outside of the
//! runtime and for blocking closures. In async code on tokio they panic. On the other backends **they block the
//! worker, without a word**, and if what they wait for needs that worker, for ever.

#[doc(no_inline)]
pub use tokio_crate::sync::{
    AcquireError, Barrier, BarrierWaitResult, MappedMutexGuard, Mutex, MutexGuard, Notify,
    OnceCell, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedRwLockMappedWriteGuard,
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard, Semaphore, SemaphorePermit,
    SetError, SetOnce, SetOnceError, TryAcquireError, TryLockError, broadcast, futures, mpsc,
    oneshot, watch,
};
#[doc(no_inline)]
pub use tokio_util::sync::{
    CancellationToken, DropGuard, DropGuardRef, PollSemaphore, PollSendError, PollSender,
    ReusableBoxFuture, WaitForCancellationFuture, WaitForCancellationFutureOwned,
};
