//! The contract on tokio.
#![cfg(all(unix, feature = "tokio"))]

anyrt_tests::capabilities::tokio! {
    name = "tokio";
    runtime = anyrt::adapters::tokio::Runtime;
}
