//! Measures the native runtime against tokio's multi-thread runtime, side by side.
//!
//!     cargo run --release -p anyrt-bench --bin side_by_side -- --quick
//!     cargo run --release -p anyrt-bench --bin side_by_side -- --only echo --rounds 41
//!
//! `--help` says what else there is. Each workload is written once, generic over a small trait, and
//! runs on both runtimes by their own functions, without anyrt's facade; two workers each. Rounds take
//! turns, so that whatever else the machine does at the time falls on both, and the medians are compared: a
//! ratio above 1 says that the native runtime is faster. The figures themselves say little, unless the
//! machine is quiet. Nothing fails if a goal is missed.
//!
//! `workloads.rs` lists the workloads and their goals, `measure.rs` says how they are measured.

mod measure;
mod options;
mod workloads;

use std::process::ExitCode;

use measure::Report;
use options::{Options, Order};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Order::Help) => {
            println!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Ok(Order::Resident(runtime)) => {
            workloads::report_resident(&runtime);
            return ExitCode::SUCCESS;
        }
        Ok(Order::Run(options)) => options,
        Err(what) => {
            eprintln!("{what}\n\n{}", options::HELP);
            return ExitCode::FAILURE;
        }
    };
    let workloads = workloads::all();
    let chosen: Vec<_> = workloads.iter().filter(|workload| options.wants(workload.name)).collect();
    if chosen.is_empty() {
        eprintln!("no workload has such a name: `--list` shows them");
        return ExitCode::FAILURE;
    }
    if options.list {
        chosen.iter().for_each(|workload| println!("{}", workload.name));
        return ExitCode::SUCCESS;
    }
    let report = Report::begin(&options);
    for workload in chosen {
        report.row(workload);
    }
    ExitCode::SUCCESS
}
