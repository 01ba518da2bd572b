//! A program on the backend beside this.

#[allow(unreachable_pub, reason = "written as a library")]
#[path = "lib.rs"]
mod threads;

use std::io;
use std::time::Duration;

use anyrt_core::{BlockOn, Config, Launch, Spawn, Timer};

/// Ten tasks sleep at once.
fn main() -> io::Result<()> {
    let runtime = threads::Runtime::start(&Config::default())?;
    let handle = runtime.handle();
    let sleep = |n| {
        let sleep = handle.sleep(Duration::from_millis(n));
        handle.spawn(async move {
            sleep.await;
            n
        })
    };
    let sleepers: Vec<_> = (1..=10).map(sleep).collect();
    let mut slept = 0;
    for sleeper in sleepers {
        slept += handle.block_on(sleeper)?;
    }
    println!("slept {slept} ms in 10 ms");
    Ok(())
}
