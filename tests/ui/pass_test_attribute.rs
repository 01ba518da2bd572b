//! Outside of a test build the tests are left out, as those of `#[test]` are. That they run is
//! checked in `tests/macros.rs`.

#![deny(warnings)]

#[anyrt::test]
async fn plain() {}

#[anyrt::test(backend = "tokio", worker_threads = 2)]
#[ignore = "nothing to see"]
async fn with_arguments() -> Result<(), std::fmt::Error> {
    Ok(())
}

#[anyrt::test(current_thread, backend = "tokio")]
#[should_panic(expected = "on purpose")]
async fn panicking() {
    panic!("on purpose");
}

fn main() {}
