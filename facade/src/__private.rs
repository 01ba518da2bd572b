//! What the attributes `main` and `test` expand to; not for use by hand.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::backends::{COMPILED, KNOWN};
use crate::default_runtime::Adoption;
use crate::selection::Choice;
pub use crate::task_local::TaskLocal;
use crate::{Builder, Handle, Runtime};

/// Runs the body of `#[anyrt::main]` on a runtime that is the process's default meanwhile.
#[track_caller]
pub fn run_main<F: Future>(builder: Builder, body: F) -> F::Output {
    let mut output = None;
    drive_main(builder, boxed(body, &mut output));
    output.expect(RETURNED)
}

/// [`run_main`], which waits at most for `limit` when the body has ended.
#[track_caller]
pub fn run_main_and_end_within<F: Future>(builder: Builder, body: F, limit: Duration) -> F::Output {
    let mut output = None;
    drive_main_within(builder, boxed(body, &mut output), limit);
    output.expect(RETURNED)
}

/// Runs the body of `#[anyrt::test]` on a runtime of its own.
///
/// Not made the default, because other tests of the process run at the same time.
#[track_caller]
pub fn run_test<F: Future>(builder: Builder, body: F) -> F::Output {
    let mut output = None;
    drive_test(builder, boxed(body, &mut output));
    output.expect(RETURNED)
}

/// [`run_test`], which waits at most for `limit` when the body has ended.
#[track_caller]
pub fn run_test_and_end_within<F: Future>(builder: Builder, body: F, limit: Duration) -> F::Output {
    let mut output = None;
    drive_test_within(builder, boxed(body, &mut output), limit);
    output.expect(RETURNED)
}

const RETURNED: &str = "a body that was driven has returned";

/// A body whose type what drives it does not know. So that is compiled once, here, and not in each program and
/// each test for its own body: the way through a runtime is long.
type Body<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// In a box, which also spares a large body from being moved: a whole program may be in there.
fn boxed<'a, F: Future + 'a>(body: F, output: &'a mut Option<F::Output>) -> Body<'a> {
    Box::pin(Storing { body, output })
}

pin_project! {
    /// Stores what the body returns.
    struct Storing<'a, F: Future> {
        #[pin]
        body: F,
        output: &'a mut Option<F::Output>,
    }
}

impl<F: Future> Future for Storing<'_, F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        this.body.poll(cx).map(|output| **this.output = Some(output))
    }
}

#[track_caller]
fn drive_main(builder: Builder, body: Body<'_>) {
    let (runtime, choice) = start(builder);
    let _adoption = Adoption::of(runtime.handle(), choice);
    runtime.handle().drive(body);
}

#[track_caller]
fn drive_main_within(builder: Builder, body: Body<'_>, limit: Duration) {
    let (runtime, choice) = start(builder);
    let ending = Ending { runtime: Some(runtime), limit };
    let _adoption = Adoption::of(ending.handle(), choice);
    ending.handle().drive(body);
}

#[track_caller]
fn drive_test(builder: Builder, body: Body<'_>) {
    start(builder).0.handle().drive(body);
}

#[track_caller]
fn drive_test_within(builder: Builder, body: Body<'_>, limit: Duration) {
    let ending = Ending { runtime: Some(start(builder).0), limit };
    ending.handle().drive(body);
}

/// A runtime that is ended within a limit, whether the body returns or panics.
struct Ending {
    // `None` once it has ended.
    runtime: Option<Runtime>,
    limit: Duration,
}

impl Ending {
    fn handle(&self) -> &Handle {
        self.runtime.as_ref().expect("it ends last").handle()
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // The error is that of a runtime which belongs to the process: nobody waits for it anyway.
            let _ = runtime.shutdown_timeout(self.limit);
        }
    }
}

#[track_caller]
fn start(builder: Builder) -> (Runtime, Choice) {
    let started = builder.choose().map_err(io::Error::from).and_then(|choice| {
        let runtime = builder.start(choice)?;
        Ok((runtime, choice))
    });
    match started {
        Ok(started) => started,
        Err(error) => panic!("the runtime could not be started: {error}"),
    }
}

/// Fails the build if a backend that an attribute names is not compiled in.
#[track_caller]
pub const fn assert_compiled(name: &str) {
    if !contains(COMPILED, name) {
        panic!("{}", refusal(name, KNOWN, COMPILED).as_str());
    }
}

/// Why a name is refused: no backend has it, or the one that has it is not compiled in.
const fn refusal(name: &str, known: &[&str], compiled: &[&str]) -> Message {
    let message = if contains(known, name) {
        Message::new().and("the backend `").and(name).and(
            "` is not compiled in: enable the feature of its name on anyrt, or name one that is",
        )
    } else {
        Message::new()
            .and("there is no backend called `")
            .and(name)
            .and("`: the names are ")
            .and_all(known)
            .and("; of these are compiled in")
    };
    message.and(": ").and_all(compiled)
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        if is_same(name.as_bytes(), names[i].as_bytes()) {
            return true;
        }
        i += 1;
    }
    false
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

/// A text that is put together by the compiler, which has no memory to allocate.
struct Message {
    bytes: [u8; Self::MOST],
    length: usize,
}

impl Message {
    /// What goes beyond is left out.
    const MOST: usize = 512;

    const fn new() -> Self {
        Self { bytes: [0; Self::MOST], length: 0 }
    }

    const fn and(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() && self.length < Self::MOST {
            self.bytes[self.length] = text[i];
            self.length += 1;
            i += 1;
        }
        self
    }

    const fn and_all(self, names: &[&str]) -> Self {
        let mut message = self;
        let mut i = 0;
        while i < names.len() {
            if i > 0 {
                message = message.and(", ");
            }
            message = message.and(names[i]);
            i += 1;
        }
        if names.is_empty() { message.and("none") } else { message }
    }

    const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            // Cut within a character.
            Err(_) => "this backend is not compiled in",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[&str] = &["tokio", "smol", "native"];

    #[test]
    fn a_backend_that_is_not_compiled_in_and_one_that_does_not_exist_are_told_apart() {
        let refused = |name, compiled| refusal(name, ALL, compiled).as_str().to_owned();
        assert_eq!(
            refused("smol", &["tokio", "native"]),
            "the backend `smol` is not compiled in: enable the feature of its name on anyrt, or name \
             one that is: tokio, native"
        );
        assert_eq!(
            refused("tokyo", &["tokio"]),
            "there is no backend called `tokyo`: the names are tokio, smol, native; of these are \
             compiled in: tokio"
        );
        assert!(refused("tokio", &[]).ends_with("name one that is: none"));
    }

    #[test]
    fn a_name_of_any_length_is_refused() {
        for name in ["x".repeat(1000), "ü".repeat(1000)] {
            assert!(refusal(&name, ALL, ALL).as_str().len() > 20);
        }
    }
}
