#[anyrt::main("tokio")]
async fn main() {}

#[anyrt::main(backend: "tokio")]
async fn with_a_colon() {}

#[anyrt::main(worker_threads(4))]
async fn with_brackets() {}

#[anyrt::main(current_thread,, backend = "tokio")]
async fn with_two_commas() {}
