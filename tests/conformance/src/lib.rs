//! The contract of anyrt as tests that any backend can run.
//!
//! A case is a function that takes a runtime, has a sentence for a name, and says which guarantees
//! of [`anyrt_core`](anyrt_core#guarantees) it proves. It never asks which backend it runs on:
//! where runtimes may differ there is a capability, and the cases of a capability are a list of
//! their own. A backend author writes this, in an integration test:
//!
//! ```ignore
//! anyrt_conformance::suite! {
//!     runtime = my_backend::Runtime;
//!     capabilities = [shutdown, background_progress];
//! }
//! ```
//!
//! which makes one `#[test]` for each case and each way of starting the runtime.
#![forbid(unsafe_code)]

#[macro_use]
mod suite;

pub mod block_on;
pub mod blocking;
pub mod net;
pub mod reactor;
pub mod spawn;
pub mod time;

pub mod background_progress;
pub mod keep_alive;
pub mod orphans;
pub mod shutdown;

mod witness;

pub use suite::{Case, Configuration, all_cases, run};
