//! Operations of other crates in the budget of a task.

use std::pin::pin;

use anyrt::task;
use anyrt_tests::backend::on_each;
use futures::{StreamExt, poll, stream};

/// C1: in one poll there is less than all that is ready.
#[test]
fn what_is_cooperative_leaves_the_rest_for_another_poll() {
    const READY: usize = 100_000;

    on_each(|| async {
        let first_poll = anyrt::spawn(async {
            let mut numbers = stream::iter(0..READY);
            let mut taken = 0;
            let drains = pin!(async {
                while task::cooperative(numbers.next()).await.is_some() {
                    taken += 1;
                }
            });
            assert!(poll!(drains).is_pending());
            taken
        });
        let taken = first_poll.await.unwrap();
        assert!(0 < taken && taken < READY, "{taken} were taken");
    });
}
