//! Brought along from `#[tokio::main]`.

#[anyrt::main(flavor = "current_thread")]
async fn main() {}
