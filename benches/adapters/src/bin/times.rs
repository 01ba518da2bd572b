//! How long the adapters take, and what of the processors, beside what the foreign crates bring along.
//!
//! `cargo run --release --manifest-path benches/adapters/Cargo.toml --bin times -- 31` does 31 rounds, in each of which all do the same
//! by turns, and prints the medians of the ratios of each round, with their middle half. Above 1 the adapter is faster, or
//! takes less of the processors. Another argument is the one adapter that is measured.
#![forbid(unsafe_code)]

use std::env;
use std::time::{Duration, Instant};

use anyrt_bench_adapters::{Contestant, Row, rows};
use rustix::time::{ClockId, clock_gettime};

/// What a contestant's turn is to take.
const TURN: Duration = Duration::from_millis(50);

fn main() {
    let rounds =
        env::args().nth(1).map_or(15, |rounds| rounds.parse().expect("a number of rounds"));
    let only = env::args().nth(2);
    println!("| adapter | beside | on | time | CPU |\n|---|---|---|---|---|");
    for mut row in rows::all() {
        if only.as_ref().is_none_or(|only| only == row.name) {
            measure(&mut row, rounds);
        }
    }
}

fn measure(row: &mut Row, rounds: usize) {
    let operations = operations_in_a_turn(&mut row.theirs);
    eprintln!("{}: {operations} times {}", row.name, row.operation);
    let mut ratios = vec![(Vec::new(), Vec::new()); row.ours.len()];
    for round in 0..rounds {
        // Each is before the others as often as after them.
        let is_forth = round % 2 == 0;
        let before = is_forth.then(|| Taken::by(&mut row.theirs, operations));
        let each = row.ours.iter_mut().map(|ours| Taken::by(ours, operations));
        let each: Vec<_> = each.collect();
        let theirs = before.unwrap_or_else(|| Taken::by(&mut row.theirs, operations));
        for ((times, cpus), ours) in ratios.iter_mut().zip(each) {
            times.push(theirs.time.as_secs_f64() / ours.time.as_secs_f64());
            cpus.push(theirs.cpu.as_secs_f64() / ours.cpu.as_secs_f64());
        }
    }
    for (ours, (times, cpus)) in row.ours.iter().zip(&mut ratios) {
        let (name, theirs) = (row.name, &row.theirs.name);
        println!("| {name} | {theirs} | {} | {} | {} |", ours.name, middle(times), middle(cpus));
    }
}

/// As many as take about a turn, once everything is warm.
fn operations_in_a_turn(contestant: &mut Contestant) -> usize {
    let mut operations = 16;
    loop {
        let taken = Taken::by(contestant, operations);
        if taken.time >= TURN {
            return operations;
        }
        operations *= 2;
    }
}

/// The median, and the middle half.
fn middle(ratios: &mut [f64]) -> String {
    ratios.sort_by(f64::total_cmp);
    let at = |part: f64| ratios[((ratios.len() - 1) as f64 * part).round() as usize];
    format!("{:.2} ({:.2} to {:.2})", at(0.5), at(0.25), at(0.75))
}

struct Taken {
    time: Duration,
    cpu: Duration,
}

impl Taken {
    fn by(contestant: &mut Contestant, operations: usize) -> Self {
        let (start, cpu_before) = (Instant::now(), cpu());
        contestant.run(operations);
        Self { time: start.elapsed(), cpu: cpu() - cpu_before }
    }
}

fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap()
}
