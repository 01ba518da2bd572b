//! What the attributes `main` and `test` expand to; not for use by hand.

use std::future::Future;

use crate::backends::COMPILED;
use crate::default_runtime::Adoption;
use crate::{Builder, Runtime};

/// Runs the body of `#[anyrt::main]` on a runtime that is the process's default meanwhile.
#[track_caller]
pub fn run_main<F: Future>(builder: Builder, body: F) -> F::Output {
    let runtime = start(builder);
    let _adoption = Adoption::of(runtime.handle());
    runtime.block_on(body)
}

/// Runs the body of `#[anyrt::test]` on a runtime of its own.
///
/// Not made the default, because other tests of the process run at the same time.
#[track_caller]
pub fn run_test<F: Future>(builder: Builder, body: F) -> F::Output {
    start(builder).block_on(body)
}

#[track_caller]
fn start(builder: Builder) -> Runtime {
    builder.build().unwrap_or_else(|error| panic!("the runtime could not be started: {error}"))
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
