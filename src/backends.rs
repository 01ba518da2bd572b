//! The list of backends, and the one macro that turns it into code.
//!
//! A backend is a line here and a feature in Cargo.toml. Its crate exports `Handle`, `Runtime`,
//! `JoinHandle`, `AbortHandle`, `Sleep`, `Registration` and `EnterGuard`. One that is not compiled
//! is stood in for by [`absent`](crate::absent), whose types have no values: the compiler drops
//! their variants, so that with one backend the enums below are that backend's own types, and no
//! code that uses them needs a `cfg`.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use anyrt_core::{Config, Current, Launch, Sleep, Source, Timer};
use pin_project_lite::pin_project;

/// Calls `$then!` with the backends, in the order of preference, in front of its arguments.
macro_rules! with_backends {
    ($then:ident! $($arguments:tt)*) => {
        $then! {
            [
                Tokio = tokio: anyrt_tokio, "tokio";
            ]
            $($arguments)*
        }
    };
}

/// Evaluates an expression on the value inside one of the enums below, whichever backend it is of.
///
/// `dispatch!(Handles(handle) = &self.0 => handle.now())`; with `=> JoinHandles: ..` the result is
/// put into the variant of the same backend again.
macro_rules! dispatch {
    ($enum:ident($inner:ident) = $value:expr => $wrap:ident: $body:expr) => {
        with_backends!(match_wrapping! $enum, $inner, $value, $wrap, $body)
    };
    ($enum:ident($inner:ident) = $value:expr => $body:expr) => {
        with_backends!(match_plainly! $enum, $inner, $value, $body)
    };
}

macro_rules! match_plainly {
    (
        [$($variant:ident = $module:ident: $crate_name:ident, $feature:literal;)+]
        $enum:ident, $inner:ident, $value:expr, $body:expr
    ) => {
        match $value {
            $($crate::backends::$enum::$variant { 0: $inner } => $body,)+
        }
    };
}

macro_rules! match_wrapping {
    (
        [$($variant:ident = $module:ident: $crate_name:ident, $feature:literal;)+]
        $enum:ident, $inner:ident, $value:expr, $wrap:ident, $body:expr
    ) => {
        match $value {
            $($crate::backends::$enum::$variant { 0: $inner } => {
                $crate::backends::$wrap::$variant { 0: $body }
            })+
        }
    };
}

macro_rules! define {
    ([$($variant:ident = $module:ident: $crate_name:ident, $feature:literal;)+]) => {
        mod compiled {
            $(
                #[cfg(feature = $feature)]
                pub(super) use $crate_name as $module;
                #[cfg(not(feature = $feature))]
                pub(super) use crate::absent as $module;
            )+
        }

        /// The backends that are compiled in, for what one of them alone can do.
        ///
        /// For instance, a [`Handle`](crate::Handle) is made from the handle of an adapter.
        pub mod adapters {
            $(
                #[cfg(feature = $feature)]
                #[doc(no_inline)]
                pub use $crate_name as $module;
            )+
        }

        /// The names of the backends that are compiled in, in the order of preference.
        pub(crate) const COMPILED: &[&str] = &[$(#[cfg(feature = $feature)] $feature,)+];

        #[derive(Clone, Debug)]
        pub(crate) enum Handles {
            $($variant(compiled::$module::Handle),)+
        }

        #[derive(Debug)]
        pub(crate) enum Runtimes {
            $($variant(compiled::$module::Runtime),)+
        }

        #[derive(Debug)]
        pub(crate) enum JoinHandles<T> {
            $($variant(compiled::$module::JoinHandle<T>),)+
        }

        #[derive(Clone, Debug)]
        pub(crate) enum AbortHandles {
            $($variant(compiled::$module::AbortHandle),)+
        }

        #[derive(Debug)]
        pub(crate) enum Registrations<T: Source> {
            $($variant(compiled::$module::Registration<T>),)+
        }

        #[derive(Debug)]
        #[allow(dead_code, reason = "guards are kept for their destructors")]
        pub(crate) enum EnterGuards<'a> {
            $($variant(compiled::$module::EnterGuard<'a>),)+
        }

        pin_project! {
            #[derive(Debug)]
            #[project = SleepsProjection]
            pub(crate) enum Sleeps {
                $($variant { #[pin] sleep: compiled::$module::Sleep },)+
            }
        }

        impl Handles {
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $feature,)+
                }
            }

            pub(crate) fn try_current() -> Option<Self> {
                $(
                    if let Some(handle) = compiled::$module::Handle::try_current() {
                        return Some(Self::$variant(handle));
                    }
                )+
                None
            }

            #[inline]
            pub(crate) fn try_here() -> Option<Self> {
                $(
                    if let Some(handle) = compiled::$module::Handle::try_here() {
                        return Some(Self::$variant(handle));
                    }
                )+
                None
            }

            pub(crate) fn sleep_until(&self, deadline: Instant) -> Sleeps {
                match self {
                    $(Self::$variant(handle) => Sleeps::$variant {
                        sleep: handle.sleep_until(deadline),
                    },)+
                }
            }
        }

        impl Runtimes {
            /// Starts the backend of this name, which must be one of [`COMPILED`].
            pub(crate) fn start(name: &str, config: &Config) -> io::Result<Self> {
                match name {
                    $($feature => compiled::$module::Runtime::start(config).map(Self::$variant),)+
                    _ => Err(io::ErrorKind::Unsupported.into()),
                }
            }

            pub(crate) fn handle(&self) -> Handles {
                match self {
                    $(Self::$variant(runtime) => Handles::$variant(runtime.handle().clone()),)+
                }
            }
        }

        impl Future for Sleeps {
            type Output = ();

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
                match self.project() {
                    $(SleepsProjection::$variant { sleep } => sleep.poll(cx),)+
                }
            }
        }

        impl Sleep for Sleeps {
            fn deadline(&self) -> Instant {
                match self {
                    $(Self::$variant { sleep } => sleep.deadline(),)+
                }
            }

            fn is_elapsed(&self) -> bool {
                match self {
                    $(Self::$variant { sleep } => sleep.is_elapsed(),)+
                }
            }

            fn reset(self: Pin<&mut Self>, deadline: Instant) {
                match self.project() {
                    $(SleepsProjection::$variant { sleep } => sleep.reset(deadline),)+
                }
            }
        }

        $(
            #[cfg(feature = $feature)]
            impl From<compiled::$module::Handle> for crate::Handle {
                fn from(handle: compiled::$module::Handle) -> Self {
                    Self(Handles::$variant(handle))
                }
            }
        )+
    };
}

with_backends!(define!);
