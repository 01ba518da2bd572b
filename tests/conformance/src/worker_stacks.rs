//! S13, a capability: workers have the stack that was asked for.
//!
//! Not declared for the configuration `current_thread`: there tasks run on stacks of the caller's.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::hint::black_box;

use anyrt_core::{Launch, Spawn};

use crate::Launcher;
use crate::witness::Drive;

cases! { worker_stacks if stack_size:
    a_task_has_the_stack_that_was_asked_for(launcher) [S13] alone;
}

/// Uses this much stack and a little more; returns the number of bytes.
#[inline(never)]
fn descend(bytes: usize) -> usize {
    const FRAME: usize = 16 << 10;

    let mut frame = [1_u8; FRAME];
    black_box(&mut frame);
    let below = if bytes > FRAME { descend(bytes - FRAME) } else { 0 };
    // Read after the call, so that it can't take the place of this frame.
    below + black_box(&mut frame).len()
}

pub fn a_task_has_the_stack_that_was_asked_for<L: Launch>(launcher: &Launcher<L>) {
    // Twice what is used, and many times what threads have if nobody asks.
    const STACK: usize = 32 << 20;
    const USED: usize = STACK / 2;

    let runtime = launcher.start_with(|config| config.stack_size = Some(STACK));
    let task = runtime.handle().spawn(async { descend(USED) });
    assert_eq!(runtime.handle().drive(task).unwrap(), USED);
}
