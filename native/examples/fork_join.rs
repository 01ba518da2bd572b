//! Sums a large slice by halves, with a task for each: a task that is awaited runs next, on the same worker.
//!
//! `cargo run --release -p anyrt-native --example fork_join`

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use anyrt_native::{BlockOn, Handle, Launch, Runtime, Spawn};

fn sum(
    handle: Handle,
    numbers: Arc<[u64]>,
    from: usize,
    to: usize,
) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    const SMALL: usize = 1000;

    Box::pin(async move {
        if to - from <= SMALL {
            return numbers[from..to].iter().sum();
        }
        let middle = from + (to - from) / 2;
        let left = handle.spawn(sum(handle.clone(), Arc::clone(&numbers), from, middle));
        let right = sum(handle, numbers, middle, to).await;
        left.await.expect("no task panics") + right
    })
}

fn main() -> std::io::Result<()> {
    const NUMBERS: u64 = 1_000_000;

    let runtime = Runtime::new()?;
    let handle = runtime.handle();
    let numbers: Arc<[u64]> = (1..=NUMBERS).collect();
    let start = Instant::now();
    let total = handle.block_on(sum(handle.clone(), numbers, 0, NUMBERS as usize));
    println!("{total} in {:?}", start.elapsed());
    assert_eq!(total, NUMBERS * (NUMBERS + 1) / 2);
    Ok(())
}
