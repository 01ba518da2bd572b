//! Between two streams, in both directions: the heart of a proxy.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::io::{AsyncRead, AsyncWrite};

use super::copy::{BUFFER, Copy};

/// Copies what comes from each of two streams to the other one, until both have come to their ends; returns how many bytes
/// went from `a` to `b`, and from `b` to `a`.
///
/// Where one stream ends, the other one's writing direction is shut down, and its reading direction goes on. Each
/// direction has a buffer of 8 KiB. For all that implements both traits: sockets, [`duplex`](super::duplex), what
/// [`join`](super::join) makes.
///
/// Not cancel safe: what is in the buffers is lost, up to 8 KiB of each direction. Nobody knows how much was copied.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// use anyrt::net::{TcpListener, TcpStream};
///
/// let server = TcpListener::bind("127.0.0.1:0").await?;
/// let target = server.local_addr()?;
/// let proxy = TcpListener::bind("127.0.0.1:0").await?;
/// let address = proxy.local_addr()?;
/// let counts = anyrt::spawn(async move {
///     let (mut client, _) = proxy.accept().await?;
///     let mut server = TcpStream::connect(target).await?;
///     anyrt::io::copy_bidirectional(&mut client, &mut server).await
/// });
///
/// let client = TcpStream::connect(address).await?;
/// client.write_all(b"request").await?;
/// client.shutdown(std::net::Shutdown::Write)?;
/// let (stream, _) = server.accept().await?;
/// let mut request = Vec::new();
/// stream.read_to_end(&mut request).await?;
/// stream.write_all(b"the reply").await?;
/// drop(stream);
/// let mut reply = Vec::new();
/// client.read_to_end(&mut reply).await?;
/// assert_eq!(reply, b"the reply");
/// assert_eq!(counts.await??, (7, 9));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The first one of any of the four directions, at once; `WriteZero` if a writer takes nothing more.
pub async fn copy_bidirectional<A, B>(a: &mut A, b: &mut B) -> io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    copy_bidirectional_with_sizes(a, b, BUFFER, BUFFER).await
}

/// The same with buffers of these sizes, in bytes.
///
/// Not cancel safe, as [`copy_bidirectional`].
///
/// # Errors
/// As [`copy_bidirectional`].
///
/// # Panics
/// One of the sizes is 0.
pub async fn copy_bidirectional_with_sizes<A, B>(
    a: &mut A,
    b: &mut B,
    a_to_b_buf_size: usize,
    b_to_a_buf_size: usize,
) -> io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    assert!(a_to_b_buf_size > 0 && b_to_a_buf_size > 0, "a buffer must have room");
    let mut forward = Direction::Copying(Copy::new(a_to_b_buf_size));
    let mut backward = Direction::Copying(Copy::new(b_to_a_buf_size));
    let mut is_back_first = true;
    poll_fn(|cx| {
        // Both of them, whatever the first one says: neither waits for the other. Each is the first one in turn, because
        // that one may use up the budget.
        is_back_first = !is_back_first;
        let (there, back);
        if is_back_first {
            back = backward.poll(cx, b, a)?;
            there = forward.poll(cx, a, b)?;
        } else {
            there = forward.poll(cx, a, b)?;
            back = backward.poll(cx, b, a)?;
        }
        Poll::Ready(Ok((ready!(there), ready!(back))))
    })
    .await
}

#[derive(Debug)]
enum Direction {
    Copying(Copy),
    ShuttingDown(u64),
    Done(u64),
}

impl Direction {
    fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<u64>>
    where
        R: AsyncRead + Unpin + ?Sized,
        W: AsyncWrite + Unpin + ?Sized,
    {
        loop {
            *self = match self {
                Self::Copying(copy) => {
                    let copied = copy.poll(cx, Pin::new(&mut *reader), Pin::new(&mut *writer));
                    Self::ShuttingDown(ready!(copied)?)
                }
                Self::ShuttingDown(copied) => {
                    ready!(Pin::new(&mut *writer).poll_close(cx))?;
                    Self::Done(*copied)
                }
                Self::Done(copied) => return Poll::Ready(Ok(*copied)),
            }
        }
    }
}
