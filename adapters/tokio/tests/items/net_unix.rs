//! By generate.py, from tokio's signatures.

use super::*;

// tokio::net::unix
fn unix_ReadHalf_ready<'this>(a: &'this tokio::net::unix::ReadHalf<'_>, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::unix::ReadHalf<'_>>::ready(a, b) }
fn unix_ReadHalf_readable<'this>(a: &'this tokio::net::unix::ReadHalf<'_>) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::unix::ReadHalf<'_>>::readable(a) }
fn unix_ReadHalf_try_read<'this>(a: &'this tokio::net::unix::ReadHalf<'_>, b: &mut [u8]) -> std::io::Result<usize> { <tokio::net::unix::ReadHalf<'_>>::try_read(a, b) }
fn unix_ReadHalf_try_read_buf<'this, B: bytes::BufMut>(a: &'this tokio::net::unix::ReadHalf<'_>, b: &mut B) -> std::io::Result<usize> { <tokio::net::unix::ReadHalf<'_>>::try_read_buf(a, b) }
fn unix_ReadHalf_try_read_vectored<'this>(a: &'this tokio::net::unix::ReadHalf<'_>, b: &mut [std::io::IoSliceMut<'_>]) -> std::io::Result<usize> { <tokio::net::unix::ReadHalf<'_>>::try_read_vectored(a, b) }
fn unix_ReadHalf_peer_addr<'this>(a: &'this tokio::net::unix::ReadHalf<'_>) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::unix::ReadHalf<'_>>::peer_addr(a) }
fn unix_ReadHalf_local_addr<'this>(a: &'this tokio::net::unix::ReadHalf<'_>) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::unix::ReadHalf<'_>>::local_addr(a) }
fn unix_ReadHalf_is_0<'a>() { is!(tokio::net::unix::ReadHalf<'a>: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug); }
fn unix_ReadHalf_is_1() { is!(tokio::net::unix::ReadHalf<'_>: tokio::io::AsyncRead, AsRef<tokio::net::UnixStream>); }
fn unix_WriteHalf_ready<'this>(a: &'this tokio::net::unix::WriteHalf<'_>, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::unix::WriteHalf<'_>>::ready(a, b) }
fn unix_WriteHalf_writable<'this>(a: &'this tokio::net::unix::WriteHalf<'_>) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::unix::WriteHalf<'_>>::writable(a) }
fn unix_WriteHalf_try_write<'this>(a: &'this tokio::net::unix::WriteHalf<'_>, b: &[u8]) -> std::io::Result<usize> { <tokio::net::unix::WriteHalf<'_>>::try_write(a, b) }
fn unix_WriteHalf_try_write_vectored<'this>(a: &'this tokio::net::unix::WriteHalf<'_>, b: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> { <tokio::net::unix::WriteHalf<'_>>::try_write_vectored(a, b) }
fn unix_WriteHalf_peer_addr<'this>(a: &'this tokio::net::unix::WriteHalf<'_>) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::unix::WriteHalf<'_>>::peer_addr(a) }
fn unix_WriteHalf_local_addr<'this>(a: &'this tokio::net::unix::WriteHalf<'_>) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::unix::WriteHalf<'_>>::local_addr(a) }
fn unix_WriteHalf_is_0<'a>() { is!(tokio::net::unix::WriteHalf<'a>: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug); }
fn unix_WriteHalf_is_1() { is!(tokio::net::unix::WriteHalf<'_>: tokio::io::AsyncWrite, AsRef<tokio::net::UnixStream>); }
fn unix_OwnedReadHalf_reunite(a: tokio::net::unix::OwnedReadHalf, b: tokio::net::unix::OwnedWriteHalf) -> Result<tokio::net::UnixStream, tokio::net::unix::ReuniteError> { <tokio::net::unix::OwnedReadHalf>::reunite(a, b) }
fn unix_OwnedReadHalf_ready<'this>(a: &'this tokio::net::unix::OwnedReadHalf, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::unix::OwnedReadHalf>::ready(a, b) }
fn unix_OwnedReadHalf_readable<'this>(a: &'this tokio::net::unix::OwnedReadHalf) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::unix::OwnedReadHalf>::readable(a) }
fn unix_OwnedReadHalf_try_read<'this>(a: &'this tokio::net::unix::OwnedReadHalf, b: &mut [u8]) -> std::io::Result<usize> { <tokio::net::unix::OwnedReadHalf>::try_read(a, b) }
fn unix_OwnedReadHalf_try_read_buf<'this, B: bytes::BufMut>(a: &'this tokio::net::unix::OwnedReadHalf, b: &mut B) -> std::io::Result<usize> { <tokio::net::unix::OwnedReadHalf>::try_read_buf(a, b) }
fn unix_OwnedReadHalf_try_read_vectored<'this>(a: &'this tokio::net::unix::OwnedReadHalf, b: &mut [std::io::IoSliceMut<'_>]) -> std::io::Result<usize> { <tokio::net::unix::OwnedReadHalf>::try_read_vectored(a, b) }
fn unix_OwnedReadHalf_peer_addr<'this>(a: &'this tokio::net::unix::OwnedReadHalf) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::unix::OwnedReadHalf>::peer_addr(a) }
fn unix_OwnedReadHalf_local_addr<'this>(a: &'this tokio::net::unix::OwnedReadHalf) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::unix::OwnedReadHalf>::local_addr(a) }
fn unix_OwnedReadHalf_is_0() { is!(tokio::net::unix::OwnedReadHalf: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, tokio::io::AsyncRead, AsRef<tokio::net::UnixStream>); }
fn unix_OwnedWriteHalf_reunite(a: tokio::net::unix::OwnedWriteHalf, b: tokio::net::unix::OwnedReadHalf) -> Result<tokio::net::UnixStream, tokio::net::unix::ReuniteError> { <tokio::net::unix::OwnedWriteHalf>::reunite(a, b) }
fn unix_OwnedWriteHalf_forget(a: tokio::net::unix::OwnedWriteHalf) { <tokio::net::unix::OwnedWriteHalf>::forget(a) }
fn unix_OwnedWriteHalf_ready<'this>(a: &'this tokio::net::unix::OwnedWriteHalf, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::unix::OwnedWriteHalf>::ready(a, b) }
fn unix_OwnedWriteHalf_writable<'this>(a: &'this tokio::net::unix::OwnedWriteHalf) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::unix::OwnedWriteHalf>::writable(a) }
fn unix_OwnedWriteHalf_try_write<'this>(a: &'this tokio::net::unix::OwnedWriteHalf, b: &[u8]) -> std::io::Result<usize> { <tokio::net::unix::OwnedWriteHalf>::try_write(a, b) }
fn unix_OwnedWriteHalf_try_write_vectored<'this>(a: &'this tokio::net::unix::OwnedWriteHalf, b: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> { <tokio::net::unix::OwnedWriteHalf>::try_write_vectored(a, b) }
fn unix_OwnedWriteHalf_peer_addr<'this>(a: &'this tokio::net::unix::OwnedWriteHalf) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::unix::OwnedWriteHalf>::peer_addr(a) }
fn unix_OwnedWriteHalf_local_addr<'this>(a: &'this tokio::net::unix::OwnedWriteHalf) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::unix::OwnedWriteHalf>::local_addr(a) }
fn unix_OwnedWriteHalf_is_0() { is!(tokio::net::unix::OwnedWriteHalf: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, tokio::io::AsyncWrite, AsRef<tokio::net::UnixStream>); }
fn unix_ReuniteError_is_0() { is!(tokio::net::unix::ReuniteError: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, std::fmt::Display, std::error::Error); }
fn unix_SocketAddr_is_unnamed<'this>(a: &'this tokio::net::unix::SocketAddr) -> bool { <tokio::net::unix::SocketAddr>::is_unnamed(a) }
fn unix_SocketAddr_as_pathname<'this>(a: &'this tokio::net::unix::SocketAddr) -> Option<&'this std::path::Path> { <tokio::net::unix::SocketAddr>::as_pathname(a) }
fn unix_SocketAddr_as_abstract_name<'this>(a: &'this tokio::net::unix::SocketAddr) -> Option<&'this [u8]> { <tokio::net::unix::SocketAddr>::as_abstract_name(a) }
fn unix_SocketAddr_is_0() { is!(tokio::net::unix::SocketAddr: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Clone, std::fmt::Debug, From<std::os::unix::net::SocketAddr>); }
fn unix_SocketAddr_is_1() { is!(std::os::unix::net::SocketAddr: From<tokio::net::unix::SocketAddr>); }
fn unix_UCred_uid<'this>(a: &'this tokio::net::unix::UCred) -> tokio::net::unix::uid_t { <tokio::net::unix::UCred>::uid(a) }
fn unix_UCred_gid<'this>(a: &'this tokio::net::unix::UCred) -> tokio::net::unix::gid_t { <tokio::net::unix::UCred>::gid(a) }
fn unix_UCred_pid<'this>(a: &'this tokio::net::unix::UCred) -> Option<tokio::net::unix::pid_t> { <tokio::net::unix::UCred>::pid(a) }
fn unix_UCred_is_0() { is!(tokio::net::unix::UCred: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Copy, Clone, Eq, PartialEq, std::hash::Hash, std::fmt::Debug); }
use tokio::net::unix::uid_t as _;
use tokio::net::unix::gid_t as _;
use tokio::net::unix::pid_t as _;

// tokio::net::unix::pipe
fn unix_pipe_pipe() -> std::io::Result<(tokio::net::unix::pipe::Sender, tokio::net::unix::pipe::Receiver)> { tokio::net::unix::pipe::pipe() }
fn unix_pipe_OpenOptions_new() -> tokio::net::unix::pipe::OpenOptions { <tokio::net::unix::pipe::OpenOptions>::new() }
fn unix_pipe_OpenOptions_read_write<'this>(a: &'this mut tokio::net::unix::pipe::OpenOptions, b: bool) -> &'this mut tokio::net::unix::pipe::OpenOptions { <tokio::net::unix::pipe::OpenOptions>::read_write(a, b) }
fn unix_pipe_OpenOptions_unchecked<'this>(a: &'this mut tokio::net::unix::pipe::OpenOptions, b: bool) -> &'this mut tokio::net::unix::pipe::OpenOptions { <tokio::net::unix::pipe::OpenOptions>::unchecked(a, b) }
fn unix_pipe_OpenOptions_open_receiver<'this, P: AsRef<std::path::Path>>(a: &'this tokio::net::unix::pipe::OpenOptions, b: P) -> std::io::Result<tokio::net::unix::pipe::Receiver> { <tokio::net::unix::pipe::OpenOptions>::open_receiver(a, b) }
fn unix_pipe_OpenOptions_open_sender<'this, P: AsRef<std::path::Path>>(a: &'this tokio::net::unix::pipe::OpenOptions, b: P) -> std::io::Result<tokio::net::unix::pipe::Sender> { <tokio::net::unix::pipe::OpenOptions>::open_sender(a, b) }
fn unix_pipe_OpenOptions_is_0() { is!(tokio::net::unix::pipe::OpenOptions: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Clone, std::fmt::Debug, Default); }
fn unix_pipe_Sender_from_file(a: std::fs::File) -> std::io::Result<tokio::net::unix::pipe::Sender> { <tokio::net::unix::pipe::Sender>::from_file(a) }
fn unix_pipe_Sender_from_owned_fd(a: std::os::fd::OwnedFd) -> std::io::Result<tokio::net::unix::pipe::Sender> { <tokio::net::unix::pipe::Sender>::from_owned_fd(a) }
fn unix_pipe_Sender_from_file_unchecked(a: std::fs::File) -> std::io::Result<tokio::net::unix::pipe::Sender> { <tokio::net::unix::pipe::Sender>::from_file_unchecked(a) }
fn unix_pipe_Sender_from_owned_fd_unchecked(a: std::os::fd::OwnedFd) -> std::io::Result<tokio::net::unix::pipe::Sender> { <tokio::net::unix::pipe::Sender>::from_owned_fd_unchecked(a) }
fn unix_pipe_Sender_ready<'this>(a: &'this tokio::net::unix::pipe::Sender, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::unix::pipe::Sender>::ready(a, b) }
fn unix_pipe_Sender_writable<'this>(a: &'this tokio::net::unix::pipe::Sender) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::unix::pipe::Sender>::writable(a) }
fn unix_pipe_Sender_poll_write_ready<'this>(a: &'this tokio::net::unix::pipe::Sender, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::unix::pipe::Sender>::poll_write_ready(a, b) }
fn unix_pipe_Sender_try_write<'this>(a: &'this tokio::net::unix::pipe::Sender, b: &[u8]) -> std::io::Result<usize> { <tokio::net::unix::pipe::Sender>::try_write(a, b) }
fn unix_pipe_Sender_try_write_vectored<'this>(a: &'this tokio::net::unix::pipe::Sender, b: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> { <tokio::net::unix::pipe::Sender>::try_write_vectored(a, b) }
fn unix_pipe_Sender_try_io<'this, R>(a: &'this tokio::net::unix::pipe::Sender, b: impl FnOnce() -> std::io::Result<R>) -> std::io::Result<R> { <tokio::net::unix::pipe::Sender>::try_io(a, b) }
fn unix_pipe_Sender_into_blocking_fd(a: tokio::net::unix::pipe::Sender) -> std::io::Result<std::os::fd::OwnedFd> { <tokio::net::unix::pipe::Sender>::into_blocking_fd(a) }
fn unix_pipe_Sender_into_nonblocking_fd(a: tokio::net::unix::pipe::Sender) -> std::io::Result<std::os::fd::OwnedFd> { <tokio::net::unix::pipe::Sender>::into_nonblocking_fd(a) }
fn unix_pipe_Sender_is_0() { is!(tokio::net::unix::pipe::Sender: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, tokio::io::AsyncWrite, std::os::fd::AsRawFd, std::os::fd::AsFd); }
fn unix_pipe_Receiver_from_file(a: std::fs::File) -> std::io::Result<tokio::net::unix::pipe::Receiver> { <tokio::net::unix::pipe::Receiver>::from_file(a) }
fn unix_pipe_Receiver_from_owned_fd(a: std::os::fd::OwnedFd) -> std::io::Result<tokio::net::unix::pipe::Receiver> { <tokio::net::unix::pipe::Receiver>::from_owned_fd(a) }
fn unix_pipe_Receiver_from_file_unchecked(a: std::fs::File) -> std::io::Result<tokio::net::unix::pipe::Receiver> { <tokio::net::unix::pipe::Receiver>::from_file_unchecked(a) }
fn unix_pipe_Receiver_from_owned_fd_unchecked(a: std::os::fd::OwnedFd) -> std::io::Result<tokio::net::unix::pipe::Receiver> { <tokio::net::unix::pipe::Receiver>::from_owned_fd_unchecked(a) }
fn unix_pipe_Receiver_ready<'this>(a: &'this tokio::net::unix::pipe::Receiver, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::unix::pipe::Receiver>::ready(a, b) }
fn unix_pipe_Receiver_readable<'this>(a: &'this tokio::net::unix::pipe::Receiver) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::unix::pipe::Receiver>::readable(a) }
fn unix_pipe_Receiver_poll_read_ready<'this>(a: &'this tokio::net::unix::pipe::Receiver, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::unix::pipe::Receiver>::poll_read_ready(a, b) }
fn unix_pipe_Receiver_try_read<'this>(a: &'this tokio::net::unix::pipe::Receiver, b: &mut [u8]) -> std::io::Result<usize> { <tokio::net::unix::pipe::Receiver>::try_read(a, b) }
fn unix_pipe_Receiver_try_read_vectored<'this>(a: &'this tokio::net::unix::pipe::Receiver, b: &mut [std::io::IoSliceMut<'_>]) -> std::io::Result<usize> { <tokio::net::unix::pipe::Receiver>::try_read_vectored(a, b) }
fn unix_pipe_Receiver_try_io<'this, R>(a: &'this tokio::net::unix::pipe::Receiver, b: impl FnOnce() -> std::io::Result<R>) -> std::io::Result<R> { <tokio::net::unix::pipe::Receiver>::try_io(a, b) }
fn unix_pipe_Receiver_try_read_buf<'this, B: bytes::BufMut>(a: &'this tokio::net::unix::pipe::Receiver, b: &mut B) -> std::io::Result<usize> { <tokio::net::unix::pipe::Receiver>::try_read_buf(a, b) }
fn unix_pipe_Receiver_into_blocking_fd(a: tokio::net::unix::pipe::Receiver) -> std::io::Result<std::os::fd::OwnedFd> { <tokio::net::unix::pipe::Receiver>::into_blocking_fd(a) }
fn unix_pipe_Receiver_into_nonblocking_fd(a: tokio::net::unix::pipe::Receiver) -> std::io::Result<std::os::fd::OwnedFd> { <tokio::net::unix::pipe::Receiver>::into_nonblocking_fd(a) }
fn unix_pipe_Receiver_is_0() { is!(tokio::net::unix::pipe::Receiver: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, tokio::io::AsyncRead, std::os::fd::AsRawFd, std::os::fd::AsFd); }
