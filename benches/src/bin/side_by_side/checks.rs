//! What has to be so if the rig measures what it says.

use anyrt_bench::measure::Part;
use anyrt_bench::peer::Peer;
use anyrt_bench::row::Row;

/// One thread around epoll does what every server has to do, and nothing else: all take at least the time of processors that
/// it takes. A line for each workload that it takes part in.
pub(crate) fn epoll_is_the_least(rows: &[Row]) -> Vec<String> {
    let line = |row: &Row| {
        let ratio =
            |(peer, _): &(Peer, _)| Some((*peer, row.ratio(Peer::Epoll, *peer, Part::Cpu)?));
        let all = row.outcomes.iter().filter(|(peer, _)| *peer != Peer::Epoll).filter_map(ratio);
        let (peer, least) =
            all.min_by(|(_, one), (_, other)| one.median.total_cmp(&other.median))?;
        let verdict = match least {
            least if least.median >= 1.0 => "no less, as it has to be",
            least if least.is_noise() => "alike, within the noise",
            _ => "less, which can't be",
        };
        Some(format!(
            "{}: the least time of processors that a runtime takes is {:.2} of raw epoll's, by {peer}: {verdict}.",
            row.workload.name, least.median
        ))
    };
    rows.iter().filter_map(line).collect()
}
