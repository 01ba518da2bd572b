//! The contract on tokio: the adapter by itself, and the facade on top of it.
#![cfg(all(unix, feature = "tokio"))]

mod adapter {
    anyrt_conformance::suite! {
        runtime = anyrt::adapters::tokio::Runtime;
        capabilities = [background_progress, keep_alive, shutdown, orphans];
    }
}

mod facade {
    anyrt_conformance::suite! {
        runtime = anyrt::Runtime;
        capabilities = [background_progress, keep_alive, shutdown, orphans];
    }
}
