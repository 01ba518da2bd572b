//! K7: a large future needs little stack to be driven.
//!
//! A stack that overflows ends the whole process, so this case has a process of its own.

use std::thread;

use anyrt_core::{BlockOn, Launch};

use crate::spawn::large::{large, stack_for};

#[inline(never)]
fn drive_large<const N: usize, H: BlockOn>(handle: &H) -> usize {
    let future = large::<N>();
    assert!(size_of_val(&future) >= N);
    handle.block_on(future)
}

/// Drives a future of this size on a thread that has little stack.
fn drive_on_small_thread<const N: usize, L: Launch>(runtime: &L) {
    let handle = runtime.handle().clone();
    let thread = thread::Builder::new().stack_size(stack_for(N));
    let sum = thread.spawn(move || drive_large::<N, _>(&handle)).unwrap();
    assert_eq!(sum.join().unwrap(), N);
}

pub fn a_large_future_can_be_driven_with_little_stack<L: Launch>(runtime: L) {
    drive_on_small_thread::<{ 64 << 10 }, L>(&runtime);
    drive_on_small_thread::<{ 512 << 10 }, L>(&runtime);
    drive_on_small_thread::<{ 2 << 20 }, L>(&runtime);
}
