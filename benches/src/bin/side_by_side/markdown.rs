//! The tables, in Markdown: for the terminal, and for notes.

use std::io::{self, Write};

use anyrt_bench::measure::Part;
use anyrt_bench::peer::Peer;
use anyrt_bench::row::Row;
use anyrt_bench::workload::Unit;

use crate::{checks, verdict};

/// Before the first row.
pub(crate) fn begin(description: &[String]) {
    for line in description {
        println!("{line}  ");
    }
    println!("\n### native beside tokio\n");
    println!(
        "| workload | native | tokio | ratio | quartiles | CPU native | CPU tokio | ratio of CPU | goal | |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---|");
}

/// As soon as it is there.
pub(crate) fn row(row: &Row) {
    let unit = row.workload.unit;
    let median = |peer, part: Part| {
        row.summary(peer, part).map_or_else(String::new, |summary| amount(summary.median, unit))
    };
    let ratio = row.ratio(Peer::Native, Peer::REFERENCE, Part::Value);
    println!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        row.workload.name,
        median(Peer::Native, Part::Value),
        median(Peer::REFERENCE, Part::Value),
        ratio.map_or_else(String::new, |ratio| format!("**{:.2}**", ratio.median)),
        ratio.map_or_else(String::new, |ratio| format!("{:.2} to {:.2}", ratio.low, ratio.high)),
        median(Peer::Native, Part::Cpu),
        median(Peer::REFERENCE, Part::Cpu),
        cell(row, Peer::Native, Peer::REFERENCE, Part::Cpu),
        goal(row),
        verdict::words(row),
    );
    // So that a reader of a pipe sees the rows as they come. If it is gone, so be it.
    let _ = io::stdout().flush();
}

/// After the last row: what else the rows say.
pub(crate) fn end(rows: &[Row], peers: &[Peer]) {
    let others: Vec<_> = peers.iter().copied().filter(|peer| *peer != Peer::REFERENCE).collect();
    let against = |peer| (peer, Peer::REFERENCE);
    let pairs: Vec<_> = others.iter().copied().map(against).collect();
    table(
        "All beside tokio: how many times as much time tokio takes, or memory",
        rows,
        &pairs,
        Part::Value,
    );
    table(
        "All beside tokio: how many times as much time of processors tokio takes",
        rows,
        &pairs,
        Part::Cpu,
    );
    let layers: Vec<_> = others.iter().filter_map(|peer| Some((*peer, peer.beneath()?))).collect();
    table(
        "anyrt beside what is beneath it: time on the wall, or memory",
        rows,
        &layers,
        Part::Value,
    );
    table("anyrt beside what is beneath it: time of processors", rows, &layers, Part::Cpu);
    println!(
        "\nA ratio says how many times as much the other takes: above 1, the one that is named is faster. It is the median of the"
    );
    println!(
        "ratios of rounds that followed each other; (~) marks noise: the quartiles lie on both sides of 1, or far apart."
    );
    for line in checks::epoll_is_the_least(rows) {
        println!("\n{line}");
    }
    for row in rows {
        for (peer, what) in row.failures() {
            println!("\n{}: {peer} is left out: {what}", row.workload.name);
        }
    }
}

fn table(title: &str, rows: &[Row], pairs: &[(Peer, Peer)], part: Part) {
    if pairs.is_empty() {
        return;
    }
    let names: String = pairs.iter().map(|(peer, _)| format!(" {peer} |")).collect();
    println!("\n### {title}\n\n| workload |{names}\n|---|{}", "---:|".repeat(pairs.len()));
    for row in
        rows.iter().filter(|row| part == Part::Value || row.workload.unit == Unit::Nanoseconds)
    {
        let cell =
            |(ours, theirs): &(Peer, Peer)| format!(" {} |", cell(row, *ours, *theirs, part));
        println!("| {} |{}", row.workload.name, pairs.iter().map(cell).collect::<String>());
    }
}

fn cell(row: &Row, ours: Peer, theirs: Peer, part: Part) -> String {
    let ratio = row.ratio(ours, theirs, part);
    ratio.map_or_else(String::new, |ratio| {
        format!("{:.2}{}", ratio.median, if ratio.is_noise() { " (~)" } else { "" })
    })
}

fn goal(row: &Row) -> String {
    row.workload.goal.map_or_else(String::new, |goal| match goal.part {
        Part::Value => goal.ratio.to_string(),
        Part::Cpu => format!("{} of CPU", goal.ratio),
    })
}

/// With its unit.
pub(crate) fn amount(amount: f64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => format!("{amount:.0} B"),
        Unit::Nanoseconds if amount < 1e3 => format!("{amount:.1} ns"),
        Unit::Nanoseconds if amount < 1e6 => format!("{:.2} us", amount / 1e3),
        Unit::Nanoseconds => format!("{:.2} ms", amount / 1e6),
    }
}
