//! Errors of the body are shown as in any `async fn`, none of them at the attribute.

#[anyrt::main]
async fn main() {
    let _count: usize = "four";
}

#[anyrt::main]
async fn number() -> usize {
    "four"
}
