//! Measures how the native runtime and tokio's scale with the number of their workers.
//!
//!     cargo run --release -p anyrt-bench --bin scaling -- --quick
//!     cargo run --release -p anyrt-bench --bin scaling -- --only echo --workers 1,4,16
//!
//! `--help` says what else there is. It prints a table for each workload: throughput by number of workers, what each runtime gains
//! over the least of these numbers, and how much of the processors it takes. Each runtime with each number of workers
//! is a process of its own for each workload, and the rounds of both take turns. What is printed are medians, and the quartiles of the ratio.
//!
//! The executable can be carried to another machine: it needs Linux, and nothing else. `workloads.rs` lists what is measured,
//! `race.rs` in the library says how.

mod options;
mod table;
mod workloads;

use std::io::{self, Write};
use std::process::ExitCode;

use anyrt_bench::arguments::exit_code;
use anyrt_bench::measure::Size;
use anyrt_bench::race::{self, race};
use anyrt_bench::system;
use options::{Options, Order};

fn main() -> ExitCode {
    exit_code(run())
}

fn run() -> Result<(), String> {
    if race::take_part(workloads::ALL)? {
        return Ok(());
    }
    match Options::parse(std::env::args().skip(1))? {
        Order::Help => println!("{}", options::HELP),
        Order::List => workloads::ALL.iter().for_each(|workload| println!("{}", workload.name)),
        Order::Report(options) => report(&options),
    }
    Ok(())
}

fn report(options: &Options) {
    for line in system::description(&["tokio"]) {
        println!("{line}  ");
    }
    let mut summary = table::Summary::new(&options.workers);
    for workload in &options.chosen {
        let mut rows = Vec::new();
        for &workers in &options.workers {
            eprintln!("{}, workers: {workers}", workload.name);
            let size = Size { quick: options.quick, workers };
            rows.push((workers, race(workload, &table::PEERS, size, options.effort)));
        }
        table::print(workload.name, &rows);
        summary.add(workload.name, &rows);
        // So that a reader of a pipe sees the tables as they come. If it is gone, so be it.
        let _ = io::stdout().flush();
    }
    summary.print();
}
