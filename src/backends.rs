//! The list of backends, and the one macro that turns it into code.
//!
//! A backend is a line here and a feature in Cargo.toml. Its crate exports `Handle`, `Runtime`,
//! `JoinHandle`, `AbortHandle`, `Sleep`, `Registration` and `EnterGuard`. What is not compiled
//! is stood in for by [`absent`](crate::absent), whose types have no values: the compiler drops
//! their variants, so that with one backend the enums below are that backend's own types, and no
//! code that uses them needs a `cfg`.

use std::any::TypeId;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyrt_core::backend::innermost;
use anyrt_core::{BlockOn, Config, Current, Launch, Shutdown, Sleep, Source, Timer};
use pin_project_lite::pin_project;

/// Calls `$then!` with the backends, in the order of preference, in front of its arguments.
///
/// The last word of a line says whose its runtimes are: `owned` by whoever started them, who can end
/// them, or one of the `process`, which ends with it.
macro_rules! with_backends {
    ($then:ident! $($arguments:tt)*) => {
        $then! {
            [
                Tokio = tokio: anyrt_tokio, "tokio", owned;
                AsyncStd = async_std: anyrt_async_std, "async-std", process;
                Smol = smol: anyrt_smol, "smol", owned;
                Native = native: anyrt_native, "native", owned;
            ]
            $($arguments)*
        }
    };
}

/// Calls `$then!` like [`with_backends`], with the backend of [`Handle::custom`](crate::Handle::custom)
/// behind the others. Nothing but a handle can choose it.
macro_rules! with_variants {
    ($then:ident! $($arguments:tt)*) => { with_backends! { add_custom! $then! $($arguments)* } };
}

macro_rules! add_custom {
    ([$($list:tt)+] $then:ident! $($arguments:tt)*) => {
        $then! {
            [
                $($list)+
                Custom = custom: anyrt_core::erased, "dyn", owned;
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
        with_variants!(match_wrapping! $enum, $inner, $value, $wrap, $body)
    };
    ($enum:ident($inner:ident) = $value:expr => $body:expr) => {
        with_variants!(match_plainly! $enum, $inner, $value, $body)
    };
}

macro_rules! match_plainly {
    (
        [$($variant:ident = $module:ident: $($path:ident)::+, $feature:literal, $whose:ident;)+]
        $enum:ident, $inner:ident, $value:expr, $body:expr
    ) => {
        match $value {
            $($crate::backends::$enum::$variant { 0: $inner } => $body,)+
        }
    };
}

macro_rules! match_wrapping {
    (
        [$($variant:ident = $module:ident: $($path:ident)::+, $feature:literal, $whose:ident;)+]
        $enum:ident, $inner:ident, $value:expr, $wrap:ident, $body:expr
    ) => {
        match $value {
            $($crate::backends::$enum::$variant { 0: $inner } => {
                $crate::backends::$wrap::$variant { 0: $body }
            })+
        }
    };
}

/// Defines what is in the hands of a program: enums with a variant for each backend, and one for
/// handles of backends that this crate does not know.
macro_rules! define_variants {
    ([$($variant:ident = $module:ident: $($path:ident)::+, $feature:literal, $whose:ident;)+]) => {
        mod compiled {
            $(
                #[cfg(feature = $feature)]
                pub(super) use $($path)::+ as $module;
                #[cfg(not(feature = $feature))]
                pub(super) use crate::absent as $module;
            )+
        }

        #[derive(Clone, Debug, PartialEq)]
        pub(crate) enum Handles {
            $($variant(compiled::$module::Handle),)+
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
            /// The runtime that the thread is inside: whether it is one of this process is another
            /// question. What is found may be good for immediate use alone; its clone is to keep.
            #[inline]
            pub(crate) fn find() -> Option<Self> {
                if let Some(id) = Self::innermost() {
                    $(
                        if id == TypeId::of::<compiled::$module::Handle>() {
                            return compiled::$module::Handle::try_here().map(Self::$variant);
                        }
                    )+
                }
                $(
                    if let Some(handle) = compiled::$module::Handle::try_here() {
                        return Some(Self::$variant(handle));
                    }
                )+
                None
            }

            /// Which of the backends is meant where runtimes of several may be around a call, as far
            /// as that is known.
            #[inline]
            fn innermost() -> Option<TypeId> {
                const COMPILED: usize = 0 $(+ cfg!(feature = $feature) as usize)+;
                if COMPILED > 1 { innermost() } else { None }
            }

            /// To be called before a runtime is entered.
            pub(crate) fn notice_others() {
                $(compiled::$module::Handle::notice_others();)+
            }

            /// Refuses to go on where a `block_on` of this backend would block tasks of another.
            #[track_caller]
            pub(crate) fn check_block_on(&self) {
                $(
                    if !matches!(self, Self::$variant(_)) {
                        compiled::$module::Handle::check_block_on();
                    }
                )+
            }

            pub(crate) fn sleep_until(&self, deadline: Instant) -> Sleeps {
                match self {
                    $(Self::$variant(handle) => Sleeps::$variant {
                        sleep: handle.sleep_until(deadline),
                    },)+
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
    };
}

/// Defines what is chosen and started by name.
macro_rules! define_backends {
    ([$($variant:ident = $module:ident: $($path:ident)::+, $feature:literal, $whose:ident;)+]) => {
        /// The backends that are compiled in, for what one of them alone can do.
        ///
        /// For instance, a [`Handle`](crate::Handle) is made from the handle of an adapter.
        pub mod adapters {
            $(
                #[cfg(feature = $feature)]
                #[doc(no_inline)]
                pub use $($path)::+ as $module;
            )+
        }

        /// The names of the backends that are compiled in, in the order of preference.
        pub(crate) const COMPILED: &[&str] = &[$(#[cfg(feature = $feature)] $feature,)+];

        /// The names of all backends, compiled in or not.
        pub(crate) const KNOWN: &[&str] = &[$($feature,)+];

        #[derive(Debug)]
        pub(crate) enum Runtimes {
            $($variant(compiled::$module::Runtime),)+
        }

        impl Runtimes {
            /// Starts the backend of this name, which must be one of [`COMPILED`].
            pub(crate) fn start(name: &str, config: &Config) -> io::Result<Self> {
                Handles::notice_others();
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

            /// Whether it can be ended.
            pub(crate) fn check_shutdown(&self) -> io::Result<()> {
                match self {
                    $(Self::$variant(_) => check_shutdown!($whose $feature),)+
                }
            }

            pub(crate) fn shutdown_timeout(self, timeout: Duration) {
                match self {
                    $(Self::$variant(runtime) => shutdown!($whose runtime, timeout),)+
                }
            }
        }

        impl Handles {
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $feature,)+
                    Self::Custom(handle) => handle.name(),
                }
            }
        }

        $(
            #[cfg(feature = $feature)]
            impl From<compiled::$module::Handle> for crate::Handle {
                fn from(handle: compiled::$module::Handle) -> Self {
                    Handles::$variant(handle).into()
                }
            }
        )+
    };
}

macro_rules! check_shutdown {
    (owned $name:literal) => {
        Ok(())
    };
    (process $name:literal) => {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            concat!("the runtime of ", $name, " belongs to the process, and ends with it"),
        ))
    };
}

macro_rules! shutdown {
    (owned $runtime:ident, $timeout:ident) => {
        $runtime.shutdown_timeout($timeout)
    };
    (process $runtime:ident, $timeout:ident) => {{
        let _ = ($runtime, $timeout);
    }};
}

with_variants!(define_variants!);
with_backends!(define_backends!);

/// The handle of any tokio runtime, whoever started it.
#[cfg(feature = "tokio")]
impl From<anyrt_tokio::tokio::runtime::Handle> for crate::Handle {
    fn from(handle: anyrt_tokio::tokio::runtime::Handle) -> Self {
        anyrt_tokio::Handle::from(handle).into()
    }
}
