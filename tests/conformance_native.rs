//! The contract on the native runtime.
#![cfg(all(unix, feature = "native"))]

anyrt_tests::capabilities::native! {
    name = "native";
    runtime = anyrt::adapters::native::Runtime;
}
