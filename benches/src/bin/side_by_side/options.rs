//! The options of the program.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyrt_bench::arguments::{choose, number};
use anyrt_bench::measure::Size;
use anyrt_bench::peer::Peer;
use anyrt_bench::race::Effort;
use anyrt_bench::system;
use anyrt_bench::workload::Workload;

use crate::slowdown;
use crate::workloads::{self, CRATES};

pub(crate) const HELP: &str = "\
Measures runtimes side by side, and prints tables in Markdown.

    cargo run --release -p anyrt-bench --bin side_by_side -- [OPTIONS]

    --only NAME     only workloads whose name contains NAME; may be repeated
    --peers LIST    only these and tokio, such as native,smol
    --rounds N      rounds of each workload on each runtime; 15 without this, 7 with --quick
    --quick         shorter rounds, and fewer leaves, connections and timers: less than two minutes in all
    --check         see whether a tenth more work shows: the native runtime beside itself, and beside itself with a
                    tenth more to do; fails if not. Takes some seconds
    --html FILE     write the report as a page, too
    --include FILE  put what FILE has into the report, such as the tables of benches/layers and benches/build-cost;
                    may be repeated
    --list          print the names of the workloads, and measure nothing
    --alone NAME    run one runtime only, in this process, for profilers
    --calls N       call each workload N times in a round, instead of filling a time; with
                    `--rounds 1`, for tools that count
    --help          print this

The runtimes have two workers. On a machine with more processors, run it under `taskset -c 0,1`: smolscale takes part only there.";

/// How long a round takes at least; a workload is repeated until then.
const ROUND: Duration = Duration::from_millis(60);
const QUICK_ROUND: Duration = Duration::from_millis(10);

const WORKERS: usize = 2;

/// What the program is to do.
#[derive(Debug)]
pub(crate) enum Order {
    Report(Options),
    /// Whether a tenth more work shows.
    Check(Options),
    Alone(Peer, Options),
    List(Vec<&'static Workload>),
    Help,
}

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) chosen: Vec<&'static Workload>,
    pub(crate) peers: Vec<Peer>,
    pub(crate) effort: Effort,
    pub(crate) html: Option<PathBuf>,
    /// In Markdown.
    pub(crate) sections: Vec<String>,
    quick: bool,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Order, String> {
        let (mut only, mut peers, mut alone) = (Vec::new(), Peer::ALL.to_vec(), None);
        peers.retain(|peer| !Peer::OF_CHECKS.contains(peer));
        let (mut html, mut sections) = (None, Vec::new());
        let (mut rounds, mut calls) = (None, None);
        let (mut quick, mut list, mut check) = (false, false, false);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("`{argument}` wants a value"));
            match argument.as_str() {
                "--only" => only.push(value()?),
                "--peers" => peers = named(&value()?)?,
                "--rounds" => rounds = Some(number(&value()?)?),
                "--calls" => calls = Some(number(&value()?)?),
                "--quick" => quick = true,
                "--html" => html = Some(PathBuf::from(value()?)),
                "--include" => sections.push(contents(&value()?)?),
                "--list" => list = true,
                "--check" => check = true,
                "--alone" => alone = Some(Peer::named(&value()?)?),
                "--help" | "-h" => return Ok(Order::Help),
                _ => return Err(format!("there is no option `{argument}`\n\n{HELP}")),
            }
        }
        let mut chosen = choose(workloads::ALL, &only)?;
        if check {
            chosen.retain(|workload| slowdown::can_be_slowed(workload));
            if chosen.is_empty() {
                return Err("none of these workloads has a variant with more to do".to_owned());
            }
        }
        if list {
            return Ok(Order::List(chosen));
        }
        if system::processors() != WORKERS {
            eprintln!("smolscale is left out: it has a worker for each processor");
            peers.retain(|peer| *peer != Peer::Smolscale);
        }
        let (default, round) = if quick { (7, QUICK_ROUND) } else { (15, ROUND) };
        let effort = Effort { rounds: rounds.unwrap_or(default), round, calls };
        let options = Self { chosen, peers, effort, html, sections, quick };
        Ok(match alone {
            Some(peer) => Order::Alone(peer, options),
            None if check => Order::Check(options),
            None => Order::Report(options),
        })
    }

    /// Where and how it is measured, as lines of text.
    pub(crate) fn description(&self) -> Vec<String> {
        let Effort { rounds, round, calls } = self.effort;
        let effort = match calls {
            Some(calls) => format!("{calls} calls each"),
            None => format!("{} ms each", round.as_millis()),
        };
        let quick = if self.quick { ", quick" } else { "" };
        let mut lines = system::description(CRATES).to_vec();
        lines.push(format!("{WORKERS} workers, {rounds} rounds of {effort}{quick}"));
        lines
    }

    pub(crate) fn size(&self) -> Size {
        Size { quick: self.quick, workers: WORKERS }
    }
}

/// In the order of the tables, with the one that all are compared with.
fn named(list: &str) -> Result<Vec<Peer>, String> {
    let named: Vec<_> = list.split(',').map(Peer::named).collect::<Result<_, _>>()?;
    let is_wanted = |peer: &Peer| *peer == Peer::REFERENCE || named.contains(peer);
    Ok(Peer::ALL.into_iter().filter(is_wanted).collect())
}

fn contents(file: &str) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}
