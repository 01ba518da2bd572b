//! Channels and macros that are tokio's, without that crate in the manifest.

use anyrt::sync::{CancellationToken, mpsc};

/// Adds up what comes, until the end of it or of the program.
pub async fn sum(numbers: &mut mpsc::Receiver<u64>, stop: &CancellationToken) -> u64 {
    let mut sum = 0;
    loop {
        anyrt::select! {
            number = numbers.recv() => match number {
                Some(number) => sum += number,
                None => return sum,
            },
            () = stop.cancelled() => return sum,
        }
    }
}
