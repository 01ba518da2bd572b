//! What has to be said for sockets to be waited for by a [`Waiter`](crate::Waiter).

use std::io;

use super::stream::Stream;
use super::tcp::TcpListener;
use super::udp::UdpSocket;
#[cfg(unix)]
use super::unix::UnixListener;
#[cfg(unix)]
use super::unix_datagram::UnixDatagram;
use crate::source::Source;
use crate::waiter::Watched;
use crate::{Interest, Reactor};

macro_rules! watched {
    ([$($generics:tt)*] $socket:ty) => {
        impl<$($generics)*> Watched for $socket {
            async fn ready(&self, interest: Interest) -> io::Result<()> {
                // The method of the socket's own, which goes before this one.
                <$socket>::ready(self, interest).await
            }
        }
    };
}

watched!([S: Source, R: Reactor] Stream<S, R>);
watched!([R: Reactor] TcpListener<R>);
watched!([R: Reactor] UdpSocket<R>);
#[cfg(unix)]
watched!([R: Reactor] UnixListener<R>);
#[cfg(unix)]
watched!([R: Reactor] UnixDatagram<R>);
