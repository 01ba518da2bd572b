//! The backend that the tests of a file run on, and what it refuses by design.
//!
//! It is the one of ambient calls: the first that is compiled in, or whichever `ANYRT_BACKEND` names.

use std::env;
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use anyrt::task::JoinHandle;
use anyrt::{Builder, Handle, Reason, Runtime};
use futures::executor;

macro_rules! names {
    ($($variant:ident = $module:ident: $krate:ident, $feature:literal, $whose:ident, $blocks:ident;)+) => {
        &[$(($feature, stringify!($whose), stringify!($blocks)),)+]
    };
}

/// Names it for a child, whose own environment may name none or a wrong one.
pub const VARIABLE: &str = "ANYRT_TEST_BACKEND";

pub fn name() -> String {
    env::var(VARIABLE).unwrap_or_else(|_| anyrt::selection().unwrap().backend().to_owned())
}

/// Whether runtimes belong to whoever starts them. Where there is a single one, which belongs to the
/// process, it takes no options, and nobody ends it.
pub fn has_owners() -> bool {
    is_owned(&name())
}

/// The same of the backend of this name; of those that the list does not have, none is.
pub fn is_owned(name: &str) -> bool {
    ALL.iter().any(|(other, whose, _)| *other == name && *whose == "Owned")
}

/// Whether a task of the backend of this name may block its thread, which others take the place of.
pub fn blocks_in_place(name: &str) -> bool {
    ALL.iter().any(|(other, _, blocks)| *other == name && *blocks == "InPlace")
}

/// All backends, whose their runtimes are, and where closures may block.
const ALL: &[(&str, &str, &str)] = anyrt::__with_backends!(names!);

/// Whether nothing but this backend is compiled in.
pub fn is_alone(name: &str) -> bool {
    anyrt::selection().is_ok_and(|selection| selection.compiled() == [name])
        && !cfg!(feature = "dyn")
}

/// Whether all that there are can be chosen.
pub fn all_are_compiled() -> bool {
    anyrt::selection().is_ok_and(|selection| selection.compiled().len() == ALL.len())
}

/// The name of a thread for which the application chose `name`; where it can't, they have theirs.
pub fn name_of_thread(name: &str) -> &str {
    if has_owners() { name } else { "async-std/runtime" }
}

/// Whether a runtime has timers, a reactor and threads for blocking closures of its own. Those of
/// `async-io` and `blocking` belong to the process; its timers go on without the runtime.
pub fn is_self_contained() -> bool {
    matches!(&*name(), "tokio" | "native")
}

/// How many threads belong to a runtime with so many workers, as long as it runs no closures.
pub fn threads_with(workers: usize) -> usize {
    match &*name() {
        // One more sees to it that no task waits for a worker that is stuck in another.
        "native" => workers + 1,
        _ if !has_owners() => 0,
        _ => workers,
    }
}

/// Runs `test` on a runtime of each backend that is compiled in, one after the other; says on which one it is.
#[track_caller]
pub fn on_each<F: Future<Output = ()>>(test: impl Fn() -> F) {
    for name in anyrt::selection().unwrap().compiled() {
        eprintln!("on {name}:");
        Builder::new().backend(*name).build().unwrap().block_on(test());
    }
}

/// Starts a runtime with these options. Where the backend takes none, checks that it says so, and
/// starts one without.
#[track_caller]
pub fn start(options: Builder) -> Runtime {
    let options = options.backend(name());
    if has_owners() {
        return options.build().unwrap();
    }
    let error = options.build().unwrap_err();
    let message = error.to_string();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{message}");
    let advice = "leave the option out, or choose another backend";
    assert!(message.starts_with(&format!("{} ", name())) && message.ends_with(advice), "{message}");
    Builder::new().backend(name()).build().unwrap()
}

pub fn two_workers() -> Runtime {
    start(Builder::new().worker_threads(2))
}

/// Spawns it, and returns when it was polled: if it waits for something, it does so now.
pub fn spawn_and_poll<T: Send + 'static>(
    runtime: &Runtime,
    task: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    let (tell, told) = channel();
    let task = runtime.spawn(async move {
        let mut task = pin!(task);
        poll_fn(move |cx| {
            let poll = task.as_mut().poll(cx);
            // Only the first matters, and nobody hears of the others.
            let _ = tell.send(());
            poll
        })
        .await
    });
    told.recv().unwrap();
    task
}

/// The backend of these tests, to be pinned with these options if it takes any.
pub fn with_options(options: Builder) -> Builder {
    let name = name();
    if has_owners() { options.backend(name) } else { Builder::new().backend(name) }
}

/// By which step of the rule the backend of a call made here is chosen; checks which one it is.
pub fn reason() -> Reason {
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
pub fn runtime_here() -> String {
    executor::block_on(anyrt::spawn(async { runtime_inside() })).unwrap()
}

/// Which runtime this thread is inside, by name and number; equal for two threads if it is the same one.
///
/// To be compared while the runtimes or handles of them live.
pub fn runtime_inside() -> String {
    static SEEN: Mutex<Vec<Handle>> = Mutex::new(Vec::new());

    let inside = Handle::try_current().expect("the thread is inside a runtime");
    let backend = inside.backend();
    let mut seen = SEEN.lock().unwrap();
    let number = seen.iter().position(|handle| *handle == inside).unwrap_or_else(|| {
        seen.push(inside);
        seen.len() - 1
    });
    format!("{backend} {number}")
}
