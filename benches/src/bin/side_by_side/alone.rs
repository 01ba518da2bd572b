//! One runtime in this process, where a profiler sees it.

use anyrt_bench::peer::Peer;
use anyrt_bench::statistics::Summary;
use anyrt_bench::system;

use crate::markdown::amount;
use crate::options::Options;

/// Prints what each workload took.
pub(crate) fn measure(peer: Peer, options: &Options) {
    system::open_many_files();
    let able = options.chosen.iter().filter_map(|workload| Some((workload, (workload.on)(peer)?)));
    for (workload, start) in able {
        let mut subject = start(options.size());
        let fill = || subject.repetitions(options.effort.round);
        let repetitions = options.effort.calls(workload).unwrap_or_else(fill);
        let rounds = (0..options.effort.rounds(workload)).map(|_| subject.round(repetitions).value);
        println!("{}: {}", workload.name, amount(Summary::of(rounds).median, workload.unit));
    }
}
