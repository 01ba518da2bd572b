//! Spawns tasks and joins them, through anyrt or on tokio directly, to be run under callgrind.
//!
//! `benches/instructions` runs it with two counts of tasks and takes the difference, which leaves
//! out the start of the runtime. On a current-thread runtime, so that the count is the same each
//! time; with an allocator of its own, because glibc's cost depends on what was allocated before.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::env;
use std::hint::black_box;
use std::ptr::null_mut;

fn main() {
    let mut arguments = env::args().skip(1);
    let variant = arguments.next().unwrap_or_default();
    let tasks = arguments.next().and_then(|number| number.parse().ok()).unwrap_or(1);
    match variant.as_str() {
        "tokio" => {
            tokio_runtime().block_on(async { tokio::spawn(with_tokio(tasks)).await.unwrap() })
        }
        // The runtime is anyrt's, as with `#[anyrt::main]`.
        "anyrt" => {
            anyrt_runtime().block_on(async { tokio::spawn(with_anyrt(tasks)).await.unwrap() })
        }
        // The runtime is the application's, as with `#[tokio::main]`.
        "adopted" => {
            tokio_runtime().block_on(async { tokio::spawn(with_anyrt(tasks)).await.unwrap() })
        }
        other => panic!("unknown variant `{other}`: tokio, anyrt or adopted"),
    }
}

async fn with_tokio(tasks: u64) {
    for i in 0..tasks {
        black_box(tokio::spawn(async move { black_box(i) }).await.unwrap());
    }
}

async fn with_anyrt(tasks: u64) {
    for i in 0..tasks {
        black_box(anyrt::spawn(async move { black_box(i) }).await.unwrap());
    }
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn anyrt_runtime() -> anyrt::Runtime {
    anyrt::Builder::new().backend("tokio").current_thread().build().unwrap()
}

/// Hands out blocks of one size class from a list, the same way each time. For one thread.
struct FreeLists(UnsafeCell<[*mut u8; CLASSES]>);

const CLASSES: usize = 64;
const CLASS: usize = 128;

// SAFETY: the program has one thread: a current-thread runtime that runs no blocking closure.
unsafe impl Sync for FreeLists {}

// SAFETY: a block is at least as large and aligned as asked for: its size is that of its class, and
// larger requests go to the system.
unsafe impl GlobalAlloc for FreeLists {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let class = layout.size().div_ceil(CLASS);
        if class >= CLASSES || layout.align() > CLASS {
            // SAFETY: the caller's promise about `layout`.
            return unsafe { System.alloc(layout) };
        }
        // SAFETY: one thread, and the reference does not outlive this call.
        let head = unsafe { &mut (*self.0.get())[class] };
        if head.is_null() {
            let block = Layout::from_size_align(class.max(1) * CLASS, CLASS).unwrap();
            // SAFETY: the size is not zero.
            return unsafe { System.alloc(block) };
        }
        let block = *head;
        // SAFETY: a free block holds the address of the next one.
        *head = unsafe { block.cast::<*mut u8>().read() };
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let class = layout.size().div_ceil(CLASS);
        if class >= CLASSES || layout.align() > CLASS {
            // SAFETY: it came from there, with this layout.
            return unsafe { System.dealloc(block, layout) };
        }
        // SAFETY: one thread, and the reference does not outlive this call.
        let head = unsafe { &mut (*self.0.get())[class] };
        // SAFETY: the block is free now, and large enough for an address.
        unsafe { block.cast::<*mut u8>().write(*head) };
        *head = block;
    }
}

#[global_allocator]
static ALLOCATOR: FreeLists = FreeLists(UnsafeCell::new([null_mut(); CLASSES]));
