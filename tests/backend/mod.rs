//! The backend that the tests of a file run on, and what it refuses by design.
//!
//! It is the one of ambient calls: the first that is compiled in, or whichever `ANYRT_BACKEND` names.
#![allow(dead_code, reason = "every test binary has this module, and uses some of it")]

use std::env;
use std::io::ErrorKind;

use anyrt::{Builder, Handle, Reason, Runtime};
use futures::executor;

/// Names it for a child, whose own environment may name none or a wrong one.
pub(crate) const VARIABLE: &str = "ANYRT_TEST_BACKEND";

pub(crate) fn name() -> String {
    env::var(VARIABLE).unwrap_or_else(|_| anyrt::selection().unwrap().backend().to_owned())
}

/// Whether runtimes belong to whoever starts them. async-std has a single one, which belongs to the
/// process: it takes no options, and nobody ends it.
pub(crate) fn has_owners() -> bool {
    name() != "async-std"
}

/// Whether a runtime has timers, a reactor and threads for blocking closures of its own. Those of
/// `async-io` and `blocking` belong to the process, and go on without the runtime.
pub(crate) fn is_self_contained() -> bool {
    matches!(&*name(), "tokio" | "native")
}

/// How many threads belong to a runtime with so many workers, as long as it runs no closures.
pub(crate) fn threads_with(workers: usize) -> usize {
    match &*name() {
        // One more sees to it that no task waits for a worker that is stuck in another.
        "native" => workers + 1,
        "async-std" => 0,
        _ => workers,
    }
}

/// Starts a runtime with these options. Where the backend takes none, checks that it says so, and
/// starts one without.
#[track_caller]
pub(crate) fn start(options: Builder) -> Runtime {
    let options = options.backend(name());
    if has_owners() {
        return options.build().unwrap();
    }
    let error = options.build().unwrap_err();
    let message = error.to_string();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{message}");
    let advice = "leave the option out, or choose another backend";
    assert!(message.starts_with("async-std ") && message.ends_with(advice), "{message}");
    Builder::new().backend(name()).build().unwrap()
}

pub(crate) fn two_workers() -> Runtime {
    start(Builder::new().worker_threads(2))
}

/// The backend of these tests, to be pinned with these options if it takes any.
pub(crate) fn with_options(options: Builder) -> Builder {
    let name = name();
    if has_owners() { options.backend(name) } else { Builder::new().backend(name) }
}

/// By which step of the rule the backend of a call made here is chosen; checks which one it is.
pub(crate) fn reason() -> Reason {
    let selection = anyrt::selection().unwrap();
    let reason = selection.reason();
    if reason == Reason::FirstCompiled {
        assert_eq!(selection.backend(), selection.compiled()[0]);
    } else {
        assert_eq!(selection.backend(), name());
    }
    reason
}

/// The runtime that an ambient call made here goes to.
pub(crate) fn runtime_here() -> String {
    executor::block_on(anyrt::spawn(async { runtime_inside() })).unwrap()
}

/// Which runtime this thread is inside; equal for two threads if it is the same one.
///
/// To be compared while the runtimes or handles of them live.
pub(crate) fn runtime_inside() -> String {
    let backend = Handle::try_current().expect("the thread is inside a runtime").backend();
    match backend {
        "tokio" => format!("tokio {}", tokio::runtime::Handle::current().id()),
        "smol" => format!("smol {}", smol_handle()),
        "native" => format!("native {}", native_handle()),
        // There is but one.
        _ => backend.to_owned(),
    }
}

#[cfg(feature = "smol")]
fn smol_handle() -> String {
    use anyrt_core::Current;

    format!("{:?}", anyrt::adapters::smol::Handle::try_current().expect("inside smol"))
}

#[cfg(not(feature = "smol"))]
fn smol_handle() -> String {
    unreachable!("smol is not compiled in")
}

/// Numbers the runtimes, which their handles show nothing of but whether they are the same.
#[cfg(feature = "native")]
fn native_handle() -> String {
    use std::sync::Mutex;

    use anyrt_core::Current;

    static SEEN: Mutex<Vec<anyrt::adapters::native::Handle>> = Mutex::new(Vec::new());

    let inside = anyrt::adapters::native::Handle::try_current().expect("inside native");
    let mut seen = SEEN.lock().unwrap();
    let number = seen.iter().position(|handle| *handle == inside).unwrap_or_else(|| {
        seen.push(inside);
        seen.len() - 1
    });
    number.to_string()
}

#[cfg(not(feature = "native"))]
fn native_handle() -> String {
    unreachable!("native is not compiled in")
}
