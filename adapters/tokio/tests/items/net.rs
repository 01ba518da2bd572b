//! By generate.py, from tokio's signatures.

use super::*;

// tokio::net
use tokio::net::ToSocketAddrs as _;
fn lookup_host<T>(a: T) -> impl Future<Output = std::io::Result<impl Iterator<Item = std::net::SocketAddr>>> where T: tokio::net::ToSocketAddrs { tokio::net::lookup_host(a) }
fn TcpListener_bind<A: tokio::net::ToSocketAddrs>(a: A) -> impl Future<Output = std::io::Result<tokio::net::TcpListener>> { <tokio::net::TcpListener>::bind(a) }
fn TcpListener_accept<'this>(a: &'this tokio::net::TcpListener) -> impl Future<Output = std::io::Result<(tokio::net::TcpStream, std::net::SocketAddr)>> + Send + Sync { <tokio::net::TcpListener>::accept(a) }
fn TcpListener_poll_accept<'this>(a: &'this tokio::net::TcpListener, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<(tokio::net::TcpStream, std::net::SocketAddr)>> { <tokio::net::TcpListener>::poll_accept(a, b) }
fn TcpListener_from_std(a: std::net::TcpListener) -> std::io::Result<tokio::net::TcpListener> { <tokio::net::TcpListener>::from_std(a) }
fn TcpListener_into_std(a: tokio::net::TcpListener) -> std::io::Result<std::net::TcpListener> { <tokio::net::TcpListener>::into_std(a) }
fn TcpListener_local_addr<'this>(a: &'this tokio::net::TcpListener) -> std::io::Result<std::net::SocketAddr> { <tokio::net::TcpListener>::local_addr(a) }
fn TcpListener_ttl<'this>(a: &'this tokio::net::TcpListener) -> std::io::Result<u32> { <tokio::net::TcpListener>::ttl(a) }
fn TcpListener_set_ttl<'this>(a: &'this tokio::net::TcpListener, b: u32) -> std::io::Result<()> { <tokio::net::TcpListener>::set_ttl(a, b) }
fn TcpListener_is_0() { is!(tokio::net::TcpListener: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, TryFrom<std::net::TcpListener>, std::fmt::Debug, std::os::fd::AsRawFd, std::os::fd::AsFd); }
fn TcpStream_connect<A: tokio::net::ToSocketAddrs>(a: A) -> impl Future<Output = std::io::Result<tokio::net::TcpStream>> { <tokio::net::TcpStream>::connect(a) }
fn TcpStream_from_std(a: std::net::TcpStream) -> std::io::Result<tokio::net::TcpStream> { <tokio::net::TcpStream>::from_std(a) }
fn TcpStream_into_std(a: tokio::net::TcpStream) -> std::io::Result<std::net::TcpStream> { <tokio::net::TcpStream>::into_std(a) }
fn TcpStream_local_addr<'this>(a: &'this tokio::net::TcpStream) -> std::io::Result<std::net::SocketAddr> { <tokio::net::TcpStream>::local_addr(a) }
fn TcpStream_take_error<'this>(a: &'this tokio::net::TcpStream) -> std::io::Result<Option<std::io::Error>> { <tokio::net::TcpStream>::take_error(a) }
fn TcpStream_peer_addr<'this>(a: &'this tokio::net::TcpStream) -> std::io::Result<std::net::SocketAddr> { <tokio::net::TcpStream>::peer_addr(a) }
fn TcpStream_poll_peek<'this>(a: &'this tokio::net::TcpStream, b: &mut std::task::Context<'_>, c: &mut tokio::io::ReadBuf<'_>) -> std::task::Poll<std::io::Result<usize>> { <tokio::net::TcpStream>::poll_peek(a, b, c) }
fn TcpStream_ready<'this>(a: &'this tokio::net::TcpStream, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::TcpStream>::ready(a, b) }
fn TcpStream_readable<'this>(a: &'this tokio::net::TcpStream) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::TcpStream>::readable(a) }
fn TcpStream_poll_read_ready<'this>(a: &'this tokio::net::TcpStream, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::TcpStream>::poll_read_ready(a, b) }
fn TcpStream_try_read<'this>(a: &'this tokio::net::TcpStream, b: &mut [u8]) -> std::io::Result<usize> { <tokio::net::TcpStream>::try_read(a, b) }
fn TcpStream_try_read_vectored<'this>(a: &'this tokio::net::TcpStream, b: &mut [std::io::IoSliceMut<'_>]) -> std::io::Result<usize> { <tokio::net::TcpStream>::try_read_vectored(a, b) }
fn TcpStream_try_read_buf<'this, B: bytes::BufMut>(a: &'this tokio::net::TcpStream, b: &mut B) -> std::io::Result<usize> { <tokio::net::TcpStream>::try_read_buf(a, b) }
fn TcpStream_writable<'this>(a: &'this tokio::net::TcpStream) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::TcpStream>::writable(a) }
fn TcpStream_poll_write_ready<'this>(a: &'this tokio::net::TcpStream, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::TcpStream>::poll_write_ready(a, b) }
fn TcpStream_try_write<'this>(a: &'this tokio::net::TcpStream, b: &[u8]) -> std::io::Result<usize> { <tokio::net::TcpStream>::try_write(a, b) }
fn TcpStream_try_write_vectored<'this>(a: &'this tokio::net::TcpStream, b: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> { <tokio::net::TcpStream>::try_write_vectored(a, b) }
fn TcpStream_try_io<'this, R>(a: &'this tokio::net::TcpStream, b: tokio::io::Interest, c: impl FnOnce() -> std::io::Result<R>) -> std::io::Result<R> { <tokio::net::TcpStream>::try_io(a, b, c) }
fn TcpStream_async_io<'this, R>(a: &'this tokio::net::TcpStream, b: tokio::io::Interest, c: impl FnMut() -> std::io::Result<R>) -> impl Future<Output = std::io::Result<R>> { <tokio::net::TcpStream>::async_io(a, b, c) }
fn TcpStream_peek<'this>(a: &'this tokio::net::TcpStream, b: &mut [u8]) -> impl Future<Output = std::io::Result<usize>> + Send + Sync { <tokio::net::TcpStream>::peek(a, b) }
fn TcpStream_nodelay<'this>(a: &'this tokio::net::TcpStream) -> std::io::Result<bool> { <tokio::net::TcpStream>::nodelay(a) }
fn TcpStream_set_nodelay<'this>(a: &'this tokio::net::TcpStream, b: bool) -> std::io::Result<()> { <tokio::net::TcpStream>::set_nodelay(a, b) }
fn TcpStream_quickack<'this>(a: &'this tokio::net::TcpStream) -> std::io::Result<bool> { <tokio::net::TcpStream>::quickack(a) }
fn TcpStream_set_quickack<'this>(a: &'this tokio::net::TcpStream, b: bool) -> std::io::Result<()> { <tokio::net::TcpStream>::set_quickack(a, b) }
fn TcpStream_linger<'this>(a: &'this tokio::net::TcpStream) -> std::io::Result<Option<tokio::time::Duration>> { <tokio::net::TcpStream>::linger(a) }
fn TcpStream_set_linger<'this>(a: &'this tokio::net::TcpStream, b: Option<tokio::time::Duration>) -> std::io::Result<()> { <tokio::net::TcpStream>::set_linger(a, b) }
fn TcpStream_set_zero_linger<'this>(a: &'this tokio::net::TcpStream) -> std::io::Result<()> { <tokio::net::TcpStream>::set_zero_linger(a) }
fn TcpStream_ttl<'this>(a: &'this tokio::net::TcpStream) -> std::io::Result<u32> { <tokio::net::TcpStream>::ttl(a) }
fn TcpStream_set_ttl<'this>(a: &'this tokio::net::TcpStream, b: u32) -> std::io::Result<()> { <tokio::net::TcpStream>::set_ttl(a, b) }
fn TcpStream_split<'a>(a: &'a mut tokio::net::TcpStream) -> (tokio::net::tcp::ReadHalf<'a>, tokio::net::tcp::WriteHalf<'a>) { <tokio::net::TcpStream>::split(a) }
fn TcpStream_into_split(a: tokio::net::TcpStream) -> (tokio::net::tcp::OwnedReadHalf, tokio::net::tcp::OwnedWriteHalf) { <tokio::net::TcpStream>::into_split(a) }
fn TcpStream_is_0() { is!(tokio::net::TcpStream: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, TryFrom<std::net::TcpStream>, tokio::io::AsyncRead, tokio::io::AsyncWrite, std::fmt::Debug, AsRef<tokio::net::TcpStream>, std::os::fd::AsRawFd, std::os::fd::AsFd); }
fn TcpStream_is_1() { is!(tokio::net::tcp::ReadHalf<'_>: AsRef<tokio::net::TcpStream>); }
fn TcpStream_is_2() { is!(tokio::net::tcp::WriteHalf<'_>: AsRef<tokio::net::TcpStream>); }
fn TcpStream_is_3() { is!(tokio::net::tcp::OwnedReadHalf: AsRef<tokio::net::TcpStream>); }
fn TcpStream_is_4() { is!(tokio::net::tcp::OwnedWriteHalf: AsRef<tokio::net::TcpStream>); }
fn TcpSocket_new_v4() -> std::io::Result<tokio::net::TcpSocket> { <tokio::net::TcpSocket>::new_v4() }
fn TcpSocket_new_v6() -> std::io::Result<tokio::net::TcpSocket> { <tokio::net::TcpSocket>::new_v6() }
fn TcpSocket_set_keepalive<'this>(a: &'this tokio::net::TcpSocket, b: bool) -> std::io::Result<()> { <tokio::net::TcpSocket>::set_keepalive(a, b) }
fn TcpSocket_keepalive<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<bool> { <tokio::net::TcpSocket>::keepalive(a) }
fn TcpSocket_set_reuseaddr<'this>(a: &'this tokio::net::TcpSocket, b: bool) -> std::io::Result<()> { <tokio::net::TcpSocket>::set_reuseaddr(a, b) }
fn TcpSocket_reuseaddr<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<bool> { <tokio::net::TcpSocket>::reuseaddr(a) }
fn TcpSocket_set_reuseport<'this>(a: &'this tokio::net::TcpSocket, b: bool) -> std::io::Result<()> { <tokio::net::TcpSocket>::set_reuseport(a, b) }
fn TcpSocket_reuseport<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<bool> { <tokio::net::TcpSocket>::reuseport(a) }
fn TcpSocket_set_send_buffer_size<'this>(a: &'this tokio::net::TcpSocket, b: u32) -> std::io::Result<()> { <tokio::net::TcpSocket>::set_send_buffer_size(a, b) }
fn TcpSocket_send_buffer_size<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<u32> { <tokio::net::TcpSocket>::send_buffer_size(a) }
fn TcpSocket_set_recv_buffer_size<'this>(a: &'this tokio::net::TcpSocket, b: u32) -> std::io::Result<()> { <tokio::net::TcpSocket>::set_recv_buffer_size(a, b) }
fn TcpSocket_recv_buffer_size<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<u32> { <tokio::net::TcpSocket>::recv_buffer_size(a) }
fn TcpSocket_set_linger<'this>(a: &'this tokio::net::TcpSocket, b: Option<tokio::time::Duration>) -> std::io::Result<()> { <tokio::net::TcpSocket>::set_linger(a, b) }
fn TcpSocket_set_zero_linger<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<()> { <tokio::net::TcpSocket>::set_zero_linger(a) }
fn TcpSocket_linger<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<Option<tokio::time::Duration>> { <tokio::net::TcpSocket>::linger(a) }
fn TcpSocket_set_nodelay<'this>(a: &'this tokio::net::TcpSocket, b: bool) -> std::io::Result<()> { <tokio::net::TcpSocket>::set_nodelay(a, b) }
fn TcpSocket_nodelay<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<bool> { <tokio::net::TcpSocket>::nodelay(a) }
fn TcpSocket_tclass_v6<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<u32> { <tokio::net::TcpSocket>::tclass_v6(a) }
fn TcpSocket_set_tclass_v6<'this>(a: &'this tokio::net::TcpSocket, b: u32) -> std::io::Result<()> { <tokio::net::TcpSocket>::set_tclass_v6(a, b) }
fn TcpSocket_tos_v4<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<u32> { <tokio::net::TcpSocket>::tos_v4(a) }
fn TcpSocket_tos<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<u32> { <tokio::net::TcpSocket>::tos(a) }
fn TcpSocket_set_tos_v4<'this>(a: &'this tokio::net::TcpSocket, b: u32) -> std::io::Result<()> { <tokio::net::TcpSocket>::set_tos_v4(a, b) }
fn TcpSocket_set_tos<'this>(a: &'this tokio::net::TcpSocket, b: u32) -> std::io::Result<()> { <tokio::net::TcpSocket>::set_tos(a, b) }
fn TcpSocket_device<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<Option<Vec<u8>>> { <tokio::net::TcpSocket>::device(a) }
fn TcpSocket_bind_device<'this>(a: &'this tokio::net::TcpSocket, b: Option<&[u8]>) -> std::io::Result<()> { <tokio::net::TcpSocket>::bind_device(a, b) }
fn TcpSocket_local_addr<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<std::net::SocketAddr> { <tokio::net::TcpSocket>::local_addr(a) }
fn TcpSocket_take_error<'this>(a: &'this tokio::net::TcpSocket) -> std::io::Result<Option<std::io::Error>> { <tokio::net::TcpSocket>::take_error(a) }
fn TcpSocket_bind<'this>(a: &'this tokio::net::TcpSocket, b: std::net::SocketAddr) -> std::io::Result<()> { <tokio::net::TcpSocket>::bind(a, b) }
fn TcpSocket_connect(a: tokio::net::TcpSocket, b: std::net::SocketAddr) -> impl Future<Output = std::io::Result<tokio::net::TcpStream>> + Send + Sync { <tokio::net::TcpSocket>::connect(a, b) }
fn TcpSocket_listen(a: tokio::net::TcpSocket, b: u32) -> std::io::Result<tokio::net::TcpListener> { <tokio::net::TcpSocket>::listen(a, b) }
fn TcpSocket_from_std_stream(a: std::net::TcpStream) -> tokio::net::TcpSocket { <tokio::net::TcpSocket>::from_std_stream(a) }
fn TcpSocket_is_0() { is!(tokio::net::TcpSocket: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, std::os::fd::AsRawFd, std::os::fd::AsFd, std::os::fd::FromRawFd, std::os::fd::IntoRawFd); }
fn UdpSocket_bind<A: tokio::net::ToSocketAddrs>(a: A) -> impl Future<Output = std::io::Result<tokio::net::UdpSocket>> { <tokio::net::UdpSocket>::bind(a) }
fn UdpSocket_from_std(a: std::net::UdpSocket) -> std::io::Result<tokio::net::UdpSocket> { <tokio::net::UdpSocket>::from_std(a) }
fn UdpSocket_into_std(a: tokio::net::UdpSocket) -> std::io::Result<std::net::UdpSocket> { <tokio::net::UdpSocket>::into_std(a) }
fn UdpSocket_local_addr<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<std::net::SocketAddr> { <tokio::net::UdpSocket>::local_addr(a) }
fn UdpSocket_peer_addr<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<std::net::SocketAddr> { <tokio::net::UdpSocket>::peer_addr(a) }
fn UdpSocket_connect<'this, A: tokio::net::ToSocketAddrs>(a: &'this tokio::net::UdpSocket, b: A) -> impl Future<Output = std::io::Result<()>> { <tokio::net::UdpSocket>::connect(a, b) }
fn UdpSocket_ready<'this>(a: &'this tokio::net::UdpSocket, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::UdpSocket>::ready(a, b) }
fn UdpSocket_writable<'this>(a: &'this tokio::net::UdpSocket) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::UdpSocket>::writable(a) }
fn UdpSocket_poll_send_ready<'this>(a: &'this tokio::net::UdpSocket, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::UdpSocket>::poll_send_ready(a, b) }
fn UdpSocket_send<'this>(a: &'this tokio::net::UdpSocket, b: &[u8]) -> impl Future<Output = std::io::Result<usize>> + Send + Sync { <tokio::net::UdpSocket>::send(a, b) }
fn UdpSocket_poll_send<'this>(a: &'this tokio::net::UdpSocket, b: &mut std::task::Context<'_>, c: &[u8]) -> std::task::Poll<std::io::Result<usize>> { <tokio::net::UdpSocket>::poll_send(a, b, c) }
fn UdpSocket_try_send<'this>(a: &'this tokio::net::UdpSocket, b: &[u8]) -> std::io::Result<usize> { <tokio::net::UdpSocket>::try_send(a, b) }
fn UdpSocket_readable<'this>(a: &'this tokio::net::UdpSocket) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::UdpSocket>::readable(a) }
fn UdpSocket_poll_recv_ready<'this>(a: &'this tokio::net::UdpSocket, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::UdpSocket>::poll_recv_ready(a, b) }
fn UdpSocket_recv<'this>(a: &'this tokio::net::UdpSocket, b: &mut [u8]) -> impl Future<Output = std::io::Result<usize>> + Send + Sync { <tokio::net::UdpSocket>::recv(a, b) }
fn UdpSocket_poll_recv<'this>(a: &'this tokio::net::UdpSocket, b: &mut std::task::Context<'_>, c: &mut tokio::io::ReadBuf<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::UdpSocket>::poll_recv(a, b, c) }
fn UdpSocket_try_recv<'this>(a: &'this tokio::net::UdpSocket, b: &mut [u8]) -> std::io::Result<usize> { <tokio::net::UdpSocket>::try_recv(a, b) }
fn UdpSocket_try_recv_buf<'this, B: bytes::BufMut>(a: &'this tokio::net::UdpSocket, b: &mut B) -> std::io::Result<usize> { <tokio::net::UdpSocket>::try_recv_buf(a, b) }
fn UdpSocket_recv_buf<'this, B: bytes::BufMut>(a: &'this tokio::net::UdpSocket, b: &mut B) -> impl Future<Output = std::io::Result<usize>> { <tokio::net::UdpSocket>::recv_buf(a, b) }
fn UdpSocket_try_recv_buf_from<'this, B: bytes::BufMut>(a: &'this tokio::net::UdpSocket, b: &mut B) -> std::io::Result<(usize, std::net::SocketAddr)> { <tokio::net::UdpSocket>::try_recv_buf_from(a, b) }
fn UdpSocket_recv_buf_from<'this, B: bytes::BufMut>(a: &'this tokio::net::UdpSocket, b: &mut B) -> impl Future<Output = std::io::Result<(usize, std::net::SocketAddr)>> { <tokio::net::UdpSocket>::recv_buf_from(a, b) }
fn UdpSocket_send_to<'this, A: tokio::net::ToSocketAddrs>(a: &'this tokio::net::UdpSocket, b: &[u8], c: A) -> impl Future<Output = std::io::Result<usize>> { <tokio::net::UdpSocket>::send_to(a, b, c) }
fn UdpSocket_poll_send_to<'this>(a: &'this tokio::net::UdpSocket, b: &mut std::task::Context<'_>, c: &[u8], d: std::net::SocketAddr) -> std::task::Poll<std::io::Result<usize>> { <tokio::net::UdpSocket>::poll_send_to(a, b, c, d) }
fn UdpSocket_try_send_to<'this>(a: &'this tokio::net::UdpSocket, b: &[u8], c: std::net::SocketAddr) -> std::io::Result<usize> { <tokio::net::UdpSocket>::try_send_to(a, b, c) }
fn UdpSocket_recv_from<'this>(a: &'this tokio::net::UdpSocket, b: &mut [u8]) -> impl Future<Output = std::io::Result<(usize, std::net::SocketAddr)>> + Send + Sync { <tokio::net::UdpSocket>::recv_from(a, b) }
fn UdpSocket_poll_recv_from<'this>(a: &'this tokio::net::UdpSocket, b: &mut std::task::Context<'_>, c: &mut tokio::io::ReadBuf<'_>) -> std::task::Poll<std::io::Result<std::net::SocketAddr>> { <tokio::net::UdpSocket>::poll_recv_from(a, b, c) }
fn UdpSocket_try_recv_from<'this>(a: &'this tokio::net::UdpSocket, b: &mut [u8]) -> std::io::Result<(usize, std::net::SocketAddr)> { <tokio::net::UdpSocket>::try_recv_from(a, b) }
fn UdpSocket_try_io<'this, R>(a: &'this tokio::net::UdpSocket, b: tokio::io::Interest, c: impl FnOnce() -> std::io::Result<R>) -> std::io::Result<R> { <tokio::net::UdpSocket>::try_io(a, b, c) }
fn UdpSocket_async_io<'this, R>(a: &'this tokio::net::UdpSocket, b: tokio::io::Interest, c: impl FnMut() -> std::io::Result<R>) -> impl Future<Output = std::io::Result<R>> { <tokio::net::UdpSocket>::async_io(a, b, c) }
fn UdpSocket_peek<'this>(a: &'this tokio::net::UdpSocket, b: &mut [u8]) -> impl Future<Output = std::io::Result<usize>> + Send + Sync { <tokio::net::UdpSocket>::peek(a, b) }
fn UdpSocket_poll_peek<'this>(a: &'this tokio::net::UdpSocket, b: &mut std::task::Context<'_>, c: &mut tokio::io::ReadBuf<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::UdpSocket>::poll_peek(a, b, c) }
fn UdpSocket_try_peek<'this>(a: &'this tokio::net::UdpSocket, b: &mut [u8]) -> std::io::Result<usize> { <tokio::net::UdpSocket>::try_peek(a, b) }
fn UdpSocket_peek_from<'this>(a: &'this tokio::net::UdpSocket, b: &mut [u8]) -> impl Future<Output = std::io::Result<(usize, std::net::SocketAddr)>> + Send + Sync { <tokio::net::UdpSocket>::peek_from(a, b) }
fn UdpSocket_poll_peek_from<'this>(a: &'this tokio::net::UdpSocket, b: &mut std::task::Context<'_>, c: &mut tokio::io::ReadBuf<'_>) -> std::task::Poll<std::io::Result<std::net::SocketAddr>> { <tokio::net::UdpSocket>::poll_peek_from(a, b, c) }
fn UdpSocket_try_peek_from<'this>(a: &'this tokio::net::UdpSocket, b: &mut [u8]) -> std::io::Result<(usize, std::net::SocketAddr)> { <tokio::net::UdpSocket>::try_peek_from(a, b) }
fn UdpSocket_peek_sender<'this>(a: &'this tokio::net::UdpSocket) -> impl Future<Output = std::io::Result<std::net::SocketAddr>> + Send + Sync { <tokio::net::UdpSocket>::peek_sender(a) }
fn UdpSocket_poll_peek_sender<'this>(a: &'this tokio::net::UdpSocket, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<std::net::SocketAddr>> { <tokio::net::UdpSocket>::poll_peek_sender(a, b) }
fn UdpSocket_try_peek_sender<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<std::net::SocketAddr> { <tokio::net::UdpSocket>::try_peek_sender(a) }
fn UdpSocket_broadcast<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<bool> { <tokio::net::UdpSocket>::broadcast(a) }
fn UdpSocket_set_broadcast<'this>(a: &'this tokio::net::UdpSocket, b: bool) -> std::io::Result<()> { <tokio::net::UdpSocket>::set_broadcast(a, b) }
fn UdpSocket_multicast_loop_v4<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<bool> { <tokio::net::UdpSocket>::multicast_loop_v4(a) }
fn UdpSocket_set_multicast_loop_v4<'this>(a: &'this tokio::net::UdpSocket, b: bool) -> std::io::Result<()> { <tokio::net::UdpSocket>::set_multicast_loop_v4(a, b) }
fn UdpSocket_multicast_ttl_v4<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<u32> { <tokio::net::UdpSocket>::multicast_ttl_v4(a) }
fn UdpSocket_set_multicast_ttl_v4<'this>(a: &'this tokio::net::UdpSocket, b: u32) -> std::io::Result<()> { <tokio::net::UdpSocket>::set_multicast_ttl_v4(a, b) }
fn UdpSocket_multicast_loop_v6<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<bool> { <tokio::net::UdpSocket>::multicast_loop_v6(a) }
fn UdpSocket_set_multicast_loop_v6<'this>(a: &'this tokio::net::UdpSocket, b: bool) -> std::io::Result<()> { <tokio::net::UdpSocket>::set_multicast_loop_v6(a, b) }
fn UdpSocket_tclass_v6<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<u32> { <tokio::net::UdpSocket>::tclass_v6(a) }
fn UdpSocket_set_tclass_v6<'this>(a: &'this tokio::net::UdpSocket, b: u32) -> std::io::Result<()> { <tokio::net::UdpSocket>::set_tclass_v6(a, b) }
fn UdpSocket_ttl<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<u32> { <tokio::net::UdpSocket>::ttl(a) }
fn UdpSocket_set_ttl<'this>(a: &'this tokio::net::UdpSocket, b: u32) -> std::io::Result<()> { <tokio::net::UdpSocket>::set_ttl(a, b) }
fn UdpSocket_tos_v4<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<u32> { <tokio::net::UdpSocket>::tos_v4(a) }
fn UdpSocket_tos<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<u32> { <tokio::net::UdpSocket>::tos(a) }
fn UdpSocket_set_tos_v4<'this>(a: &'this tokio::net::UdpSocket, b: u32) -> std::io::Result<()> { <tokio::net::UdpSocket>::set_tos_v4(a, b) }
fn UdpSocket_set_tos<'this>(a: &'this tokio::net::UdpSocket, b: u32) -> std::io::Result<()> { <tokio::net::UdpSocket>::set_tos(a, b) }
fn UdpSocket_device<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<Option<Vec<u8>>> { <tokio::net::UdpSocket>::device(a) }
fn UdpSocket_bind_device<'this>(a: &'this tokio::net::UdpSocket, b: Option<&[u8]>) -> std::io::Result<()> { <tokio::net::UdpSocket>::bind_device(a, b) }
fn UdpSocket_join_multicast_v4<'this>(a: &'this tokio::net::UdpSocket, b: std::net::Ipv4Addr, c: std::net::Ipv4Addr) -> std::io::Result<()> { <tokio::net::UdpSocket>::join_multicast_v4(a, b, c) }
fn UdpSocket_join_multicast_v6<'this>(a: &'this tokio::net::UdpSocket, b: &std::net::Ipv6Addr, c: u32) -> std::io::Result<()> { <tokio::net::UdpSocket>::join_multicast_v6(a, b, c) }
fn UdpSocket_leave_multicast_v4<'this>(a: &'this tokio::net::UdpSocket, b: std::net::Ipv4Addr, c: std::net::Ipv4Addr) -> std::io::Result<()> { <tokio::net::UdpSocket>::leave_multicast_v4(a, b, c) }
fn UdpSocket_leave_multicast_v6<'this>(a: &'this tokio::net::UdpSocket, b: &std::net::Ipv6Addr, c: u32) -> std::io::Result<()> { <tokio::net::UdpSocket>::leave_multicast_v6(a, b, c) }
fn UdpSocket_take_error<'this>(a: &'this tokio::net::UdpSocket) -> std::io::Result<Option<std::io::Error>> { <tokio::net::UdpSocket>::take_error(a) }
fn UdpSocket_is_0() { is!(tokio::net::UdpSocket: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, TryFrom<std::net::UdpSocket>, std::fmt::Debug, std::os::fd::AsRawFd, std::os::fd::AsFd); }
fn UnixDatagram_ready<'this>(a: &'this tokio::net::UnixDatagram, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::UnixDatagram>::ready(a, b) }
fn UnixDatagram_writable<'this>(a: &'this tokio::net::UnixDatagram) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::UnixDatagram>::writable(a) }
fn UnixDatagram_poll_send_ready<'this>(a: &'this tokio::net::UnixDatagram, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::UnixDatagram>::poll_send_ready(a, b) }
fn UnixDatagram_readable<'this>(a: &'this tokio::net::UnixDatagram) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::UnixDatagram>::readable(a) }
fn UnixDatagram_poll_recv_ready<'this>(a: &'this tokio::net::UnixDatagram, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::UnixDatagram>::poll_recv_ready(a, b) }
fn UnixDatagram_bind<P>(a: P) -> std::io::Result<tokio::net::UnixDatagram> where P: AsRef<std::path::Path> { <tokio::net::UnixDatagram>::bind(a) }
fn UnixDatagram_pair() -> std::io::Result<(tokio::net::UnixDatagram, tokio::net::UnixDatagram)> { <tokio::net::UnixDatagram>::pair() }
fn UnixDatagram_from_std(a: std::os::unix::net::UnixDatagram) -> std::io::Result<tokio::net::UnixDatagram> { <tokio::net::UnixDatagram>::from_std(a) }
fn UnixDatagram_into_std(a: tokio::net::UnixDatagram) -> std::io::Result<std::os::unix::net::UnixDatagram> { <tokio::net::UnixDatagram>::into_std(a) }
fn UnixDatagram_unbound() -> std::io::Result<tokio::net::UnixDatagram> { <tokio::net::UnixDatagram>::unbound() }
fn UnixDatagram_connect<'this, P: AsRef<std::path::Path>>(a: &'this tokio::net::UnixDatagram, b: P) -> std::io::Result<()> { <tokio::net::UnixDatagram>::connect(a, b) }
fn UnixDatagram_send<'this>(a: &'this tokio::net::UnixDatagram, b: &[u8]) -> impl Future<Output = std::io::Result<usize>> + Send + Sync { <tokio::net::UnixDatagram>::send(a, b) }
fn UnixDatagram_try_send<'this>(a: &'this tokio::net::UnixDatagram, b: &[u8]) -> std::io::Result<usize> { <tokio::net::UnixDatagram>::try_send(a, b) }
fn UnixDatagram_try_send_to<'this, P>(a: &'this tokio::net::UnixDatagram, b: &[u8], c: P) -> std::io::Result<usize> where P: AsRef<std::path::Path> { <tokio::net::UnixDatagram>::try_send_to(a, b, c) }
fn UnixDatagram_recv<'this>(a: &'this tokio::net::UnixDatagram, b: &mut [u8]) -> impl Future<Output = std::io::Result<usize>> + Send + Sync { <tokio::net::UnixDatagram>::recv(a, b) }
fn UnixDatagram_try_recv<'this>(a: &'this tokio::net::UnixDatagram, b: &mut [u8]) -> std::io::Result<usize> { <tokio::net::UnixDatagram>::try_recv(a, b) }
fn UnixDatagram_try_recv_buf_from<'this, B: bytes::BufMut>(a: &'this tokio::net::UnixDatagram, b: &mut B) -> std::io::Result<(usize, tokio::net::unix::SocketAddr)> { <tokio::net::UnixDatagram>::try_recv_buf_from(a, b) }
fn UnixDatagram_recv_buf_from<'this, B: bytes::BufMut>(a: &'this tokio::net::UnixDatagram, b: &mut B) -> impl Future<Output = std::io::Result<(usize, tokio::net::unix::SocketAddr)>> { <tokio::net::UnixDatagram>::recv_buf_from(a, b) }
fn UnixDatagram_try_recv_buf<'this, B: bytes::BufMut>(a: &'this tokio::net::UnixDatagram, b: &mut B) -> std::io::Result<usize> { <tokio::net::UnixDatagram>::try_recv_buf(a, b) }
fn UnixDatagram_recv_buf<'this, B: bytes::BufMut>(a: &'this tokio::net::UnixDatagram, b: &mut B) -> impl Future<Output = std::io::Result<usize>> { <tokio::net::UnixDatagram>::recv_buf(a, b) }
fn UnixDatagram_send_to<'this, P>(a: &'this tokio::net::UnixDatagram, b: &[u8], c: P) -> impl Future<Output = std::io::Result<usize>> where P: AsRef<std::path::Path> { <tokio::net::UnixDatagram>::send_to(a, b, c) }
fn UnixDatagram_recv_from<'this>(a: &'this tokio::net::UnixDatagram, b: &mut [u8]) -> impl Future<Output = std::io::Result<(usize, tokio::net::unix::SocketAddr)>> + Send + Sync { <tokio::net::UnixDatagram>::recv_from(a, b) }
fn UnixDatagram_poll_recv_from<'this>(a: &'this tokio::net::UnixDatagram, b: &mut std::task::Context<'_>, c: &mut tokio::io::ReadBuf<'_>) -> std::task::Poll<std::io::Result<tokio::net::unix::SocketAddr>> { <tokio::net::UnixDatagram>::poll_recv_from(a, b, c) }
fn UnixDatagram_poll_send_to<'this, P>(a: &'this tokio::net::UnixDatagram, b: &mut std::task::Context<'_>, c: &[u8], d: P) -> std::task::Poll<std::io::Result<usize>> where P: AsRef<std::path::Path> { <tokio::net::UnixDatagram>::poll_send_to(a, b, c, d) }
fn UnixDatagram_poll_send<'this>(a: &'this tokio::net::UnixDatagram, b: &mut std::task::Context<'_>, c: &[u8]) -> std::task::Poll<std::io::Result<usize>> { <tokio::net::UnixDatagram>::poll_send(a, b, c) }
fn UnixDatagram_poll_recv<'this>(a: &'this tokio::net::UnixDatagram, b: &mut std::task::Context<'_>, c: &mut tokio::io::ReadBuf<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::UnixDatagram>::poll_recv(a, b, c) }
fn UnixDatagram_try_recv_from<'this>(a: &'this tokio::net::UnixDatagram, b: &mut [u8]) -> std::io::Result<(usize, tokio::net::unix::SocketAddr)> { <tokio::net::UnixDatagram>::try_recv_from(a, b) }
fn UnixDatagram_try_io<'this, R>(a: &'this tokio::net::UnixDatagram, b: tokio::io::Interest, c: impl FnOnce() -> std::io::Result<R>) -> std::io::Result<R> { <tokio::net::UnixDatagram>::try_io(a, b, c) }
fn UnixDatagram_async_io<'this, R>(a: &'this tokio::net::UnixDatagram, b: tokio::io::Interest, c: impl FnMut() -> std::io::Result<R>) -> impl Future<Output = std::io::Result<R>> { <tokio::net::UnixDatagram>::async_io(a, b, c) }
fn UnixDatagram_local_addr<'this>(a: &'this tokio::net::UnixDatagram) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::UnixDatagram>::local_addr(a) }
fn UnixDatagram_peer_addr<'this>(a: &'this tokio::net::UnixDatagram) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::UnixDatagram>::peer_addr(a) }
fn UnixDatagram_take_error<'this>(a: &'this tokio::net::UnixDatagram) -> std::io::Result<Option<std::io::Error>> { <tokio::net::UnixDatagram>::take_error(a) }
fn UnixDatagram_shutdown<'this>(a: &'this tokio::net::UnixDatagram, b: std::net::Shutdown) -> std::io::Result<()> { <tokio::net::UnixDatagram>::shutdown(a, b) }
fn UnixDatagram_is_0() { is!(tokio::net::UnixDatagram: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, TryFrom<std::os::unix::net::UnixDatagram>, std::fmt::Debug, std::os::fd::AsRawFd, std::os::fd::AsFd); }
fn UnixListener_bind<P>(a: P) -> std::io::Result<tokio::net::UnixListener> where P: AsRef<std::path::Path> { <tokio::net::UnixListener>::bind(a) }
fn UnixListener_bind_addr(a: &tokio::net::unix::SocketAddr) -> std::io::Result<tokio::net::UnixListener> { <tokio::net::UnixListener>::bind_addr(a) }
fn UnixListener_from_std(a: std::os::unix::net::UnixListener) -> std::io::Result<tokio::net::UnixListener> { <tokio::net::UnixListener>::from_std(a) }
fn UnixListener_into_std(a: tokio::net::UnixListener) -> std::io::Result<std::os::unix::net::UnixListener> { <tokio::net::UnixListener>::into_std(a) }
fn UnixListener_local_addr<'this>(a: &'this tokio::net::UnixListener) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::UnixListener>::local_addr(a) }
fn UnixListener_take_error<'this>(a: &'this tokio::net::UnixListener) -> std::io::Result<Option<std::io::Error>> { <tokio::net::UnixListener>::take_error(a) }
fn UnixListener_accept<'this>(a: &'this tokio::net::UnixListener) -> impl Future<Output = std::io::Result<(tokio::net::UnixStream, tokio::net::unix::SocketAddr)>> + Send + Sync { <tokio::net::UnixListener>::accept(a) }
fn UnixListener_poll_accept<'this>(a: &'this tokio::net::UnixListener, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<(tokio::net::UnixStream, tokio::net::unix::SocketAddr)>> { <tokio::net::UnixListener>::poll_accept(a, b) }
fn UnixListener_is_0() { is!(tokio::net::UnixListener: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, TryFrom<std::os::unix::net::UnixListener>, std::fmt::Debug, std::os::fd::AsRawFd, std::os::fd::AsFd); }
fn UnixStream_connect<P>(a: P) -> impl Future<Output = std::io::Result<tokio::net::UnixStream>> where P: AsRef<std::path::Path> { <tokio::net::UnixStream>::connect(a) }
fn UnixStream_connect_addr(a: &tokio::net::unix::SocketAddr) -> impl Future<Output = std::io::Result<tokio::net::UnixStream>> + Send + Sync { <tokio::net::UnixStream>::connect_addr(a) }
fn UnixStream_ready<'this>(a: &'this tokio::net::UnixStream, b: tokio::io::Interest) -> impl Future<Output = std::io::Result<tokio::io::Ready>> + Send + Sync { <tokio::net::UnixStream>::ready(a, b) }
fn UnixStream_readable<'this>(a: &'this tokio::net::UnixStream) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::UnixStream>::readable(a) }
fn UnixStream_poll_read_ready<'this>(a: &'this tokio::net::UnixStream, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::UnixStream>::poll_read_ready(a, b) }
fn UnixStream_try_read<'this>(a: &'this tokio::net::UnixStream, b: &mut [u8]) -> std::io::Result<usize> { <tokio::net::UnixStream>::try_read(a, b) }
fn UnixStream_try_read_vectored<'this>(a: &'this tokio::net::UnixStream, b: &mut [std::io::IoSliceMut<'_>]) -> std::io::Result<usize> { <tokio::net::UnixStream>::try_read_vectored(a, b) }
fn UnixStream_try_read_buf<'this, B: bytes::BufMut>(a: &'this tokio::net::UnixStream, b: &mut B) -> std::io::Result<usize> { <tokio::net::UnixStream>::try_read_buf(a, b) }
fn UnixStream_writable<'this>(a: &'this tokio::net::UnixStream) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::net::UnixStream>::writable(a) }
fn UnixStream_poll_write_ready<'this>(a: &'this tokio::net::UnixStream, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<()>> { <tokio::net::UnixStream>::poll_write_ready(a, b) }
fn UnixStream_try_write<'this>(a: &'this tokio::net::UnixStream, b: &[u8]) -> std::io::Result<usize> { <tokio::net::UnixStream>::try_write(a, b) }
fn UnixStream_try_write_vectored<'this>(a: &'this tokio::net::UnixStream, b: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> { <tokio::net::UnixStream>::try_write_vectored(a, b) }
fn UnixStream_try_io<'this, R>(a: &'this tokio::net::UnixStream, b: tokio::io::Interest, c: impl FnOnce() -> std::io::Result<R>) -> std::io::Result<R> { <tokio::net::UnixStream>::try_io(a, b, c) }
fn UnixStream_async_io<'this, R>(a: &'this tokio::net::UnixStream, b: tokio::io::Interest, c: impl FnMut() -> std::io::Result<R>) -> impl Future<Output = std::io::Result<R>> { <tokio::net::UnixStream>::async_io(a, b, c) }
fn UnixStream_from_std(a: std::os::unix::net::UnixStream) -> std::io::Result<tokio::net::UnixStream> { <tokio::net::UnixStream>::from_std(a) }
fn UnixStream_into_std(a: tokio::net::UnixStream) -> std::io::Result<std::os::unix::net::UnixStream> { <tokio::net::UnixStream>::into_std(a) }
fn UnixStream_pair() -> std::io::Result<(tokio::net::UnixStream, tokio::net::UnixStream)> { <tokio::net::UnixStream>::pair() }
fn UnixStream_local_addr<'this>(a: &'this tokio::net::UnixStream) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::UnixStream>::local_addr(a) }
fn UnixStream_peer_addr<'this>(a: &'this tokio::net::UnixStream) -> std::io::Result<tokio::net::unix::SocketAddr> { <tokio::net::UnixStream>::peer_addr(a) }
fn UnixStream_peer_cred<'this>(a: &'this tokio::net::UnixStream) -> std::io::Result<tokio::net::unix::UCred> { <tokio::net::UnixStream>::peer_cred(a) }
fn UnixStream_take_error<'this>(a: &'this tokio::net::UnixStream) -> std::io::Result<Option<std::io::Error>> { <tokio::net::UnixStream>::take_error(a) }
fn UnixStream_split<'a>(a: &'a mut tokio::net::UnixStream) -> (tokio::net::unix::ReadHalf<'a>, tokio::net::unix::WriteHalf<'a>) { <tokio::net::UnixStream>::split(a) }
fn UnixStream_into_split(a: tokio::net::UnixStream) -> (tokio::net::unix::OwnedReadHalf, tokio::net::unix::OwnedWriteHalf) { <tokio::net::UnixStream>::into_split(a) }
fn UnixStream_is_0() { is!(tokio::net::UnixStream: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, TryFrom<std::os::unix::net::UnixStream>, tokio::io::AsyncRead, tokio::io::AsyncWrite, std::fmt::Debug, AsRef<tokio::net::UnixStream>, std::os::fd::AsRawFd, std::os::fd::AsFd); }
fn UnixStream_is_1() { is!(tokio::net::unix::ReadHalf<'_>: AsRef<tokio::net::UnixStream>); }
fn UnixStream_is_2() { is!(tokio::net::unix::WriteHalf<'_>: AsRef<tokio::net::UnixStream>); }
fn UnixStream_is_3() { is!(tokio::net::unix::OwnedReadHalf: AsRef<tokio::net::UnixStream>); }
fn UnixStream_is_4() { is!(tokio::net::unix::OwnedWriteHalf: AsRef<tokio::net::UnixStream>); }
fn UnixSocket_new_datagram() -> std::io::Result<tokio::net::UnixSocket> { <tokio::net::UnixSocket>::new_datagram() }
fn UnixSocket_new_stream() -> std::io::Result<tokio::net::UnixSocket> { <tokio::net::UnixSocket>::new_stream() }
fn UnixSocket_bind<'this>(a: &'this tokio::net::UnixSocket, b: impl AsRef<std::path::Path>) -> std::io::Result<()> { <tokio::net::UnixSocket>::bind(a, b) }
fn UnixSocket_listen(a: tokio::net::UnixSocket, b: u32) -> std::io::Result<tokio::net::UnixListener> { <tokio::net::UnixSocket>::listen(a, b) }
fn UnixSocket_connect(a: tokio::net::UnixSocket, b: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<tokio::net::UnixStream>> { <tokio::net::UnixSocket>::connect(a, b) }
fn UnixSocket_datagram(a: tokio::net::UnixSocket) -> std::io::Result<tokio::net::UnixDatagram> { <tokio::net::UnixSocket>::datagram(a) }
fn UnixSocket_is_0() { is!(tokio::net::UnixSocket: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, std::os::fd::AsRawFd, std::os::fd::AsFd, std::os::fd::FromRawFd, std::os::fd::IntoRawFd); }
