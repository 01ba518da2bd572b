//! The attributes `#[anyrt::main]` and `#[anyrt::test]`.
//!
//! Users reach them through the facade `anyrt`, which re-exports both; this crate is not meant to be
//! a direct dependency. It starts nothing itself: it turns an `async fn` into a plain `fn` that hands
//! the future to the facade. Which runtime that is and how it starts is decided there
//! (`anyrt::Builder`).
//!
//! # Features
//!
//! Those of the facade bring them along: for which backends `#[anyrt::test(all)]` makes a test.
//!
//! | feature | the backend |
//! |---|---|
//! | `tokio` | on tokio |
//! | `async-std` | on async-std |
//! | `smol` | on smol |
//! | `native` | the native one |
//!
//! Read next: `arguments.rs` (what may stand in the brackets), `function.rs` (what the attributes may
//! stand on), `expand.rs` (what is written in place of it); `tokens.rs` says why there is no parser from elsewhere.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]

mod tokens;

mod argument;
mod arguments;
mod cursor;
mod function;
mod mistake;
mod signature;

mod expand;
mod on_all;

use proc_macro::TokenStream;

use crate::expand::{Entry, expand};

/// Runs an `async fn` on a runtime: usually `main`, but any function without parameters will do.
///
/// ```no_run
/// #[anyrt::main]
/// async fn main() -> std::io::Result<()> {
///     let listener = anyrt::net::TcpListener::bind("127.0.0.1:8080").await?;
///     println!("listening on {}", listener.local_addr()?);
///     Ok(())
/// }
/// ```
///
/// # Arguments
///
/// All are optional; each may stand once, in any order.
///
/// | argument | meaning |
/// |---|---|
/// | `backend = "tokio"` | run on this backend instead of the one that anyrt selects; it has to be compiled in |
/// | `worker_threads = 4` | that many worker threads, at least 1 |
/// | `current_thread` | no worker threads: everything runs on the calling thread; excludes `worker_threads` |
/// | `start_paused = true` | the clock is [paused from the start]; implies `current_thread`, and needs native or smol |
/// | `tokio_context = true` | tokio is [around the program](https://docs.rs/anyrt/latest/anyrt/struct.Builder.html#method.tokio_context); needs the feature of that name |
/// | `shutdown_timeout = Duration::from_secs(5)` | when the body has ended, wait at most so long for blocking closures |
/// | `crate = path` | where the facade is found, if not at `::anyrt`; `crate = "path"` is the same |
///
/// ```
/// # mod my_framework { pub use ::anyrt; }
/// #[anyrt::main(backend = "native", worker_threads = 4)]
/// async fn main() {}
///
/// #[anyrt::main(current_thread, crate = my_framework::anyrt)]
/// async fn inner_main() {}
/// ```
///
/// [paused from the start]: https://docs.rs/anyrt/latest/anyrt/time/index.html#testing-with-time
///
/// # When the body has ended
///
/// The runtime ends with it: every task is dropped, and the function waits for the blocking closures that run.
/// One that never ends, such as a read of the standard input that nobody closes, keeps the function from
/// returning; `shutdown_timeout` bounds that, and leaves such a closure to itself. The runtime of async-std
/// belongs to the process: there the function waits for nothing, and tasks and closures go on until
/// the process ends.
///
/// # Expansion
///
/// The function is kept whole inside a plain function of the same name, so that `?`, `impl Trait`
/// and type errors are those of any `async fn`:
///
/// ```text
/// fn main() -> std::io::Result<()> {
///     async fn main() -> std::io::Result<()> { /* as written */ }
///     const _: () = ::anyrt::__private::assert_compiled("smol");
///     ::anyrt::__private::run_main(
///         ::anyrt::Builder::new().backend("smol").worker_threads(4),
///         main(),
///     )
/// }
/// ```
///
/// Visibility, documentation and all other attributes go to the plain function.
///
/// # Panics
///
/// The function panics when the runtime cannot be started, for example because the system refuses a
/// thread; the message carries the reason. A panic of the body goes on to the caller.
///
/// # Errors
///
/// What the body returns is what the function returns: an `Err` from `main` is printed and sets the
/// exit code, as without the attribute.
///
/// It is a compile error to name a backend that is not compiled in, and to put the attribute on
/// anything but an `async fn` without parameters, generics and `const`, `unsafe` or `extern`.
#[allow(clippy::useless_conversion, reason = "the tokens of unit tests are other ones")]
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(Entry::Main, arguments.into(), item.into()).into()
}

/// Makes a test of an `async fn`: each test runs on a runtime of its own.
///
/// ```
/// #[anyrt::test]
/// async fn a_task_returns_its_value() -> Result<(), anyrt::JoinError> {
///     let sum = anyrt::spawn(async { 1 + 1 }).await?;
///     assert_eq!(sum, 2);
///     Ok(())
/// }
/// ```
///
/// # Arguments
///
/// Those of [`main`](macro@main):
///
/// ```
/// #[anyrt::test(backend = "tokio", current_thread)]
/// #[should_panic(expected = "on purpose")]
/// async fn panics() {
///     panic!("on purpose");
/// }
/// ```
///
/// A test of what takes long can pause the clock. It needs native or smol, and no worker threads:
///
/// ```
/// use std::time::Duration;
///
/// #[anyrt::test(backend = "native", start_paused = true)]
/// async fn a_year_is_over_at_once() {
///     anyrt::time::sleep(Duration::from_secs(365 * 24 * 60 * 60)).await;
/// }
/// ```
///
/// With `all` there is a test for each backend that is compiled in, and for no other: `NAME::tokio`, `NAME::smol` and so on.
/// It excludes `backend`; an option that one of the backends lacks fails the test there.
///
/// ```
/// #[anyrt::test(all)]
/// async fn a_task_returns_its_value() {
///     assert_eq!(anyrt::spawn(async { 42 }).await.unwrap(), 42);
/// }
/// ```
///
/// # Expansion
///
/// That of [`main`](macro@main), with `#[test]` added and `run_test` in place of `run_main`. So
/// `#[test]` itself must not be there; `#[ignore]` and `#[should_panic]` work as on any test.
///
/// # Panics
///
/// The test fails when the runtime cannot be started; the message carries the reason.
///
/// # Errors
///
/// A test that returns `Err` fails. With `all` it is an error that no backend is compiled in. The other compile errors are those of [`main`](macro@main).
#[allow(clippy::useless_conversion, reason = "the tokens of unit tests are other ones")]
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(Entry::Test, arguments.into(), item.into()).into()
}
