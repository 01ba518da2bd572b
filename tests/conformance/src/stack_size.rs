//! S13, a capability: threads have the stack that was asked for.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::thread;

use anyrt_core::{BlockOn, Launch, Spawn};

use crate::Launcher;
use crate::spawn::large::{spawn_large, stack_for};

cases! { stack_size if stack_size:
    a_large_future_can_be_spawned_from_a_task(launcher) [S13] alone;
}

pub fn a_large_future_can_be_spawned_from_a_task<L: Launch>(launcher: &Launcher<L>) {
    const SIZE: usize = 256 << 10;
    const STACK: usize = stack_for(SIZE);

    let runtime = launcher.start_with(|config| config.stack_size = Some(STACK));
    let handle = runtime.handle().clone();
    let task = runtime.handle().spawn(async move {
        for _ in 0..4 {
            assert_eq!(spawn_large::<SIZE, _>(&handle).await.unwrap(), SIZE);
        }
    });
    // A current-thread runtime has no other thread to give that stack to.
    let driver = thread::Builder::new().stack_size(STACK);
    let driver = driver.spawn(move || runtime.handle().block_on(task)).unwrap();
    driver.join().unwrap().unwrap();
}
