//! Programs that load a server, each in a process of its own.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
pub enum Load {
    Wrk,
    RedisBenchmark,
}

pub struct Served {
    pub requests: f64,
    /// In each second.
    pub rate: f64,
}

impl Load {
    /// At least for the time.
    pub fn run(self, server: SocketAddr, connections: usize, time: Duration) -> Served {
        match self {
            Self::Wrk => wrk(server, connections, time),
            Self::RedisBenchmark => redis_benchmark(server, connections, time),
        }
    }
}

fn output(command: &mut Command) -> String {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

fn wrk(server: SocketAddr, connections: usize, time: Duration) -> Served {
    let threads = connections.min(2);
    let text = output(Command::new("wrk").args([
        format!("--threads={threads}"),
        format!("--connections={connections}"),
        format!("--duration={}s", time.as_secs()),
        format!("http://{server}/"),
    ]));
    assert!(!text.contains("Non-2xx"), "{text}");
    // "Requests/sec: 1234.56", and before it "1234 requests in 3.00s, ..".
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    let requests = text.lines().find_map(|line| line.split_once(" requests in"));
    let number = |text: &str| text.trim().parse().expect("a number");
    Served { requests: number(requests.expect("a count").0), rate: number(rate.expect("a rate")) }
}

/// As many processes as wrk has threads: redis-benchmark works in one, and where that is never idle, what it pays to wake
/// the server is measured. Runs of a fixed size, until the time is over: the program has no other measure.
fn redis_benchmark(server: SocketAddr, connections: usize, time: Duration) -> Served {
    let processes = connections.min(2);
    let all: Vec<_> = thread::scope(|scope| {
        let work = || redis_benchmark_process(server, connections / processes, time);
        let threads: Vec<_> = (0..processes).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("figures")).collect()
    });
    Served {
        requests: all.iter().map(|one| one.requests).sum(),
        rate: all.iter().map(|one| one.rate).sum(),
    }
}

fn redis_benchmark_process(server: SocketAddr, connections: usize, time: Duration) -> Served {
    // Connecting is counted as well, and is to be little of it.
    let requests = if connections == 1 { 20_000 } else { 100_000 };
    let (start, mut runs) = (Instant::now(), Vec::new());
    while start.elapsed() < time {
        let text = output(Command::new("redis-benchmark").args([
            "-h",
            &server.ip().to_string(),
            "-p",
            &server.port().to_string(),
            "-c",
            &connections.to_string(),
            "-n",
            &requests.to_string(),
            "-t",
            "set,get",
            "--csv",
        ]));
        // A title, and for each command: "SET","12345.67",..
        runs.extend(text.lines().skip(1).map(|line| {
            let rate = line.split(',').nth(1).expect("a rate");
            rate.trim_matches('"').parse::<f64>().expect("a number")
        }));
    }
    assert!(!runs.is_empty(), "redis-benchmark has told nothing");
    Served {
        requests: runs.len() as f64 * f64::from(requests),
        rate: runs.iter().sum::<f64>() / runs.len() as f64,
    }
}
