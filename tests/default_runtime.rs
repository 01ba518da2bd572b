//! The default runtime of the process: who may set it, and that it is started once.
//!
//! It belongs to the process, so each situation has a process of its own.
#![cfg(feature = "some-backend")]

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{io, thread};

use anyrt::{Builder, Handle, Reason, SetDefaultError};
use anyrt_tests::backend;
use anyrt_tests::backend::{reason, runtime_here, two_workers, with_options};
use anyrt_tests::child::child_without_choice as child;
#[cfg(target_os = "linux")]
use anyrt_tests::child::{count, threads_but_for};

mod setting_the_default {
    use super::*;

    #[test]
    fn a_second_time_is_refused() {
        child(|| {
            anyrt::set_default(&*backend::name()).unwrap();
            let error = anyrt::set_default(&*backend::name()).unwrap_err();
            assert_eq!(error, SetDefaultError::AlreadySet);
            assert_eq!(
                error.to_string(),
                "the default runtime is set or in use already: set it once, before the first call"
            );
            assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidInput);
        })
        .succeeds();
    }

    #[test]
    fn after_a_call_has_started_it_is_refused() {
        child(|| {
            anyrt::block_on(async {});
            assert_eq!(anyrt::set_default(&*backend::name()), Err(SetDefaultError::AlreadySet));
        })
        .succeeds();
    }

    #[test]
    fn while_main_runs_is_refused() {
        #[anyrt::main]
        async fn main() {
            assert_eq!(anyrt::set_default(&*backend::name()), Err(SetDefaultError::AlreadySet));
        }

        child(main).succeeds();
    }

    #[test]
    fn calls_inside_a_runtime_of_ones_own_start_no_default() {
        child(|| {
            two_workers().block_on(async { anyrt::spawn(async {}).await }).unwrap();
            anyrt::set_default(&*backend::name()).unwrap();
        })
        .succeeds();
    }

    #[test]
    fn wrong_options_are_refused_at_once_and_set_nothing() {
        child(|| {
            let error = anyrt::set_default(Builder::new().worker_threads(0)).unwrap_err();
            let message = "the number of worker threads must be at least 1";
            assert_eq!(error, SetDefaultError::InvalidOption(message));
            assert_eq!(error.to_string(), message);
            anyrt::set_default(&*backend::name()).unwrap();
        })
        .succeeds();
    }

    #[test]
    fn an_unknown_name_is_refused_at_once_and_sets_nothing() {
        child(|| {
            let error = anyrt::set_default("tokyo").unwrap_err();
            assert!(matches!(error, SetDefaultError::Selection(_)));
            let message = error.to_string();
            let start = "there is no backend called `tokyo`, asked for by the application: choose ";
            assert!(message.starts_with(start), "{message}");
            let error = Builder::new().backend("tokyo").build().unwrap_err();
            assert_eq!(error.to_string(), message);
            assert_eq!(reason(), Reason::FirstCompiled);
            anyrt::set_default(&*backend::name()).unwrap();
        })
        .succeeds();
    }

    #[test]
    fn only_one_of_many_at_once_succeeds() {
        child(|| {
            let barrier = Barrier::new(8);
            let set = || {
                barrier.wait();
                anyrt::set_default(&*backend::name())
            };
            let results = thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(set)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            });
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        })
        .succeeds();
    }
}

mod starting_the_default {
    use super::*;

    #[test]
    fn two_first_calls_at_once_start_one_runtime() {
        // They rarely meet in the one place that matters, so they get many chances.
        for _ in 0..50 {
            child(|| {
                let waiting = AtomicUsize::new(2);
                let call = || {
                    // So that each has its thread-locals, and is about as fast as the other.
                    assert!(Handle::try_current().is_none());
                    waiting.fetch_sub(1, Ordering::SeqCst);
                    while waiting.load(Ordering::SeqCst) > 0 {
                        std::hint::spin_loop();
                    }
                    runtime_here()
                };
                thread::scope(|scope| {
                    let other = scope.spawn(call);
                    assert_eq!(call(), other.join().unwrap());
                });
            })
            .succeeds();
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn first_calls_from_many_threads_start_no_thread_in_vain() {
        child(|| {
            let own = backend::threads_with(2);
            let before = {
                // So that what belongs to the process is there before.
                let _runtime = two_workers();
                count("task") - own
            };
            assert_eq!(threads_but_for(before), before);
            anyrt::set_default(with_options(Builder::new().worker_threads(2))).unwrap();
            let barrier = Barrier::new(8);
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        barrier.wait();
                        anyrt::spawn(async {})
                    });
                }
            });
            assert_eq!(threads_but_for(before + own), before + own);
        })
        .succeeds();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn asking_starts_nothing() {
        child(|| {
            let before = count("task");
            for _ in 0..100 {
                anyrt::selection().unwrap();
                assert!(Handle::try_current().is_none());
            }
            anyrt::set_default(Builder::new().backend(backend::name())).unwrap();
            anyrt::selection().unwrap();
            assert_eq!(count("task"), before);
        })
        .succeeds();
    }
}
