//! A backend of plain threads with one queue: the skeleton of the guide in `anyrt_core::guide`.
//!
//! In a crate of its own this file is its lib.rs, without `main`, and the suite is in a file beside it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "written as a library, whose `main` is a program on it"
)]

mod executor;
mod handle;

mod block_on;
mod blocking;
mod current;
mod reactor;
mod runtime;
mod spawn;
mod time;

pub use handle::Handle;
pub use runtime::Runtime;

use std::io;
use std::time::Duration;

use anyrt_core::{BlockOn, Config, Launch, Spawn, Timer};

/// Ten tasks sleep at once.
fn main() -> io::Result<()> {
    let runtime = Runtime::start(&Config::default())?;
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
