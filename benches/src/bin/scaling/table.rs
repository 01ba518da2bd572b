//! The tables, in Markdown.

use anyrt_bench::measure::Cost;
use anyrt_bench::statistics;

use crate::measurement::Rounds;

/// Prints what a workload gave with each number of workers.
pub(crate) fn print(name: &str, results: &[(usize, Rounds)]) {
    let Some((least, first)) = results.first() else { return };
    println!("\n### {name}\n");
    println!(
        "| workers | native | over {least} | tokio | over {least} | native to tokio | quartiles | CPU native | CPU tokio | CPU native to tokio |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (workers, rounds) in results {
        let [native, tokio] = [&rounds.native, &rounds.tokio].map(|costs| median(costs, wall));
        let gain = |costs, now| median(costs, wall) / now;
        let (ratio, cpu_ratio) = (ratio(rounds, wall), ratio(rounds, cpu));
        println!(
            "| {workers} | {} | {:.2} | {} | {:.2} | **{:.2}** | {:.2} to {:.2} | {} | {} | {:.2} |",
            throughput(native),
            gain(&first.native, native),
            throughput(tokio),
            gain(&first.tokio, tokio),
            ratio.median,
            ratio.low,
            ratio.high,
            time(median(&rounds.native, cpu)),
            time(median(&rounds.tokio, cpu)),
            cpu_ratio.median,
        );
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

    pub(crate) fn add(&mut self, name: &str, results: &[(usize, Rounds)]) {
        let mut row = format!("| {name} |");
        for number in &self.numbers {
            let rounds = results.iter().find(|(workers, _)| workers == number);
            row += &rounds.map_or(" |".to_owned(), |(_, rounds)| {
                format!(" {:.2} |", ratio(rounds, wall).median)
            });
        }
        if let (Some((_, first)), Some((_, last))) = (results.first(), results.last()) {
            for (first, last) in [(&first.native, &last.native), (&first.tokio, &last.tokio)] {
                row += &format!(" {:.2} |", median(first, wall) / median(last, wall));
            }
            row += &format!(" {:.2} |", ratio(last, cpu).median);
        }
        self.rows.push(row);
    }

    pub(crate) fn print(&self) {
        let (least, most) = (self.numbers[0], self.numbers[self.numbers.len() - 1]);
        let numbers: String = self.numbers.iter().map(|number| format!(" {number} |")).collect();
        println!("\n### Throughput, native to tokio, by number of workers\n");
        println!(
            "What each gains from {least} to {most}, and the CPU time that tokio takes for each operation, to that of native.\n"
        );
        println!("| workload |{numbers} native gains | tokio gains | CPU with {most} |");
        println!("|---|{}---:|---:|---:|", "---:|".repeat(self.numbers.len()));
        self.rows.iter().for_each(|row| println!("{row}"));
    }
}

fn wall(cost: &Cost) -> f64 {
    cost.value
}

fn cpu(cost: &Cost) -> f64 {
    cost.cpu
}

fn median(costs: &[Cost], kind: fn(&Cost) -> f64) -> f64 {
    statistics::Summary::of(costs.iter().map(kind)).median
}

fn ratio(rounds: &Rounds, kind: fn(&Cost) -> f64) -> statistics::Summary {
    statistics::Summary::of_ratios(rounds.native.iter().map(kind), rounds.tokio.iter().map(kind))
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
