//! Every argument, every way to write it.

#![deny(warnings)]

#[anyrt::main()]
async fn nothing() {}

#[anyrt::main(backend = "tokio", worker_threads = 2, crate = ::anyrt,)]
async fn with_worker_threads() {}

#[anyrt::main(crate = "anyrt", current_thread, backend = "tokio")]
async fn without_worker_threads() {}

#[anyrt::main(worker_threads = 1usize, backend = "tokio")]
async fn with_a_suffix() {}

fn main() {
    nothing();
    with_worker_threads();
    without_worker_threads();
    with_a_suffix();
}
