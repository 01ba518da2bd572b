//! S13: a large future needs little stack to be spawned.
//!
//! A stack that overflows ends the whole process, so these cases have processes of their own.

use std::hint::black_box;
use std::thread;

use crate::witness::Drive;
use anyrt_core::{Launch, Spawn, yield_now};

/// The stack for a call with a future of this size: as much as the caller and the outermost function
/// need, and something for the rest. Without optimization each function that a future is moved through makes
/// a copy of it: the caller two, the outermost function one, and one is to spare.
pub(crate) const fn stack_for(size: usize) -> usize {
    const COPIES: usize = if cfg!(debug_assertions) { 4 } else { 3 };
    COPIES * size + (64 << 10)
}

/// A future of a little more than `N` bytes, which yields the number of its bytes.
pub(crate) async fn large<const N: usize>() -> usize {
    let mut bytes = [1_u8; N];
    black_box(&mut bytes);
    yield_now().await; // the array lives across it, and so in the future
    bytes.iter().map(|&byte| usize::from(byte)).sum()
}

#[inline(never)]
pub(crate) fn spawn_large<const N: usize, H: Spawn>(handle: &H) -> H::JoinHandle<usize> {
    let future = large::<N>();
    assert!(size_of_val(&future) >= N);
    handle.spawn(future)
}

/// Spawns futures of this size from a thread that has little stack.
fn spawn_from_small_thread<const N: usize, L: Launch>(runtime: &L) {
    let handle = runtime.handle().clone();
    let thread = thread::Builder::new().stack_size(stack_for(N));
    let tasks = thread.spawn(move || [(); 4].map(|()| spawn_large::<N, _>(&handle))).unwrap();
    for task in tasks.join().unwrap() {
        assert_eq!(runtime.handle().drive(task).unwrap(), N);
    }
}

pub fn a_large_future_can_be_spawned_with_little_stack<L: Launch>(runtime: L) {
    spawn_from_small_thread::<{ 64 << 10 }, L>(&runtime);
    spawn_from_small_thread::<{ 256 << 10 }, L>(&runtime);
    spawn_from_small_thread::<{ 1 << 20 }, L>(&runtime);
}
