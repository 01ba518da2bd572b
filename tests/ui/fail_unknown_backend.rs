#[anyrt::main(backend = "tokyo")]
async fn main() {}

#[anyrt::main(backend = "Tokio", worker_threads = 2)]
async fn other_case() {}
