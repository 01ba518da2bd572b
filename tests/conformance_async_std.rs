//! The contract on async-std.
#![cfg(all(unix, feature = "async-std"))]

anyrt_tests::capabilities::async_std! {
    name = "async-std";
    runtime = anyrt::adapters::async_std::Runtime;
}
