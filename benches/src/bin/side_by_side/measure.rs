//! Rounds that take turns, their medians, and the table.

use std::io::{self, Write};
use std::time::Duration;

use anyrt_bench::measure::{Size, Subject};

use crate::options::Options;

/// How long a round takes at least; a workload is repeated until then.
const ROUND: Duration = Duration::from_millis(40);
const QUICK_ROUND: Duration = Duration::from_millis(8);

/// What is measured, and on which scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds,
    /// Measured once: it is the same each time.
    Bytes,
}

/// One row of the table.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    /// The ratio to be reached; `None` where there is nothing but curiosity.
    pub(crate) goal: Option<f64>,
    pub(crate) native: fn(Size) -> Subject,
    pub(crate) tokio: fn(Size) -> Subject,
}

/// How much is done for one row.
struct Effort {
    rounds: usize,
    /// How long each of them takes at least,
    round: Duration,
    /// unless it is given how often the workload is to be called.
    calls: Option<usize>,
}

impl Effort {
    fn repetitions(&self, subject: &mut Subject) -> usize {
        self.calls.unwrap_or_else(|| subject.repetitions(self.round))
    }
}

/// Writes the table, row by row.
pub(crate) struct Report<'o> {
    options: &'o Options,
    rounds: usize,
}

impl<'o> Report<'o> {
    pub(crate) fn begin(options: &'o Options) -> Self {
        let rounds = options.rounds.unwrap_or(if options.quick { 5 } else { 15 });
        if options.alone.is_none() {
            println!("| workload | native | tokio | ratio | half of the rounds | goal | |");
            println!("|---|---:|---:|---:|---:|---:|---|");
        }
        Self { options, rounds }
    }

    pub(crate) fn row(&self, workload: &Workload) {
        let size = Size { quick: self.options.quick, workers: 2 };
        match self.options.alone.as_deref() {
            Some(name) => {
                let subject = if name == "native" { workload.native } else { workload.tokio };
                let cost = median(&mut self.alone(workload.unit, subject(size)));
                println!("{}: {}", workload.name, format(cost, workload.unit));
            }
            None => {
                let (native, tokio) = self.in_turn(workload, size);
                print_row(workload, &native, &tokio);
            }
        }
        // So that a reader of a pipe sees the rows as they come. If it is gone, so be it.
        let _ = io::stdout().flush();
    }

    fn alone(&self, unit: Unit, mut subject: Subject) -> Vec<f64> {
        let effort = self.effort(unit);
        let repetitions = effort.repetitions(&mut subject);
        (0..effort.rounds).map(|_| subject.round(repetitions).value).collect()
    }

    fn in_turn(&self, workload: &Workload, size: Size) -> (Vec<f64>, Vec<f64>) {
        let effort = self.effort(workload.unit);
        let mut native = (workload.native)(size);
        let mut tokio = (workload.tokio)(size);
        let native_repetitions = effort.repetitions(&mut native);
        let tokio_repetitions = effort.repetitions(&mut tokio);
        let (mut native_costs, mut tokio_costs) = (Vec::new(), Vec::new());
        for round in 0..effort.rounds {
            // Each of them goes first in every other round.
            if round % 2 == 0 {
                native_costs.push(native.round(native_repetitions).value);
                tokio_costs.push(tokio.round(tokio_repetitions).value);
            } else {
                tokio_costs.push(tokio.round(tokio_repetitions).value);
                native_costs.push(native.round(native_repetitions).value);
            }
        }
        (native_costs, tokio_costs)
    }

    fn effort(&self, unit: Unit) -> Effort {
        let round = if self.options.quick { QUICK_ROUND } else { ROUND };
        match unit {
            Unit::Bytes => Effort { rounds: 1, round, calls: Some(1) },
            Unit::Nanoseconds => Effort { rounds: self.rounds, round, calls: self.options.calls },
        }
    }
}

fn print_row(workload: &Workload, native: &[f64], tokio: &[f64]) {
    let ratio = median(&mut tokio.to_vec()) / median(&mut native.to_vec());
    let mut ratios: Vec<_> =
        native.iter().zip(tokio).map(|(native, tokio)| tokio / native).collect();
    ratios.sort_by(f64::total_cmp);
    let (low, high) = (ratios[ratios.len() / 4], ratios[ratios.len() * 3 / 4]);
    let verdict = match workload.goal {
        _ if ratio < 1.0 => "**slower**",
        Some(goal) if ratio < goal => "below",
        _ => "",
    };
    println!(
        "| {} | {} | {} | {ratio:.2} | {low:.2} to {high:.2} | {} | {verdict} |",
        workload.name,
        format(median(&mut native.to_vec()), workload.unit),
        format(median(&mut tokio.to_vec()), workload.unit),
        workload.goal.map_or(String::new(), |goal| goal.to_string()),
    );
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 0 { (values[middle - 1] + values[middle]) / 2.0 } else { values[middle] }
}

fn format(cost: f64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => format!("{cost:.0} B"),
        Unit::Nanoseconds if cost < 1e3 => format!("{cost:.1} ns"),
        Unit::Nanoseconds if cost < 1e6 => format!("{:.2} us", cost / 1e3),
        Unit::Nanoseconds => format!("{:.2} ms", cost / 1e6),
    }
}
