//! By generate.py, from tokio's signatures.

use super::*;

// tokio::io
use tokio::io::AsyncBufRead as _;
use tokio::io::AsyncRead as _;
use tokio::io::AsyncSeek as _;
use tokio::io::AsyncWrite as _;
use tokio::io::ReadBuf as _;
use tokio::io::Error as _;
use tokio::io::ErrorKind as _;
use tokio::io::Result as _;
use tokio::io::SeekFrom as _;
fn Interest_READABLE() -> tokio::io::Interest { <tokio::io::Interest>::READABLE }
fn Interest_WRITABLE() -> tokio::io::Interest { <tokio::io::Interest>::WRITABLE }
fn Interest_ERROR() -> tokio::io::Interest { <tokio::io::Interest>::ERROR }
fn Interest_PRIORITY() -> tokio::io::Interest { <tokio::io::Interest>::PRIORITY }
fn Interest_is_readable(a: tokio::io::Interest) -> bool { <tokio::io::Interest>::is_readable(a) }
fn Interest_is_writable(a: tokio::io::Interest) -> bool { <tokio::io::Interest>::is_writable(a) }
fn Interest_is_error(a: tokio::io::Interest) -> bool { <tokio::io::Interest>::is_error(a) }
fn Interest_is_priority(a: tokio::io::Interest) -> bool { <tokio::io::Interest>::is_priority(a) }
fn Interest_add(a: tokio::io::Interest, b: tokio::io::Interest) -> tokio::io::Interest { <tokio::io::Interest>::add(a, b) }
fn Interest_remove(a: tokio::io::Interest, b: tokio::io::Interest) -> Option<tokio::io::Interest> { <tokio::io::Interest>::remove(a, b) }
fn Interest_is_0() { is!(tokio::io::Interest: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Clone, Copy, Eq, PartialEq, std::ops::BitOr, std::ops::BitOrAssign, std::fmt::Debug); }
fn Ready_EMPTY() -> tokio::io::Ready { <tokio::io::Ready>::EMPTY }
fn Ready_READABLE() -> tokio::io::Ready { <tokio::io::Ready>::READABLE }
fn Ready_WRITABLE() -> tokio::io::Ready { <tokio::io::Ready>::WRITABLE }
fn Ready_READ_CLOSED() -> tokio::io::Ready { <tokio::io::Ready>::READ_CLOSED }
fn Ready_WRITE_CLOSED() -> tokio::io::Ready { <tokio::io::Ready>::WRITE_CLOSED }
fn Ready_PRIORITY() -> tokio::io::Ready { <tokio::io::Ready>::PRIORITY }
fn Ready_ERROR() -> tokio::io::Ready { <tokio::io::Ready>::ERROR }
fn Ready_ALL() -> tokio::io::Ready { <tokio::io::Ready>::ALL }
fn Ready_is_empty(a: tokio::io::Ready) -> bool { <tokio::io::Ready>::is_empty(a) }
fn Ready_is_readable(a: tokio::io::Ready) -> bool { <tokio::io::Ready>::is_readable(a) }
fn Ready_is_writable(a: tokio::io::Ready) -> bool { <tokio::io::Ready>::is_writable(a) }
fn Ready_is_read_closed(a: tokio::io::Ready) -> bool { <tokio::io::Ready>::is_read_closed(a) }
fn Ready_is_write_closed(a: tokio::io::Ready) -> bool { <tokio::io::Ready>::is_write_closed(a) }
fn Ready_is_priority(a: tokio::io::Ready) -> bool { <tokio::io::Ready>::is_priority(a) }
fn Ready_is_error(a: tokio::io::Ready) -> bool { <tokio::io::Ready>::is_error(a) }
fn Ready_is_0() { is!(tokio::io::Ready: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, std::ops::BitOr, std::ops::BitOrAssign, std::ops::BitAnd, std::ops::Sub, std::fmt::Debug); }
fn stderr() -> tokio::io::Stderr { tokio::io::stderr() }
fn Stderr_is_0() { is!(tokio::io::Stderr: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, std::os::fd::AsRawFd, std::os::fd::AsFd, tokio::io::AsyncWrite); }
fn stdin() -> tokio::io::Stdin { tokio::io::stdin() }
fn Stdin_is_0() { is!(tokio::io::Stdin: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, std::os::fd::AsRawFd, std::os::fd::AsFd, tokio::io::AsyncRead); }
fn stdout() -> tokio::io::Stdout { tokio::io::stdout() }
fn Stdout_is_0() { is!(tokio::io::Stdout: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, std::os::fd::AsRawFd, std::os::fd::AsFd, tokio::io::AsyncWrite); }
use tokio::io::split as _;
use tokio::io::ReadHalf as _;
use tokio::io::WriteHalf as _;
use tokio::io::join as _;
use tokio::io::Join as _;
use tokio::io::copy as _;
use tokio::io::copy_bidirectional as _;
use tokio::io::copy_bidirectional_with_sizes as _;
use tokio::io::copy_buf as _;
use tokio::io::duplex as _;
use tokio::io::empty as _;
use tokio::io::repeat as _;
use tokio::io::sink as _;
use tokio::io::simplex as _;
use tokio::io::AsyncBufReadExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncSeekExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::BufReader as _;
use tokio::io::BufStream as _;
use tokio::io::BufWriter as _;
use tokio::io::Chain as _;
use tokio::io::DuplexStream as _;
use tokio::io::Empty as _;
use tokio::io::Lines as _;
use tokio::io::Repeat as _;
use tokio::io::Sink as _;
use tokio::io::Split as _;
use tokio::io::Take as _;
use tokio::io::SimplexStream as _;

// tokio::io::unix
unsafe fn unix_AsyncFd_register<T: std::os::fd::AsRawFd>(a: T) -> Result<tokio::io::unix::AsyncFd<T>, tokio::io::unix::AsyncFdRegisterError<T>> { unsafe { <tokio::io::unix::AsyncFd<T>>::register(a) } }
unsafe fn unix_AsyncFd_register_with_interest<T: std::os::fd::AsRawFd>(a: T, b: tokio::io::Interest) -> Result<tokio::io::unix::AsyncFd<T>, tokio::io::unix::AsyncFdRegisterError<T>> { unsafe { <tokio::io::unix::AsyncFd<T>>::register_with_interest(a, b) } }
fn unix_AsyncFd_get_ref<'this, T: std::os::fd::AsRawFd>(a: &'this tokio::io::unix::AsyncFd<T>) -> &'this T { <tokio::io::unix::AsyncFd<T>>::get_ref(a) }
fn unix_AsyncFd_get_mut<'this, T: std::os::fd::AsRawFd>(a: &'this mut tokio::io::unix::AsyncFd<T>) -> &'this mut T { <tokio::io::unix::AsyncFd<T>>::get_mut(a) }
fn unix_AsyncFd_into_inner<T: std::os::fd::AsRawFd>(a: tokio::io::unix::AsyncFd<T>) -> T { <tokio::io::unix::AsyncFd<T>>::into_inner(a) }
fn unix_AsyncFd_poll_read_ready<'a, T: std::os::fd::AsRawFd>(a: &'a tokio::io::unix::AsyncFd<T>, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<tokio::io::unix::AsyncFdReadyGuard<'a, T>>> { <tokio::io::unix::AsyncFd<T>>::poll_read_ready(a, b) }
fn unix_AsyncFd_poll_read_ready_mut<'a, T: std::os::fd::AsRawFd>(a: &'a mut tokio::io::unix::AsyncFd<T>, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<tokio::io::unix::AsyncFdReadyMutGuard<'a, T>>> { <tokio::io::unix::AsyncFd<T>>::poll_read_ready_mut(a, b) }
fn unix_AsyncFd_poll_write_ready<'a, T: std::os::fd::AsRawFd>(a: &'a tokio::io::unix::AsyncFd<T>, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<tokio::io::unix::AsyncFdReadyGuard<'a, T>>> { <tokio::io::unix::AsyncFd<T>>::poll_write_ready(a, b) }
fn unix_AsyncFd_poll_write_ready_mut<'a, T: std::os::fd::AsRawFd>(a: &'a mut tokio::io::unix::AsyncFd<T>, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<tokio::io::unix::AsyncFdReadyMutGuard<'a, T>>> { <tokio::io::unix::AsyncFd<T>>::poll_write_ready_mut(a, b) }
fn unix_AsyncFd_ready<'this, T: std::os::fd::AsRawFd>(a: &'this tokio::io::unix::AsyncFd<T>, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::unix::AsyncFdReadyGuard<'this, T>>> { <tokio::io::unix::AsyncFd<T>>::ready(a, b) }
fn unix_AsyncFd_ready_mut<'this, T: std::os::fd::AsRawFd>(a: &'this mut tokio::io::unix::AsyncFd<T>, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::unix::AsyncFdReadyMutGuard<'this, T>>> { <tokio::io::unix::AsyncFd<T>>::ready_mut(a, b) }
fn unix_AsyncFd_readable<'a, T: std::os::fd::AsRawFd>(a: &'a tokio::io::unix::AsyncFd<T>) -> impl Future<Output = std::io::Result<tokio::io::unix::AsyncFdReadyGuard<'a, T>>> { <tokio::io::unix::AsyncFd<T>>::readable(a) }
fn unix_AsyncFd_readable_mut<'a, T: std::os::fd::AsRawFd>(a: &'a mut tokio::io::unix::AsyncFd<T>) -> impl Future<Output = std::io::Result<tokio::io::unix::AsyncFdReadyMutGuard<'a, T>>> { <tokio::io::unix::AsyncFd<T>>::readable_mut(a) }
fn unix_AsyncFd_writable<'a, T: std::os::fd::AsRawFd>(a: &'a tokio::io::unix::AsyncFd<T>) -> impl Future<Output = std::io::Result<tokio::io::unix::AsyncFdReadyGuard<'a, T>>> { <tokio::io::unix::AsyncFd<T>>::writable(a) }
fn unix_AsyncFd_writable_mut<'a, T: std::os::fd::AsRawFd>(a: &'a mut tokio::io::unix::AsyncFd<T>) -> impl Future<Output = std::io::Result<tokio::io::unix::AsyncFdReadyMutGuard<'a, T>>> { <tokio::io::unix::AsyncFd<T>>::writable_mut(a) }
fn unix_AsyncFd_async_io<'this, T: std::os::fd::AsRawFd, R>(a: &'this tokio::io::unix::AsyncFd<T>, b: tokio::io::Interest, c: impl FnMut(&T) -> std::io::Result<R>) -> impl Future<Output = std::io::Result<R>> { <tokio::io::unix::AsyncFd<T>>::async_io(a, b, c) }
fn unix_AsyncFd_async_io_mut<'this, T: std::os::fd::AsRawFd, R>(a: &'this mut tokio::io::unix::AsyncFd<T>, b: tokio::io::Interest, c: impl FnMut(&mut T) -> std::io::Result<R>) -> impl Future<Output = std::io::Result<R>> { <tokio::io::unix::AsyncFd<T>>::async_io_mut(a, b, c) }
fn unix_AsyncFd_try_io<'this, T: std::os::fd::AsRawFd, R>(a: &'this tokio::io::unix::AsyncFd<T>, b: tokio::io::Interest, c: impl FnOnce(&T) -> std::io::Result<R>) -> std::io::Result<R> { <tokio::io::unix::AsyncFd<T>>::try_io(a, b, c) }
fn unix_AsyncFd_try_io_mut<'this, T: std::os::fd::AsRawFd, R>(a: &'this mut tokio::io::unix::AsyncFd<T>, b: tokio::io::Interest, c: impl FnOnce(&mut T) -> std::io::Result<R>) -> std::io::Result<R> { <tokio::io::unix::AsyncFd<T>>::try_io_mut(a, b, c) }
fn unix_AsyncFd_new<T: std::os::fd::AsRawFd>(a: T) -> std::io::Result<tokio::io::unix::AsyncFd<T>> { <tokio::io::unix::AsyncFd<T>>::new(a) }
fn unix_AsyncFd_with_interest<T: std::os::fd::AsRawFd>(a: T, b: tokio::io::Interest) -> std::io::Result<tokio::io::unix::AsyncFd<T>> { <tokio::io::unix::AsyncFd<T>>::with_interest(a, b) }
fn unix_AsyncFd_try_new<T: std::os::fd::AsRawFd>(a: T) -> Result<tokio::io::unix::AsyncFd<T>, tokio::io::unix::AsyncFdRegisterError<T>> { <tokio::io::unix::AsyncFd<T>>::try_new(a) }
fn unix_AsyncFd_try_with_interest<T: std::os::fd::AsRawFd>(a: T, b: tokio::io::Interest) -> Result<tokio::io::unix::AsyncFd<T>, tokio::io::unix::AsyncFdRegisterError<T>> { <tokio::io::unix::AsyncFd<T>>::try_with_interest(a, b) }
fn unix_AsyncFd_is_0<T>() where T: Send, T: std::os::fd::AsRawFd { is!(tokio::io::unix::AsyncFd<T>: Send); }
fn unix_AsyncFd_is_1<T>() where T: Sync, T: std::os::fd::AsRawFd { is!(tokio::io::unix::AsyncFd<T>: Sync); }
fn unix_AsyncFd_is_2<T>() where T: Unpin, T: std::os::fd::AsRawFd { is!(tokio::io::unix::AsyncFd<T>: Unpin); }
fn unix_AsyncFd_is_3<T: std::os::fd::AsRawFd>() { is!(tokio::io::unix::AsyncFd<T>: std::os::fd::AsRawFd, std::os::fd::AsFd); }
fn unix_AsyncFd_is_4<T: std::fmt::Debug + std::os::fd::AsRawFd>() { is!(tokio::io::unix::AsyncFd<T>: std::fmt::Debug); }
fn unix_AsyncFdRegisterError_into_parts<T>(a: tokio::io::unix::AsyncFdRegisterError<T>) -> (T, std::io::Error) { <tokio::io::unix::AsyncFdRegisterError<T>>::into_parts(a) }
fn unix_AsyncFdRegisterError_is_0<T>() where T: Send { is!(tokio::io::unix::AsyncFdRegisterError<T>: Send); }
fn unix_AsyncFdRegisterError_is_1<T>() where T: Sync { is!(tokio::io::unix::AsyncFdRegisterError<T>: Sync); }
fn unix_AsyncFdRegisterError_is_2<T>() where T: Unpin { is!(tokio::io::unix::AsyncFdRegisterError<T>: Unpin); }
fn unix_AsyncFdRegisterError_is_3<T>() { is!(tokio::io::unix::AsyncFdRegisterError<T>: std::fmt::Display, std::fmt::Debug, std::error::Error); }
fn unix_AsyncFdRegisterError_is_4<T>() { is_by!(T, std::io::Error: From<tokio::io::unix::AsyncFdRegisterError<T>>); }
fn unix_AsyncFdReadyGuard_clear_ready<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this mut tokio::io::unix::AsyncFdReadyGuard<'a, Inner>) { <tokio::io::unix::AsyncFdReadyGuard<'a, Inner>>::clear_ready(a) }
fn unix_AsyncFdReadyGuard_clear_ready_matching<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this mut tokio::io::unix::AsyncFdReadyGuard<'a, Inner>, b: tokio::io::Ready) { <tokio::io::unix::AsyncFdReadyGuard<'a, Inner>>::clear_ready_matching(a, b) }
fn unix_AsyncFdReadyGuard_retain_ready<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this mut tokio::io::unix::AsyncFdReadyGuard<'a, Inner>) { <tokio::io::unix::AsyncFdReadyGuard<'a, Inner>>::retain_ready(a) }
fn unix_AsyncFdReadyGuard_ready<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this tokio::io::unix::AsyncFdReadyGuard<'a, Inner>) -> tokio::io::Ready { <tokio::io::unix::AsyncFdReadyGuard<'a, Inner>>::ready(a) }
fn unix_AsyncFdReadyGuard_try_io<'this, 'a, Inner: std::os::fd::AsRawFd, R>(a: &'this mut tokio::io::unix::AsyncFdReadyGuard<'a, Inner>, b: impl FnOnce(&'a tokio::io::unix::AsyncFd<Inner>) -> std::io::Result<R>) -> Result<std::io::Result<R>, tokio::io::unix::TryIoError> { <tokio::io::unix::AsyncFdReadyGuard<'a, Inner>>::try_io(a, b) }
fn unix_AsyncFdReadyGuard_get_ref<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this tokio::io::unix::AsyncFdReadyGuard<'a, Inner>) -> &'a tokio::io::unix::AsyncFd<Inner> { <tokio::io::unix::AsyncFdReadyGuard<'a, Inner>>::get_ref(a) }
fn unix_AsyncFdReadyGuard_get_inner<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this tokio::io::unix::AsyncFdReadyGuard<'a, Inner>) -> &'a Inner { <tokio::io::unix::AsyncFdReadyGuard<'a, Inner>>::get_inner(a) }
fn unix_AsyncFdReadyGuard_is_0<'a, T>() where T: Sync, T: std::os::fd::AsRawFd, T: 'a { is!(tokio::io::unix::AsyncFdReadyGuard<'a, T>: Send, Sync); }
fn unix_AsyncFdReadyGuard_is_1<'a, T>() where T: std::os::fd::AsRawFd, T: 'a { is!(tokio::io::unix::AsyncFdReadyGuard<'a, T>: Unpin); }
fn unix_AsyncFdReadyGuard_is_2<'a, T: std::fmt::Debug + std::os::fd::AsRawFd>() where T: 'a { is!(tokio::io::unix::AsyncFdReadyGuard<'a, T>: std::fmt::Debug); }
fn unix_AsyncFdReadyMutGuard_clear_ready<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this mut tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>) { <tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>>::clear_ready(a) }
fn unix_AsyncFdReadyMutGuard_clear_ready_matching<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this mut tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>, b: tokio::io::Ready) { <tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>>::clear_ready_matching(a, b) }
fn unix_AsyncFdReadyMutGuard_retain_ready<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this mut tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>) { <tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>>::retain_ready(a) }
fn unix_AsyncFdReadyMutGuard_ready<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>) -> tokio::io::Ready { <tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>>::ready(a) }
fn unix_AsyncFdReadyMutGuard_try_io<'this, 'a, Inner: std::os::fd::AsRawFd, R>(a: &'this mut tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>, b: impl FnOnce(&mut tokio::io::unix::AsyncFd<Inner>) -> std::io::Result<R>) -> Result<std::io::Result<R>, tokio::io::unix::TryIoError> { <tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>>::try_io(a, b) }
fn unix_AsyncFdReadyMutGuard_get_ref<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>) -> &'this tokio::io::unix::AsyncFd<Inner> { <tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>>::get_ref(a) }
fn unix_AsyncFdReadyMutGuard_get_mut<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this mut tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>) -> &'this mut tokio::io::unix::AsyncFd<Inner> { <tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>>::get_mut(a) }
fn unix_AsyncFdReadyMutGuard_get_inner<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>) -> &'this Inner { <tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>>::get_inner(a) }
fn unix_AsyncFdReadyMutGuard_get_inner_mut<'this, 'a, Inner: std::os::fd::AsRawFd>(a: &'this mut tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>) -> &'this mut Inner { <tokio::io::unix::AsyncFdReadyMutGuard<'a, Inner>>::get_inner_mut(a) }
fn unix_AsyncFdReadyMutGuard_is_0<'a, T>() where T: Send, T: std::os::fd::AsRawFd, T: 'a { is!(tokio::io::unix::AsyncFdReadyMutGuard<'a, T>: Send); }
fn unix_AsyncFdReadyMutGuard_is_1<'a, T>() where T: Sync, T: std::os::fd::AsRawFd, T: 'a { is!(tokio::io::unix::AsyncFdReadyMutGuard<'a, T>: Sync); }
fn unix_AsyncFdReadyMutGuard_is_2<'a, T>() where T: std::os::fd::AsRawFd, T: 'a { is!(tokio::io::unix::AsyncFdReadyMutGuard<'a, T>: Unpin); }
fn unix_AsyncFdReadyMutGuard_is_3<'a, T: std::fmt::Debug + std::os::fd::AsRawFd>() where T: 'a { is!(tokio::io::unix::AsyncFdReadyMutGuard<'a, T>: std::fmt::Debug); }
fn unix_TryIoError_is_0() { is!(tokio::io::unix::TryIoError: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug); }
use tokio::io::unix::AsyncFdTryNewError as _;
