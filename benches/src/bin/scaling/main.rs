//! Measures how the native runtime and tokio's scale with the number of their workers.
//!
//!     cargo run --release -p anyrt-bench --bin scaling -- --quick
//!     cargo run --release -p anyrt-bench --bin scaling -- --only echo --workers 1,4,16
//!
//! `--help` says what else there is. It prints a table for each workload: throughput by number of workers, what each runtime gains
//! over the least of these numbers, and how much of the processors it takes. Each number of workers of each workload is a process
//! of its own, in which the rounds of both runtimes take turns. What is printed are medians, and the quartiles of the ratio.
//!
//! The executable can be carried to another machine: it needs Linux, and nothing else. `workloads.rs` lists what is measured,
//! `measurement.rs` says how.

mod measurement;
mod options;
mod table;
mod workloads;

use std::io::{self, Write};
use std::process::ExitCode;

use anyrt_bench::system;
use measurement::Measurement;
use options::{Options, Order};
use workloads::Workload;

fn main() -> ExitCode {
    let order = match Options::parse(std::env::args().skip(1)) {
        Ok(order) => order,
        Err(what) => {
            eprintln!("{what}\n\n{}", options::HELP);
            return ExitCode::FAILURE;
        }
    };
    match order {
        Order::Help => println!("{}", options::HELP),
        Order::List => workloads::ALL.iter().for_each(|workload| println!("{}", workload.name)),
        Order::Measure(measurement) => measurement.take(),
        Order::Report(options) => return report(&options),
    }
    ExitCode::SUCCESS
}

fn report(options: &Options) -> ExitCode {
    let chosen: Vec<&Workload> =
        workloads::ALL.iter().filter(|workload| options.wants(workload.name)).collect();
    if chosen.is_empty() {
        eprintln!("no workload has such a name: `--list` shows them");
        return ExitCode::FAILURE;
    }
    for line in system::description(&["tokio"]) {
        println!("{line}  ");
    }
    let mut summary = table::Summary::new(&options.workers);
    let mut is_complete = true;
    for workload in chosen {
        let mut results = Vec::new();
        for &workers in &options.workers {
            eprintln!("{}, workers: {workers}", workload.name);
            let measurement =
                Measurement { workload: workload.name, workers, effort: options.effort };
            match measurement.in_a_process() {
                Ok(rounds) => results.push((workers, rounds)),
                Err(what) => {
                    eprintln!("{}, workers: {workers}: {what}", workload.name);
                    println!("\n{} with {workers} workers is left out: {what}", workload.name);
                    is_complete = false;
                }
            }
        }
        table::print(workload.name, &results);
        summary.add(workload.name, &results);
        // So that a reader of a pipe sees the tables as they come. If it is gone, so be it.
        let _ = io::stdout().flush();
    }
    summary.print();
    if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
