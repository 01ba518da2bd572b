//! What a row says about the native runtime.

use anyrt_bench::measure::Part;
use anyrt_bench::peer::Peer;
use anyrt_bench::row::Row;
use anyrt_bench::statistics::Summary;

/// Runtimes whose tasks can do what native's can. The others are bounds: of work that can't wait, and of the system.
const RIVALS: [Peer; 4] = [Peer::Tokio, Peer::Smol, Peer::AsyncStd, Peer::Smolscale];

/// In words; empty where there is nothing to mend.
pub(crate) fn words(row: &Row) -> String {
    let Some(of_reference) = ratio(row, Peer::REFERENCE) else { return String::new() };
    let mut words = Vec::new();
    if row.workload.goal.is_some_and(|goal| of_reference.median < goal.ratio) {
        words.push("below the goal".to_owned());
    }
    let behind = RIVALS.into_iter().filter(|rival| {
        ratio(row, *rival).is_some_and(|ratio| ratio.median < 1.0 && !ratio.is_noise())
    });
    words.extend(behind.map(|rival| format!("**behind {rival}**")));
    if of_reference.is_noise() {
        words.push("noise".to_owned());
    }
    words.join(", ")
}

/// Against a rival.
fn ratio(row: &Row, rival: Peer) -> Option<Summary> {
    row.ratio(Peer::Native, rival, part(row))
}

/// What the goal is about.
pub(crate) fn part(row: &Row) -> Part {
    row.workload.goal.map_or(Part::Value, |goal| goal.part)
}
