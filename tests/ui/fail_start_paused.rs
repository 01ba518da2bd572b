#[anyrt::main(start_paused)]
async fn main() {}

#[anyrt::main(start_paused = 1)]
async fn number() {}

#[anyrt::main(start_paused = true, worker_threads = 2)]
async fn among_workers() {}
