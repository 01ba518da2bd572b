//! The attributes `#[anyrt::main]` and `#[anyrt::test]`, as a user writes them.
//!
//! The programs that must or must not compile are in `tests/ui`. Those that fail name the mistake, and
//! the `.stderr` beside each holds what the user gets to read. To write them anew after a change:
//! `TRYBUILD=overwrite cargo test -p anyrt-tests --all-features --test macros`.

#![cfg(feature = "some-backend")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyrt_tests::backend;
use anyrt_tests::child::child_without_choice;

#[test]
fn compile_errors_are_readable() {
    if !backend::all_are_compiled() {
        println!("left out: some of the messages list the backends that are compiled in");
        return;
    }
    let programs = trybuild::TestCases::new();
    programs.compile_fail("ui/fail_*.rs");
    programs.pass("ui/pass_*.rs");
}

mod test {
    use std::collections::BTreeSet;
    use std::env;
    use std::process::Command;

    use super::*;

    #[anyrt::test]
    async fn the_body_runs_inside_a_runtime() {
        assert!(anyrt::Handle::try_current().is_some());
    }

    #[anyrt::test]
    async fn an_ok_passes() -> Result<(), anyrt::JoinError> {
        let sum = anyrt::spawn(async { 1 + 1 }).await?;
        assert_eq!(sum, 2);
        Ok(())
    }

    // A test that returns `Err` cannot be written as one that should fail, so it is called.
    #[test]
    fn an_err_is_returned() {
        #[anyrt::main]
        async fn parse() -> Result<u8, std::num::ParseIntError> {
            let number = "four".parse()?;
            Ok(number)
        }
        assert!(parse().is_err());
    }

    #[anyrt::test]
    #[should_panic(expected = "on purpose")]
    async fn a_panic_of_the_body_arrives() {
        anyrt::spawn(async {}).await.unwrap();
        panic!("on purpose");
    }

    #[cfg(feature = "native")]
    #[anyrt::test(backend = "native", start_paused = true)]
    async fn a_clock_may_be_paused_from_the_start() {
        an_hour_is_over_at_once().await;
    }

    #[cfg(feature = "smol")]
    #[anyrt::test(backend = "smol", start_paused = true)]
    async fn that_of_smol_may_be_too() {
        an_hour_is_over_at_once().await;
    }

    #[cfg(any(feature = "native", feature = "smol"))]
    async fn an_hour_is_over_at_once() {
        use anyrt::time::{self, Duration};

        assert!(time::is_paused());
        let start = time::now();
        time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(time::now() - start, Duration::from_secs(3600));
        time::resume().unwrap();
        assert!(!time::is_paused());
    }

    #[cfg(feature = "native")]
    #[anyrt::test(backend = "native", start_paused = false, current_thread)]
    async fn a_clock_may_be_told_to_go_on() {
        assert!(!anyrt::time::is_paused());
        anyrt::time::pause().unwrap();
    }

    #[anyrt::test(shutdown_timeout = std::time::Duration::ZERO)]
    async fn the_end_may_be_bounded() {
        anyrt::spawn(async {}).await.unwrap();
    }

    /// Where runtimes have an owner there are options, which are refused where the process has the only one.
    macro_rules! options {
        (Owned $feature:literal) => {
            use std::sync::{Arc, Barrier};
            use std::thread;

            #[anyrt::test(backend = $feature, worker_threads = 2)]
            async fn worker_threads_run_as_many_tasks_at_once() {
                let meeting = Arc::new(Barrier::new(2));
                let tasks = [0; 2].map(|_| {
                    let meeting = meeting.clone();
                    anyrt::spawn(async move {
                        meeting.wait();
                        thread::current().id()
                    })
                });
                let [one, other] = tasks;
                assert_ne!(one.await.unwrap(), other.await.unwrap());
            }

            #[anyrt::test(backend = $feature, current_thread)]
            async fn current_thread_runs_tasks_on_the_thread_of_the_body() {
                let task = anyrt::spawn(async { thread::current().id() }).await.unwrap();
                assert_eq!(task, thread::current().id());
            }
        };
        (OfProcess $feature:literal) => {
            #[anyrt::test(backend = $feature, worker_threads = 2)]
            #[should_panic(expected = "leave the option out, or choose another backend")]
            async fn worker_threads_are_refused() {}

            #[anyrt::test(backend = $feature, current_thread)]
            #[should_panic(expected = "leave the option out, or choose another backend")]
            async fn current_thread_is_refused() {}
        };
    }

    macro_rules! on_each_backend {
        ($($variant:ident = $module:ident: $krate:ident, $feature:literal, $whose:ident, $blocks:ident;)+) => {$(
            #[cfg(feature = $feature)]
            mod $module {
                #[anyrt::test(backend = $feature)]
                async fn is_chosen_by_name() {
                    assert_eq!(anyrt::selection().unwrap().backend(), $feature);
                }

                options!($whose $feature);
            }
        )+};
    }

    anyrt::__with_backends!(on_each_backend!);

    #[anyrt::test(all)]
    #[allow(dead_code, reason = "it goes to the function")]
    pub(super) async fn runs_on_all() -> Result<(), anyrt::JoinError> {
        let backend = anyrt::spawn(async { anyrt::Handle::current().backend() }).await?;
        let test = thread::current().name().unwrap().replace('_', "-");
        assert!(test.ends_with(&format!("::{backend}")), "{test} runs on {backend}");
        Ok(())
    }

    #[test]
    fn there_is_a_test_for_each_backend_that_is_compiled() {
        let list = Command::new(env::current_exe().unwrap()).arg("--list").output().unwrap();
        let list = String::from_utf8(list.stdout).unwrap();
        let tests = list.lines().filter_map(|line| line.strip_prefix("test::runs_on_all::"));
        let tests: BTreeSet<_> = tests.collect();
        let compiled = anyrt::selection().unwrap().compiled().iter();
        let expected = compiled.map(|backend| format!("{}: test", backend.replace('-', "_")));
        assert_eq!(tests, expected.collect::<Vec<_>>().iter().map(String::as_str).collect());
    }

    #[anyrt::test(all)]
    #[should_panic(expected = "on purpose")]
    async fn panics_on_all() {
        panic!("on purpose");
    }

    #[anyrt::test]
    #[cfg(any())]
    async fn other_attributes_are_kept() {
        compile_error!("the function is compiled although its `cfg` says no");
    }
}

mod main {
    use std::time::Duration;

    use super::*;

    /// A closure that runs for ever, as one does that reads from a terminal.
    async fn start_an_endless_closure() {
        let (started, has_started) = futures::channel::oneshot::channel();
        drop(anyrt::spawn_blocking(move || {
            started.send(()).unwrap();
            loop {
                thread::park();
            }
        }));
        has_started.await.unwrap();
    }

    #[test]
    fn it_does_not_wait_for_a_closure_longer_than_it_is_told_to() {
        #[anyrt::main(shutdown_timeout = Duration::from_millis(1))]
        async fn returns() -> u8 {
            start_an_endless_closure().await;
            7
        }

        #[anyrt::main(shutdown_timeout = Duration::ZERO)]
        async fn panics() {
            start_an_endless_closure().await;
            panic!("on purpose");
        }

        for backend in anyrt::selection().unwrap().compiled() {
            child_without_choice(|| {
                assert_eq!(returns(), 7);
                std::panic::catch_unwind(panics).unwrap_err();
            })
            .env("ANYRT_BACKEND", backend)
            .succeeds();
        }
    }

    #[test]
    fn it_waits_for_a_closure_that_ends_in_time() {
        static HAS_ENDED: AtomicUsize = AtomicUsize::new(0);

        #[anyrt::main(shutdown_timeout = Duration::MAX)]
        async fn main() {
            let (started, has_started) = futures::channel::oneshot::channel();
            drop(anyrt::spawn_blocking(move || {
                started.send(()).unwrap();
                thread::sleep(Duration::from_millis(20));
                HAS_ENDED.store(1, Ordering::Release);
            }));
            has_started.await.unwrap();
        }

        main();
        // What ends with the process waits for nothing.
        assert!(HAS_ENDED.load(Ordering::Acquire) == 1 || !backend::has_owners());
    }

    #[test]
    fn a_function_of_any_name_returns_the_value_of_its_body() {
        assert_eq!(answer(), 42);
    }

    #[anyrt::main]
    async fn answer() -> u8 {
        anyrt::spawn(async { 42 }).await.unwrap()
    }

    #[test]
    fn a_function_can_be_called_again() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);

        #[anyrt::main]
        async fn count() {
            assert!(anyrt::Handle::try_current().is_some());
            CALLS.fetch_add(1, Ordering::Relaxed);
        }

        count();
        count();
        assert_eq!(CALLS.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn the_runtime_is_left_when_the_function_returns() {
        let _ = answer();
        assert!(anyrt::Handle::try_current().is_none());
    }

    #[test]
    fn the_body_may_hold_what_cannot_be_sent() {
        #[anyrt::main]
        async fn shared() -> usize {
            let shared = std::rc::Rc::new(());
            anyrt::spawn(async {}).await.unwrap();
            std::rc::Rc::strong_count(&shared)
        }
        assert_eq!(shared(), 1);
    }

    #[test]
    fn the_result_may_be_opaque() {
        #[anyrt::main]
        async fn numbers() -> impl Iterator<Item = u8> {
            [1, 2].into_iter()
        }
        assert_eq!(numbers().sum::<u8>(), 3);
    }

    #[test]
    fn inside_of_the_function_its_name_means_the_async_one() {
        #[anyrt::main]
        async fn count_down() -> u8 {
            static LEFT: AtomicUsize = AtomicUsize::new(3);
            if LEFT.fetch_sub(1, Ordering::Relaxed) > 1 {
                return Box::pin(count_down()).await + 1;
            }
            0
        }
        assert_eq!(count_down(), 2);
    }
}

/// Why the default runtime is what it is while a main runs that names no backend.
#[anyrt::main]
async fn reason_of_main() -> anyrt::Reason {
    let reason = || anyrt::selection().unwrap().reason();
    let outside = thread::spawn(reason).join().unwrap();
    // Inside, too, for this is where a program asks.
    assert_eq!(reason(), outside);
    assert_eq!(anyrt::spawn(async move { reason() }).await.unwrap(), outside);
    outside
}

#[test]
fn a_main_that_names_no_backend_pins_none() {
    child_without_choice(|| assert_eq!(reason_of_main(), anyrt::Reason::FirstCompiled)).succeeds();
}

#[test]
fn a_main_that_names_no_backend_follows_the_environment() {
    child_without_choice(|| assert_eq!(reason_of_main(), anyrt::Reason::Environment))
        .env("ANYRT_BACKEND", backend::name())
        .succeeds();
}
