//! What a transfer over QUIC takes on each backend, and on quinn's own runtime for tokio.
//!
//! `cargo run --release -p anyrt-quinn --example quic_throughput -- 256 9` sends 256 MiB nine times on each, in
//! turns, and prints the medians. Each runtime has two workers.
#![forbid(unsafe_code)]

use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use quinn::{Connection, TransportConfig, VarInt};
use rustix::time::{ClockId, clock_gettime};

#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../tests/quic/endpoints.rs"]
mod endpoints;

use endpoints::Pair;

fn main() {
    let mut arguments = env::args().skip(1).map(|it| it.parse().expect("a number"));
    let mebibytes: usize = arguments.next().unwrap_or(64);
    let times: usize = arguments.next().unwrap_or(5);

    let ours = anyrt::selection().unwrap().compiled().iter();
    let mut results: Vec<_> = ours.map(|name| (*name, Vec::new())).collect();
    let mut theirs = Vec::new();
    for time in 0..times {
        // Each is before the others as often as after them.
        let is_forth = time % 2 == 0;
        if is_forth {
            theirs.push(on_tokio(mebibytes));
        }
        results.reverse();
        for (name, of_name) in &mut results {
            of_name.push(on_anyrt(name, mebibytes));
        }
        if !is_forth {
            theirs.push(on_tokio(mebibytes));
        }
    }
    let theirs = Median::of(&mut theirs);
    println!("{:24}{:>8}  {:>12}", "", "MiB/s", "CPU ms/MiB");
    println!("{:24}{theirs}", "quinn's own on tokio");
    for (name, mut of_name) in results {
        let median = Median::of(&mut of_name);
        let ratio = median.speed / theirs.speed;
        println!("{:24}{median}  {ratio:.2} of quinn's own", format!("anyrt on {name}"));
    }
}

fn on_tokio(mebibytes: usize) -> Taken {
    let builder = &mut tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().unwrap();
    let _inside = runtime.enter();
    runtime.block_on(transfer(Arc::new(quinn::TokioRuntime), mebibytes))
}

fn on_anyrt(backend: &str, mebibytes: usize) -> Taken {
    let builder = anyrt::Builder::new().backend(backend);
    // async-std has one runtime, which takes no options.
    let runtime = builder.clone().worker_threads(2).build().or_else(|_| builder.build()).unwrap();
    let handle = runtime.handle().clone();
    runtime.block_on(transfer(Arc::new(anyrt_quinn::Runtime::new(handle)), mebibytes))
}

/// What a transfer has taken.
struct Taken {
    mebibytes: usize,
    time: Duration,
    cpu: Duration,
}

/// From one endpoint to another, each part of it a task.
async fn transfer(runtime: Arc<dyn quinn::Runtime>, mebibytes: usize) -> Taken {
    let pair = Pair::on(&runtime, &runtime, TransportConfig::default());
    let (client, server) = pair.connect().await;
    let (start, cpu_before) = (Instant::now(), cpu());
    let (done, received) = oneshot::channel();
    runtime.spawn(Box::pin(async move {
        let _ = done.send(receive(&server).await);
    }));
    let (done, sent) = oneshot::channel();
    runtime.spawn(Box::pin(async move {
        send(&client, mebibytes << 20).await;
        let _ = done.send(client);
    }));
    assert_eq!(received.await.unwrap(), mebibytes << 20);
    let taken = Taken { mebibytes, time: start.elapsed(), cpu: cpu() - cpu_before };
    sent.await.unwrap().close(VarInt::from_u32(0), b"");
    pair.client.wait_idle().await;
    taken
}

async fn receive(connection: &Connection) -> usize {
    let mut stream = connection.accept_uni().await.unwrap();
    let mut seen = 0;
    while let Some(chunk) = stream.read_chunk(usize::MAX, false).await.unwrap() {
        seen += chunk.bytes.len();
    }
    seen
}

async fn send(connection: &Connection, length: usize) {
    let block = bytes::Bytes::from(vec![0; 1 << 20]);
    let mut stream = connection.open_uni().await.unwrap();
    for _ in 0..length / block.len() {
        stream.write_chunk(block.clone()).await.unwrap();
    }
    stream.finish().unwrap();
    assert_eq!(stream.stopped().await.unwrap(), None);
}

fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap()
}

/// The middle of several transfers.
struct Median {
    /// In MiB/s.
    speed: f64,
    /// In milliseconds for a MiB.
    cpu: f64,
}

impl Median {
    fn of(taken: &mut [Taken]) -> Self {
        let middle = taken.len() / 2;
        taken.sort_by_key(|it| it.time);
        let speed = taken[middle].mebibytes as f64 / taken[middle].time.as_secs_f64();
        taken.sort_by_key(|it| it.cpu);
        let cpu = 1000.0 * taken[middle].cpu.as_secs_f64() / taken[middle].mebibytes as f64;
        Self { speed, cpu }
    }
}

impl std::fmt::Display for Median {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:8.1}  {:12.2}", self.speed, self.cpu)
    }
}
