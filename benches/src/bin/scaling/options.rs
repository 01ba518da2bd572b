//! The options of the program.

use std::iter;
use std::time::Duration;

use anyrt_bench::arguments::{choose, number};
use anyrt_bench::race::Effort;
use anyrt_bench::system;
use anyrt_bench::workload::Workload;

use crate::workloads;

pub(crate) const HELP: &str = "\
Measures how the native runtime and tokio's scale with their workers, and prints tables in Markdown.

    cargo run --release -p anyrt-bench --bin scaling -- [OPTIONS]

    --workers LIST  numbers of workers, such as 1,2,4; without this 1, 2, 4, .. as many as there are processors
    --only NAME     only workloads whose name contains NAME; may be repeated
    --rounds N      rounds of each workload on each runtime; 15 without this, 5 with --quick
    --quick         shorter rounds: less than two minutes in all, also with 16 workers
    --list          print the names of the workloads, and measure nothing
    --help          print this

Threads outside, of which two workloads have as many as there are workers, and the clients of the echo run on the same processors.";

/// How long a round takes at least; a workload is repeated until then.
const ROUND: Duration = Duration::from_millis(200);
const QUICK_ROUND: Duration = Duration::from_millis(40);

/// What the program is to do.
#[derive(Debug)]
pub(crate) enum Order {
    Report(Options),
    List,
    Help,
}

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) chosen: Vec<&'static Workload>,
    pub(crate) workers: Vec<usize>,
    pub(crate) effort: Effort,
    pub(crate) quick: bool,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Order, String> {
        let (mut workers, mut only, mut rounds, mut quick) = (None, Vec::new(), None, false);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("`{argument}` wants a value"));
            match argument.as_str() {
                "--workers" => workers = Some(numbers(&value()?)?),
                "--only" => only.push(value()?),
                "--rounds" => rounds = Some(number(&value()?)?),
                "--quick" => quick = true,
                "--list" => return Ok(Order::List),
                "--help" | "-h" => return Ok(Order::Help),
                _ => return Err(format!("there is no option `{argument}`\n\n{HELP}")),
            }
        }
        let chosen = choose(workloads::ALL, &only)?;
        let workers = workers.unwrap_or_else(|| powers_of_two(system::processors()));
        let (default, round) = if quick { (5, QUICK_ROUND) } else { (15, ROUND) };
        let effort = Effort { rounds: rounds.unwrap_or(default), round, calls: None };
        Ok(Order::Report(Self { chosen, workers, effort, quick }))
    }
}

/// Up to the most, which is the last of them.
fn powers_of_two(most: usize) -> Vec<usize> {
    let powers = iter::successors(Some(1), |power| Some(2 * power));
    powers.take_while(|power| *power < most).chain([most]).collect()
}

fn numbers(list: &str) -> Result<Vec<usize>, String> {
    list.split(',').map(number).collect()
}
