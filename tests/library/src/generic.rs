//! What a generic library, or an adapter for one, does with anyrt as its only dependency of ours: each module
//! shows one thing that has to be possible from outside.

/// Everything that a signature names is reachable, and methods of traits can be called.
pub mod one_dependency {
    use std::io;
    use std::net::UdpSocket;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use anyrt::generic::net::{Stream, TcpListener, TcpStream};
    use anyrt::generic::{AbortHandle, JoinHandle, Sleep};
    use anyrt::time::{Duration, Instant};
    use anyrt::{Attempt, Backend, Current, Interest, Reactor, Registration, Source, Timer};

    /// A registration, stored.
    #[derive(Debug)]
    pub struct Receiver<R: Reactor>(R::Registration<UdpSocket>);

    impl<R: Reactor> Receiver<R> {
        /// Watches `socket`.
        ///
        /// # Errors
        /// It can't be watched.
        pub fn new(runtime: &R, socket: UdpSocket) -> io::Result<Self> {
            runtime.register(socket).map(Self)
        }

        /// Receives a datagram.
        ///
        /// # Errors
        /// What the system says.
        pub async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.io(Interest::Readable, |socket| socket.recv(buffer).map(Attempt::Done)).await
        }

        /// Receives a datagram, as a poll function.
        ///
        /// # Errors
        /// What the system says.
        pub fn poll_receive(
            &self,
            cx: &mut Context<'_>,
            buffer: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            let receive = |socket: &UdpSocket| socket.recv(buffer).map(Attempt::Done);
            self.0.poll_io(cx, Interest::Readable, receive)
        }
    }

    /// The runtime that the thread is inside.
    ///
    /// # Errors
    /// There is none.
    pub fn here<R: Current>() -> io::Result<R> {
        Ok(R::here()?.clone())
    }

    /// A connection, and the end that accepted it.
    ///
    /// # Errors
    /// What the system says.
    pub async fn connection<R: Backend>(
        runtime: &R,
    ) -> io::Result<(TcpStream<R>, Stream<std::net::TcpStream, R>)> {
        let listener = TcpListener::bind_on(runtime, "127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let task = runtime.spawn(async move { Ok::<_, io::Error>(listener.accept().await?.0) });
        let connected = TcpStream::connect_on(runtime, address).await?;
        Ok((connected, task.await??))
    }

    /// Ends a task, and says whether it had not ended.
    pub async fn abort<R: Backend>(runtime: &R) -> bool {
        let task = runtime.spawn(std::future::pending::<()>());
        let handle = task.abort_handle();
        handle.abort();
        task.await.is_err_and(|error| error.is_cancelled()) && handle.is_finished()
    }

    /// A sleep, stored: its deadline is moved.
    pub fn delay<R: Timer>(sleep: Pin<&mut R::Sleep>, by: Duration) -> Instant {
        let mut sleep = sleep;
        let deadline = sleep.deadline() + by;
        sleep.as_mut().reset(deadline);
        sleep.deadline()
    }

    /// For sources of every type.
    ///
    /// # Errors
    /// It can't be watched.
    pub fn watch<T: Source, R: Reactor>(runtime: &R, source: T) -> io::Result<R::Registration<T>> {
        runtime.register(source)
    }
}

/// A socket runs operations that it does not have itself: here the receipt of several datagrams at once.
pub mod operations_of_ones_own {
    use std::io;
    use std::task::{Context, Poll};

    use anyrt::generic::net::UdpSocket;
    use anyrt::{Interest, Reactor};

    /// Receives up to as many datagrams as there are buffers, at least one.
    ///
    /// # Errors
    /// What the system says.
    pub async fn receive_many<R: Reactor>(
        socket: &UdpSocket<R>,
        buffers: &mut [Vec<u8>],
    ) -> io::Result<usize> {
        socket.io(Interest::Readable, |socket| receive(socket, buffers)).await
    }

    /// Like [`receive_many`], as a poll function.
    ///
    /// # Errors
    /// As there.
    pub fn poll_receive_many<R: Reactor>(
        socket: &UdpSocket<R>,
        cx: &mut Context<'_>,
        buffers: &mut [Vec<u8>],
    ) -> Poll<io::Result<usize>> {
        socket.poll_io(cx, Interest::Readable, |socket| receive(socket, buffers))
    }

    /// Like [`receive_many`], at once.
    ///
    /// # Errors
    /// `WouldBlock`; as there.
    pub fn try_receive_many<R: Reactor>(
        socket: &UdpSocket<R>,
        buffers: &mut [Vec<u8>],
    ) -> io::Result<usize> {
        socket.try_io(Interest::Readable, |socket| receive(socket, buffers))
    }

    fn receive(socket: &std::net::UdpSocket, buffers: &mut [Vec<u8>]) -> io::Result<usize> {
        for (received, buffer) in buffers.iter_mut().enumerate() {
            buffer.resize(1500, 0);
            match socket.recv(buffer) {
                Ok(n) => buffer.truncate(n),
                Err(_) if received > 0 => return Ok(received),
                Err(error) => return Err(error),
            }
        }
        Ok(buffers.len())
    }
}

/// A wait has a name, owns what it waits for, and has a waker of its own: for as many senders as one likes.
pub mod waits_of_many {
    use std::future::Future;
    use std::io;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll};

    use anyrt::generic::net::UdpSocket;
    use anyrt::reactor::{Interest, Waiter};
    use anyrt::{Backend, Registration, Source};

    /// Told when there is something to receive; erased, as a library does that leaves the runtime to others.
    pub trait Listens: Send + Sync + Unpin {
        /// Waits.
        ///
        /// # Errors
        /// The runtime is gone.
        fn poll_listen(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    }

    struct Listener<R: Backend>(Waiter<UdpSocket<R>>);

    impl<R: Backend> Listens for Listener<R> {
        fn poll_listen(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.0.poll_ready(cx)
        }
    }

    /// A wait that others share, on a registration of a library's own.
    pub fn ready<'a, T: Source, G: Registration<T>>(
        registration: &'a G,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send + Sync + 'a>> {
        Box::pin(registration.ready(Interest::Readable))
    }

    /// One more that listens.
    pub fn listen<R: Backend>(socket: &Arc<UdpSocket<R>>) -> Box<dyn Listens> {
        Box::new(Listener(Waiter::new(Arc::clone(socket), Interest::Readable)))
    }
}

/// A stream is what codecs, buffers and copies of tokio take, without a word.
#[cfg(feature = "tokio-io")]
pub mod traits_of_tokio {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use anyrt::Reactor;
    use anyrt::generic::net::TcpStream;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    /// Sends back what it receives, over anything that tokio's traits know.
    ///
    /// # Errors
    /// What goes wrong with the stream.
    pub fn poll_echo<T: AsyncRead + AsyncWrite + Unpin>(
        stream: &mut T,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        std::task::ready!(Pin::new(&mut *stream).poll_read(cx, buffer))?;
        Pin::new(stream).poll_write(cx, buffer.filled())
    }

    /// The same over a stream of ours.
    ///
    /// # Errors
    /// As there.
    pub fn poll_echo_of_ours<R: Reactor>(
        stream: &mut TcpStream<R>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        poll_echo(stream, cx, buffer)
    }
}

/// Bytes are received into room that nobody has zeroed, and are shared without a copy.
#[cfg(feature = "bytes")]
pub mod room_that_is_not_zeroed {
    use std::io;

    use anyrt::Reactor;
    use anyrt::generic::net::TcpStream;
    use bytes::{Bytes, BytesMut};

    /// What comes next; empty at the end.
    ///
    /// # Errors
    /// What goes wrong with the stream.
    pub async fn next<R: Reactor>(stream: &TcpStream<R>, room: &mut BytesMut) -> io::Result<Bytes> {
        room.reserve(8 * 1024);
        stream.read_buf(room).await?;
        Ok(room.split().freeze())
    }
}

/// The clocks and chance are the runtime's, and their types have names here.
pub mod time_and_chance {
    use anyrt::Tasks;
    use anyrt::time::{Duration, Instant, SystemTime};

    /// When to try again: after a pause that grows, and is not the same for all.
    pub fn next_attempt<R: Tasks>(runtime: &R, attempt: u32) -> Instant {
        let pause = Duration::from_millis(10 << attempt.min(10));
        runtime.now() + pause + Duration::from_nanos(runtime.random_u64() % 1_000_000)
    }

    /// When it was, for a log.
    pub fn time_stamp<R: Tasks>(runtime: &R) -> Duration {
        runtime.system_now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }
}

/// A task has a name, and is of the line that started it.
pub mod names_of_tasks {
    use anyrt::Spawn;
    use anyrt::task::{self, Builder, Id};

    /// Starts a task with a name, which says which one it is.
    #[track_caller]
    pub fn start<R: Spawn>(runtime: &R, name: &str) -> R::JoinHandle<Id> {
        Builder::new().name(name).spawn_on(runtime, async { task::id() })
    }
}

/// What is made to be stored is nameable, `Debug`, and may be moved and shared, whatever the runtime is.
pub mod made_to_be_stored {
    use std::fmt::Debug;

    use anyrt::Backend;
    use anyrt::generic::net::{
        Incoming, OwnedReadHalf, OwnedWriteHalf, TcpListener, TcpSocket, TcpStream, UdpSocket,
    };

    /// One of each.
    #[derive(Debug)]
    #[allow(dead_code, reason = "what is shown is that it can be declared")]
    pub struct Everything<'a, R: Backend> {
        runtime: R,
        task: R::JoinHandle<u8>,
        sleep: R::Sleep,
        registration: R::Registration<std::net::UdpSocket>,
        listener: TcpListener<R>,
        incoming: Incoming<'a, TcpListener<R>>,
        socket: TcpSocket<R>,
        stream: TcpStream<R>,
        halves: (OwnedReadHalf<std::net::TcpStream, R>, OwnedWriteHalf<std::net::TcpStream, R>),
        datagrams: UdpSocket<R>,
    }

    /// Sleeps alone may not be moved.
    pub const fn is_stored<R: Backend>() {
        const fn moves<T: Debug + Send + Sync + Unpin>() {}
        const fn stays<T: Debug + Send + Sync>() {}

        moves::<R>();
        moves::<R::JoinHandle<u8>>();
        moves::<R::Registration<std::net::UdpSocket>>();
        moves::<TcpListener<R>>();
        moves::<Incoming<'static, TcpListener<R>>>();
        moves::<TcpSocket<R>>();
        moves::<TcpStream<R>>();
        moves::<OwnedReadHalf<std::net::TcpStream, R>>();
        moves::<OwnedWriteHalf<std::net::TcpStream, R>>();
        moves::<UdpSocket<R>>();
        stays::<R::Sleep>();
        stays::<Everything<'static, R>>();
    }
}

/// A datagram goes where a connection goes: to names as well.
pub mod names_of_peers {
    use std::io;

    use anyrt::generic::net::{Net, ToSocketAddrs, UdpSocket};

    /// Sends a datagram of no length.
    ///
    /// # Errors
    /// Those of [`UdpSocket::send_to`].
    pub async fn knock<R: Net>(
        socket: &UdpSocket<R>,
        target: impl ToSocketAddrs,
    ) -> io::Result<()> {
        socket.send_to(&[], target).await.map(drop)
    }
}

/// Operations that are not anyrt's take part in the budget of the task.
pub mod budget {
    use std::task::{Context, Poll, ready};

    use anyrt::task::poll_proceed;

    /// Takes what `take` has, if the task may go on.
    pub fn poll_take<T>(
        cx: &mut Context<'_>,
        take: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        poll_proceed(cx, take)
    }

    /// Drains an iterator, with pauses for other tasks.
    pub fn poll_last<T>(
        cx: &mut Context<'_>,
        items: &mut impl Iterator<Item = T>,
    ) -> Poll<Option<T>> {
        let mut last = None;
        while let Some(item) = ready!(poll_take(cx, |_| Poll::Ready(items.next()))) {
            last = Some(item);
        }
        Poll::Ready(last)
    }
}

/// Sockets without futures: for state machines.
pub mod without_futures {
    use std::io;
    use std::net::SocketAddr;
    use std::task::{Context, Poll, ready};

    use anyrt::Reactor;
    use anyrt::generic::net::UdpSocket;

    /// Sends back what it receives.
    #[derive(Debug)]
    pub struct Echo<R: Reactor> {
        socket: UdpSocket<R>,
        pending: Option<(Vec<u8>, SocketAddr)>,
    }

    impl<R: Reactor> Echo<R> {
        /// On this socket.
        pub fn new(socket: UdpSocket<R>) -> Self {
            Self { socket, pending: None }
        }

        /// Sends back one datagram.
        ///
        /// # Errors
        /// What the system says.
        pub fn poll_echo(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            while self.pending.is_none() {
                ready!(self.socket.poll_recv_ready(cx))?;
                let mut buffer = vec![0; 1500];
                match self.socket.try_recv_from(&mut buffer) {
                    Ok((n, from)) => self.pending = Some((buffer[..n].to_vec(), from)),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
            if let Some((bytes, from)) = &self.pending {
                ready!(self.socket.poll_send_to(cx, bytes, *from))?;
            }
            self.pending = None;
            Poll::Ready(Ok(()))
        }
    }
}

/// The half that writes ends the stream when it is dropped, unless it is forgotten.
pub mod owned_halves {
    use std::io;

    use anyrt::Reactor;
    use anyrt::generic::net::TcpStream;

    /// Sends a request in one go, and reads the answer to its end.
    ///
    /// # Errors
    /// What goes wrong with the connection.
    pub async fn ask<R: Reactor>(stream: TcpStream<R>, request: &[u8]) -> io::Result<Vec<u8>> {
        let (reader, writer) = stream.into_split();
        writer.write_all(request).await?;
        drop(writer);
        let mut answer = Vec::new();
        reader.read_to_end(&mut answer).await?;
        Ok(answer)
    }

    /// Only reads; the peer is told nothing.
    ///
    /// # Errors
    /// What goes wrong with the connection.
    pub async fn listen<R: Reactor>(stream: TcpStream<R>) -> io::Result<Vec<u8>> {
        let (reader, writer) = stream.into_split();
        writer.forget();
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await?;
        Ok(bytes)
    }
}

/// A socket with options that anyrt does not have comes from `socket2`.
pub mod sockets_of_others {
    use std::io;
    use std::net::SocketAddr;

    use anyrt::Current;
    use anyrt::generic::net::{Net, TcpListener, TcpSocket};
    use socket2::{Domain, Socket, Type};

    /// Listens with such a socket.
    ///
    /// # Errors
    /// What the system says.
    pub fn listen<R: Net>(runtime: &R, address: SocketAddr) -> io::Result<TcpListener<R>> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.set_out_of_band_inline(true)?;
        let socket = TcpSocket::from_std_on(runtime, socket.into())?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(16)
    }

    /// A socket of the runtime that the thread is inside.
    ///
    /// # Errors
    /// What the system says; there is no runtime.
    pub fn socket<R: Current + Net>() -> io::Result<TcpSocket<R>> {
        TcpSocket::new_v4()
    }
}
