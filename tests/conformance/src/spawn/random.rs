//! S21: random numbers.

use std::collections::HashSet;

use anyrt_core::{Launch, Spawn};

use crate::witness::{Drive, on_foreign_thread};

pub fn random_numbers_differ_on_all_threads<L: Launch>(runtime: L) {
    const TASKS: usize = 16;
    // Two of all of them are the same once in ten thousand million runs.
    const EACH: usize = 4;

    fn numbers<R: Spawn>(runtime: &R) -> [u64; EACH] {
        std::array::from_fn(|_| runtime.random_u64())
    }

    let handle = runtime.handle();
    let tasks: [_; TASKS] = std::array::from_fn(|_| {
        let in_task = handle.clone();
        handle.spawn(async move { numbers(&in_task) })
    });
    let mut all = Vec::from(numbers(handle));
    handle.drive(async {
        all.extend(numbers(handle));
        for task in tasks {
            all.extend(task.await.unwrap());
        }
    });
    let foreign = handle.clone();
    all.extend(on_foreign_thread(&runtime, move || numbers(&foreign)));
    let different: HashSet<_> = all.iter().collect();
    assert_eq!(different.len(), (TASKS + 3) * EACH, "{all:x?}");
}
