//! What the facade builds on the contract keeps its promises on every backend: those of src/GUARANTEES.md.
//!
//! The documentation of each test begins with the ids of what it shows, which tests/tidy.rs compares with that table.
#![cfg(all(unix, feature = "some-backend"))]

mod everyday {
    mod block_in_place;
    mod budget;
    #[cfg(feature = "fs")]
    mod fs;
    #[cfg(feature = "io")]
    mod io;

    mod join_set;
    mod local;
    #[cfg(feature = "process")]
    mod process;
    #[cfg(all(target_os = "linux", feature = "process"))]
    mod process_limits;
    mod scope;
    #[cfg(feature = "signal")]
    mod signal;
    #[cfg(all(target_os = "linux", feature = "signal"))]
    mod signal_limits;
    #[cfg(feature = "sync")]
    mod sync;
    mod task_local;
    #[cfg(feature = "tokio-context")]
    mod tokio_context;
}
