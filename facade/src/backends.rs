//! The list of backends, and what is written once for all of them.
//!
//! A backend is a line of the list and a feature in Cargo.toml. Its crate exports `Handle`, `Runtime`,
//! `JoinHandle`, `AbortHandle`, `Sleep`, `Registration` and `EnterGuard`. What is not compiled
//! is stood in for by [`absent`](crate::absent), whose types have no values: the compiler drops
//! their variants, so that with one backend the enums below are that backend's own types (beside a tag that
//! nobody looks at, in handles of tasks and sleeps), and no code that uses them needs a `cfg`. What the last
//! words of a line stand for is in [`kinds`].

mod kinds;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_core::backend::innermost_number;
use anyrt_core::task::{Id, Meta};
use anyrt_core::time::{Duration, Instant};
use anyrt_core::{
    BlockOn, Config, Current, JoinError, JoinHandle, Launch, Sleep, Source, Spawn, Timer,
};
use pin_project_lite::pin_project;

use crate::fork::Process;
use crate::handle::sleep_anywhere;
use crate::join_handle::Aborts;
use crate::local::LocalJoinHandle;
use crate::{Handle, running};
use kinds::{Elsewhere, InPlace, OfProcess, Owned};

#[cfg(not(feature = "tokio-context"))]
pub(crate) use crate::nothing_around::{Around, Surroundings};
#[cfg(feature = "tokio-context")]
pub(crate) use crate::tokio_context::{Around, Surroundings};

/// The list: calls `$then!` with the backends, in the order of preference, behind its arguments.
///
/// The last words of a line say whose its runtimes are, and where closures may block. Exported for the tests, which thereby have
/// something for each backend without a list of their own.
#[doc(hidden)]
#[macro_export]
macro_rules! __with_backends {
    ($then:ident! $($arguments:tt)*) => {
        $then! {
            $($arguments)*
            Tokio = tokio: anyrt_tokio, "tokio", Owned, InPlace;
            AsyncStd = async_std: anyrt_async_std, "async-std", OfProcess, Elsewhere;
            Smol = smol: anyrt_smol, "smol", Owned, InPlace;
            Native = native: anyrt_native, "native", Owned, InPlace;
        }
    };
}

/// Defines an enum with a variant for each backend, which holds its type of that name, and one for
/// handles of backends that this crate does not know.
///
/// The name is given and not made in here, so that an error in a program that comes to speak of it
/// shows the definition and no macro.
macro_rules! variants {
    (
        $(#[$attribute:meta])*
        $vis:vis enum $name:ident of $type:ident
        $($variant:ident = $module:ident: $krate:ident, $feature:literal, $whose:ident, $blocks:ident;)+
    ) => {
        $(#[$attribute])*
        $vis enum $name {
            $($variant(compiled::$module::$type),)+
            Custom(compiled::custom::$type),
        }
    };
    (
        $(#[$attribute:meta])*
        $vis:vis enum $name:ident<$parameter:tt $(: $bound:ident)?> of $type:ident
        $($variant:ident = $module:ident: $krate:ident, $feature:literal, $whose:ident, $blocks:ident;)+
    ) => {
        $(#[$attribute])*
        $vis enum $name<$parameter $(: $bound)?> {
            $($variant(compiled::$module::$type<$parameter>),)+
            Custom(compiled::custom::$type<$parameter>),
        }
    };
}

__with_backends! {
    variants!
    #[derive(Clone, Debug, PartialEq, Hash)]
    pub(crate) enum Handles of Handle
}

__with_backends! {
    variants!
    #[derive(Clone, Debug)]
    pub(crate) enum AbortHandles of AbortHandle
}

__with_backends! {
    variants!
    #[derive(Debug)]
    pub(crate) enum Registrations<T: Source> of Registration
}

__with_backends! {
    variants!
    #[derive(Debug)]
    #[allow(dead_code, reason = "guards are kept for their destructors")]
    pub(crate) enum EnterGuards<'a> of EnterGuard
}

/// Defines everything else that there is for each backend. `$d` is a `$` for the macro inside.
macro_rules! define {
    ($d:tt $($variant:ident = $module:ident: $krate:ident, $feature:literal, $whose:ident, $blocks:ident;)+) => {
        mod compiled {
            $(
                #[cfg(feature = $feature)]
                pub(super) use $krate as $module;
                #[cfg(not(feature = $feature))]
                pub(super) use crate::absent as $module;
            )+
            #[cfg(feature = "dyn")]
            pub(super) use anyrt_core::erased as custom;
            #[cfg(not(feature = "dyn"))]
            pub(super) use crate::absent as custom;
        }

        /// The backends that are compiled in, for what one of them alone can do.
        ///
        /// For instance, a [`Handle`](crate::Handle) is made from the handle of an adapter.
        pub mod adapters {
            $(
                #[cfg(feature = $feature)]
                #[doc(no_inline)]
                pub use $krate as $module;
            )+
        }

        /// The names of the backends that are compiled in, in the order of preference.
        pub(crate) const COMPILED: &[&str] = &[$(#[cfg(feature = $feature)] $feature,)+];

        /// The names of all backends, compiled in or not.
        pub(crate) const KNOWN: &[&str] = &[$($feature,)+];

        /// Evaluates an expression on the value inside one of the enums, whichever backend it is of.
        ///
        /// `dispatch!(Handles(handle) = &self.0 => handle.now())`; with `=> JoinHandles: ..` the
        /// result is put into the variant of the same backend again.
        macro_rules! dispatch {
            ($d enum:ident($d inner:ident) = $d value:expr => $d wrap:ident: $d body:expr) => {
                match $d value {
                    $(crate::backends::$d enum::$variant { 0: $d inner } => {
                        crate::backends::$d wrap::$variant { 0: $d body }
                    })+
                    crate::backends::$d enum::Custom { 0: $d inner } => {
                        crate::backends::$d wrap::Custom { 0: $d body }
                    }
                }
            };
            ($d enum:ident($d inner:ident) = $d value:expr => $d body:expr) => {
                match $d value {
                    $(crate::backends::$d enum::$variant { 0: $d inner } => $d body,)+
                    crate::backends::$d enum::Custom { 0: $d inner } => $d body,
                }
            };
        }

        impl Handles {
            /// The runtime that the thread is inside: whether it is one of this process is another
            /// question. What is found may be good for immediate use alone; its clone is to keep.
            #[inline]
            pub(crate) fn find() -> Option<Self> {
                // Where runtimes of several backends may be around the call, the innermost is meant.
                let number = number();
                $(
                    if is_meant::<compiled::$module::Handle>(number) {
                        return compiled::$module::Handle::try_here().map(Self::$variant);
                    }
                )+
                if is_meant::<compiled::custom::Handle>(number) {
                    return compiled::custom::Handle::try_here().map(Self::Custom);
                }
                // As far as that is known: otherwise it is whichever is found first.
                $(
                    if let Some(handle) = compiled::$module::Handle::try_here() {
                        return Some(Self::$variant(handle));
                    }
                )+
                compiled::custom::Handle::try_here().map(Self::Custom)
            }

            /// Starts a task on the innermost runtime around the call, or gives the future back if it is not known which
            /// one that is.
            ///
            /// This is [`find`](Self::find) and [`spawn_task`](Self::spawn_task), with one choice among the backends
            /// for both.
            #[inline(always)]
            pub(crate) fn spawn_innermost<F>(
                process: Process,
                meta: Meta<'_>,
                future: F,
            ) -> Result<JoinHandles<F::Output>, F>
            where
                F: Future + Send + 'static,
                F::Output: Send + 'static,
            {
                let number = number();
                $(
                    if is_meant::<compiled::$module::Handle>(number) {
                        let Some(runtime) = compiled::$module::Handle::try_here() else {
                            return Err(future);
                        };
                        let handle = $whose::spawn_task(&runtime, meta, future);
                        return Ok(JoinHandles::$variant { process, handle });
                    }
                )+
                Err(future)
            }

            /// Makes a sleep on the innermost runtime around the call, or else on the default one.
            ///
            /// As [`spawn_innermost`](Self::spawn_innermost), but that a sleep is large, and would be copied once more out
            /// of an `Option`.
            #[inline(always)]
            #[track_caller]
            pub(crate) fn sleep_innermost(duration: Duration) -> Sleeps {
                'unknown: {
                    let Some(process) = Process::not_forked() else { break 'unknown };
                    let number = number();
                    $(
                        if is_meant::<compiled::$module::Handle>(number) {
                            let runtime = compiled::$module::Handle::try_here();
                            let Some(runtime) = runtime else { break 'unknown };
                            return Sleeps::$variant { process, sleep: runtime.sleep(duration) };
                        }
                    )+
                }
                sleep_anywhere(duration)
            }

            /// The task that this thread runs: of a set, of the runtime that it entered last, or else of any.
            pub(crate) fn current_task() -> Option<Id> {
                fn of<R: Spawn>(_: &R) -> Option<Id> {
                    R::current_task()
                }
                running::task_or_else(|number| {
                    // What the handle of a task leaves is code of a task of its backend, whatever is around the call.
                    let mut of_handle = None;
                    $(
                        if is_numbered::<compiled::$module::Handle>(number) {
                            of_handle = compiled::$module::Handle::current_task();
                        }
                    )+
                    if is_numbered::<compiled::custom::Handle>(number) {
                        of_handle = compiled::custom::Handle::current_task();
                    }
                    if of_handle.is_some() {
                        return of_handle;
                    }
                    let innermost = Self::find().and_then(|handles| match &handles {
                        $(Self::$variant(handle) => of(handle),)+
                        Self::Custom(handle) => of(handle),
                    });
                    innermost
                        $(.or_else(compiled::$module::Handle::current_task))+
                        .or_else(compiled::custom::Handle::current_task)
                })
            }

            /// To be called before a runtime is entered.
            pub(crate) fn notice_others() {
                $(compiled::$module::Handle::notice_others();)+
                compiled::custom::Handle::notice_others();
            }

            /// Calls a closure that blocks, where the runtime of this backend around the thread goes on.
            pub(crate) fn block_in_place<T>(&self, closure: impl FnOnce() -> T) -> io::Result<T> {
                match self {
                    $(Self::$variant(handle) => $blocks::call(handle, closure),)+
                    Self::Custom(handle) => Elsewhere::call(handle, closure),
                }
            }

            /// Refuses to go on where a `block_on` of this backend would block tasks of another.
            #[track_caller]
            pub(crate) fn check_block_on(&self) {
                $(
                    if !matches!(self, Self::$variant(_)) {
                        compiled::$module::Handle::check_block_on();
                    }
                )+
                if !matches!(self, Self::Custom(_)) {
                    compiled::custom::Handle::check_block_on();
                }
            }

            #[inline]
            pub(crate) fn spawn_task<F>(
                &self,
                process: Process,
                meta: Meta<'_>,
                future: F,
            ) -> JoinHandles<F::Output>
            where
                F: Future + Send + 'static,
                F::Output: Send + 'static,
            {
                match self {
                    $(Self::$variant(runtime) => {
                        let handle = $whose::spawn_task(runtime, meta, future);
                        JoinHandles::$variant { process, handle }
                    })+
                    Self::Custom(runtime) => {
                        let handle = Owned::spawn_task(runtime, meta, future);
                        JoinHandles::Custom { process, handle }
                    }
                }
            }

            pub(crate) fn spawn_closure<F, T>(
                &self,
                process: Process,
                meta: Meta<'_>,
                closure: F,
            ) -> JoinHandles<T>
            where
                F: FnOnce() -> T + Send + 'static,
                T: Send + 'static,
            {
                match self {
                    $(Self::$variant(runtime) => {
                        let handle = $whose::spawn_closure(runtime, meta, closure);
                        JoinHandles::$variant { process, handle }
                    })+
                    Self::Custom(runtime) => {
                        let handle = Owned::spawn_closure(runtime, meta, closure);
                        JoinHandles::Custom { process, handle }
                    }
                }
            }

            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $feature,)+
                    Self::Custom(handle) => handle.name(),
                }
            }

            #[inline]
            pub(crate) fn sleep(&self, process: Process, duration: Duration) -> Sleeps {
                match self {
                    $(Self::$variant(runtime) => {
                        Sleeps::$variant { process, sleep: runtime.sleep(duration) }
                    })+
                    Self::Custom(runtime) => {
                        Sleeps::Custom { process, sleep: runtime.sleep(duration) }
                    }
                }
            }

            #[inline]
            pub(crate) fn sleep_until(&self, process: Process, deadline: Instant) -> Sleeps {
                match self {
                    $(Self::$variant(runtime) => {
                        Sleeps::$variant { process, sleep: runtime.sleep_until(deadline) }
                    })+
                    Self::Custom(runtime) => {
                        Sleeps::Custom { process, sleep: runtime.sleep_until(deadline) }
                    }
                }
            }
        }

        /// The handles of tasks, with the process of each.
        // With a tag of its own, which lies beside the process and takes no room. One that is made of what is impossible
        // for the handle of one backend takes a calculation wherever the enum is matched.
        #[repr(u8)]
        pub(crate) enum JoinHandles<T> {
            $($variant { process: Process, handle: compiled::$module::JoinHandle<T> },)+
            Custom { process: Process, handle: compiled::custom::JoinHandle<T> },
            /// Of a `LocalSet`, which is none of a process: it goes on in a child that is forked.
            Local { handle: LocalJoinHandle<T> },
        }

        /// Evaluates an expression on the handle of a task, whoever it is of.
        macro_rules! on_join_handle {
            ($d handle:ident = $d value:expr => $d body:expr) => {
                match $d value {
                    $(crate::backends::JoinHandles::$variant { handle: $d handle, .. } => $d body,)+
                    crate::backends::JoinHandles::Custom { handle: $d handle, .. } => $d body,
                    crate::backends::JoinHandles::Local { handle: $d handle } => $d body,
                }
            };
        }

        impl<T> JoinHandles<T> {
            #[inline]
            #[track_caller]
            pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
                match self {
                    $(Self::$variant { process, handle } => {
                        process.assert_here();
                        Pin::new(handle).poll(cx)
                    })+
                    Self::Custom { process, handle } => {
                        process.assert_here();
                        Pin::new(handle).poll(cx)
                    }
                    Self::Local { handle } => handle.poll(cx),
                }
            }

            /// The [number](Current::NUMBER) of the backend; zero if it has none.
            #[inline]
            pub(crate) fn number(&self) -> u8 {
                match self {
                    $(Self::$variant { .. } => <compiled::$module::Handle as Current>::NUMBER,)+
                    Self::Custom { .. } => <compiled::custom::Handle as Current>::NUMBER,
                    Self::Local { .. } => 0,
                }
            }

            pub(crate) fn abort_handle(&self) -> Aborts {
                match self {
                    $(Self::$variant { handle, .. } => {
                        Aborts::Runtime(AbortHandles::$variant(handle.abort_handle()))
                    })+
                    Self::Custom { handle, .. } => {
                        Aborts::Runtime(AbortHandles::Custom(handle.abort_handle()))
                    }
                    Self::Local { handle } => Aborts::Local(handle.abort_handle()),
                }
            }
        }

        pin_project! {
            /// Sleeps, with the process of each.
            // With a tag of its own, as for the handles of tasks.
            #[derive(Debug)]
            #[project = SleepsProjection]
            #[repr(u8)]
            pub(crate) enum Sleeps {
                $($variant { process: Process, #[pin] sleep: compiled::$module::Sleep },)+
                Custom { process: Process, #[pin] sleep: compiled::custom::Sleep },
            }
        }

        impl Future for Sleeps {
            type Output = ();

            #[inline]
            #[track_caller]
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
                match self.project() {
                    $(SleepsProjection::$variant { process, sleep } => {
                        process.assert_here();
                        sleep.poll(cx)
                    })+
                    SleepsProjection::Custom { process, sleep } => {
                        process.assert_here();
                        sleep.poll(cx)
                    }
                }
            }
        }

        impl Sleep for Sleeps {
            fn deadline(&self) -> Instant {
                match self {
                    $(Self::$variant { sleep, .. } => sleep.deadline(),)+
                    Self::Custom { sleep, .. } => sleep.deadline(),
                }
            }

            fn is_elapsed(&self) -> bool {
                match self {
                    $(Self::$variant { sleep, .. } => sleep.is_elapsed(),)+
                    Self::Custom { sleep, .. } => sleep.is_elapsed(),
                }
            }

            fn reset(self: Pin<&mut Self>, deadline: Instant) {
                match self.project() {
                    $(SleepsProjection::$variant { sleep, .. } => sleep.reset(deadline),)+
                    SleepsProjection::Custom { sleep, .. } => sleep.reset(deadline),
                }
            }
        }

        #[derive(Debug)]
        pub(crate) enum Runtimes {
            $($variant(compiled::$module::Runtime),)+
        }

        impl Runtimes {
            /// Starts the backend of this name, which must be one of [`COMPILED`].
            pub(crate) fn start(
                name: &str,
                config: Config,
                surroundings: Surroundings,
            ) -> io::Result<Self> {
                Handles::notice_others();
                match name {
                    $($feature => {
                        let config = $whose::surround($feature, config, surroundings)?;
                        compiled::$module::Runtime::start(&config).map(Self::$variant)
                    })+
                    _ => Err(io::ErrorKind::Unsupported.into()),
                }
            }

            pub(crate) fn handle(&self) -> Handles {
                match self {
                    $(Self::$variant(runtime) => Handles::$variant(runtime.handle().clone()),)+
                }
            }

            /// Ends it within the time; that of the process goes on.
            pub(crate) fn shutdown_timeout(self, timeout: Duration) {
                match self {
                    $(Self::$variant(runtime) => $whose::end(runtime, timeout),)+
                }
            }

            /// Whether it can be ended.
            pub(crate) fn is_owned(&self) -> bool {
                match self {
                    $(Self::$variant(_) => $whose::CAN_BE_ENDED,)+
                }
            }
        }

        $(
            // It is in the message of the trait, which would show this macro otherwise.
            #[diagnostic::do_not_recommend]
            #[cfg(feature = $feature)]
            impl Adapter for compiled::$module::Handle {
                fn into_handle(self) -> Handle {
                    Handle::new(Handles::$variant(self))
                }
            }
        )+
    };
}

__with_backends! { define! $ }

/// Whether there is nothing to choose from.
pub(crate) const IS_ALONE: bool = COMPILED.len() + cfg!(feature = "dyn") as usize == 1;

/// The number of the backend that is meant where runtimes of several may be around a call.
#[inline(always)]
fn number() -> u8 {
    if IS_ALONE { 0 } else { innermost_number() }
}

/// Whether the backend with the handle `H` is the one of this number, or the only one.
#[inline(always)]
fn is_meant<H: Current>(number: u8) -> bool {
    H::NUMBER != 0 && (IS_ALONE || H::NUMBER == number)
}

/// Whether that is the number of the backend with the handle `H`.
fn is_numbered<H: Current>(number: u8) -> bool {
    number != 0 && H::NUMBER == number
}

/// The backend whose runtimes are tokio's.
#[cfg(feature = "tokio-context")]
pub(crate) const TOKIO: &str = "tokio";

/// The handle of a backend that is compiled in.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the handle of a backend that is compiled in",
    label = "no `anyrt::Handle` can be made of this",
    note = "`anyrt::adapters` has the backends, each by the feature of its name; `Handle::custom` takes any other"
)]
pub trait Adapter: Sized {
    #[doc(hidden)]
    fn into_handle(self) -> Handle;
}

/// The handle of any tokio runtime, whoever started it.
#[diagnostic::do_not_recommend]
#[cfg(feature = "tokio")]
impl Adapter for anyrt_tokio::tokio::runtime::Handle {
    fn into_handle(self) -> Handle {
        anyrt_tokio::Handle::from(self).into_handle()
    }
}
