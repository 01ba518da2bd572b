#[anyrt::main(current_thread = true)]
async fn main() {}
