#[anyrt::main(worker_threads = 0)]
async fn main() {}

#[anyrt::main(worker_threads = -1)]
async fn negative() {}

#[anyrt::main(worker_threads = "4")]
async fn quoted() {}

#[anyrt::main(worker_threads = 2 * 2)]
async fn computed() {}

#[anyrt::main(worker_threads)]
async fn missing() {}
