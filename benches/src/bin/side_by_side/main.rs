//! Measures runtimes side by side: the native one, its peers, and anyrt on several of them.
//!
//!     cargo run --release -p anyrt-bench --bin side_by_side -- --quick
//!     cargo run --release -p anyrt-bench --bin side_by_side -- --only echo --rounds 41 --html report.html
//!     cargo run --release -p anyrt-bench --bin side_by_side -- --check
//!
//! `--help` says what else there is. Each workload is written once, generic over a small trait, and runs on each runtime by its own
//! functions; two workers each. Each runtime is a process of its own, started for the one workload. Rounds take turns, so that
//! whatever else the machine does at the time falls on all, and what is compared are ratios of rounds that followed each other: above 1
//! says that a runtime is faster than tokio. The figures themselves say little, unless the machine is quiet. Nothing fails if a
//! goal is missed.
//!
//! What figures are worth on this machine at this time, `--check` says: it compares the native runtime with itself, and with itself
//! where each tenth operation is done twice. If the first are not alike, or the second do not differ by a tenth, beyond what is
//! marked as noise, it fails, and so would others that are as near to each other.
//!
//! `workloads.rs` lists the workloads and their goals. How they are measured is in the library: `race.rs`, `measure.rs` and
//! `statistics.rs`.

mod alone;
mod checks;
mod markdown;
mod options;
mod page;
mod slowdown;
mod verdict;
mod workloads;

use std::fs::File;
use std::io::Write;
use std::process::ExitCode;

use anyrt_bench::arguments::exit_code;
use anyrt_bench::peer::Peer;
use anyrt_bench::race::{self, race};
use anyrt_bench::row::Row;
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
        Order::Check(options) => return check(&options),
        Order::Report(options) => return report(&options),
    }
    Ok(())
}

fn report(options: &Options) -> Result<(), String> {
    // Before the first row, as nobody wants to wait for the last to hear that it can't be written.
    let page = options.html.as_ref().map(File::create).transpose();
    let page = page.map_err(|error| format!("the page: {error}"))?;
    let description = options.description();
    markdown::begin(&description);
    let rows = measure(options, &options.peers, markdown::row);
    markdown::end(&rows, &options.peers);
    options.sections.iter().for_each(|section| println!("\n{section}"));
    let Some(mut page) = page else { return Ok(()) };
    let html = page::page(&rows, &options.peers, &description, &options.sections);
    page.write_all(html.as_bytes()).map_err(|error| format!("the page: {error}"))
}

fn check(options: &Options) -> Result<(), String> {
    options.description().iter().for_each(|line| println!("{line}  "));
    let rows = measure(options, &slowdown::PEERS, |_| ());
    let (lines, verdict) = slowdown::table(&rows);
    println!();
    lines.iter().for_each(|line| println!("{line}"));
    verdict
}

/// The rows of the workloads that are chosen, each shown as soon as it is there.
fn measure(options: &Options, peers: &[Peer], show: impl Fn(&Row)) -> Vec<Row> {
    let workloads = options.chosen.iter().enumerate().map(|(n, workload)| {
        eprintln!("{} of {}: {}", n + 1, options.chosen.len(), workload.name);
        let row = race(workload, peers, options.size(), options.effort);
        show(&row);
        row
    });
    workloads.collect()
}
