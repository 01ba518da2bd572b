//! What the programs make of their arguments alike.

use std::process::ExitCode;

use crate::workload::Workload;

/// What a program ends with, having told what went wrong.
#[must_use]
pub fn exit_code(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}

/// The workloads whose names contain one of these, in any case; all of them, if there is none.
///
/// # Errors
///
/// No workload has such a name.
pub fn choose(
    all: &'static [Workload],
    names: &[String],
) -> Result<Vec<&'static Workload>, String> {
    let names: Vec<_> = names.iter().map(|name| name.to_lowercase()).collect();
    let is_chosen = |workload: &&Workload| {
        let own = workload.name.to_lowercase();
        names.is_empty() || names.iter().any(|name| own.contains(name))
    };
    let chosen: Vec<_> = all.iter().filter(is_chosen).collect();
    if chosen.is_empty() {
        return Err("no workload has such a name: `--list` shows them".to_owned());
    }
    Ok(chosen)
}

/// A number above zero.
///
/// # Errors
///
/// It is none.
pub fn number(value: &str) -> Result<usize, String> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or(format!("`{value}` is no number above zero"))
}
