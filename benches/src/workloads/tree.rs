//! Tasks that start tasks and wait for them.

use std::future::Future;

use crate::measure::{Clock, Cost, Size};
use crate::runtime::Runtime;

pub(super) fn fib_number(size: Size) -> u32 {
    size.of(25, 18)
}

pub(super) fn leaves(size: Size) -> usize {
    size.of(1_000_000, 10_000)
}

/// A task for each call.
pub fn fib<R: Runtime>(runtime: &R, size: Size) -> Cost {
    fib_of(runtime, fib_number(size))
}

/// Enough for many workers.
pub fn large_fib<R: Runtime>(runtime: &R, _: Size) -> Cost {
    fib_of(runtime, 25)
}

fn fib_of<R: Runtime>(runtime: &R, n: u32) -> Cost {
    let (clock, number) = runtime.run(async move { (Clock::start(), fib_task::<R>(n).await) });
    // A call for each number in the sum, and for each sum.
    clock.each(2 * number - 1)
}

/// Counts from 1, 1.
fn fib_task<R: Runtime>(n: u32) -> impl Future<Output = usize> + Send {
    async move {
        if n < 2 {
            return 1;
        }
        let (one, other) = (R::spawn(fib_task::<R>(n - 1)), R::spawn(fib_task::<R>(n - 2)));
        one.await + other.await
    }
}

/// Ten children for each task.
pub fn skynet<R: Runtime>(runtime: &R, size: Size) -> Cost {
    skynet_of(runtime, leaves(size))
}

/// Enough for many workers.
pub fn large_skynet<R: Runtime>(runtime: &R, size: Size) -> Cost {
    skynet_of(runtime, size.of(1_000_000, 100_000))
}

fn skynet_of<R: Runtime>(runtime: &R, leaves: usize) -> Cost {
    let task = async move { (Clock::start(), node::<R>(0, leaves).await) };
    let (clock, sum) = runtime.run(task);
    assert_eq!(sum, leaves * (leaves - 1) / 2);
    clock.each(leaves)
}

fn node<R: Runtime>(first: usize, leaves: usize) -> impl Future<Output = usize> + Send {
    async move {
        if leaves == 1 {
            return first;
        }
        let part = leaves / 10;
        let children: Vec<_> =
            (0..10).map(|n| R::spawn(node::<R>(first + n * part, part))).collect();
        let mut sum = 0;
        for child in children {
            sum += child.await;
        }
        sum
    }
}

/// A task for each queen that can be placed.
pub fn queens<R: Runtime>(runtime: &R, size: Size) -> Cost {
    let (board, solutions) = Board::empty(size);
    let (clock, found) = runtime.run(async move { (Clock::start(), place::<R>(board).await) });
    assert_eq!(found, solutions);
    clock.each(1)
}

/// What the queens so far attack in the next row, as bits.
#[derive(Clone, Copy)]
pub(super) struct Board {
    n: u32,
    columns: u32,
    left: u32,
    right: u32,
}

impl Board {
    /// With the number of its solutions.
    pub(super) fn empty(size: Size) -> (Self, usize) {
        let (n, solutions) = size.of((9, 352), (7, 40));
        (Self { n, columns: 0, left: 0, right: 0 }, solutions)
    }

    pub(super) fn is_full(self) -> bool {
        self.columns.count_ones() == self.n
    }

    /// With one queen more.
    pub(super) fn next(self) -> impl Iterator<Item = Self> {
        let free = move |column: &u32| (self.columns | self.left | self.right) & column == 0;
        (0..self.n).map(|column| 1 << column).filter(free).map(move |column| Self {
            n: self.n,
            columns: self.columns | column,
            left: (self.left | column) << 1,
            right: (self.right | column) >> 1,
        })
    }
}

fn place<R: Runtime>(board: Board) -> impl Future<Output = usize> + Send {
    async move {
        if board.is_full() {
            return 1;
        }
        let children: Vec<_> = board.next().map(|board| R::spawn(place::<R>(board))).collect();
        let mut solutions = 0;
        for child in children {
            solutions += child.await;
        }
        solutions
    }
}
