//! Spans of [tracing](https://docs.rs/tracing) for the tasks of [anyrt](https://docs.rs/anyrt), on every runtime.
//!
//! ```
//! use tracing::{Level, info, info_span};
//!
//! # fn main() -> std::io::Result<()> {
//! // Before anything is spawned, and after the subscriber.
//! anyrt_tracing::install(Level::INFO);
//!
//! let runtime = anyrt::Runtime::new()?;
//! runtime.block_on(async {
//!     let request = info_span!("request", id = 7).entered();
//!     let task = anyrt::task::Builder::new().name("query").spawn(async {
//!         info!("in the span of the task, which is in that of the request");
//!     });
//!     drop(request);
//!     task.await
//! })?;
//! # Ok(())
//! # }
//! ```
//!
//! # The spans
//!
//! Each task and blocking closure has a span `runtime.spawn` with the target `anyrt::task`, within the span that is current
//! where it is spawned. It is entered for each poll, and closed when the task has ended. Its fields are those of
//! tokio's: `kind`, `task.name`, `task.id`, `loc.file`, `loc.line` and `loc.col`.
//!
//! Where the subscriber does not want such spans, a task carries the span that is current where it is spawned: what its
//! polls record is within that. It stays open until the task has ended. A task without either is not observed.
//!
//! It stands on what the contract tells an [observer](anyrt_core::observe), which says what is not seen: tasks from
//! before, the futures of `block_on`, and tasks that do not come by anyrt.
//!
//! # tokio-console
//!
//! The layer of [console-subscriber](https://docs.rs/console-subscriber) takes these spans for tasks: with [`Level::TRACE`] it
//! shows them, where they were spawned, their polls and busy times on every runtime, of which tests/console of the repository is
//! the test. The crate is compiled with `--cfg console_without_tokio_unstable`, which says that not tokio makes the spans, and
//! runs its server on a tokio runtime of its own. Wakers are not told, so their columns stay empty, and
//! `tokio-console --allow lost-waker` keeps it from taking that for a mistake.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

use std::sync::Arc;

use anyrt_core::observe::{self, End, Observer, TaskObserver};
use anyrt_core::task::{Id, Kind, Meta};
use tracing::field::{Empty, display};
use tracing::{Level, Span, span};

/// Gives a span of this level to each task that is spawned from now on, [beside](observe::install_beside) other observers.
///
/// To be called once. Which subscriber has the span is decided where the task is spawned; events within a poll go to that of
/// the thread that polls, which is the same if it is the global one.
pub fn install(level: Level) {
    observe::install_beside(Arc::new(Spans { level }));
}

struct Spans {
    level: Level,
}

impl Observer for Spans {
    fn spawned(&self, task: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
        let own = span_of(self.level, task);
        let span = if own.is_disabled() { Span::current() } else { own.clone() };
        (!span.is_disabled()).then(|| Arc::new(InSpan { span, own }) as _)
    }
}

struct InSpan {
    /// What is entered.
    span: Span,
    /// The same, if it is that of the task.
    own: Span,
}

impl TaskObserver for InSpan {
    fn identified(&self, id: Id) {
        self.own.record("task.id", display(id));
    }

    // A guard would have to be kept on the thread, between these two.
    fn poll_begins(&self) {
        self.span.with_subscriber(|(id, dispatch)| dispatch.enter(id));
    }

    fn poll_ends(&self) {
        self.span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
    }

    fn ended(&self, end: End) {
        if end == End::Panicked {
            self.own.record("panicked", true);
        }
    }
}

/// Each level has a span of its own in the program: it is no argument of one.
fn span_of(level: Level, task: &Meta<'_>) -> Span {
    macro_rules! span_of {
        ($($level:ident)+) => {
            match level {
                $(Level::$level => span!(
                    target: "anyrt::task",
                    Level::$level,
                    "runtime.spawn",
                    kind = kind(task.kind),
                    task.name = task.name,
                    task.id = Empty,
                    loc.file = task.location.file(),
                    loc.line = task.location.line(),
                    loc.col = task.location.column(),
                    panicked = Empty,
                ),)+
            }
        };
    }
    span_of!(TRACE DEBUG INFO WARN ERROR)
}

/// As tokio calls them.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Closure => "blocking",
        Kind::LocalTask => "local",
        _ => "task",
    }
}
