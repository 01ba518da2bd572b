//! The workloads, each written once for all runtimes. A call does it once, and returns what one operation took.

pub mod blocking;
pub mod channels;
mod countdown;
pub mod echo;
pub mod memory;
pub mod net;
pub mod rayon;
pub mod spawn;
pub mod time;
pub mod tree;
pub mod turns;
pub mod wake;

use std::future::Future;

use crate::runtime::Runtime;
use crate::statistics::quantile;

/// How many bytes of an echo are on the way at once, by connection.
pub(crate) const MESSAGE: usize = 64;

/// The same work so many times at once: the last within this task, the others as tasks of their own.
async fn at_once<R: Runtime, F: Future<Output = ()> + Send + 'static>(
    count: usize,
    work: impl Fn() -> F,
) {
    let others: Vec<_> = (1..count).map(|_| R::spawn(work())).collect();
    work().await;
    for other in others {
        other.await;
    }
}

/// How many operations are done for so many, where each takes a tenth more: that many more of them, and not a loop that waits for
/// a clock, so that the work is of the same kind.
fn slowed(operations: usize) -> usize {
    operations + operations / 10
}

fn median(latencies: impl IntoIterator<Item = f64>) -> f64 {
    quantile(latencies, 0.5)
}
