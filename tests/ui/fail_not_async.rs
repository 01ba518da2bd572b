//! Adding `async` is all that is missing: the `.await` in the body is not an error of its own.

#[anyrt::main]
fn main() {
    std::future::ready(()).await;
}
