//! What each backend can do of that which not every one can: declared here once, for its own suite and
//! for that of the facade on it.
//!
//! `capabilities::tokio! { name = ..; runtime = ..; }` is `anyrt_conformance::suite!` with the rest.

#[doc(hidden)]
#[macro_export]
macro_rules! __capabilities_of_tokio {
    ($($start:tt)*) => {
        anyrt_conformance::suite! {
            $($start)*
            capabilities = [
                worker_count,
                current_thread,
                background_progress,
                keep_alive,
                shutdown,
                blocking_limit,
                stack_size,
                shared_watch,
                block_in_place,
                thread_hooks,
                park_hooks,
            ];
            lacks = {
                attends_block_on: "the timers and sockets of a runtime with workers are attended by these",
                steals_handoff: "the task that a worker woke last waits for that worker",
                pausable_clock: "that of tokio can be, by a feature for tests alone, which this adapter does not ask for",
            };
        }
    };
}
pub use __capabilities_of_tokio as tokio;

#[doc(hidden)]
#[macro_export]
macro_rules! __capabilities_of_async_std {
    ($($start:tt)*) => {
        anyrt_conformance::suite! {
            $($start)*
            capabilities = [background_progress, attends_block_on];
            lacks = {
                worker_count: "the runtime belongs to the process, and ASYNC_STD_THREAD_COUNT sets the number",
                current_thread: "the runtime belongs to the process, and has threads of its own",
                keep_alive: "the threads for blocking closures belong to the process",
                shutdown: "the runtime belongs to the process, and ends with it",
                blocking_limit: "the threads for blocking closures belong to the process",
                stack_size: "the runtime belongs to the process, and chooses the stacks",
                steals_handoff: "there may be a single thread, and nobody can ask for more",
                shared_watch: "the reactor belongs to the process, and watches a descriptor once",
                pausable_clock: "the timers belong to the process, and go by its clock",
                block_in_place: "nobody takes the place of a worker that blocks",
                thread_hooks: "the threads belong to the process, and call nobody",
                park_hooks: "the threads belong to the process, and call nobody",
            };
        }
    };
}
pub use __capabilities_of_async_std as async_std;

#[doc(hidden)]
#[macro_export]
macro_rules! __capabilities_of_smol {
    ($($start:tt)*) => {
        anyrt_conformance::suite! {
            $($start)*
            capabilities = [
                worker_count,
                current_thread,
                background_progress,
                attends_block_on,
                keep_alive,
                shutdown,
                blocking_limit,
                stack_size,
                steals_handoff,
                pausable_clock,
                block_in_place,
                thread_hooks,
                park_hooks,
            ];
            lacks = {
                shared_watch: "the reactor belongs to the process, and watches a descriptor once",
            };
        }
    };
}
pub use __capabilities_of_smol as smol;

#[doc(hidden)]
#[macro_export]
macro_rules! __capabilities_of_native {
    ($($start:tt)*) => {
        anyrt_conformance::suite! {
            $($start)*
            capabilities = [
                worker_count,
                current_thread,
                background_progress,
                attends_block_on,
                keep_alive,
                shutdown,
                blocking_limit,
                stack_size,
                shared_watch,
                steals_handoff,
                pausable_clock,
                block_in_place,
                thread_hooks,
                park_hooks,
            ];
        }
    };
}
pub use __capabilities_of_native as native;

/// That of examples/custom_backend.rs.
#[doc(hidden)]
#[macro_export]
macro_rules! __capabilities_of_custom {
    ($($start:tt)*) => {
        anyrt_conformance::suite! {
            $($start)*
            capabilities = [background_progress, attends_block_on];
            lacks = {
                worker_count: "the runtime belongs to the process",
                current_thread: "the runtime belongs to the process, and has threads of its own",
                keep_alive: "the threads for blocking closures belong to the process",
                shutdown: "the runtime belongs to the process, and ends with it",
                blocking_limit: "the threads for blocking closures belong to the process",
                stack_size: "the runtime belongs to the process",
                steals_handoff: "there may be a single thread, and nobody can ask for more",
                shared_watch: "the reactor belongs to the process, and watches a descriptor once",
                pausable_clock: "the timers belong to the process, and go by its clock",
                block_in_place: "nobody takes the place of a worker that blocks",
                thread_hooks: "the threads belong to the process, and call nobody",
                park_hooks: "the threads belong to the process, and call nobody",
            };
        }
    };
}
pub use __capabilities_of_custom as custom;
