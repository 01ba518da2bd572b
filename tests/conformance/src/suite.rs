//! Turning lists of cases into tests: `case.rs` declares them, `declare.rs` makes a backend's tests
//! of them, `run.rs` runs one.

#[macro_use]
mod case;
#[macro_use]
mod declare;

mod capability;
mod configuration;
mod declaration;
mod launcher;

mod run;

mod alone;
mod outcome;
mod patience;
mod watchdog;

pub use capability::{CAPABILITIES, Capability};
pub use case::{Body, Case, all_cases};
pub use configuration::Configuration;
pub use declaration::{Declaration, Suite, check};
pub use launcher::Launcher;
pub use run::run;
