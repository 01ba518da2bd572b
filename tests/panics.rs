//! What a panic for a mistake of the caller says: in one message, the same on every backend, and at the
//! line of the caller. A hook sees it, and so does whoever reads the output of a process that aborts.
#![cfg(feature = "some-backend")]

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, set_hook, take_hook};
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use anyrt::{Builder, Handle, JoinHandle, Runtime, random, time};
use anyrt_tests::backend;
use anyrt_tests::child::child_without_choice;
use futures::executor;

const REFUSED: &str = "`block_on` was called from async code, where it would block a thread that has tasks to poll: \
     await the future instead, or move the call into `spawn_blocking`";
const POLLED_AGAIN: &str = "a join handle was polled after it had returned its result";

// `None` while none is expected.
thread_local!(static SEEN: RefCell<Option<Vec<Seen>>> = const { RefCell::new(None) });

/// What the hook is told of a panic.
#[derive(Debug)]
struct Seen {
    message: String,
    location: String,
}

/// The only panic of `call`; checks that its place is the line of `call`.
#[track_caller]
fn only_panic(call: impl FnOnce()) -> String {
    let here = Location::caller();
    let Seen { message, location } = panic_of(call);
    let line = format!("{}:{}:", here.file(), here.line());
    assert!(location.starts_with(&line), "`{message}` at {location}, not {line}");
    message
}

#[track_caller]
fn panic_of(call: impl FnOnce()) -> Seen {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            let location = info.location().expect("there always is one").to_string();
            let message = text_of(info.payload());
            SEEN.with_borrow_mut(|seen| match seen {
                Some(seen) => seen.push(Seen { message, location }),
                None => before(info),
            });
        }));
    });
    SEEN.set(Some(Vec::new()));
    let result = catch_unwind(AssertUnwindSafe(call));
    let mut seen = SEEN.take().expect("nobody else takes it");
    assert!(result.is_err(), "it does not panic");
    assert_eq!(seen.len(), 1, "not one panic: {seen:#?}");
    seen.remove(0)
}

fn text_of(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref().map(String::as_str)).unwrap_or("no text").to_owned()
}

fn runtimes() -> impl Iterator<Item = Runtime> {
    let compiled = anyrt::selection().unwrap().compiled();
    compiled.iter().map(|backend| Builder::new().backend(*backend).build().unwrap())
}

/// Checks all ways to call `block_on` where it is not allowed.
fn assert_refused(runtime: &Runtime, handle: &Handle) {
    assert_eq!(only_panic(|| runtime.block_on(async {})), REFUSED);
    assert_eq!(only_panic(|| handle.block_on(async {})), REFUSED);
    assert_eq!(only_panic(|| anyrt::block_on(async {})), REFUSED);
    assert_eq!(only_panic(|| anyrt::BlockOn::block_on(handle, async {})), REFUSED);
}

#[test]
fn block_on_in_async_code_panics_once() {
    for inner in runtimes() {
        let inner = std::sync::Arc::new(inner);
        for outer in runtimes() {
            let handle = inner.handle();
            outer.block_on(async { assert_refused(&inner, handle) });
            let inner = inner.clone();
            let task = outer.spawn(async move { assert_refused(&inner, inner.handle()) });
            outer.block_on(task).unwrap();
        }
    }
}

#[cfg(feature = "tokio")]
#[test]
fn block_on_in_a_task_that_tokio_spawned_panics_once() {
    let tokio = tokio::runtime::Runtime::new().unwrap();
    for runtime in runtimes() {
        let task = tokio.spawn(async move {
            assert_refused(&runtime, runtime.handle());
            // Also when the task has used up what tokio lets it do in one poll.
            while tokio::task::coop::has_budget_remaining() {
                tokio::task::coop::consume_budget().await;
            }
            assert_refused(&runtime, runtime.handle());
            // It ends elsewhere: a thread of its own may wait.
            std::thread::spawn(move || drop(runtime)).join().unwrap();
        });
        tokio.block_on(task).unwrap();
    }
}

/// What was found out about the budget is given back.
#[cfg(feature = "tokio")]
#[test]
fn a_block_on_that_was_refused_takes_nothing_from_the_budget_of_its_task() {
    let runtime = Builder::new().backend("tokio").current_thread().build().unwrap();
    let handle = runtime.handle().clone();
    runtime.block_on(async move {
        let budget = async || {
            let mut operations = 0;
            while tokio::task::coop::has_budget_remaining() {
                tokio::task::coop::consume_budget().await;
                operations += 1;
            }
            tokio::task::yield_now().await;
            operations
        };
        tokio::task::yield_now().await;
        let before = budget().await;
        only_panic(|| handle.block_on(async {}));
        assert_eq!(budget().await, before);
    });
}

#[test]
fn a_join_handle_that_is_polled_again_says_so() {
    fn poll_again<T: Send + 'static>(mut task: JoinHandle<T>) {
        assert!(executor::block_on(&mut task).is_ok());
        // It does all that a finished one does.
        assert!(task.is_finished() && task.abort_handle().is_finished());
        task.abort();
        task.abort_handle().abort();
        let cx = &mut Context::from_waker(Waker::noop());
        assert_eq!(only_panic(|| drop(Pin::new(&mut task).poll(cx))), POLLED_AGAIN);
        let mut task = task.abort_on_drop();
        assert_eq!(only_panic(|| drop(Pin::new(&mut task).poll(cx))), POLLED_AGAIN);
    }

    for runtime in runtimes() {
        poll_again(runtime.spawn(async {}));
        poll_again(runtime.handle().spawn_blocking(|| 7));
    }
}

#[test]
fn an_interval_of_no_time_and_a_range_of_no_numbers_say_so() {
    const NO_TIME: &str = "the period of an interval must be longer than zero";
    const NO_NUMBERS: &str = "the range of a random number must not be empty";

    for runtime in runtimes() {
        let _inside = runtime.enter();
        let message = only_panic(|| drop(time::interval(Duration::ZERO)));
        assert!(message.starts_with(NO_TIME), "{message}");
        let message = only_panic(|| drop(time::interval_at(time::now(), Duration::ZERO)));
        assert!(message.starts_with(NO_TIME), "{message}");
        assert_eq!(only_panic(|| _ = random::range(5..5)), NO_NUMBERS);
        assert_eq!(only_panic(|| _ = random::generator().range(..0)), NO_NUMBERS);
    }
}

#[test]
fn an_id_that_there_is_not_says_so() {
    const OUTSIDE: &str =
        "`anyrt::task::id` is for tasks and blocking closures: `try_id` works elsewhere too";
    const TAKEN: &str =
        "a join handle was asked for the id of its task after it had returned its result";

    assert_eq!(only_panic(|| _ = anyrt::task::id()), OUTSIDE);
    for runtime in runtimes() {
        runtime.block_on(async { assert_eq!(only_panic(|| _ = anyrt::task::id()), OUTSIDE) });
        let mut task = runtime.spawn(async {});
        assert!(executor::block_on(&mut task).is_ok());
        assert_eq!(only_panic(|| _ = task.id()), TAKEN);
        assert_eq!(only_panic(|| _ = anyrt_core::JoinHandle::id(&task)), TAKEN);
    }
}

#[test]
fn a_wrong_choice_is_reported_at_the_line_of_the_call() {
    child_without_choice(|| {
        let wrong = anyrt::selection().unwrap_err().to_string();
        assert_eq!(only_panic(|| drop(anyrt::spawn(async {}))), wrong);
        assert_eq!(only_panic(|| drop(anyrt::spawn_blocking(|| ()))), wrong);
        let builder = anyrt::task::Builder::new();
        assert_eq!(only_panic(|| drop(builder.spawn(async {}))), wrong);
        assert_eq!(only_panic(|| drop(builder.spawn_blocking(|| ()))), wrong);
        assert_eq!(only_panic(|| anyrt::block_on(async {})), wrong);
        assert_eq!(only_panic(|| drop(Handle::current())), wrong);
        assert_eq!(only_panic(|| _ = time::now()), wrong);
        assert_eq!(only_panic(|| drop(time::sleep(Duration::ZERO))), wrong);
        assert_eq!(only_panic(|| drop(time::sleep_until(Instant::now()))), wrong);
        assert_eq!(only_panic(|| drop(time::timeout(Duration::ZERO, async {}))), wrong);
        assert_eq!(only_panic(|| drop(time::timeout_at(Instant::now(), async {}))), wrong);
        assert_eq!(only_panic(|| drop(time::interval(Duration::MAX))), wrong);
        assert_eq!(only_panic(|| drop(time::interval_at(Instant::now(), Duration::MAX))), wrong);

        // Nothing is started for these.
        random::u64();
        time::system_now();

        #[anyrt::main]
        async fn main() {}
        let Seen { message, location } = panic_of(main);
        assert_eq!(message, format!("the runtime could not be started: {wrong}"));
        assert!(location.starts_with(file!()), "{location}");
    })
    .env("ANYRT_BACKEND", "nonsense")
    .env(backend::VARIABLE, "nonsense")
    .succeeds();
}
