//! Receiving datagrams into the buffers of the crate `bytes`.

use std::io;

use anyrt_socket::{Buf, Spare};
use bytes::BufMut;

use super::UdpSocket;
use super::socket::Short;
use crate::{Attempt, Interest, Reactor};

macro_rules! impl_recv_buf {
    ($socket:ty, $address:ty) => {
        /// With the feature `bytes`.
        ///
        /// A datagram goes into the spare room that the buffer lends in one piece, and is cut off at the end of
        /// it (N8): reserve as much as the longest one has. A vector that is full makes room for 64 bytes.
        #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
        impl<R: Reactor> $socket {
            /// Like [`recv`](Self::recv), into the spare room of `buffer`. Cancel safe: no datagram is lost.
            ///
            /// # Errors
            /// As there.
            pub async fn recv_buf<B>(&self, buffer: &mut B) -> io::Result<usize>
            where
                B: BufMut + Send + ?Sized,
            {
                let mut buffer = Buf(buffer);
                self.endpoint
                    .io(Interest::Readable, |lent| lent.receive_spare(Short::Unknown, &mut buffer))
                    .await
            }

            /// Like [`recv_from`](Self::recv_from), into the spare room of `buffer`. Cancel safe: no datagram
            /// is lost.
            ///
            /// # Errors
            /// As there.
            pub async fn recv_buf_from<B>(&self, buffer: &mut B) -> io::Result<(usize, $address)>
            where
                B: BufMut + Send + ?Sized,
            {
                let mut buffer = Buf(buffer);
                self.endpoint
                    .io(Interest::Readable, |lent| fill(&mut buffer, |bytes| lent.recv_from(bytes)))
                    .await
            }

            /// Like [`recv_buf`](Self::recv_buf), at once (N12).
            ///
            /// # Errors
            /// `WouldBlock`; as there.
            pub fn try_recv_buf<B>(&self, buffer: &mut B) -> io::Result<usize>
            where
                B: BufMut + ?Sized,
            {
                let received = self.lend().receive_spare(Short::Unknown, &mut Buf(buffer));
                received.map(Attempt::into_inner)
            }

            /// Like [`recv_buf_from`](Self::recv_buf_from), at once (N12).
            ///
            /// # Errors
            /// `WouldBlock`; as there.
            pub fn try_recv_buf_from<B>(&self, buffer: &mut B) -> io::Result<(usize, $address)>
            where
                B: BufMut + ?Sized,
            {
                let received = fill(&mut Buf(buffer), |bytes| self.lend().recv_from(bytes));
                received.map(Attempt::into_inner)
            }
        }
    };
}

impl_recv_buf!(UdpSocket<R>, std::net::SocketAddr);
#[cfg(unix)]
impl_recv_buf!(super::UnixDatagram<R>, std::os::unix::net::SocketAddr);

/// Receives into the spare room, which is zeroed: the calls that say who sent it want bytes.
fn fill<A>(
    buffer: &mut impl Spare,
    receive: impl FnOnce(&mut [u8]) -> io::Result<Attempt<(usize, A)>>,
) -> io::Result<Attempt<(usize, A)>> {
    let mut from = None;
    let n = buffer.fill(|room| {
        let bytes = room.zeroed();
        let (n, peer) = receive(bytes)?.into_inner();
        from = Some(peer);
        Ok(&mut bytes[..n])
    })?;
    let from = from.expect("a buffer asks for what it is filled with");
    Ok(Attempt::Done((n, from)))
}
