//! The lists of cases, and the macro that declares one.

use std::fmt;

use super::Launcher;

/// A case and the guarantees that it proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// `module::sentence`.
    pub name: &'static str,
    /// The ids in the table of [`anyrt_core`](anyrt_core#guarantees).
    pub guarantees: &'static [&'static str],
    /// What a backend must be capable of for the case to be in its suite.
    pub capability: Option<&'static str>,
    /// Whether it has a process of its own, because what it does concerns the whole process.
    pub alone: bool,
}

/// What a case does.
pub enum Body<L> {
    /// It gets a runtime.
    Runtime(fn(L)),
    /// It starts its own.
    Launcher(fn(&Launcher<L>)),
}

impl<L> fmt::Debug for Body<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Runtime(_) => "Runtime",
            Self::Launcher(_) => "Launcher",
        })
    }
}

/// Declares the cases of a module: a constant `CASES`, and a macro of the module's name that makes
/// a test of each.
///
/// ```text
/// cases! { module if capability:   // or only `module:`
///     a_sentence [S1, S2];         // fn a_sentence<L: Launch>(runtime: L)
///     another(launcher) [S3];      // fn another<L: Launch>(launcher: &Launcher<L>)
///     a_third_one [S4] alone;      // in a process of its own
/// }
/// ```
macro_rules! cases {
    ($module:ident: $($cases:tt)*) => {
        cases!(@with ($) $module [] $($cases)*);
    };
    ($module:ident if $capability:ident: $($cases:tt)*) => {
        cases!(@with ($) $module [$capability] $($cases)*);
    };
    // `$d` stands for the dollar sign of the macro that is being defined.
    (@with ($d:tt) $module:ident $capability:tt
        $($name:ident $(($launcher:ident))? [$($id:ident),+ $(,)?] $($alone:ident)?;)*
    ) => {
        /// The cases of this module.
        pub const CASES: &[$crate::Case] = &[$($crate::Case {
            name: concat!(stringify!($module), "::", stringify!($name)),
            guarantees: &[$(stringify!($id)),+],
            capability: cases!(@capability $capability),
            alone: cases!(@alone $($alone)?),
        }),*];

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $module {
            ($d suite:path, $d configuration:ident) => {
                $(
                    #[test]
                    fn $name() {
                        $d crate::__private::run(
                            &$d suite,
                            $d crate::Configuration::$d configuration,
                            concat!(stringify!($module), "::", stringify!($name)),
                            concat!(module_path!(), "::", stringify!($name)),
                            $d crate::__body!([$($launcher)?] $d crate::$module::$name),
                        );
                    }
                )*
            };
        }
    };
    (@capability []) => { None };
    (@capability [$capability:ident]) => { Some(stringify!($capability)) };
    (@alone) => { false };
    (@alone alone) => { true };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __body {
    ([] $case:path) => {
        $crate::__private::Body::Runtime($case)
    };
    ([launcher] $case:path) => {
        $crate::__private::Body::Launcher($case)
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
        crate::observe::CASES,
        crate::lone_errors::CASES,
        crate::exhaustion::CASES,
        crate::yielding::CASES,
        crate::worker_count::CASES,
        crate::driven::CASES,
        crate::background_progress::CASES,
        crate::attends_block_on::CASES,
        crate::keep_alive::CASES,
        crate::shutdown::CASES,
        crate::orphans::CASES,
        crate::blocking_limit::CASES,
        crate::stack_size::CASES,
        crate::worker_stacks::CASES,
        crate::steals_handoff::CASES,
        crate::shared_watch::CASES,
        crate::pausable_clock::CASES,
        crate::block_in_place::CASES,
        crate::thread_hooks::CASES,
        crate::worker_hooks::CASES,
        crate::park_hooks::CASES,
    ]
    .into_iter()
    .flatten()
}
