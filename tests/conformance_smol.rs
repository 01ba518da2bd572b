//! The contract on smol.
#![cfg(all(unix, feature = "smol"))]

anyrt_tests::capabilities::smol! {
    name = "smol";
    runtime = anyrt::adapters::smol::Runtime;
}
