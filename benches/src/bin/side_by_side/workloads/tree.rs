//! Tasks that start tasks and wait for them.
#![allow(clippy::manual_async_fn, reason = "what calls itself has to say that it is `Send`")]

use std::future::Future;
use std::time::Instant;

use super::each;
use crate::measure::Size;
use crate::runtime::Runtime;

pub(super) fn fib<R: Runtime>(runtime: &R, size: Size) -> f64 {
    let n = size.of(25, 18);
    let (start, number) = runtime.run(async move { (Instant::now(), fib_task::<R>(n).await) });
    // A call for each number in the sum, and for each sum.
    each(start, 2 * number - 1)
}

/// Counts from 1, 1.
fn fib_task<R: Runtime>(n: u32) -> impl Future<Output = usize> + Send {
    async move {
        if n < 2 {
            return 1;
        }
        let (one, other) = (R::spawn(fib_task::<R>(n - 1)), R::spawn(fib_task::<R>(n - 2)));
        one.await.unwrap() + other.await.unwrap()
    }
}

/// Ten children for each task.
pub(super) fn skynet<R: Runtime>(runtime: &R, size: Size) -> f64 {
    let leaves = size.of(1_000_000, 10_000);
    let task = async move { (Instant::now(), node::<R>(0, leaves).await) };
    let (start, sum) = runtime.run(task);
    assert_eq!(sum, leaves * (leaves - 1) / 2);
    each(start, leaves)
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
            sum += child.await.unwrap();
        }
        sum
    }
}

/// A task for each queen that can be placed.
pub(super) fn queens<R: Runtime>(runtime: &R, size: Size) -> f64 {
    let (n, solutions) = size.of((9, 352), (7, 40));
    let board = Board { n, columns: 0, left: 0, right: 0 };
    let (start, found) = runtime.run(async move { (Instant::now(), place::<R>(board).await) });
    assert_eq!(found, solutions);
    each(start, 1)
}

/// What the queens so far attack in the next row, as bits.
#[derive(Clone, Copy)]
struct Board {
    n: u32,
    columns: u32,
    left: u32,
    right: u32,
}

impl Board {
    fn next(self) -> impl Iterator<Item = Self> {
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
        if board.columns.count_ones() == board.n {
            return 1;
        }
        let children: Vec<_> = board.next().map(|board| R::spawn(place::<R>(board))).collect();
        let mut solutions = 0;
        for child in children {
            solutions += child.await.unwrap();
        }
        solutions
    }
}
