//! Loads the servers of this package, those of one build and of another by turns, and prints how they compare.

mod load;
mod server;

use std::process::ExitCode;
use std::time::Duration;

use load::Load;
use server::Server;

const HELP: &str = "\
compare FOLDER FOLDER [--only hello|hello_loop|kv] [--connections N] [--rounds N] [--seconds N]

Runs `hello`, `hello_loop` and `kv` of both folders by turns, under the load of wrk and redis-benchmark from 1, 64 and 1000 connections.
Prints the medians of all rounds, and the median of the ratios in each round with their middle half: above 1,
the second folder's serves more requests, or has less time of processors for each. On a machine that others use too, many
short rounds tell more than a few long ones.
  --only NAME      one of them alone
  --connections N  that many alone
  --rounds N       how often each server is loaded by each number of connections (41)
  --seconds N      for how long (1)";

const SERVERS: [(&str, Load); 3] =
    [("hello", Load::Wrk), ("hello_loop", Load::Wrk), ("kv", Load::RedisBenchmark)];

struct Options {
    folders: [String; 2],
    only: Option<String>,
    connections: Vec<usize>,
    rounds: usize,
    time: Duration,
}

fn options() -> Option<Options> {
    let mut arguments = std::env::args().skip(1);
    let folders = [arguments.next()?, arguments.next()?];
    let mut options = Options {
        folders,
        only: None,
        connections: vec![1, 64, 1000],
        rounds: 41,
        time: Duration::from_secs(1),
    };
    let number = |text: String| text.parse().ok().filter(|&value| value > 0);
    while let Some(name) = arguments.next() {
        let value = arguments.next()?;
        match name.as_str() {
            "--only" if SERVERS.iter().any(|(name, _)| *name == value) => {
                options.only = Some(value)
            }
            "--connections" => options.connections = vec![number(value)?],
            "--rounds" => options.rounds = number(value)?,
            "--seconds" => options.time = Duration::from_secs(number(value)? as u64),
            _ => return None,
        }
    }
    Some(options)
}

/// What a server did under load: requests in each second, and time of processors for each request, in microseconds.
#[derive(Clone, Copy)]
struct Sample {
    rate: f64,
    cost: f64,
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!("{HELP}");
        return ExitCode::FAILURE;
    };
    println!("| server | connections | requests/s | ratio | CPU us per request | ratio |");
    println!("|---|---|---|---|---|---|");
    let is_asked = |name: &str| options.only.as_deref().is_none_or(|only| only == name);
    for (name, load) in SERVERS.into_iter().filter(|(name, _)| is_asked(name)) {
        let servers = [0, 1].map(|n| Server::start(&options.folders[n], name));
        for &connections in &options.connections {
            let run = |server: &Server| sample(server, load, connections, options.time);
            // Until both are warm.
            for server in &servers {
                run(server);
            }
            let rounds: Vec<[Sample; 2]> = (0..options.rounds)
                .map(|round| {
                    eprintln!("{name}, {connections} connections, round {}", round + 1);
                    // Whoever is first in one round is second in the next.
                    let first = round % 2;
                    let one = run(&servers[first]);
                    let other = run(&servers[1 - first]);
                    if first == 0 { [one, other] } else { [other, one] }
                })
                .collect();
            print(name, connections, &rounds);
        }
    }
    ExitCode::SUCCESS
}

fn sample(server: &Server, load: Load, connections: usize, time: Duration) -> Sample {
    let before = server.time_of_processors();
    let served = load.run(server.address, connections, time);
    let spent = server.time_of_processors() - before;
    Sample { rate: served.rate, cost: spent.as_secs_f64() * 1e6 / served.requests }
}

fn print(name: &str, connections: usize, rounds: &[[Sample; 2]]) {
    let of_all = |value: &dyn Fn(&[Sample; 2]) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
    };
    let median = |value: &dyn Fn(&[Sample; 2]) -> f64| of_all(value)[1];
    let ratio = |value: &dyn Fn(&[Sample; 2]) -> f64| {
        let [low, median, high] = of_all(value);
        format!("**{median:.2}** ({low:.2} to {high:.2})")
    };
    println!(
        "| {name} | {connections} | {:.0} / {:.0} | {} | {:.2} / {:.2} | {} |",
        median(&|[one, _]| one.rate),
        median(&|[_, other]| other.rate),
        ratio(&|[one, other]| other.rate / one.rate),
        median(&|[one, _]| one.cost),
        median(&|[_, other]| other.cost),
        ratio(&|[one, other]| one.cost / other.cost),
    );
}
