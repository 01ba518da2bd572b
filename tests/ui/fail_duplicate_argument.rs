#[anyrt::main(backend = "tokio", worker_threads = 1, backend = "tokio")]
async fn main() {}
