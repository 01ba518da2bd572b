//! The list of backends, and what is written once for all of them.
//!
//! A backend is a line of the list and a feature in Cargo.toml. Its crate exports `Handle`, `Runtime`,
//! `JoinHandle`, `AbortHandle`, `Sleep`, `Registration` and `EnterGuard`. What is not compiled
//! is stood in for by [`absent`](crate::absent), whose types have no values: the compiler drops
//! their variants, so that with one backend the enums below are that backend's own types, and no
//! code that uses them needs a `cfg`.

use std::any::TypeId;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_core::backend::{call_outside_of_polls, innermost};
use anyrt_core::task::{Id, Meta};
use anyrt_core::time::{Duration, Instant};
use anyrt_core::{
    BlockInPlace, BlockOn, Config, Current, Launch, Shutdown, Sleep, Source, Spawn, SpawnBlocking,
    Timer,
};
use pin_project_lite::pin_project;

use crate::{Handle, running};

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
            Smol = smol: anyrt_smol, "smol", Owned, Elsewhere;
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
    pub(crate) enum JoinHandles<T> of JoinHandle
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
                if let Some(id) = Self::innermost() {
                    $(
                        if id == TypeId::of::<compiled::$module::Handle>() {
                            return compiled::$module::Handle::try_here().map(Self::$variant);
                        }
                    )+
                    if id == TypeId::of::<compiled::custom::Handle>() {
                        return compiled::custom::Handle::try_here().map(Self::Custom);
                    }
                }
                $(
                    if let Some(handle) = compiled::$module::Handle::try_here() {
                        return Some(Self::$variant(handle));
                    }
                )+
                compiled::custom::Handle::try_here().map(Self::Custom)
            }

            /// Which of the backends is meant where runtimes of several may be around a call, as far
            /// as that is known.
            #[inline]
            fn innermost() -> Option<TypeId> {
                const VARIANTS: usize = COMPILED.len() + cfg!(feature = "dyn") as usize;
                if VARIANTS > 1 { innermost() } else { None }
            }

            /// The task that this thread runs: of a set, of the runtime that it entered last, or else of any.
            pub(crate) fn current_task() -> Option<Id> {
                fn of<R: Spawn>(_: &R) -> Option<Id> {
                    R::current_task()
                }
                running::task_or_else(|| {
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
                meta: Meta<'_>,
                future: F,
            ) -> JoinHandles<F::Output>
            where
                F: Future + Send + 'static,
                F::Output: Send + 'static,
            {
                match self {
                    $(Self::$variant(handle) => {
                        JoinHandles::$variant($whose::spawn_task(handle, meta, future))
                    })+
                    Self::Custom(handle) => {
                        JoinHandles::Custom(Owned::spawn_task(handle, meta, future))
                    }
                }
            }

            pub(crate) fn spawn_closure<F, T>(&self, meta: Meta<'_>, closure: F) -> JoinHandles<T>
            where
                F: FnOnce() -> T + Send + 'static,
                T: Send + 'static,
            {
                match self {
                    $(Self::$variant(handle) => {
                        JoinHandles::$variant($whose::spawn_closure(handle, meta, closure))
                    })+
                    Self::Custom(handle) => {
                        JoinHandles::Custom(Owned::spawn_closure(handle, meta, closure))
                    }
                }
            }

            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $feature,)+
                    Self::Custom(handle) => handle.name(),
                }
            }

            #[inline(always)]
            pub(crate) fn sleep(&self, duration: Duration) -> Sleeps {
                match self {
                    $(Self::$variant(handle) => Sleeps::$variant { sleep: handle.sleep(duration) },)+
                    Self::Custom(handle) => Sleeps::Custom { sleep: handle.sleep(duration) },
                }
            }

            #[inline]
            pub(crate) fn sleep_until(&self, deadline: Instant) -> Sleeps {
                match self {
                    $(Self::$variant(handle) => Sleeps::$variant {
                        sleep: handle.sleep_until(deadline),
                    },)+
                    Self::Custom(handle) => Sleeps::Custom { sleep: handle.sleep_until(deadline) },
                }
            }
        }

        pin_project! {
            #[derive(Debug)]
            #[project = SleepsProjection]
            pub(crate) enum Sleeps {
                $($variant { #[pin] sleep: compiled::$module::Sleep },)+
                Custom { #[pin] sleep: compiled::custom::Sleep },
            }
        }

        impl Future for Sleeps {
            type Output = ();

            #[inline]
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
                match self.project() {
                    $(SleepsProjection::$variant { sleep } => sleep.poll(cx),)+
                    SleepsProjection::Custom { sleep } => sleep.poll(cx),
                }
            }
        }

        impl Sleep for Sleeps {
            fn deadline(&self) -> Instant {
                match self {
                    $(Self::$variant { sleep } => sleep.deadline(),)+
                    Self::Custom { sleep } => sleep.deadline(),
                }
            }

            fn is_elapsed(&self) -> bool {
                match self {
                    $(Self::$variant { sleep } => sleep.is_elapsed(),)+
                    Self::Custom { sleep } => sleep.is_elapsed(),
                }
            }

            fn reset(self: Pin<&mut Self>, deadline: Instant) {
                match self.project() {
                    $(SleepsProjection::$variant { sleep } => sleep.reset(deadline),)+
                    SleepsProjection::Custom { sleep } => sleep.reset(deadline),
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

/// The backend whose runtimes are tokio's.
#[cfg(feature = "tokio-context")]
pub(crate) const TOKIO: &str = "tokio";

/// Runtimes that belong to whoever started them, who can end them.
struct Owned;

impl Owned {
    const CAN_BE_ENDED: bool = true;

    fn surround(backend: &str, config: Config, by: Surroundings) -> io::Result<Config> {
        by.of_threads(backend, config)
    }

    fn end(runtime: impl Shutdown, timeout: Duration) {
        runtime.shutdown_timeout(timeout);
    }

    #[inline]
    fn spawn_task<H: Spawn, F>(handle: &H, meta: Meta<'_>, future: F) -> H::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        handle.spawn_task(meta, future)
    }

    fn spawn_closure<H: SpawnBlocking, F, T>(
        handle: &H,
        meta: Meta<'_>,
        closure: F,
    ) -> H::BlockingHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        handle.spawn_closure(meta, closure)
    }
}

/// The one runtime of the process, which ends with it, and whose threads have no hooks.
struct OfProcess;

impl OfProcess {
    const CAN_BE_ENDED: bool = false;

    fn surround(_: &str, config: Config, by: Surroundings) -> io::Result<Config> {
        by.of_process().map(|()| config)
    }

    fn end(_: impl Launch, _: Duration) {}

    #[inline]
    fn spawn_task<H: Spawn, F>(handle: &H, meta: Meta<'_>, future: F) -> H::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        handle.spawn_task(meta, Surroundings::task(future))
    }

    fn spawn_closure<H: SpawnBlocking, F, T>(
        handle: &H,
        meta: Meta<'_>,
        closure: F,
    ) -> H::BlockingHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        handle.spawn_closure(meta, Surroundings::closure(closure))
    }
}

/// Closures may block on the thread of a task, which others take the place of.
struct InPlace;

impl InPlace {
    fn call<H: BlockInPlace, T>(_: &H, closure: impl FnOnce() -> T) -> io::Result<T> {
        H::block_in_place(closure)
    }
}

/// Closures block on threads of their own alone.
struct Elsewhere;

impl Elsewhere {
    fn call<H: Spawn, T>(_: &H, closure: impl FnOnce() -> T) -> io::Result<T> {
        call_outside_of_polls(closure)
    }
}

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
