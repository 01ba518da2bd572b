//! A library that is generic over runtimes, with `anyrt` as its only dependency of ours, on every backend.
#![cfg(all(unix, feature = "some-backend"))]

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;

use anyrt::generic::net::{TcpStream, UdpSocket};
use anyrt::time::Duration;
use anyrt::{Builder, Handle, Reactor, Timer};
use anyrt_test_library::generic::{
    budget, made_to_be_stored, names_of_peers, names_of_tasks, one_dependency,
    operations_of_ones_own, owned_halves, sockets_of_others, time_and_chance, waits_of_many,
    without_futures,
};
use futures::future::{join, try_join, try_join_all};
use futures::poll;

#[track_caller]
fn on_every_backend<F: Future<Output = io::Result<()>>>(test: impl Fn(Handle) -> F) {
    for backend in anyrt::selection().unwrap().compiled() {
        let runtime = Builder::new().backend(*backend).build().unwrap();
        runtime.block_on(test(runtime.handle().clone())).unwrap();
    }
}

async fn udp_pair(runtime: &Handle) -> io::Result<(UdpSocket<Handle>, UdpSocket<Handle>)> {
    let one = UdpSocket::bind_on(runtime, "127.0.0.1:0").await?;
    let other = UdpSocket::bind_on(runtime, "127.0.0.1:0").await?;
    one.connect(other.local_addr()?).await?;
    other.connect(one.local_addr()?).await?;
    Ok((one, other))
}

#[test]
fn calls_the_methods_of_traits_and_names_every_type() {
    on_every_backend(|runtime| async move {
        assert_eq!(one_dependency::here::<Handle>()?, runtime);
        let (client, server) = one_dependency::connection(&runtime).await?;
        client.write_all(b"x").await?;
        server.read_exact(&mut [0]).await?;
        assert!(one_dependency::abort(&runtime).await);
        let mut sleep = pin!(runtime.sleep(Duration::ZERO));
        let before = anyrt::generic::Sleep::deadline(&*sleep);
        let after = one_dependency::delay::<Handle>(sleep.as_mut(), Duration::from_secs(3));
        assert_eq!(after - before, Duration::from_secs(3));

        let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
        let (address, sender) = (socket.local_addr()?, socket.try_clone()?);
        let receiver = one_dependency::Receiver::new(&runtime, socket)?;
        let mut buffer = [0; 8];
        sender.send_to(b"abc", address)?;
        assert_eq!(receiver.receive(&mut buffer).await?, 3);
        sender.send_to(b"de", address)?;
        assert_eq!(poll_fn(|cx| receiver.poll_receive(cx, &mut buffer)).await?, 2);
        let (one, _other) = std::os::unix::net::UnixStream::pair()?;
        drop(one_dependency::watch(&runtime, one)?);
        Ok(())
    });
}

#[test]
fn runs_operations_of_its_own_on_a_socket() {
    on_every_backend(|runtime| async move {
        let (one, other) = udp_pair(&runtime).await?;
        let mut buffers = vec![Vec::new(); 2];
        let blocked = operations_of_ones_own::try_receive_many(&one, &mut buffers).unwrap_err();
        assert_eq!(blocked.kind(), io::ErrorKind::WouldBlock);
        {
            let mut receive = pin!(operations_of_ones_own::receive_many(&one, &mut buffers));
            assert!(poll!(receive.as_mut()).is_pending());
            other.send(b"a").await?;
            assert_eq!(receive.await?, 1);
        }
        for datagram in [&b"b"[..], b"cd", b"efg"] {
            other.send(datagram).await?;
        }
        one.readable().await?;
        let received =
            poll_fn(|cx| operations_of_ones_own::poll_receive_many(&one, cx, &mut buffers));
        assert_eq!(received.await?, 2);
        assert_eq!(buffers, [&b"b"[..], b"cd"]);
        assert_eq!(operations_of_ones_own::try_receive_many(&one, &mut buffers)?, 1);
        assert_eq!(buffers[0], b"efg");
        Ok(())
    });
}

#[test]
fn stores_what_it_is_given_and_sends_to_names() {
    made_to_be_stored::is_stored::<Handle>();
    on_every_backend(|runtime| async move {
        let socket = UdpSocket::bind_on(&runtime, "localhost:0").await?;
        let peer = UdpSocket::bind_on(&runtime, "localhost:0").await?;
        names_of_peers::knock(&socket, ("localhost", peer.local_addr()?.port())).await?;
        assert_eq!(peer.recv_from(&mut [0]).await?, (0, socket.local_addr()?));
        let mut items = 0..10_000;
        let drained = poll_fn(move |cx| budget::poll_last(cx, &mut items).map(|_| ()));
        runtime.spawn(drained).await?;
        Ok(())
    });
}

#[test]
fn waits_as_many_times_as_it_likes_and_names_its_tasks() {
    on_every_backend(|runtime| async move {
        let (one, other) = udp_pair(&runtime).await?;
        let one = Arc::new(one);
        let mut listeners: Vec<_> = (0..3).map(|_| waits_of_many::listen(&one)).collect();
        let mut waits: Vec<_> = listeners
            .iter_mut()
            .map(|listener| Box::pin(poll_fn(|cx| listener.poll_listen(cx))))
            .collect();
        for wait in &mut waits {
            assert!(poll!(wait.as_mut()).is_pending());
        }
        other.send(b"a").await?;
        try_join_all(waits).await?;
        let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
        socket.send_to(b"a", socket.local_addr()?)?;
        waits_of_many::ready(&runtime.register(socket)?).await?;
        let ids = [names_of_tasks::start(&runtime, "one"), names_of_tasks::start(&runtime, "two")];
        let ids = try_join_all(ids).await?;
        assert_ne!(ids[0], ids[1]);
        Ok(())
    });
}

#[cfg(feature = "tokio-io")]
#[test]
fn takes_a_stream_for_one_of_tokio() {
    use anyrt_test_library::generic::traits_of_tokio::poll_echo_of_ours;
    use tokio::io::ReadBuf;

    on_every_backend(|runtime| async move {
        let (mut client, server) = one_dependency::connection(&runtime).await?;
        let mut memory = [0; 8];
        let mut buffer = ReadBuf::new(&mut memory);
        let mut echo = pin!(poll_fn(|cx| poll_echo_of_ours(&mut client, cx, &mut buffer)));
        assert!(poll!(echo.as_mut()).is_pending());
        server.write_all(b"abc").await?;
        assert_eq!(echo.await?, 3);
        let mut bytes = [0; 3];
        server.read_exact(&mut bytes).await?;
        assert_eq!(&bytes, b"abc");
        Ok(())
    });
}

#[test]
fn polls_sockets_in_a_state_machine() {
    on_every_backend(|runtime| async move {
        let (one, other) = udp_pair(&runtime).await?;
        let mut echo = without_futures::Echo::new(one);
        for datagram in [&b"a"[..], b"bc"] {
            let mut echoing = pin!(poll_fn(|cx| echo.poll_echo(cx)));
            assert!(poll!(echoing.as_mut()).is_pending());
            other.send(datagram).await?;
            let mut buffer = [0; 8];
            let (_, n) = try_join(echoing, other.recv(&mut buffer)).await?;
            assert_eq!(&buffer[..n], datagram);
        }
        Ok(())
    });
}

#[test]
fn splits_streams_and_takes_sockets_of_others() {
    on_every_backend(|runtime| async move {
        let address = "127.0.0.1:0".parse().unwrap();
        let listener = sockets_of_others::listen(&runtime, address)?;
        let address = listener.local_addr()?;
        let (accepted, stream) =
            try_join(listener.accept(), TcpStream::connect_on(&runtime, address)).await?;
        let (server, client) = (accepted.0, stream);
        let answer = async {
            let mut request = Vec::new();
            server.read_to_end(&mut request).await?;
            server.write_all(&request).await?;
            drop(server);
            io::Result::Ok(())
        };
        let (asked, answered) = join(owned_halves::ask(client, b"question"), answer).await;
        answered?;
        assert_eq!(asked?, b"question");

        let socket = sockets_of_others::socket::<Handle>()?;
        let (accepted, stream) = try_join(listener.accept(), socket.connect(address)).await?;
        let tell = async {
            // Nothing has ended there, or this would be told so.
            let mut end = [0];
            assert!(poll!(pin!(accepted.0.read(&mut end))).is_pending());
            accepted.0.write_all(b"news").await?;
            accepted.0.shutdown(std::net::Shutdown::Write)
        };
        let (heard, told) = join(owned_halves::listen(stream), tell).await;
        told?;
        assert_eq!(heard?, b"news");
        Ok(())
    });
}

#[test]
fn asks_the_runtime_for_time_and_chance() {
    on_every_backend(|runtime| async move {
        let before = runtime.now();
        let next = time_and_chance::next_attempt(&runtime, 3);
        assert!(next >= before + Duration::from_millis(80));
        assert!(time_and_chance::time_stamp(&runtime) > Duration::ZERO);
        Ok(())
    });
}

#[cfg(feature = "bytes")]
#[test]
fn receives_into_room_that_is_not_zeroed() {
    use anyrt_test_library::generic::room_that_is_not_zeroed;

    on_every_backend(|runtime| async move {
        let (client, server) = one_dependency::connection(&runtime).await?;
        let mut room = bytes::BytesMut::new();
        for message in ["one", "two"] {
            client.write_all(message.as_bytes()).await?;
            assert_eq!(room_that_is_not_zeroed::next(&server, &mut room).await?, message);
        }
        drop(client);
        assert!(room_that_is_not_zeroed::next(&server, &mut room).await?.is_empty());
        Ok(())
    });
}
