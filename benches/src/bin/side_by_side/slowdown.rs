//! Whether a tenth more work shows: the native runtime beside itself, and beside itself with that much more to do.
//!
//! Both have to be the same machine code, and so what is slowed is started here, in the crate where the workloads are compiled for the
//! native runtime: a copy in the library was a twentieth faster.

use std::ops::Range;

use anyrt_bench::measure::{Part, Size, Subject};
use anyrt_bench::peer::Peer;
use anyrt_bench::row::Row;
use anyrt_bench::runtime::Native;
use anyrt_bench::statistics::Summary;
use anyrt_bench::workload::Workload;
use anyrt_bench::workloads::{echo, spawn};

use crate::verdict;

/// Who takes part: the one that the others are compared with, and these.
pub(crate) const PEERS: [Peer; 3] = [Peer::Native, Peer::OF_CHECKS[0], Peer::OF_CHECKS[1]];

/// Where the ratio lies of what is the same, unless it is marked as noise.
const ALIKE: Range<f64> = 0.97..1.03;

/// Where the ratio lies of what takes 1.1 of the other's time, which is 0.91.
const A_TENTH_MORE: Range<f64> = 0.85..0.97;

/// `spawn::in_turn`, with more to do.
pub(crate) fn in_turn(size: Size) -> Subject {
    let runtime = start(size);
    Subject::new(move || spawn::in_turn_slowed(&runtime, size))
}

/// `echo::some`, with more to do. Not `echo::one`: on a machine with nothing else to do the time of processors that it takes differs
/// by as much as three times between processes that are the same.
pub(crate) fn echo_some(size: Size) -> Subject {
    echo::some_slowed(start(size), size)
}

fn start(size: Size) -> Native {
    Native::start(size.workers).expect("the runtime starts")
}

/// Whether there is somebody who does more of it than is counted.
pub(crate) fn can_be_slowed(workload: &Workload) -> bool {
    (workload.on)(Peer::NativeSlowed).is_some()
}

/// The lines of a table in Markdown, in what the goals of the workloads are about, and what they say in all.
///
/// # Errors
///
/// A message: for one that is the same and not alike, one that has more to do and does not show it, or one that has failed.
pub(crate) fn table(rows: &[Row]) -> (Vec<String>, Result<(), String>) {
    let pairs = rows.iter().flat_map(|row| Peer::OF_CHECKS.map(|peer| (row, peer)));
    let (lines, are_well): (Vec<_>, Vec<_>) = pairs.map(|(row, peer)| line(row, peer)).unzip();
    let mut table = vec![
        "| workload | of | who | ratio | quartiles | |".to_owned(),
        "|---|---|---|---:|---:|---|".to_owned(),
    ];
    table.extend(lines);
    let verdict = if are_well.into_iter().all(|is_well| is_well) {
        Ok(())
    } else {
        Err("not all is as it has to be: what differs by a tenth does not show on this machine, now"
            .to_owned())
    };
    (table, verdict)
}

/// A line, and whether it says what it has to.
fn line(row: &Row, peer: Peer) -> (String, bool) {
    let part = verdict::part(row);
    let of = if part == Part::Cpu { "time of processors" } else { "time" };
    let (figures, is_well, words) = match row.ratio(peer, Peer::Native, part) {
        None => (" | ".to_owned(), false, "it has failed"),
        Some(ratio) => {
            let Summary { low, median, high } = ratio;
            let (is_well, words) = judge(peer, ratio);
            (format!("{median:.3} | {low:.3} to {high:.3}"), is_well, words)
        }
    };
    (format!("| {} | {of} | {peer} | {figures} | {words} |", row.workload.name), is_well)
}

/// Whether a ratio to the native runtime is what it has to be.
fn judge(peer: Peer, ratio: Summary) -> (bool, &'static str) {
    let is_noise = ratio.is_noise();
    match peer {
        Peer::NativeSlowed if is_noise => (false, "noise, **where a tenth has to show**"),
        Peer::NativeSlowed if A_TENTH_MORE.contains(&ratio.median) => (true, "a tenth more shows"),
        Peer::NativeSlowed => (false, "**not what a tenth more makes**"),
        _ if is_noise => (true, "alike, within the noise"),
        _ if ALIKE.contains(&ratio.median) => (true, "alike"),
        _ => (false, "**differs, but is the same**"),
    }
}

#[cfg(test)]
mod tests {
    use anyrt_bench::measure::Cost;
    use anyrt_bench::row::Outcome;

    use super::*;
    use crate::workloads;

    fn costs(values: [f64; 4]) -> Outcome {
        Ok(values.map(|value| Cost { value, cpu: value }).to_vec())
    }

    fn rows(again: Outcome, slowed: Outcome) -> [Row; 1] {
        let workload = workloads::ALL.iter().find(|workload| can_be_slowed(workload));
        let rounds = PEERS.into_iter().zip([costs([1.0; 4]), again, slowed]);
        [Row { workload: workload.expect("some can be slowed"), outcomes: rounds.collect() }]
    }

    /// Whether all is as it has to be, and the words of the two lines about time.
    fn words(again: [f64; 4], slowed: [f64; 4]) -> (bool, [String; 2]) {
        let (lines, verdict) = table(&rows(costs(again), costs(slowed)));
        let of = |peer: Peer| {
            let line = lines.iter().find(|line| line.contains(&format!("| time | {peer} |")));
            line.unwrap().rsplit(" | ").next().unwrap().trim_end_matches(" |").to_owned()
        };
        (verdict.is_ok(), Peer::OF_CHECKS.map(of))
    }

    #[test]
    fn a_tenth_more_shows_beside_what_is_alike() {
        let (is_well, words) = words([0.99, 1.0, 1.0, 1.01], [1.08, 1.1, 1.1, 1.12]);
        assert!(is_well, "{words:?}");
        assert_eq!(words, ["alike, within the noise", "a tenth more shows"]);
    }

    #[test]
    fn the_same_may_be_a_little_to_one_side_and_no_more() {
        let slowed = [1.1; 4];
        assert_eq!(words([1.01; 4], slowed).1[0], "alike");
        let (is_well, words) = words([1.05; 4], slowed);
        assert!(!is_well);
        assert_eq!(words[0], "**differs, but is the same**");
    }

    #[test]
    fn a_slowdown_within_the_noise_does_not_show() {
        let (is_well, words) = words([1.0; 4], [0.9, 0.95, 1.2, 1.4]);
        assert!(!is_well);
        assert_eq!(words[1], "noise, **where a tenth has to show**");
    }

    #[test]
    fn a_slowdown_that_is_none_or_too_much_is_not_a_tenth() {
        for slowed in [1.0 / 1.1, 1.0, 1.02, 1.25] {
            let (is_well, words) = words([1.0; 4], [slowed; 4]);
            assert!(!is_well, "{slowed}");
            assert_eq!(words[1], "**not what a tenth more makes**", "{slowed}");
        }
    }

    #[test]
    fn who_fails_shows_nothing() {
        let (lines, verdict) = table(&rows(costs([1.0; 4]), Err("it was stuck".to_owned())));
        assert!(verdict.is_err());
        assert!(
            lines.iter().any(|line| line.contains("native-slowed |  |  | it has failed")),
            "{lines:?}"
        );
    }
}
