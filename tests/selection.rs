//! Which runtime runs a call: each step of the selection rule, and the ways to get it wrong.
//!
//! The default runtime belongs to the process, so each situation has a process of its own.
#![cfg(feature = "some-backend")]

use std::panic::catch_unwind;
use std::time::Duration;
use std::{io, thread};

use anyrt::{Builder, Handle, Reason, SelectionError, SetDefaultError};
use anyrt_tests::backend;
use anyrt_tests::backend::{reason, runtime_here, runtime_inside, two_workers, with_options};
use anyrt_tests::child::child_without_choice as child;
use futures::executor;

/// The runtime that a task of `handle` runs on.
fn runtime_of(handle: &Handle) -> String {
    executor::block_on(handle.spawn(async { runtime_inside() })).unwrap()
}

/// Two runtimes that are not the same, unless the backend has but one.
#[track_caller]
fn assert_differ(one: String, other: String) {
    assert_eq!(one != other, backend::has_owners(), "{one}, {other}");
}

/// The name of the thread that a task runs on.
fn worker_name() -> String {
    let name = async { thread::current().name().unwrap_or_default().to_owned() };
    executor::block_on(anyrt::spawn(name)).unwrap()
}

#[track_caller]
fn panic_of(call: fn()) -> String {
    let payload = catch_unwind(call).expect_err("it panics");
    *payload.downcast::<String>().expect("panics with a message")
}

mod step_1_a_handle {
    use super::*;

    #[test]
    fn an_explicit_handle_beats_everything() {
        child(|| {
            let (around, other, pinned) = (two_workers(), two_workers(), two_workers());
            anyrt::set_default(pinned.handle().clone()).unwrap();
            around.block_on(async {
                assert_eq!(runtime_of(other.handle()), runtime_of(&other.handle().clone()));
                assert_differ(runtime_of(other.handle()), runtime_of(around.handle()));
                assert_differ(runtime_of(other.handle()), runtime_of(pinned.handle()));
                let closure = runtime_inside;
                let id = other.handle().spawn_blocking(closure).await.unwrap();
                assert_eq!(id, runtime_of(other.handle()));
            });
        })
        .env("ANYRT_BACKEND", "nonsense")
        .succeeds();
    }

    #[test]
    fn a_handle_names_its_runtime_wherever_it_is_taken() {
        child(|| {
            let (one, other) = (two_workers(), two_workers());
            let taken = one.block_on(async { anyrt::spawn(async { Handle::current() }).await });
            let taken = taken.unwrap();
            let id = other.block_on(async { runtime_of(&taken) });
            assert_eq!(id, runtime_of(one.handle()));
        })
        .succeeds();
    }
}

mod step_2_inside {
    use super::*;

    /// By which step the other runtime is found. Where there is but one, it was pinned.
    fn inside() -> Reason {
        if backend::has_owners() { Reason::Inside } else { Reason::Pinned }
    }

    /// Two runtimes, the first of which is the default one.
    fn pinned_and_other() -> (anyrt::Runtime, anyrt::Runtime) {
        let (pinned, other) = (two_workers(), two_workers());
        anyrt::set_default(pinned.handle().clone()).unwrap();
        (pinned, other)
    }

    #[test]
    fn a_worker_is_inside() {
        child(|| {
            let (_pinned, other) = pinned_and_other();
            let task = other.spawn(async {
                let task = anyrt::spawn(async { runtime_inside() });
                (reason(), task.await.unwrap())
            });
            let found = executor::block_on(task).unwrap();
            assert_eq!(found, (inside(), runtime_of(other.handle())));
        })
        .succeeds();
    }

    #[test]
    fn block_on_is_inside() {
        child(|| {
            let (_pinned, other) = pinned_and_other();
            let found = other.block_on(async { (reason(), runtime_here()) });
            assert_eq!(found, (inside(), runtime_of(other.handle())));
        })
        .succeeds();
    }

    #[test]
    fn an_enter_guard_is_inside_until_it_is_dropped() {
        child(|| {
            let (pinned, other) = pinned_and_other();
            let guard = other.handle().enter();
            assert_eq!((reason(), runtime_here()), (inside(), runtime_of(other.handle())));
            let inner = pinned.handle().enter();
            assert_eq!((reason(), runtime_here()), (Reason::Pinned, runtime_of(pinned.handle())));
            drop(inner);
            assert_eq!((reason(), runtime_here()), (inside(), runtime_of(other.handle())));
            drop(guard);
            assert_eq!((reason(), runtime_here()), (Reason::Pinned, runtime_of(pinned.handle())));
        })
        .succeeds();
    }

    #[test]
    fn a_guard_inside_of_block_on_wins_over_it() {
        child(|| {
            let (one, other) = pinned_and_other();
            one.block_on(async {
                let _guard = other.handle().enter();
                assert_eq!(runtime_here(), runtime_of(other.handle()));
                assert_eq!(runtime_of(&Handle::current()), runtime_of(other.handle()));
            });
        })
        .succeeds();
    }

    #[test]
    fn a_blocking_closure_is_inside() {
        child(|| {
            let (_pinned, other) = pinned_and_other();
            let task = other.handle().spawn_blocking(|| (reason(), runtime_here()));
            let found = executor::block_on(task).unwrap();
            assert_eq!(found, (inside(), runtime_of(other.handle())));
        })
        .succeeds();
    }

    #[test]
    fn inside_the_default_runtime_its_own_step_is_named() {
        child(|| {
            let steps = || anyrt::block_on(anyrt::spawn(async { reason() })).unwrap();
            let in_closure = || anyrt::block_on(anyrt::spawn_blocking(reason)).unwrap();
            let expected = anyrt::selection().unwrap();
            assert_eq!((steps(), in_closure()), (expected.reason(), expected.reason()));
            let inside = anyrt::block_on(async { anyrt::selection().unwrap() });
            assert_eq!(inside.to_string(), expected.to_string());
            // That of another runtime of the same backend is the one that the thread is inside.
            if backend::has_owners() {
                assert_eq!(two_workers().block_on(async { reason() }), Reason::Inside);
            }
        })
        .env("ANYRT_BACKEND", backend::name())
        .succeeds();
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn a_tokio_runtime_that_someone_else_entered_is_inside() {
        fn tokio_reason() -> Reason {
            let selection = anyrt::selection().unwrap();
            assert_eq!(selection.backend(), "tokio");
            selection.reason()
        }

        #[tokio::main(worker_threads = 2)]
        async fn main() {
            let own = runtime_inside();
            assert_eq!((tokio_reason(), runtime_here()), (Reason::Inside, own.clone()));
            let task = tokio::spawn(async {
                let task = anyrt::spawn(async { runtime_inside() });
                (tokio_reason(), task.await.unwrap())
            });
            assert_eq!(task.await.unwrap(), (Reason::Inside, own.clone()));
            let closure = || (tokio_reason(), runtime_here());
            assert_eq!(tokio::task::spawn_blocking(closure).await.unwrap(), (Reason::Inside, own));
        }

        child(|| {
            let (_pinned, _other) = pinned_and_other();
            main();
        })
        .succeeds();
    }

    #[test]
    fn who_is_inside_is_not_bothered_by_a_wrong_environment() {
        child(|| {
            two_workers().block_on(async {
                assert_eq!(reason(), Reason::Inside);
                anyrt::spawn(async {}).await.unwrap();
            });
        })
        .env("ANYRT_BACKEND", "nonsense")
        .succeeds();
    }
}

mod step_3_a_pin {
    use super::*;

    #[test]
    fn a_name_pins() {
        child(|| {
            anyrt::set_default(&*backend::name()).unwrap();
            assert_eq!(reason(), Reason::Pinned);
            assert_eq!(worker_name(), backend::name_of_thread("anyrt"));
            assert_eq!(reason(), Reason::Pinned);
        })
        .succeeds();
    }

    #[test]
    fn a_builder_pins_its_options_too() {
        child(|| {
            let builder = Builder::new().worker_threads(1).thread_name("pinned");
            anyrt::set_default(with_options(builder)).unwrap();
            assert_eq!(reason(), Reason::Pinned);
            assert_eq!(worker_name(), backend::name_of_thread("pinned"));
        })
        .succeeds();
    }

    #[test]
    fn a_handle_pins_its_runtime() {
        child(|| {
            let runtime = two_workers();
            anyrt::set_default(runtime.handle().clone()).unwrap();
            assert_eq!((reason(), runtime_here()), (Reason::Pinned, runtime_of(runtime.handle())));
            assert_eq!(runtime_of(&Handle::current()), runtime_of(runtime.handle()));
        })
        .succeeds();
    }

    #[test]
    fn a_pin_goes_before_the_environment() {
        child(|| {
            anyrt::set_default(&*backend::name()).unwrap();
            assert_eq!(reason(), Reason::Pinned);
            assert_eq!(worker_name(), backend::name_of_thread("anyrt"));
            // Also for runtimes of one's own that name no backend.
            Builder::new().build().unwrap();
        })
        .env("ANYRT_BACKEND", "nonsense")
        .succeeds();
    }

    #[test]
    fn a_builder_that_names_its_backend_does_not_ask_the_environment() {
        child(|| {
            let runtime = Builder::new().backend(backend::name()).build().unwrap();
            assert_eq!(runtime.handle().backend(), backend::name());
            anyrt::selection().unwrap_err();
        })
        .env("ANYRT_BACKEND", "nonsense")
        .succeeds();
    }

    #[test]
    fn a_builder_without_a_name_leaves_the_backend_to_the_next_step() {
        child(|| {
            anyrt::set_default(Builder::new().thread_name("mine")).unwrap();
            assert_eq!(reason(), Reason::Environment);
            assert_eq!(worker_name(), backend::name_of_thread("mine"));
        })
        .env("ANYRT_BACKEND", backend::name())
        .succeeds();
    }

    #[test]
    fn after_main_a_call_starts_a_default_of_its_own() {
        #[anyrt::main]
        async fn main() -> (Handle, String) {
            (Handle::current(), runtime_inside())
        }

        child(|| {
            let (_first, _) = main();
            assert_eq!(reason(), Reason::FirstCompiled);
            let there_is_one = !backend::is_owned(anyrt::selection().unwrap().backend());
            // A later one finds the default taken, and still runs on a runtime of its own.
            let default = runtime_here();
            let (_second, id) = main();
            assert_eq!(id == default, there_is_one);
            assert_eq!(runtime_here(), default);
        })
        .succeeds();
    }

    /// The name has to be a literal.
    macro_rules! main_pins {
        ($($variant:ident = $module:ident: $krate:ident, $feature:literal, $whose:ident, $blocks:ident;)+) => {$(
            #[cfg(feature = $feature)]
            mod $module {
                use super::*;

                #[test]
                fn threads_that_main_starts_use_the_runtime_of_main() {
                    #[anyrt::main(backend = $feature)]
                    async fn main() {
                        let own = runtime_inside();
                        // Its step, although the thread is inside.
                        assert_eq!(reason(), Reason::Pinned);
                        let thread = thread::spawn(|| {
                            assert!(Handle::try_current().is_none());
                            (reason(), runtime_here())
                        });
                        assert_eq!(thread.join().unwrap(), (Reason::Pinned, own));
                    }

                    child(main)
                        .env(backend::VARIABLE, $feature)
                        .env("ANYRT_BACKEND", "nonsense")
                        .succeeds();
                }

                #[test]
                fn a_default_that_was_set_before_main_stays() {
                    #[anyrt::main(backend = $feature)]
                    async fn main() -> (String, String) {
                        let thread = thread::spawn(runtime_here);
                        (runtime_inside(), thread.join().unwrap())
                    }

                    child(|| {
                        let runtime = two_workers();
                        anyrt::set_default(runtime.handle().clone()).unwrap();
                        let (main, of_a_thread) = main();
                        assert_differ(main, of_a_thread.clone());
                        assert_eq!(of_a_thread, runtime_of(runtime.handle()));
                    })
                    .env(backend::VARIABLE, $feature)
                    .succeeds();
                }
            }
        )+};
    }

    anyrt::__with_backends!(main_pins!);
}

mod step_4_the_environment {
    use super::*;

    #[test]
    fn the_environment_names_the_backend() {
        child(|| {
            assert_eq!(reason(), Reason::Environment);
            let text = anyrt::selection().unwrap().to_string();
            let (name, compiled) =
                (backend::name(), anyrt::selection().unwrap().compiled().join(", "));
            assert_eq!(text, format!("{name}, named by ANYRT_BACKEND (compiled in: {compiled})"));
            assert_eq!(worker_name(), backend::name_of_thread("anyrt"));
            assert_eq!(reason(), Reason::Environment);
        })
        .env("ANYRT_BACKEND", backend::name())
        .succeeds();
    }

    fn message(name: &str) -> String {
        let inside = two_workers().block_on(async { anyrt::selection().unwrap() });
        let compiled = inside.compiled().join(", ");
        if name.is_empty() {
            return format!(
                "ANYRT_BACKEND is empty: let it name one of the backends that are compiled in \
                 ({compiled}), or unset it"
            );
        }
        format!(
            "there is no backend called `{name}`, named by ANYRT_BACKEND: choose one of those that \
             are compiled in ({compiled})"
        )
    }

    /// Every way to meet a wrong name, which all say the same.
    fn assert_refused(name: &str) {
        let message = message(name);
        assert_eq!(anyrt::selection().unwrap_err().to_string(), message);

        let error = Builder::new().build().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(error.get_ref().unwrap().is::<SelectionError>());
        assert_eq!(error.to_string(), message);

        let error = anyrt::set_default(Builder::new()).unwrap_err();
        assert!(matches!(error, SetDefaultError::Selection(_)));
        assert_eq!(error.to_string(), message);

        let calls: [fn(); 5] = [
            || drop(anyrt::spawn(async {})),
            || drop(anyrt::spawn_blocking(|| {})),
            || anyrt::block_on(async {}),
            || drop(anyrt::time::sleep(Duration::ZERO)),
            || _ = Handle::current(),
        ];
        // Twice: the first failure leaves nothing behind that would change the second.
        for call in calls.into_iter().chain(calls) {
            assert_eq!(panic_of(call), message);
        }
        assert!(Handle::try_current().is_none());
    }

    #[test]
    fn an_unknown_name_is_refused_with_a_list_of_what_is_compiled() {
        child(|| assert_refused("nonsense")).env("ANYRT_BACKEND", "nonsense").succeeds();
    }

    #[test]
    fn an_empty_name_is_refused() {
        child(|| assert_refused("")).env("ANYRT_BACKEND", "").succeeds();
    }

    #[test]
    fn a_name_that_merely_looks_alike_is_refused() {
        child(|| assert_refused(" Tokio")).env("ANYRT_BACKEND", " Tokio").succeeds();
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_is_refused() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let name = OsStr::from_bytes(b"tok\xff");
        child(|| assert_refused("tok\u{fffd}")).env("ANYRT_BACKEND", name).succeeds();
    }

    #[test]
    fn main_says_so_too() {
        #[anyrt::main]
        async fn main() {}

        child(main).env("ANYRT_BACKEND", "nonsense").panics(
            "the runtime could not be started: there is no backend called `nonsense`, named by",
        );
    }

    #[test]
    fn after_a_failed_call_the_application_can_still_choose() {
        child(|| {
            panic_of(|| drop(anyrt::spawn(async {})));
            anyrt::set_default(&*backend::name()).unwrap();
            assert_eq!(worker_name(), backend::name_of_thread("anyrt"));
        })
        .env("ANYRT_BACKEND", "nonsense")
        .succeeds();
    }
}

mod step_5_the_first_compiled {
    use super::*;

    #[test]
    fn without_any_choice_it_is_the_first_that_is_compiled() {
        child(|| {
            let selection = anyrt::selection().unwrap();
            assert_eq!(selection.reason(), Reason::FirstCompiled);
            assert_eq!(selection.backend(), selection.compiled()[0]);
            let text = selection.to_string();
            let start = format!(
                "{}, the first backend compiled in (compiled in: ",
                selection.compiled()[0]
            );
            assert!(text.starts_with(&start), "{text}");
            let inside = anyrt::spawn(async { Handle::current().backend() });
            assert_eq!(executor::block_on(inside).unwrap(), selection.backend());
            assert_eq!(anyrt::selection().unwrap(), selection);
        })
        .succeeds();
    }
}
