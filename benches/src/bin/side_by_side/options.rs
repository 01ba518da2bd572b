//! The options of the program.

pub(crate) const HELP: &str = "\
Measures the native runtime against tokio's multi-thread runtime, side by side, and prints a table.

    cargo run --release -p anyrt-bench --bin side_by_side -- [OPTIONS]

    --only NAME     only workloads whose name contains NAME; may be repeated
    --rounds N      rounds of each workload on each runtime; 15 without this, 5 with --quick
    --quick         shorter rounds, and fewer leaves, connections and timers
    --list          print the names of the workloads, and measure nothing
    --alone NAME    run `native` or `tokio` only, for profilers
    --calls N       call each workload N times in a round, instead of filling a time; with
                    `--rounds 1`, for tools that count
    --help          print this

Needs about 2100 open files (`ulimit -n 4096`), and on a machine with more than two processors
compares better under `taskset -c 0,1`.";

/// What the program is to do.
#[derive(Debug)]
pub(crate) enum Order {
    Run(Options),
    Help,
    /// Print what a parked task takes on the runtime of that name. The program calls itself for that.
    Resident(String),
}

#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) rounds: Option<usize>,
    pub(crate) calls: Option<usize>,
    pub(crate) quick: bool,
    pub(crate) list: bool,
    pub(crate) alone: Option<String>,
    only: Vec<String>,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Order, String> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("`{argument}` wants a value"));
            match argument.as_str() {
                "--only" => options.only.push(value()?.to_lowercase()),
                "--rounds" => options.rounds = Some(number(&value()?)?),
                "--calls" => options.calls = Some(number(&value()?)?),
                "--quick" => options.quick = true,
                "--list" => options.list = true,
                "--alone" => options.alone = Some(name(value()?)?),
                "--resident" => return Ok(Order::Resident(name(value()?)?)),
                "--help" | "-h" => return Ok(Order::Help),
                _ => return Err(format!("there is no option `{argument}`")),
            }
        }
        Ok(Order::Run(options))
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.to_lowercase().contains(only))
    }
}

fn number(value: &str) -> Result<usize, String> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or(format!("`{value}` is no number above zero"))
}

fn name(value: String) -> Result<String, String> {
    let is_known = ["native", "tokio"].contains(&value.as_str());
    if is_known { Ok(value) } else { Err(format!("`{value}` is neither `native` nor `tokio`")) }
}
