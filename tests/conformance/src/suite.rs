//! Turning lists of cases into tests.

use std::num::NonZeroUsize;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use std::{panic, thread};

use anyrt_core::{Config, Flavor, Launch};

/// A case and the guarantees that it proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// `module::sentence`.
    pub name: &'static str,
    /// The ids in the table of [`anyrt_core`](anyrt_core#guarantees).
    pub guarantees: &'static [&'static str],
}

/// A way of starting a runtime; every case runs in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// One worker thread.
    OneWorker,
    /// Four worker threads, which is more than some machines have processors.
    SeveralWorkers,
    /// Tasks are polled by the threads that are in `block_on`.
    CurrentThread,
}

impl Configuration {
    fn config(self) -> Config {
        let workers = |number| Flavor::WorkerThreads(NonZeroUsize::new(number));
        let flavor = match self {
            Self::OneWorker => workers(1),
            Self::SeveralWorkers => workers(4),
            Self::CurrentThread => Flavor::CurrentThread,
        };
        Config { flavor, ..Config::default() }
    }
}

/// Runs one case on a runtime of its own.
///
/// # Panics
/// The case fails; the runtime can't be started; the case does not end within a minute, which is
/// far more than any of them needs: a hang is reported with its name, and its threads are left.
pub fn run<L: Launch>(name: &str, configuration: Configuration, case: fn(L)) {
    const WATCHDOG: Duration = Duration::from_secs(60);

    let (done, is_done) = channel::<()>();
    let thread = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            let _done = done; // dropped, and so reported, however the case ends
            let runtime = L::start(&configuration.config()).expect("the runtime can be started");
            case(runtime);
        })
        .expect("a thread can be started");
    match is_done.recv_timeout(WATCHDOG) {
        Err(RecvTimeoutError::Timeout) => panic!("`{name}` hangs in {configuration:?}"),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => {}
    }
    if let Err(payload) = thread.join() {
        panic::resume_unwind(payload);
    }
}

/// Declares the cases of a module: a constant `CASES`, and a macro of the module's name that makes
/// a test of each.
macro_rules! cases {
    ($module:ident: $($name:ident [$($id:ident),+ $(,)?];)+) => {
        cases!(@with ($) $module: $($name [$($id),+];)+);
    };
    // `$d` stands for the dollar sign of the macro that is being defined.
    (@with ($d:tt) $module:ident: $($name:ident [$($id:ident),+];)+) => {
        /// The cases of this module.
        pub const CASES: &[$crate::Case] = &[$($crate::Case {
            name: concat!(stringify!($module), "::", stringify!($name)),
            guarantees: &[$(stringify!($id)),+],
        }),+];

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $module {
            ($d runtime:ty, $d configuration:ident) => {
                $(
                    #[test]
                    fn $name() {
                        $d crate::run::<$d runtime>(
                            stringify!($name),
                            $d crate::Configuration::$d configuration,
                            $d crate::$module::$name,
                        );
                    }
                )+
            };
        }
    };
}

/// Makes the tests of a backend: one for each case and [`Configuration`].
#[macro_export]
macro_rules! suite {
    (
        runtime = $runtime:ty;
        capabilities = [$($capability:ident),* $(,)?];
    ) => {
        mod one_worker {
            $crate::suite!(@modules $runtime, OneWorker,
                spawn blocking block_on time reactor net $($capability)*);
        }
        mod several_workers {
            $crate::suite!(@modules $runtime, SeveralWorkers,
                spawn blocking block_on time reactor net $($capability)*);
        }
        mod current_thread {
            $crate::suite!(@current_thread $runtime,
                [spawn blocking block_on time reactor net] $($capability)*);
        }
    };
    // A current-thread runtime makes no progress in the background, by its nature.
    (@current_thread $runtime:ty, [$($kept:ident)*] background_progress $($rest:ident)*) => {
        $crate::suite!(@current_thread $runtime, [$($kept)*] $($rest)*);
    };
    (@current_thread $runtime:ty, [$($kept:ident)*] $next:ident $($rest:ident)*) => {
        $crate::suite!(@current_thread $runtime, [$($kept)* $next] $($rest)*);
    };
    (@current_thread $runtime:ty, [$($kept:ident)*]) => {
        $crate::suite!(@modules $runtime, CurrentThread, $($kept)*);
    };
    (@modules $runtime:ty, $configuration:ident, $($module:ident)*) => {
        $(
            mod $module {
                #[allow(unused_imports, reason = "for types that are named relative to the suite")]
                use super::super::*;
                $crate::$module!($runtime, $configuration);
            }
        )*
    };
}

/// Every case there is, of the capabilities too.
pub fn all_cases() -> impl Iterator<Item = &'static Case> {
    [
        crate::spawn::CASES,
        crate::blocking::CASES,
        crate::block_on::CASES,
        crate::time::CASES,
        crate::reactor::CASES,
        crate::net::CASES,
        crate::background_progress::CASES,
        crate::keep_alive::CASES,
        crate::shutdown::CASES,
        crate::orphans::CASES,
    ]
    .into_iter()
    .flatten()
}
