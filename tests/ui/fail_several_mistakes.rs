//! One build shows them all.

#[anyrt::main(backend = 1, threads = 4, current_thread = true)]
unsafe fn main(_arguments: Vec<String>) {}
