//! By generate.py, from tokio's signatures.

use super::*;

// tokio::net::tcp
fn tcp_ReadHalf_poll_peek<'this>(a: &'this mut tokio::net::tcp::ReadHalf<'_>, b: &mut std::task::Context<'_>, c: &mut tokio::io::ReadBuf<'_>) -> std::task::Poll<std::io::Result<usize>> { <tokio::net::tcp::ReadHalf<'_>>::poll_peek(a, b, c) }
fn tcp_ReadHalf_peek<'this>(a: &'this mut tokio::net::tcp::ReadHalf<'_>, b: &mut [u8]) -> impl Future<Output = std::io::Result<usize>> + Send + Sync { <tokio::net::tcp::ReadHalf<'_>>::peek(a, b) }
fn tcp_ReadHalf_ready<'this>(a: &'this tokio::net::tcp::ReadHalf<'_>, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::tcp::ReadHalf<'_>>::ready(a, b) }
fn tcp_ReadHalf_readable<'this>(a: &'this tokio::net::tcp::ReadHalf<'_>) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::tcp::ReadHalf<'_>>::readable(a) }
fn tcp_ReadHalf_try_read<'this>(a: &'this tokio::net::tcp::ReadHalf<'_>, b: &mut [u8]) -> std::io::Result<usize> { <tokio::net::tcp::ReadHalf<'_>>::try_read(a, b) }
fn tcp_ReadHalf_try_read_vectored<'this>(a: &'this tokio::net::tcp::ReadHalf<'_>, b: &mut [std::io::IoSliceMut<'_>]) -> std::io::Result<usize> { <tokio::net::tcp::ReadHalf<'_>>::try_read_vectored(a, b) }
fn tcp_ReadHalf_try_read_buf<'this, B: bytes::BufMut>(a: &'this tokio::net::tcp::ReadHalf<'_>, b: &mut B) -> std::io::Result<usize> { <tokio::net::tcp::ReadHalf<'_>>::try_read_buf(a, b) }
fn tcp_ReadHalf_peer_addr<'this>(a: &'this tokio::net::tcp::ReadHalf<'_>) -> std::io::Result<std::net::SocketAddr> { <tokio::net::tcp::ReadHalf<'_>>::peer_addr(a) }
fn tcp_ReadHalf_local_addr<'this>(a: &'this tokio::net::tcp::ReadHalf<'_>) -> std::io::Result<std::net::SocketAddr> { <tokio::net::tcp::ReadHalf<'_>>::local_addr(a) }
fn tcp_ReadHalf_is_0<'a>() { is!(tokio::net::tcp::ReadHalf<'a>: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug); }
fn tcp_ReadHalf_is_1() { is!(tokio::net::tcp::ReadHalf<'_>: tokio::io::AsyncRead, AsRef<tokio::net::TcpStream>); }
fn tcp_WriteHalf_ready<'this>(a: &'this tokio::net::tcp::WriteHalf<'_>, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::tcp::WriteHalf<'_>>::ready(a, b) }
fn tcp_WriteHalf_writable<'this>(a: &'this tokio::net::tcp::WriteHalf<'_>) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::tcp::WriteHalf<'_>>::writable(a) }
fn tcp_WriteHalf_try_write<'this>(a: &'this tokio::net::tcp::WriteHalf<'_>, b: &[u8]) -> std::io::Result<usize> { <tokio::net::tcp::WriteHalf<'_>>::try_write(a, b) }
fn tcp_WriteHalf_try_write_vectored<'this>(a: &'this tokio::net::tcp::WriteHalf<'_>, b: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> { <tokio::net::tcp::WriteHalf<'_>>::try_write_vectored(a, b) }
fn tcp_WriteHalf_peer_addr<'this>(a: &'this tokio::net::tcp::WriteHalf<'_>) -> std::io::Result<std::net::SocketAddr> { <tokio::net::tcp::WriteHalf<'_>>::peer_addr(a) }
fn tcp_WriteHalf_local_addr<'this>(a: &'this tokio::net::tcp::WriteHalf<'_>) -> std::io::Result<std::net::SocketAddr> { <tokio::net::tcp::WriteHalf<'_>>::local_addr(a) }
fn tcp_WriteHalf_is_0<'a>() { is!(tokio::net::tcp::WriteHalf<'a>: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug); }
fn tcp_WriteHalf_is_1() { is!(tokio::net::tcp::WriteHalf<'_>: tokio::io::AsyncWrite, AsRef<tokio::net::TcpStream>); }
fn tcp_OwnedReadHalf_reunite(a: tokio::net::tcp::OwnedReadHalf, b: tokio::net::tcp::OwnedWriteHalf) -> Result<tokio::net::TcpStream, tokio::net::tcp::ReuniteError> { <tokio::net::tcp::OwnedReadHalf>::reunite(a, b) }
fn tcp_OwnedReadHalf_poll_peek<'this>(a: &'this mut tokio::net::tcp::OwnedReadHalf, b: &mut std::task::Context<'_>, c: &mut tokio::io::ReadBuf<'_>) -> std::task::Poll<std::io::Result<usize>> { <tokio::net::tcp::OwnedReadHalf>::poll_peek(a, b, c) }
fn tcp_OwnedReadHalf_peek<'this>(a: &'this mut tokio::net::tcp::OwnedReadHalf, b: &mut [u8]) -> impl Future<Output = std::io::Result<usize>> + Send + Sync { <tokio::net::tcp::OwnedReadHalf>::peek(a, b) }
fn tcp_OwnedReadHalf_ready<'this>(a: &'this tokio::net::tcp::OwnedReadHalf, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::tcp::OwnedReadHalf>::ready(a, b) }
fn tcp_OwnedReadHalf_readable<'this>(a: &'this tokio::net::tcp::OwnedReadHalf) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::tcp::OwnedReadHalf>::readable(a) }
fn tcp_OwnedReadHalf_try_read<'this>(a: &'this tokio::net::tcp::OwnedReadHalf, b: &mut [u8]) -> std::io::Result<usize> { <tokio::net::tcp::OwnedReadHalf>::try_read(a, b) }
fn tcp_OwnedReadHalf_try_read_vectored<'this>(a: &'this tokio::net::tcp::OwnedReadHalf, b: &mut [std::io::IoSliceMut<'_>]) -> std::io::Result<usize> { <tokio::net::tcp::OwnedReadHalf>::try_read_vectored(a, b) }
fn tcp_OwnedReadHalf_try_read_buf<'this, B: bytes::BufMut>(a: &'this tokio::net::tcp::OwnedReadHalf, b: &mut B) -> std::io::Result<usize> { <tokio::net::tcp::OwnedReadHalf>::try_read_buf(a, b) }
fn tcp_OwnedReadHalf_peer_addr<'this>(a: &'this tokio::net::tcp::OwnedReadHalf) -> std::io::Result<std::net::SocketAddr> { <tokio::net::tcp::OwnedReadHalf>::peer_addr(a) }
fn tcp_OwnedReadHalf_local_addr<'this>(a: &'this tokio::net::tcp::OwnedReadHalf) -> std::io::Result<std::net::SocketAddr> { <tokio::net::tcp::OwnedReadHalf>::local_addr(a) }
fn tcp_OwnedReadHalf_is_0() { is!(tokio::net::tcp::OwnedReadHalf: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, tokio::io::AsyncRead, AsRef<tokio::net::TcpStream>); }
fn tcp_OwnedWriteHalf_reunite(a: tokio::net::tcp::OwnedWriteHalf, b: tokio::net::tcp::OwnedReadHalf) -> Result<tokio::net::TcpStream, tokio::net::tcp::ReuniteError> { <tokio::net::tcp::OwnedWriteHalf>::reunite(a, b) }
fn tcp_OwnedWriteHalf_forget(a: tokio::net::tcp::OwnedWriteHalf) { <tokio::net::tcp::OwnedWriteHalf>::forget(a) }
fn tcp_OwnedWriteHalf_ready<'this>(a: &'this tokio::net::tcp::OwnedWriteHalf, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::tcp::OwnedWriteHalf>::ready(a, b) }
fn tcp_OwnedWriteHalf_writable<'this>(a: &'this tokio::net::tcp::OwnedWriteHalf) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::tcp::OwnedWriteHalf>::writable(a) }
fn tcp_OwnedWriteHalf_try_write<'this>(a: &'this tokio::net::tcp::OwnedWriteHalf, b: &[u8]) -> std::io::Result<usize> { <tokio::net::tcp::OwnedWriteHalf>::try_write(a, b) }
fn tcp_OwnedWriteHalf_try_write_vectored<'this>(a: &'this tokio::net::tcp::OwnedWriteHalf, b: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> { <tokio::net::tcp::OwnedWriteHalf>::try_write_vectored(a, b) }
fn tcp_OwnedWriteHalf_peer_addr<'this>(a: &'this tokio::net::tcp::OwnedWriteHalf) -> std::io::Result<std::net::SocketAddr> { <tokio::net::tcp::OwnedWriteHalf>::peer_addr(a) }
fn tcp_OwnedWriteHalf_local_addr<'this>(a: &'this tokio::net::tcp::OwnedWriteHalf) -> std::io::Result<std::net::SocketAddr> { <tokio::net::tcp::OwnedWriteHalf>::local_addr(a) }
fn tcp_OwnedWriteHalf_is_0() { is!(tokio::net::tcp::OwnedWriteHalf: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, tokio::io::AsyncWrite, AsRef<tokio::net::TcpStream>); }
fn tcp_ReuniteError_is_0() { is!(tokio::net::tcp::ReuniteError: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, std::fmt::Display, std::error::Error); }
