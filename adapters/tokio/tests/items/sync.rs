//! By generate.py, from tokio's signatures.

use super::*;

// tokio::sync
use tokio::sync::Barrier as _;
use tokio::sync::BarrierWaitResult as _;
use tokio::sync::Mutex as _;
use tokio::sync::MutexGuard as _;
use tokio::sync::TryLockError as _;
use tokio::sync::OwnedMutexGuard as _;
use tokio::sync::MappedMutexGuard as _;
use tokio::sync::OwnedMappedMutexGuard as _;
use tokio::sync::Notify as _;
use tokio::sync::AcquireError as _;
use tokio::sync::TryAcquireError as _;
use tokio::sync::Semaphore as _;
use tokio::sync::SemaphorePermit as _;
use tokio::sync::OwnedSemaphorePermit as _;
use tokio::sync::RwLock as _;
use tokio::sync::OwnedRwLockReadGuard as _;
use tokio::sync::OwnedRwLockWriteGuard as _;
use tokio::sync::OwnedRwLockMappedWriteGuard as _;
use tokio::sync::RwLockReadGuard as _;
use tokio::sync::RwLockWriteGuard as _;
use tokio::sync::RwLockMappedWriteGuard as _;
use tokio::sync::OnceCell as _;
use tokio::sync::SetError as _;
use tokio::sync::SetOnce as _;
use tokio::sync::SetOnceError as _;

// tokio::sync::broadcast
fn broadcast_Sender_new<T>(a: usize) -> tokio::sync::broadcast::Sender<T> { <tokio::sync::broadcast::Sender<T>>::new(a) }
fn broadcast_Sender_send<'this, T>(a: &'this tokio::sync::broadcast::Sender<T>, b: T) -> Result<usize, tokio::sync::broadcast::error::SendError<T>> { <tokio::sync::broadcast::Sender<T>>::send(a, b) }
fn broadcast_Sender_subscribe<'this, T>(a: &'this tokio::sync::broadcast::Sender<T>) -> tokio::sync::broadcast::Receiver<T> { <tokio::sync::broadcast::Sender<T>>::subscribe(a) }
fn broadcast_Sender_downgrade<'this, T>(a: &'this tokio::sync::broadcast::Sender<T>) -> tokio::sync::broadcast::WeakSender<T> { <tokio::sync::broadcast::Sender<T>>::downgrade(a) }
fn broadcast_Sender_len<'this, T>(a: &'this tokio::sync::broadcast::Sender<T>) -> usize { <tokio::sync::broadcast::Sender<T>>::len(a) }
fn broadcast_Sender_is_empty<'this, T>(a: &'this tokio::sync::broadcast::Sender<T>) -> bool { <tokio::sync::broadcast::Sender<T>>::is_empty(a) }
fn broadcast_Sender_receiver_count<'this, T>(a: &'this tokio::sync::broadcast::Sender<T>) -> usize { <tokio::sync::broadcast::Sender<T>>::receiver_count(a) }
fn broadcast_Sender_same_channel<'this, T>(a: &'this tokio::sync::broadcast::Sender<T>, b: &tokio::sync::broadcast::Sender<T>) -> bool { <tokio::sync::broadcast::Sender<T>>::same_channel(a, b) }
fn broadcast_Sender_closed<'this, T>(a: &'this tokio::sync::broadcast::Sender<T>) -> impl Future<Output = ()> { <tokio::sync::broadcast::Sender<T>>::closed(a) }
fn broadcast_Sender_strong_count<'this, T>(a: &'this tokio::sync::broadcast::Sender<T>) -> usize { <tokio::sync::broadcast::Sender<T>>::strong_count(a) }
fn broadcast_Sender_weak_count<'this, T>(a: &'this tokio::sync::broadcast::Sender<T>) -> usize { <tokio::sync::broadcast::Sender<T>>::weak_count(a) }
fn broadcast_Sender_is_0<T>() where T: Send { is!(tokio::sync::broadcast::Sender<T>: Send, Sync); }
fn broadcast_Sender_is_1<T>() { is!(tokio::sync::broadcast::Sender<T>: Unpin, Clone, std::fmt::Debug); }
fn broadcast_WeakSender_upgrade<'this, T>(a: &'this tokio::sync::broadcast::WeakSender<T>) -> Option<tokio::sync::broadcast::Sender<T>> { <tokio::sync::broadcast::WeakSender<T>>::upgrade(a) }
fn broadcast_WeakSender_strong_count<'this, T>(a: &'this tokio::sync::broadcast::WeakSender<T>) -> usize { <tokio::sync::broadcast::WeakSender<T>>::strong_count(a) }
fn broadcast_WeakSender_weak_count<'this, T>(a: &'this tokio::sync::broadcast::WeakSender<T>) -> usize { <tokio::sync::broadcast::WeakSender<T>>::weak_count(a) }
fn broadcast_WeakSender_is_0<T>() where T: Send { is!(tokio::sync::broadcast::WeakSender<T>: Send, Sync); }
fn broadcast_WeakSender_is_1<T>() { is!(tokio::sync::broadcast::WeakSender<T>: Unpin, Clone, std::fmt::Debug); }
fn broadcast_Receiver_len<'this, T>(a: &'this tokio::sync::broadcast::Receiver<T>) -> usize { <tokio::sync::broadcast::Receiver<T>>::len(a) }
fn broadcast_Receiver_is_empty<'this, T>(a: &'this tokio::sync::broadcast::Receiver<T>) -> bool { <tokio::sync::broadcast::Receiver<T>>::is_empty(a) }
fn broadcast_Receiver_same_channel<'this, T>(a: &'this tokio::sync::broadcast::Receiver<T>, b: &tokio::sync::broadcast::Receiver<T>) -> bool { <tokio::sync::broadcast::Receiver<T>>::same_channel(a, b) }
fn broadcast_Receiver_sender_strong_count<'this, T>(a: &'this tokio::sync::broadcast::Receiver<T>) -> usize { <tokio::sync::broadcast::Receiver<T>>::sender_strong_count(a) }
fn broadcast_Receiver_sender_weak_count<'this, T>(a: &'this tokio::sync::broadcast::Receiver<T>) -> usize { <tokio::sync::broadcast::Receiver<T>>::sender_weak_count(a) }
fn broadcast_Receiver_is_closed<'this, T>(a: &'this tokio::sync::broadcast::Receiver<T>) -> bool { <tokio::sync::broadcast::Receiver<T>>::is_closed(a) }
fn broadcast_Receiver_resubscribe<'this, T: Clone>(a: &'this tokio::sync::broadcast::Receiver<T>) -> tokio::sync::broadcast::Receiver<T> { <tokio::sync::broadcast::Receiver<T>>::resubscribe(a) }
fn broadcast_Receiver_recv<'this, T: Clone>(a: &'this mut tokio::sync::broadcast::Receiver<T>) -> impl Future<Output = Result<T, tokio::sync::broadcast::error::RecvError>> { <tokio::sync::broadcast::Receiver<T>>::recv(a) }
fn broadcast_Receiver_try_recv<'this, T: Clone>(a: &'this mut tokio::sync::broadcast::Receiver<T>) -> Result<T, tokio::sync::broadcast::error::TryRecvError> { <tokio::sync::broadcast::Receiver<T>>::try_recv(a) }
fn broadcast_Receiver_blocking_recv<'this, T: Clone>(a: &'this mut tokio::sync::broadcast::Receiver<T>) -> Result<T, tokio::sync::broadcast::error::RecvError> { <tokio::sync::broadcast::Receiver<T>>::blocking_recv(a) }
fn broadcast_Receiver_is_0<T>() where T: Send { is!(tokio::sync::broadcast::Receiver<T>: Send, Sync); }
fn broadcast_Receiver_is_1<T>() { is!(tokio::sync::broadcast::Receiver<T>: Unpin, std::fmt::Debug); }
fn broadcast_channel<T: Clone>(a: usize) -> (tokio::sync::broadcast::Sender<T>, tokio::sync::broadcast::Receiver<T>) { tokio::sync::broadcast::channel(a) }

// tokio::sync::broadcast::error
use tokio::sync::broadcast::error::SendError as _;
use tokio::sync::broadcast::error::RecvError as _;
use tokio::sync::broadcast::error::TryRecvError as _;

// tokio::sync::futures
use tokio::sync::futures::Notified as _;
use tokio::sync::futures::OwnedNotified as _;

// tokio::sync::mpsc
fn mpsc_channel<T>(a: usize) -> (tokio::sync::mpsc::Sender<T>, tokio::sync::mpsc::Receiver<T>) { tokio::sync::mpsc::channel(a) }
fn mpsc_OwnedPermit_send<T>(a: tokio::sync::mpsc::OwnedPermit<T>, b: T) -> tokio::sync::mpsc::Sender<T> { <tokio::sync::mpsc::OwnedPermit<T>>::send(a, b) }
fn mpsc_OwnedPermit_release<T>(a: tokio::sync::mpsc::OwnedPermit<T>) -> tokio::sync::mpsc::Sender<T> { <tokio::sync::mpsc::OwnedPermit<T>>::release(a) }
fn mpsc_OwnedPermit_same_channel<'this, T>(a: &'this tokio::sync::mpsc::OwnedPermit<T>, b: &tokio::sync::mpsc::OwnedPermit<T>) -> bool { <tokio::sync::mpsc::OwnedPermit<T>>::same_channel(a, b) }
fn mpsc_OwnedPermit_same_channel_as_sender<'this, T>(a: &'this tokio::sync::mpsc::OwnedPermit<T>, b: &tokio::sync::mpsc::Sender<T>) -> bool { <tokio::sync::mpsc::OwnedPermit<T>>::same_channel_as_sender(a, b) }
fn mpsc_OwnedPermit_is_0<T>() where T: Send { is!(tokio::sync::mpsc::OwnedPermit<T>: Send, Sync); }
fn mpsc_OwnedPermit_is_1<T>() { is!(tokio::sync::mpsc::OwnedPermit<T>: Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug); }
use tokio::sync::mpsc::Permit as _;
use tokio::sync::mpsc::PermitIterator as _;
fn mpsc_Receiver_recv<'this, T>(a: &'this mut tokio::sync::mpsc::Receiver<T>) -> impl Future<Output = Option<T>> { <tokio::sync::mpsc::Receiver<T>>::recv(a) }
fn mpsc_Receiver_recv_many<'this, T>(a: &'this mut tokio::sync::mpsc::Receiver<T>, b: &mut Vec<T>, c: usize) -> impl Future<Output = usize> { <tokio::sync::mpsc::Receiver<T>>::recv_many(a, b, c) }
fn mpsc_Receiver_try_recv<'this, T>(a: &'this mut tokio::sync::mpsc::Receiver<T>) -> Result<T, tokio::sync::mpsc::error::TryRecvError> { <tokio::sync::mpsc::Receiver<T>>::try_recv(a) }
fn mpsc_Receiver_blocking_recv<'this, T>(a: &'this mut tokio::sync::mpsc::Receiver<T>) -> Option<T> { <tokio::sync::mpsc::Receiver<T>>::blocking_recv(a) }
fn mpsc_Receiver_blocking_recv_many<'this, T>(a: &'this mut tokio::sync::mpsc::Receiver<T>, b: &mut Vec<T>, c: usize) -> usize { <tokio::sync::mpsc::Receiver<T>>::blocking_recv_many(a, b, c) }
fn mpsc_Receiver_close<'this, T>(a: &'this mut tokio::sync::mpsc::Receiver<T>) { <tokio::sync::mpsc::Receiver<T>>::close(a) }
fn mpsc_Receiver_is_closed<'this, T>(a: &'this tokio::sync::mpsc::Receiver<T>) -> bool { <tokio::sync::mpsc::Receiver<T>>::is_closed(a) }
fn mpsc_Receiver_is_empty<'this, T>(a: &'this tokio::sync::mpsc::Receiver<T>) -> bool { <tokio::sync::mpsc::Receiver<T>>::is_empty(a) }
fn mpsc_Receiver_len<'this, T>(a: &'this tokio::sync::mpsc::Receiver<T>) -> usize { <tokio::sync::mpsc::Receiver<T>>::len(a) }
fn mpsc_Receiver_capacity<'this, T>(a: &'this tokio::sync::mpsc::Receiver<T>) -> usize { <tokio::sync::mpsc::Receiver<T>>::capacity(a) }
fn mpsc_Receiver_max_capacity<'this, T>(a: &'this tokio::sync::mpsc::Receiver<T>) -> usize { <tokio::sync::mpsc::Receiver<T>>::max_capacity(a) }
fn mpsc_Receiver_poll_recv<'this, T>(a: &'this mut tokio::sync::mpsc::Receiver<T>, b: &mut std::task::Context<'_>) -> std::task::Poll<Option<T>> { <tokio::sync::mpsc::Receiver<T>>::poll_recv(a, b) }
fn mpsc_Receiver_poll_recv_many<'this, T>(a: &'this mut tokio::sync::mpsc::Receiver<T>, b: &mut std::task::Context<'_>, c: &mut Vec<T>, d: usize) -> std::task::Poll<usize> { <tokio::sync::mpsc::Receiver<T>>::poll_recv_many(a, b, c, d) }
fn mpsc_Receiver_sender_strong_count<'this, T>(a: &'this tokio::sync::mpsc::Receiver<T>) -> usize { <tokio::sync::mpsc::Receiver<T>>::sender_strong_count(a) }
fn mpsc_Receiver_sender_weak_count<'this, T>(a: &'this tokio::sync::mpsc::Receiver<T>) -> usize { <tokio::sync::mpsc::Receiver<T>>::sender_weak_count(a) }
fn mpsc_Receiver_is_0<T>() where T: Send { is!(tokio::sync::mpsc::Receiver<T>: Send, Sync); }
fn mpsc_Receiver_is_1<T>() { is!(tokio::sync::mpsc::Receiver<T>: std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, Unpin); }
fn mpsc_Sender_send<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>, b: T) -> impl Future<Output = Result<(), tokio::sync::mpsc::error::SendError<T>>> { <tokio::sync::mpsc::Sender<T>>::send(a, b) }
fn mpsc_Sender_closed<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>) -> impl Future<Output = ()> { <tokio::sync::mpsc::Sender<T>>::closed(a) }
fn mpsc_Sender_try_send<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>, b: T) -> Result<(), tokio::sync::mpsc::error::TrySendError<T>> { <tokio::sync::mpsc::Sender<T>>::try_send(a, b) }
fn mpsc_Sender_send_timeout<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>, b: T, c: tokio::time::Duration) -> impl Future<Output = Result<(), tokio::sync::mpsc::error::SendTimeoutError<T>>> { <tokio::sync::mpsc::Sender<T>>::send_timeout(a, b, c) }
fn mpsc_Sender_blocking_send<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>, b: T) -> Result<(), tokio::sync::mpsc::error::SendError<T>> { <tokio::sync::mpsc::Sender<T>>::blocking_send(a, b) }
fn mpsc_Sender_is_closed<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>) -> bool { <tokio::sync::mpsc::Sender<T>>::is_closed(a) }
fn mpsc_Sender_reserve<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>) -> impl Future<Output = Result<tokio::sync::mpsc::Permit<'this, T>, tokio::sync::mpsc::error::SendError<()>>> { <tokio::sync::mpsc::Sender<T>>::reserve(a) }
fn mpsc_Sender_reserve_many<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>, b: usize) -> impl Future<Output = Result<tokio::sync::mpsc::PermitIterator<'this, T>, tokio::sync::mpsc::error::SendError<()>>> { <tokio::sync::mpsc::Sender<T>>::reserve_many(a, b) }
fn mpsc_Sender_reserve_owned<T>(a: tokio::sync::mpsc::Sender<T>) -> impl Future<Output = Result<tokio::sync::mpsc::OwnedPermit<T>, tokio::sync::mpsc::error::SendError<()>>> { <tokio::sync::mpsc::Sender<T>>::reserve_owned(a) }
fn mpsc_Sender_try_reserve<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>) -> Result<tokio::sync::mpsc::Permit<'this, T>, tokio::sync::mpsc::error::TrySendError<()>> { <tokio::sync::mpsc::Sender<T>>::try_reserve(a) }
fn mpsc_Sender_try_reserve_many<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>, b: usize) -> Result<tokio::sync::mpsc::PermitIterator<'this, T>, tokio::sync::mpsc::error::TrySendError<()>> { <tokio::sync::mpsc::Sender<T>>::try_reserve_many(a, b) }
fn mpsc_Sender_try_reserve_owned<T>(a: tokio::sync::mpsc::Sender<T>) -> Result<tokio::sync::mpsc::OwnedPermit<T>, tokio::sync::mpsc::error::TrySendError<tokio::sync::mpsc::Sender<T>>> { <tokio::sync::mpsc::Sender<T>>::try_reserve_owned(a) }
fn mpsc_Sender_same_channel<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>, b: &tokio::sync::mpsc::Sender<T>) -> bool { <tokio::sync::mpsc::Sender<T>>::same_channel(a, b) }
fn mpsc_Sender_capacity<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>) -> usize { <tokio::sync::mpsc::Sender<T>>::capacity(a) }
fn mpsc_Sender_downgrade<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>) -> tokio::sync::mpsc::WeakSender<T> { <tokio::sync::mpsc::Sender<T>>::downgrade(a) }
fn mpsc_Sender_max_capacity<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>) -> usize { <tokio::sync::mpsc::Sender<T>>::max_capacity(a) }
fn mpsc_Sender_strong_count<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>) -> usize { <tokio::sync::mpsc::Sender<T>>::strong_count(a) }
fn mpsc_Sender_weak_count<'this, T>(a: &'this tokio::sync::mpsc::Sender<T>) -> usize { <tokio::sync::mpsc::Sender<T>>::weak_count(a) }
fn mpsc_Sender_is_0<T>() where T: Send { is!(tokio::sync::mpsc::Sender<T>: Send, Sync); }
fn mpsc_Sender_is_1<T>() { is!(tokio::sync::mpsc::Sender<T>: Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Clone, std::fmt::Debug); }
fn mpsc_WeakSender_upgrade<'this, T>(a: &'this tokio::sync::mpsc::WeakSender<T>) -> Option<tokio::sync::mpsc::Sender<T>> { <tokio::sync::mpsc::WeakSender<T>>::upgrade(a) }
fn mpsc_WeakSender_strong_count<'this, T>(a: &'this tokio::sync::mpsc::WeakSender<T>) -> usize { <tokio::sync::mpsc::WeakSender<T>>::strong_count(a) }
fn mpsc_WeakSender_weak_count<'this, T>(a: &'this tokio::sync::mpsc::WeakSender<T>) -> usize { <tokio::sync::mpsc::WeakSender<T>>::weak_count(a) }
fn mpsc_WeakSender_is_0<T>() where T: Send { is!(tokio::sync::mpsc::WeakSender<T>: Send, Sync); }
fn mpsc_WeakSender_is_1<T>() { is!(tokio::sync::mpsc::WeakSender<T>: Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Clone, std::fmt::Debug); }
fn mpsc_unbounded_channel<T>() -> (tokio::sync::mpsc::UnboundedSender<T>, tokio::sync::mpsc::UnboundedReceiver<T>) { tokio::sync::mpsc::unbounded_channel() }
fn mpsc_UnboundedReceiver_recv<'this, T>(a: &'this mut tokio::sync::mpsc::UnboundedReceiver<T>) -> impl Future<Output = Option<T>> { <tokio::sync::mpsc::UnboundedReceiver<T>>::recv(a) }
fn mpsc_UnboundedReceiver_recv_many<'this, T>(a: &'this mut tokio::sync::mpsc::UnboundedReceiver<T>, b: &mut Vec<T>, c: usize) -> impl Future<Output = usize> { <tokio::sync::mpsc::UnboundedReceiver<T>>::recv_many(a, b, c) }
fn mpsc_UnboundedReceiver_try_recv<'this, T>(a: &'this mut tokio::sync::mpsc::UnboundedReceiver<T>) -> Result<T, tokio::sync::mpsc::error::TryRecvError> { <tokio::sync::mpsc::UnboundedReceiver<T>>::try_recv(a) }
fn mpsc_UnboundedReceiver_blocking_recv<'this, T>(a: &'this mut tokio::sync::mpsc::UnboundedReceiver<T>) -> Option<T> { <tokio::sync::mpsc::UnboundedReceiver<T>>::blocking_recv(a) }
fn mpsc_UnboundedReceiver_blocking_recv_many<'this, T>(a: &'this mut tokio::sync::mpsc::UnboundedReceiver<T>, b: &mut Vec<T>, c: usize) -> usize { <tokio::sync::mpsc::UnboundedReceiver<T>>::blocking_recv_many(a, b, c) }
fn mpsc_UnboundedReceiver_close<'this, T>(a: &'this mut tokio::sync::mpsc::UnboundedReceiver<T>) { <tokio::sync::mpsc::UnboundedReceiver<T>>::close(a) }
fn mpsc_UnboundedReceiver_is_closed<'this, T>(a: &'this tokio::sync::mpsc::UnboundedReceiver<T>) -> bool { <tokio::sync::mpsc::UnboundedReceiver<T>>::is_closed(a) }
fn mpsc_UnboundedReceiver_is_empty<'this, T>(a: &'this tokio::sync::mpsc::UnboundedReceiver<T>) -> bool { <tokio::sync::mpsc::UnboundedReceiver<T>>::is_empty(a) }
fn mpsc_UnboundedReceiver_len<'this, T>(a: &'this tokio::sync::mpsc::UnboundedReceiver<T>) -> usize { <tokio::sync::mpsc::UnboundedReceiver<T>>::len(a) }
fn mpsc_UnboundedReceiver_poll_recv<'this, T>(a: &'this mut tokio::sync::mpsc::UnboundedReceiver<T>, b: &mut std::task::Context<'_>) -> std::task::Poll<Option<T>> { <tokio::sync::mpsc::UnboundedReceiver<T>>::poll_recv(a, b) }
fn mpsc_UnboundedReceiver_poll_recv_many<'this, T>(a: &'this mut tokio::sync::mpsc::UnboundedReceiver<T>, b: &mut std::task::Context<'_>, c: &mut Vec<T>, d: usize) -> std::task::Poll<usize> { <tokio::sync::mpsc::UnboundedReceiver<T>>::poll_recv_many(a, b, c, d) }
fn mpsc_UnboundedReceiver_sender_strong_count<'this, T>(a: &'this tokio::sync::mpsc::UnboundedReceiver<T>) -> usize { <tokio::sync::mpsc::UnboundedReceiver<T>>::sender_strong_count(a) }
fn mpsc_UnboundedReceiver_sender_weak_count<'this, T>(a: &'this tokio::sync::mpsc::UnboundedReceiver<T>) -> usize { <tokio::sync::mpsc::UnboundedReceiver<T>>::sender_weak_count(a) }
fn mpsc_UnboundedReceiver_is_0<T>() where T: Send { is!(tokio::sync::mpsc::UnboundedReceiver<T>: Send, Sync); }
fn mpsc_UnboundedReceiver_is_1<T>() { is!(tokio::sync::mpsc::UnboundedReceiver<T>: Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug); }
use tokio::sync::mpsc::UnboundedSender as _;
use tokio::sync::mpsc::WeakUnboundedSender as _;

// tokio::sync::mpsc::error
use tokio::sync::mpsc::error::SendError as _;
use tokio::sync::mpsc::error::TrySendError as _;
use tokio::sync::mpsc::error::TryRecvError as _;
use tokio::sync::mpsc::error::RecvError as _;
fn mpsc_error_SendTimeoutError_into_inner<T>(a: tokio::sync::mpsc::error::SendTimeoutError<T>) -> T { <tokio::sync::mpsc::error::SendTimeoutError<T>>::into_inner(a) }
use tokio::sync::mpsc::error::SendTimeoutError::Timeout as _;
use tokio::sync::mpsc::error::SendTimeoutError::Closed as _;
fn mpsc_error_SendTimeoutError_is_0<T>() where T: Send { is!(tokio::sync::mpsc::error::SendTimeoutError<T>: Send); }
fn mpsc_error_SendTimeoutError_is_1<T>() where T: Sync { is!(tokio::sync::mpsc::error::SendTimeoutError<T>: Sync); }
fn mpsc_error_SendTimeoutError_is_2<T>() where T: Unpin { is!(tokio::sync::mpsc::error::SendTimeoutError<T>: Unpin); }
fn mpsc_error_SendTimeoutError_is_3<T>() where T: std::panic::UnwindSafe { is!(tokio::sync::mpsc::error::SendTimeoutError<T>: std::panic::UnwindSafe); }
fn mpsc_error_SendTimeoutError_is_4<T>() where T: std::panic::RefUnwindSafe { is!(tokio::sync::mpsc::error::SendTimeoutError<T>: std::panic::RefUnwindSafe); }
fn mpsc_error_SendTimeoutError_is_5<T: PartialEq>() { is!(tokio::sync::mpsc::error::SendTimeoutError<T>: PartialEq); }
fn mpsc_error_SendTimeoutError_is_6<T: Eq>() { is!(tokio::sync::mpsc::error::SendTimeoutError<T>: Eq); }
fn mpsc_error_SendTimeoutError_is_7<T: Clone>() { is!(tokio::sync::mpsc::error::SendTimeoutError<T>: Clone); }
fn mpsc_error_SendTimeoutError_is_8<T: Copy>() { is!(tokio::sync::mpsc::error::SendTimeoutError<T>: Copy); }
fn mpsc_error_SendTimeoutError_is_9<T>() { is!(tokio::sync::mpsc::error::SendTimeoutError<T>: std::fmt::Debug, std::fmt::Display, std::error::Error); }

// tokio::sync::oneshot
use tokio::sync::oneshot::Sender as _;
fn oneshot_Receiver_close<'this, T>(a: &'this mut tokio::sync::oneshot::Receiver<T>) { <tokio::sync::oneshot::Receiver<T>>::close(a) }
fn oneshot_Receiver_is_terminated<'this, T>(a: &'this tokio::sync::oneshot::Receiver<T>) -> bool { <tokio::sync::oneshot::Receiver<T>>::is_terminated(a) }
fn oneshot_Receiver_is_empty<'this, T>(a: &'this tokio::sync::oneshot::Receiver<T>) -> bool { <tokio::sync::oneshot::Receiver<T>>::is_empty(a) }
fn oneshot_Receiver_try_recv<'this, T>(a: &'this mut tokio::sync::oneshot::Receiver<T>) -> Result<T, tokio::sync::oneshot::error::TryRecvError> { <tokio::sync::oneshot::Receiver<T>>::try_recv(a) }
fn oneshot_Receiver_blocking_recv<T>(a: tokio::sync::oneshot::Receiver<T>) -> Result<T, tokio::sync::oneshot::error::RecvError> { <tokio::sync::oneshot::Receiver<T>>::blocking_recv(a) }
fn oneshot_Receiver_is_0<T>() where T: Send { is!(tokio::sync::oneshot::Receiver<T>: Send, Sync); }
fn oneshot_Receiver_is_1<T>() { is!(tokio::sync::oneshot::Receiver<T>: Unpin, std::future::Future); }
fn oneshot_Receiver_is_2<T: std::fmt::Debug>() { is!(tokio::sync::oneshot::Receiver<T>: std::fmt::Debug); }
fn oneshot_channel<T>() -> (tokio::sync::oneshot::Sender<T>, tokio::sync::oneshot::Receiver<T>) { tokio::sync::oneshot::channel() }

// tokio::sync::oneshot::error
use tokio::sync::oneshot::error::RecvError as _;
use tokio::sync::oneshot::error::TryRecvError as _;

// tokio::sync::watch
use tokio::sync::watch::Receiver as _;
use tokio::sync::watch::Sender as _;
use tokio::sync::watch::Ref as _;
use tokio::sync::watch::channel as _;

// tokio::sync::watch::error
use tokio::sync::watch::error::SendError as _;
use tokio::sync::watch::error::RecvError as _;
