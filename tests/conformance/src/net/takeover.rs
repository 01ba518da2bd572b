//! Sockets of the standard library, taken over and given back; sockets without a handle.

use std::io::{self, Read, Write};
use std::pin::pin;

use anyrt_core::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
use anyrt_core::{Launch, Spawn};
use futures::poll;

use super::unix::SocketPath;
use super::{LOCAL, std_connection};
use crate::witness::Drive;

fn would_block<T>(result: io::Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

pub fn tcp_sockets_are_taken_over_and_given_back<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, mut peer) = std_connection();
        let stream = TcpStream::from_std_on(handle, stream).unwrap();
        let mut byte = [0];
        let mut read = Box::pin(stream.read(&mut byte));
        assert!(poll!(read.as_mut()).is_pending());
        peer.write_all(b"x").unwrap();
        assert_eq!(read.await.unwrap(), 1);
        let mut stream = stream.into_std().unwrap();
        assert!(would_block(stream.read(&mut byte)));
        peer.write_all(b"y").unwrap();
        let stream = TcpStream::from_std_on(handle, stream).unwrap();
        assert_eq!(stream.read(&mut byte).await.unwrap(), 1);
        assert_eq!(&byte, b"y");

        let listener = std::net::TcpListener::bind(LOCAL).unwrap();
        let address = listener.local_addr().unwrap();
        let listener = TcpListener::from_std_on(handle, listener).unwrap();
        assert_eq!(listener.local_addr().unwrap(), address);
        {
            let mut accept = pin!(listener.accept());
            assert!(poll!(accept.as_mut()).is_pending());
            let peer = std::net::TcpStream::connect(address).unwrap();
            assert_eq!(accept.await.unwrap().1, peer.local_addr().unwrap());
        }
        let listener = listener.into_std().unwrap();
        assert_eq!(listener.local_addr().unwrap(), address);
        assert!(would_block(listener.accept()));
    });
}

pub fn datagram_sockets_are_taken_over_and_given_back<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let socket = std::net::UdpSocket::bind(LOCAL).unwrap();
        let address = socket.local_addr().unwrap();
        let socket = UdpSocket::from_std_on(handle, socket).unwrap();
        assert_eq!(socket.local_addr().unwrap(), address);
        let mut byte = [0];
        let mut receive = Box::pin(socket.recv(&mut byte));
        assert!(poll!(receive.as_mut()).is_pending());
        std::net::UdpSocket::bind(LOCAL).unwrap().send_to(b"x", address).unwrap();
        assert_eq!(receive.await.unwrap(), 1);
        let socket = socket.into_std().unwrap();
        assert!(would_block(socket.recv(&mut byte)));

        let (one, other) = std::os::unix::net::UnixDatagram::pair().unwrap();
        let one = UnixDatagram::from_std_on(handle, one).unwrap();
        let mut receive = Box::pin(one.recv(&mut byte));
        assert!(poll!(receive.as_mut()).is_pending());
        other.send(b"y").unwrap();
        assert_eq!(receive.await.unwrap(), 1);
        let one = one.into_std().unwrap();
        assert!(would_block(one.recv(&mut byte)));
    });
}

pub fn unix_sockets_are_taken_over_and_given_back<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (one, mut other) = std::os::unix::net::UnixStream::pair().unwrap();
        let one = UnixStream::from_std_on(handle, one).unwrap();
        let mut byte = [0];
        let mut read = Box::pin(one.read(&mut byte));
        assert!(poll!(read.as_mut()).is_pending());
        other.write_all(b"x").unwrap();
        assert_eq!(read.await.unwrap(), 1);
        let mut one = one.into_std().unwrap();
        assert!(would_block(one.read(&mut byte)));

        let path = SocketPath::new();
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let listener = UnixListener::from_std_on(handle, listener).unwrap();
        {
            let mut accept = pin!(listener.accept());
            assert!(poll!(accept.as_mut()).is_pending());
            let _peer = std::os::unix::net::UnixStream::connect(&path).unwrap();
            accept.await.unwrap();
        }
        let listener = listener.into_std().unwrap();
        assert!(would_block(listener.accept()));
    });
}

pub fn sockets_find_the_runtime_around_them<L: Launch>(runtime: L) {
    async fn here<L: Launch>() -> io::Result<()> {
        let listener = TcpListener::<L::Handle>::bind(LOCAL).await?;
        let address = listener.local_addr()?;
        let stream = TcpStream::<L::Handle>::connect(address).await?;
        listener.accept().await?;
        drop(stream);
        TcpSocket::<L::Handle>::new_v4()?.connect(address).await?;
        let socket = TcpSocket::<L::Handle>::new_v4()?;
        socket.bind(LOCAL.into())?;
        socket.listen(16)?;
        TcpStream::<L::Handle>::from_std(std_connection().0)?;
        TcpListener::<L::Handle>::from_std(std::net::TcpListener::bind(LOCAL)?)?;

        let socket = UdpSocket::<L::Handle>::bind(LOCAL).await?;
        socket.connect(socket.local_addr()?).await?;
        socket.send(b"x").await?;
        socket.recv(&mut [0]).await?;
        UdpSocket::<L::Handle>::from_std(std::net::UdpSocket::bind(LOCAL)?)?;

        let path = SocketPath::new();
        let listener = UnixListener::<L::Handle>::bind(&path)?;
        let stream = UnixStream::<L::Handle>::connect(&path).await?;
        listener.accept().await?;
        drop(stream);
        let (one, other) = UnixStream::<L::Handle>::pair()?;
        one.write_all(b"x").await?;
        other.read_exact(&mut [0]).await?;

        let path = SocketPath::new();
        let bound = UnixDatagram::<L::Handle>::bind(&path)?;
        UnixDatagram::<L::Handle>::unbound()?.send_to(b"x", &path).await?;
        bound.recv(&mut [0]).await?;
        let (one, other) = UnixDatagram::<L::Handle>::pair()?;
        one.send(b"x").await?;
        other.recv(&mut [0]).await?;
        Ok(())
    }

    let handle = runtime.handle();
    handle.drive(here::<L>()).unwrap();
    handle.drive(handle.spawn(here::<L>())).unwrap().unwrap();
}
