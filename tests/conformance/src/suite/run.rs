//! Running one case.

use std::panic::resume_unwind;

use anyrt_core::Launch;

use super::outcome::{Outcome, Verdict, is_reported};
use super::patience::Patience;
use super::watchdog::watch;
use super::{Body, Configuration, Launcher, Suite, all_cases, alone};

/// The body of a test: runs a case, and says what came of it. `path` is that of the test.
///
/// # Panics
/// The case fails or hangs, and is not known to; or it passes, and is known to fail.
pub fn run<L: Launch>(
    suite: &Suite<L>,
    configuration: Configuration,
    name: &'static str,
    path: &'static str,
    body: Body<L>,
) {
    let case = all_cases().find(|case| case.name == name).expect("the case is in a list");
    let test = format!("{configuration}::{name}");
    let patience = Patience::now();
    let outcome = if case.alone && !alone::is_alone() {
        alone::run(&test, path, patience)
    } else {
        let launcher = Launcher::new(suite.start, configuration);
        watch(&test, patience, move || match body {
            Body::Runtime(case) => case(launcher.start()),
            Body::Launcher(case) => case(&launcher),
        })
    };
    if let Outcome::Hangs(_) = outcome {
        Patience::exhausted();
    }
    let is_a_panic = matches!(outcome, Outcome::Failed(_));
    let verdict = if alone::is_alone() {
        println!("{}", outcome.report());
        // Whether that was known is for the process to judge that waits for this one.
        outcome.judge(&test, None)
    } else {
        let verdict = outcome.judge(&test, suite.declaration.known_failure(configuration, name));
        if is_reported() {
            println!("{}", verdict.report());
        }
        verdict
    };
    match verdict {
        Verdict::Passes => {}
        Verdict::FailsAsKnown { reason, message } => {
            eprintln!("`{test}` fails, as is known ({reason}): {message}");
        }
        Verdict::Fails(message) if is_a_panic => {
            // The hook has told of it, with its place, unless the panic was resumed by the case.
            eprintln!("`{test}` fails: {message}");
            resume_unwind(Box::new(message));
        }
        Verdict::Fails(message) => panic!("{message}"),
    }
}
