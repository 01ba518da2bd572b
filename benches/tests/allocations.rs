//! What a runtime allocates is seen, on whichever thread it does: a future that is boxed costs one allocation more.

use std::future::Future;

use anyrt_bench::runtime::{Native, Runtime, Smol, Tokio};
use anyrt_test_counting::{Counting, of_all_threads};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const TASKS: u64 = 100;

/// How often it is counted: now and then a runtime's own lists grow.
const ATTEMPTS: usize = 10;

/// In one test, as they would count each other's.
#[test]
fn a_boxed_spawn_shows_its_allocation() {
    assert_eq!(boxes_alone(&Native::start(1).unwrap()), TASKS);
    assert_eq!(boxes_alone(&Tokio::start(1).unwrap()), TASKS);
    assert_eq!(boxes_alone(&Smol::start(1).unwrap()), TASKS);
}

fn boxes_alone<R: Runtime>(runtime: &R) -> u64 {
    runtime.run(async {
        let plain = allocations::<R, _>(|n| async move { n }).await;
        let boxed = allocations::<R, _>(|n| Box::pin(async move { n })).await;
        boxed - plain
    })
}

async fn allocations<R: Runtime, F: Future<Output = u64> + Send + 'static>(
    future: impl Fn(u64) -> F,
) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..ATTEMPTS {
        let before = of_all_threads();
        for n in 0..TASKS {
            assert_eq!(R::spawn(future(n)).await, n);
        }
        least = least.min(of_all_threads() - before);
    }
    least
}
