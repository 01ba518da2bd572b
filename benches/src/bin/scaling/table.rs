//! The tables, in Markdown.

use anyrt_bench::measure::Part;
use anyrt_bench::peer::Peer;
use anyrt_bench::row::Row;

/// Who takes part, with the one first that is compared with the other.
pub(crate) const PEERS: [Peer; 2] = [Peer::Native, Peer::Tokio];

/// Prints what a workload gave with each number of workers.
pub(crate) fn print(name: &str, rows: &[(usize, Row)]) {
    let Some((least, _)) = rows.first() else { return };
    println!("\n### {name}\n");
    println!(
        "| workers | native | over {least} | tokio | over {least} | native to tokio | quartiles | CPU native | CPU tokio | ratio of CPU |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (workers, row) in rows {
        let [native, tokio] = PEERS.map(|peer| {
            let rate = median(row, peer, Part::Value).map_or_else(String::new, throughput);
            format!("{rate} | {}", gain(rows, row, peer))
        });
        let ratio = row.ratio(PEERS[0], PEERS[1], Part::Value);
        let ratio = ratio.map_or_else(
            || " | ".to_owned(),
            |ratio| format!("**{:.2}** | {:.2} to {:.2}", ratio.median, ratio.low, ratio.high),
        );
        let cpu = PEERS
            .map(|peer| median(row, peer, Part::Cpu).map_or_else(String::new, time))
            .join(" | ");
        println!(
            "| {workers} | {native} | {tokio} | {ratio} | {cpu} | {} |",
            ratio_of(row, Part::Cpu)
        );
    }
    for (workers, row) in rows {
        for (peer, what) in row.failures() {
            println!("\n{peer} with {workers} workers is left out: {what}");
        }
    }
}

/// All workloads in one table: native to tokio, by number of workers.
pub(crate) struct Summary {
    numbers: Vec<usize>,
    rows: Vec<String>,
}

impl Summary {
    pub(crate) fn new(numbers: &[usize]) -> Self {
        Self { numbers: numbers.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn add(&mut self, name: &str, rows: &[(usize, Row)]) {
        let Some((_, most)) = rows.last() else { return };
        let ratios: String =
            rows.iter().map(|(_, row)| format!(" {} |", ratio_of(row, Part::Value))).collect();
        let gains = PEERS.map(|peer| gain(rows, most, peer)).join(" | ");
        self.rows.push(format!("| {name} |{ratios} {gains} | {} |", ratio_of(most, Part::Cpu)));
    }

    pub(crate) fn print(&self) {
        let (least, most) = (self.numbers[0], self.numbers[self.numbers.len() - 1]);
        let numbers: String = self.numbers.iter().map(|number| format!(" {number} |")).collect();
        println!("\n### Throughput, native to tokio, by number of workers\n");
        println!(
            "What each gains from {least} to {most}, and the ratio of the time of processors.\n"
        );
        println!("| workload |{numbers} native gains | tokio gains | CPU with {most} |");
        println!("|---|{}---:|---:|---:|", "---:|".repeat(self.numbers.len()));
        self.rows.iter().for_each(|row| println!("{row}"));
    }
}

fn median(row: &Row, peer: Peer, part: Part) -> Option<f64> {
    row.summary(peer, part).map(|summary| summary.median)
}

/// Over the row with the least workers.
fn gain(rows: &[(usize, Row)], row: &Row, peer: Peer) -> String {
    let [least, now] = [&rows[0].1, row].map(|row| median(row, peer, Part::Value));
    least.zip(now).map_or_else(String::new, |(least, now)| format!("{:.2}", least / now))
}

fn ratio_of(row: &Row, part: Part) -> String {
    let ratio = row.ratio(PEERS[0], PEERS[1], part);
    ratio.map_or_else(String::new, |ratio| format!("{:.2}", ratio.median))
}

/// Operations per second, from the nanoseconds of one.
fn throughput(nanoseconds: f64) -> String {
    match 1e9 / nanoseconds {
        many if many >= 1e6 => format!("{:.2} M/s", many / 1e6),
        some => format!("{:.1} k/s", some / 1e3),
    }
}

fn time(nanoseconds: f64) -> String {
    if nanoseconds < 1e4 {
        format!("{nanoseconds:.0} ns")
    } else {
        format!("{:.1} us", nanoseconds / 1e3)
    }
}
