#[anyrt::main(backend = tokio)]
async fn main() {}

#[anyrt::main(backend = "")]
async fn empty() {}

#[anyrt::main(backend)]
async fn missing() {}
