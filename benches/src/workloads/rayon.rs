//! The trees by rayon, whose threads wait for children by running others: what is possible without tasks that can be suspended.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::tree::{Board, fib_number, leaves};
use crate::measure::{Clock, Size, Subject};

/// See [`super::tree::fib`].
pub fn fib(size: Size) -> Subject {
    let pool = pool(size);
    let n = fib_number(size);
    Subject::new(move || {
        let (clock, number) = pool.install(|| (Clock::start(), fib_call(n)));
        clock.each(2 * number - 1)
    })
}

fn fib_call(n: u32) -> usize {
    if n < 2 {
        return 1;
    }
    let (one, other) = rayon::join(|| fib_call(n - 1), || fib_call(n - 2));
    one + other
}

/// See [`super::tree::skynet`].
pub fn skynet(size: Size) -> Subject {
    let pool = pool(size);
    let leaves = leaves(size);
    Subject::new(move || {
        let (clock, sum) = pool.install(|| (Clock::start(), node(0, leaves)));
        assert_eq!(sum, leaves * (leaves - 1) / 2);
        clock.each(leaves)
    })
}

fn node(first: usize, leaves: usize) -> usize {
    if leaves == 1 {
        return first;
    }
    let part = leaves / 10;
    (0..10).into_par_iter().map(|n| node(first + n * part, part)).sum()
}

/// See [`super::tree::queens`].
pub fn queens(size: Size) -> Subject {
    let pool = pool(size);
    let (board, solutions) = Board::empty(size);
    Subject::new(move || {
        let (clock, found) = pool.install(|| (Clock::start(), place(board)));
        assert_eq!(found, solutions);
        clock.each(1)
    })
}

fn place(board: Board) -> usize {
    if board.is_full() {
        return 1;
    }
    let next: Vec<_> = board.next().collect();
    next.into_par_iter().map(place).sum()
}

fn pool(size: Size) -> ThreadPool {
    let pool = ThreadPoolBuilder::new().num_threads(size.workers).build();
    pool.expect("the system has enough threads")
}
