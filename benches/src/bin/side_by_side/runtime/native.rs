//! The native runtime.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyrt_native::net::{TcpListener, TcpSocket, TcpStream};
use anyrt_native::{
    BlockOn, Builder, Current, Handle, JoinError, JoinHandle, Launch, Spawn, SpawnBlocking, Timer,
};

use super::{Listener, Runtime, Stream};

pub(crate) struct Native(anyrt_native::Runtime);

fn here() -> Handle {
    Handle::try_here().expect("the workloads are polled by the runtime")
}

impl Runtime for Native {
    const NAME: &'static str = "native";

    type Join<T: Send + 'static> = JoinHandle<T>;
    type JoinError = JoinError;
    type Stream = TcpStream;
    type Listener = TcpListener;

    fn start(workers: usize) -> io::Result<Self> {
        Builder::new().worker_threads(workers).build().map(Self)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.handle().block_on(future)
    }

    fn spawn_on<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.handle().spawn(future)
    }

    fn spawn<F>(future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        here().spawn(future)
    }

    fn spawn_blocking<F, T>(closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        here().spawn_blocking(closure)
    }

    fn yield_now() -> impl Future<Output = ()> + Send + 'static {
        anyrt_native::yield_now()
    }

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        here().sleep(duration)
    }
}

impl Stream for TcpStream {
    async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_linger(Some(Duration::ZERO))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        TcpStream::read(self, buffer).await
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        TcpStream::write_all(self, bytes).await
    }
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    fn bind() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        socket.listen(super::BACKLOG)
    }

    fn address(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }

    async fn accept(&self) -> io::Result<TcpStream> {
        let (stream, _) = TcpListener::accept(self).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}
