//! What the adapters allocate for each operation, beside what the foreign crates bring along.
#![forbid(unsafe_code)]

use anyrt_bench_adapters::{Contestant, rows};
use anyrt_test_counting::{Counting, of_all_threads};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const OPERATIONS: usize = 2000;

fn main() {
    println!("| adapter | by | allocations |\n|---|---|---|");
    for mut row in rows::all() {
        eprintln!("{}: {}", row.name, row.operation);
        for contestant in std::iter::once(&mut row.theirs).chain(&mut row.ours) {
            let allocations = allocations(contestant);
            println!("| {} | {} | {allocations:.2} |", row.name, contestant.name);
        }
    }
}

fn allocations(contestant: &mut Contestant) -> f64 {
    // What is kept from now on.
    contestant.run(OPERATIONS);
    let before = of_all_threads();
    contestant.run(OPERATIONS);
    (of_all_threads() - before) as f64 / OPERATIONS as f64
}
