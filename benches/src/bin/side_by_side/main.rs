//! Measures runtimes side by side: the native one, its peers, and anyrt on several of them.
//!
//!     cargo run --release -p anyrt-bench --bin side_by_side -- --quick
//!     cargo run --release -p anyrt-bench --bin side_by_side -- --only echo --rounds 41 --html report.html
//!
//! `--help` says what else there is. Each workload is written once, generic over a small trait, and runs on each runtime by its own
//! functions; two workers each. Each runtime is a process of its own, started for the one workload. Rounds take turns, so that
//! whatever else the machine does at the time falls on all, and what is compared are ratios of rounds that followed each other: above 1
//! says that a runtime is faster than tokio. The figures themselves say little, unless the machine is quiet. Nothing fails if a
//! goal is missed.
//!
//! `workloads.rs` lists the workloads and their goals. How they are measured is in the library: `race.rs`, `measure.rs` and
//! `statistics.rs`.

mod alone;
mod checks;
mod markdown;
mod options;
mod page;
mod verdict;
mod workloads;

use std::fs::File;
use std::io::Write;
use std::process::ExitCode;

use anyrt_bench::arguments::exit_code;
use anyrt_bench::race::{self, race};
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
        Order::List(chosen) => chosen.iter().for_each(|workload| println!("{}", workload.name)),
        Order::Alone(peer, options) => alone::measure(peer, &options),
        Order::Report(options) => return report(&options),
    }
    Ok(())
}

fn report(options: &Options) -> Result<(), String> {
    // Before the first row, as nobody wants to wait for the last to hear that it can't be written.
    let page = options.html.as_ref().map(File::create).transpose();
    let page = page.map_err(|error| format!("the page: {error}"))?;
    let description = options.description();
    let mut rows = Vec::new();
    markdown::begin(&description);
    for (n, workload) in options.chosen.iter().enumerate() {
        eprintln!("{} of {}: {}", n + 1, options.chosen.len(), workload.name);
        let row = race(workload, &options.peers, options.size(), options.effort);
        markdown::row(&row);
        rows.push(row);
    }
    markdown::end(&rows, &options.peers);
    options.sections.iter().for_each(|section| println!("\n{section}"));
    let Some(mut page) = page else { return Ok(()) };
    let html = page::page(&rows, &options.peers, &description, &options.sections);
    page.write_all(html.as_bytes()).map_err(|error| format!("the page: {error}"))
}
