//! What the attributes `main` and `test` expand to; not for use by hand.

use std::future::Future;
use std::io;

use crate::backends::COMPILED;
use crate::default_runtime::Adoption;
use crate::selection::Choice;
use crate::{Builder, Runtime};

/// Runs the body of `#[anyrt::main]` on a runtime that is the process's default meanwhile.
#[track_caller]
pub fn run_main<F: Future>(builder: Builder, body: F) -> F::Output {
    let (runtime, choice) = start(builder);
    let _adoption = Adoption::of(runtime.handle(), choice);
    runtime.block_on(body)
}

/// Runs the body of `#[anyrt::test]` on a runtime of its own.
///
/// Not made the default, because other tests of the process run at the same time.
#[track_caller]
pub fn run_test<F: Future>(builder: Builder, body: F) -> F::Output {
    start(builder).0.block_on(body)
}

#[track_caller]
fn start(builder: Builder) -> (Runtime, Choice) {
    let started = builder.choose().map_err(io::Error::from).and_then(|choice| {
        let runtime = builder.start(choice)?;
        Ok((runtime, choice))
    });
    started.unwrap_or_else(|error| panic!("the runtime could not be started: {error}"))
}

/// Fails the build if a backend that an attribute names is not compiled in.
#[track_caller]
pub const fn assert_compiled(name: &str) {
    let mut i = 0;
    while i < COMPILED.len() {
        if is_same(name.as_bytes(), COMPILED[i].as_bytes()) {
            return;
        }
        i += 1;
    }
    panic!("this backend is not compiled in: enable the feature of its name on anyrt");
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut i = 0;
    while i < one.len() {
        if one[i] != other[i] {
            return false;
        }
        i += 1;
    }
    true
}
