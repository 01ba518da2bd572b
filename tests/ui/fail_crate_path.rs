#[anyrt::main(crate = 1)]
async fn main() {}

#[anyrt::main(crate = "not a path")]
async fn quoted() {}

#[anyrt::main(crate = anyrt::Vec<u8>)]
async fn generic() {}
