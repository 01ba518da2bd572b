//! Starting a runtime, and what is called on it.
//!
//! [`Builder`] starts the runtime that anyrt selects, by [its rule](anyrt#which-runtime-runs-a-call).

mod builder;
mod errors;
mod handle;
mod id;
mod local_runtime;
mod metrics;
#[allow(clippy::module_inception, reason = "it is where its type is looked for")]
mod runtime;
mod worker_index;

pub use builder::Builder;
pub use errors::is_rt_shutdown_err;
pub use handle::{EnterGuard, Handle};
pub use id::Id;
pub use local_runtime::{LocalOptions, LocalRuntime};
pub use metrics::RuntimeMetrics;
pub use real::runtime::TryCurrentError;
pub use runtime::{Runtime, RuntimeFlavor};
pub use worker_index::worker_index;

pub(crate) use local_runtime::local_here;
