//! One for each backend makes sense for tests, which name none then.

#[anyrt::main(all)]
async fn program() {}

#[anyrt::test(all, backend = "native")]
async fn test() {}

#[anyrt::test(all = true)]
async fn with_value() {}

fn main() {}
