#[anyrt::test]
#[test]
async fn with_the_plain_one() {}

#[anyrt::test]
#[anyrt::test(current_thread)]
async fn twice() {}

#[anyrt::main]
#[anyrt::main]
async fn main() {}
