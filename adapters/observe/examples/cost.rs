//! What it costs to observe a program: the processor's time for a poll and for an echo, with [`Tasks`] installed and without.
//!
//! `cargo run --release -p anyrt-observe --example cost -- 15` does each fifteen times on each runtime, with and without by turns. Each
//! time is in a process of its own, for what is installed stays. It prints medians.
#![forbid(unsafe_code)]

use std::env;
use std::error::Error;
use std::future::Future;
use std::process::Command;
use std::time::Duration;

use anyrt::net::{TcpListener, TcpStream};
use anyrt::task::yield_now;
use anyrt_observe::Tasks;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const POLLS: u32 = 500_000;
const CONNECTIONS: u32 = 64;
const ECHOES: u32 = 300;

const WORKLOADS: [&str; 2] = ["poll", "echo"];
const WAYS: [&str; 2] = ["without", "with"];

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &*arguments {
        [backend, workload, way] => {
            let _tasks = (way == WAYS[1]).then(Tasks::install);
            println!("{}", measure(backend, workload)?);
        }
        [rounds] => compare(rounds.parse()?)?,
        _ => compare(9)?,
    }
    Ok(())
}

/// Nanoseconds of the processor's time for one, in this process.
fn measure(backend: &str, workload: &str) -> Result<f64> {
    let builder = anyrt::Builder::new().backend(backend);
    // async-std has one runtime, which takes no options.
    let runtime = builder.clone().worker_threads(2).build().or_else(|_| builder.build())?;
    runtime.block_on(async {
        match workload {
            "poll" => timed(POLLS, yields).await,
            _ => timed(CONNECTIONS * ECHOES, echoes).await,
        }
    })
}

/// What each of `count` takes when they are done for the second time.
async fn timed<F>(count: u32, work: fn() -> F) -> Result<f64>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    anyrt::spawn(work()).await??;
    let before = processor_time();
    anyrt::spawn(work()).await??;
    Ok((processor_time() - before).as_nanos() as f64 / f64::from(count))
}

async fn yields() -> Result<()> {
    for _ in 0..POLLS {
        yield_now().await;
    }
    Ok(())
}

/// The clients and their server, a task for each end of a connection.
async fn echoes() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let client = TcpStream::connect(address).await?;
        let (server, _) = listener.accept().await?;
        anyrt::spawn(serve(server));
        clients.push(anyrt::spawn(ask(client)));
    }
    for client in clients {
        client.await??;
    }
    Ok(())
}

async fn serve(stream: TcpStream) -> Result<()> {
    let mut byte = [0];
    while stream.read(&mut byte).await? > 0 {
        stream.write_all(&byte).await?;
    }
    Ok(())
}

async fn ask(stream: TcpStream) -> Result<()> {
    for _ in 0..ECHOES {
        stream.write_all(&[7]).await?;
        stream.read_exact(&mut [0]).await?;
    }
    Ok(())
}

/// Of all threads of this process.
#[cfg(unix)]
fn processor_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Elsewhere the time that passes.
#[cfg(not(unix))]
fn processor_time() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

fn compare(rounds: usize) -> Result<()> {
    for backend in anyrt::selection()?.compiled() {
        for workload in WORKLOADS {
            let mut costs = [Vec::new(), Vec::new()];
            for round in 0..rounds {
                // Each is before the other as often as after it.
                for way in [round % 2, 1 - round % 2] {
                    costs[way].push(in_a_process([backend, workload, WAYS[way]])?);
                }
            }
            let mut ratios: Vec<_> = costs[0].iter().zip(&costs[1]).map(|(a, b)| b / a).collect();
            let [without, with] = costs.each_mut().map(|costs| median(costs));
            let ratio = median(&mut ratios);
            println!(
                "{backend:10} {workload}: {without:8.1} ns, observed {with:8.1} ns ({ratio:.3})"
            );
        }
    }
    Ok(())
}

fn in_a_process(arguments: [&str; 3]) -> Result<f64> {
    let output = Command::new(env::current_exe()?).args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
