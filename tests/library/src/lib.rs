//! Stands for a library of someone else, on anyrt without a backend: which one is the application's
//! choice. `cargo check -p anyrt-test-library` proves that such a library compiles by itself.
#![forbid(unsafe_code)]

pub mod generic;
#[cfg(feature = "sync")]
pub mod sync;

use std::io;
use std::pin::pin;

use anyrt::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use anyrt::time::{Duration, Instant, MissedTickBehavior, SystemTime};
use anyrt::time::{interval, sleep, system_now, timeout};
use anyrt::{AbortOnDrop, Backend, Config, Handle, JoinError, Launch, Tasks, random};
use futures::AsyncWriteExt;
use futures::future::{Either, select, try_join_all};

/// Sends back to each client what it sends, until the handle is dropped.
///
/// # Errors
/// Those of [`TcpListener::bind`].
pub async fn serve_echo(address: impl ToSocketAddrs) -> io::Result<Server> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let task = anyrt::spawn(async move {
        let mut connections = listener.incoming();
        loop {
            match connections.accept().await {
                Ok((stream, _peer)) => {
                    anyrt::spawn(echo(stream));
                }
                Err(error) => eprintln!("not accepted: {error}"),
            }
        }
    });
    Ok(Server { address, _task: task.abort_on_drop() })
}

/// A server that runs as long as this lives.
#[derive(Debug)]
#[must_use = "dropping this ends the server"]
pub struct Server {
    /// Where it listens.
    pub address: std::net::SocketAddr,
    _task: AbortOnDrop<()>,
}

async fn echo(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = stream.into_split();
    futures::io::copy(&mut reader, &mut writer).await?;
    writer.close().await
}

/// Sends `request`, and returns what comes back within `limit`.
///
/// # Errors
/// `TimedOut`, and what goes wrong with the connection.
pub async fn ask(to: impl ToSocketAddrs, request: &[u8], limit: Duration) -> io::Result<Vec<u8>> {
    timeout(limit, async {
        let stream = TcpStream::connect(to).await?;
        stream.write_all(request).await?;
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await?;
        Ok(response)
    })
    .await?
}

/// Sends `beats` datagrams, one each `period`.
///
/// # Errors
/// Those of the socket.
///
/// # Panics
/// If the period is zero.
pub async fn heartbeat(target: &str, period: Duration, beats: usize) -> io::Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0").await?;
    socket.connect(target).await?;
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for _ in 0..beats {
        ticks.tick().await;
        socket.send(b"alive").await?;
    }
    Ok(())
}

/// The length of a file, from a thread that may block.
///
/// # Errors
/// What the system says.
pub async fn length(path: &'static str) -> io::Result<u64> {
    anyrt::spawn_blocking(move || Ok(std::fs::metadata(path)?.len())).await?
}

/// Calls `attempt` until it succeeds, with growing pauses.
pub fn retry<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    anyrt::block_on(async {
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(value) = attempt() {
                return value;
            }
            sleep(pause).await;
            pause *= 2;
        }
    })
}

/// Runs jobs on whatever backend it is given; on the ambient one unless it is told otherwise.
#[derive(Clone, Debug)]
pub struct Pool<R: Backend = Handle> {
    runtime: R,
    limit: Duration,
}

impl Pool {
    /// A pool on the runtime that the caller is inside, or the default one.
    pub fn new(limit: Duration) -> Self {
        Self::on(Handle::current(), limit)
    }
}

impl<R: Backend> Pool<R> {
    /// A pool on `runtime`.
    pub fn on(runtime: R, limit: Duration) -> Self {
        Self { runtime, limit }
    }

    /// Squares numbers, each in a task of its own.
    ///
    /// # Errors
    /// The runtime went away.
    pub async fn squares(&self, numbers: &[u64]) -> Result<Vec<u64>, JoinError> {
        let tasks = numbers.iter().map(|&n| self.runtime.spawn(async move { n * n }));
        try_join_all(tasks).await
    }

    /// Runs `job` on a blocking thread; gives up after the limit, though the job runs on.
    ///
    /// # Errors
    /// `TimedOut`; the job panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let job = self.runtime.spawn_blocking(job);
        match select(job, pin!(self.runtime.sleep(self.limit))).await {
            Either::Left((result, _)) => Ok(result?),
            Either::Right(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// Runs `job` in a task within `limit`. Needs tasks and timers, and nothing else of a runtime.
///
/// # Errors
/// `TimedOut`; the job panicked.
pub async fn within<R: Tasks, T: Send + 'static>(
    runtime: &R,
    limit: Duration,
    job: impl Future<Output = T> + Send + 'static,
) -> io::Result<T> {
    let job = runtime.spawn(job);
    match select(job, pin!(runtime.sleep(limit))).await {
        Either::Left((result, _)) => Ok(result?),
        Either::Right(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// The name of a file that no other call makes, and when it was made.
pub fn temporary_name() -> (String, SystemTime) {
    (format!("{:016x}.tmp", random::u64()), system_now())
}

/// Adds numbers for as long as it may, and lets other tasks go on meanwhile.
pub async fn sum(numbers: impl Iterator<Item = u64>, until: Instant) -> u64 {
    let mut sum = 0_u64;
    for number in numbers {
        if anyrt::time::now() >= until {
            break;
        }
        sum = sum.wrapping_add(number);
        anyrt::task::consume_budget().await;
    }
    sum
}

/// Starts a runtime for tests: with the threads of these, and a name by which to find it.
///
/// # Errors
/// Those of [`Launch::start`].
pub fn start_for_tests<R: Launch>() -> io::Result<R> {
    R::start(&Config::default().current_thread().thread_name("tests"))
}
