//! By generate.py, from tokio's signatures.

use super::*;

// tokio::task
fn JoinError_is_cancelled<'this>(a: &'this tokio::task::JoinError) -> bool { <tokio::task::JoinError>::is_cancelled(a) }
fn JoinError_is_panic<'this>(a: &'this tokio::task::JoinError) -> bool { <tokio::task::JoinError>::is_panic(a) }
fn JoinError_into_panic(a: tokio::task::JoinError) -> Box<dyn std::any::Any + Send + 'static> { <tokio::task::JoinError>::into_panic(a) }
fn JoinError_try_into_panic(a: tokio::task::JoinError) -> Result<Box<dyn std::any::Any + Send + 'static>, tokio::task::JoinError> { <tokio::task::JoinError>::try_into_panic(a) }
fn JoinError_id<'this>(a: &'this tokio::task::JoinError) -> tokio::task::Id { <tokio::task::JoinError>::id(a) }
fn JoinError_is_0() { is!(tokio::task::JoinError: Send, Sync, Unpin, std::fmt::Display, std::fmt::Debug, std::error::Error); }
fn JoinError_is_1() { is!(std::io::Error: From<tokio::task::JoinError>); }
fn JoinHandle_abort<'this, T>(a: &'this tokio::task::JoinHandle<T>) { <tokio::task::JoinHandle<T>>::abort(a) }
fn JoinHandle_is_finished<'this, T>(a: &'this tokio::task::JoinHandle<T>) -> bool { <tokio::task::JoinHandle<T>>::is_finished(a) }
fn JoinHandle_abort_handle<'this, T>(a: &'this tokio::task::JoinHandle<T>) -> tokio::task::AbortHandle { <tokio::task::JoinHandle<T>>::abort_handle(a) }
fn JoinHandle_id<'this, T>(a: &'this tokio::task::JoinHandle<T>) -> tokio::task::Id { <tokio::task::JoinHandle<T>>::id(a) }
fn JoinHandle_is_0<T: Send>() { is!(tokio::task::JoinHandle<T>: Send, Sync); }
fn JoinHandle_is_1<T>() { is!(tokio::task::JoinHandle<T>: std::panic::UnwindSafe, std::panic::RefUnwindSafe, Unpin, std::future::Future); }
fn JoinHandle_is_2<T>() where T: std::fmt::Debug { is!(tokio::task::JoinHandle<T>: std::fmt::Debug); }
fn spawn_blocking<F, R>(a: F) -> tokio::task::JoinHandle<R> where F: FnOnce() -> R + Send + 'static, R: Send + 'static { tokio::task::spawn_blocking(a) }
fn spawn<F>(a: F) -> tokio::task::JoinHandle<F::Output> where F: std::future::Future + Send + 'static, F::Output: Send + 'static { tokio::task::spawn(a) }
fn block_in_place<F, R>(a: F) -> R where F: FnOnce() -> R { tokio::task::block_in_place(a) }
fn yield_now() -> impl Future<Output = ()> + Send + Sync { tokio::task::yield_now() }
fn consume_budget() -> impl Future<Output = ()> + Send + Sync { tokio::task::consume_budget() }
fn unconstrained<F>(a: F) -> tokio::task::Unconstrained<F> { tokio::task::unconstrained(a) }
fn Unconstrained_is_0<F>() where F: Send { is!(tokio::task::Unconstrained<F>: Send); }
fn Unconstrained_is_1<F>() where F: Sync { is!(tokio::task::Unconstrained<F>: Sync); }
fn Unconstrained_is_2<F>() where F: std::panic::UnwindSafe { is!(tokio::task::Unconstrained<F>: std::panic::UnwindSafe); }
fn Unconstrained_is_3<F>() where F: std::panic::RefUnwindSafe { is!(tokio::task::Unconstrained<F>: std::panic::RefUnwindSafe); }
fn Unconstrained_is_4<F>() where F: std::future::Future { is!(tokio::task::Unconstrained<F>: std::future::Future); }
fn spawn_local<F>(a: F) -> tokio::task::JoinHandle<F::Output> where F: std::future::Future + 'static, F::Output: 'static { tokio::task::spawn_local(a) }
fn LocalSet_new() -> tokio::task::LocalSet { <tokio::task::LocalSet>::new() }
fn LocalSet_enter<'this>(a: &'this tokio::task::LocalSet) -> tokio::task::LocalEnterGuard { <tokio::task::LocalSet>::enter(a) }
fn LocalSet_spawn_local<'this, F>(a: &'this tokio::task::LocalSet, b: F) -> tokio::task::JoinHandle<F::Output> where F: std::future::Future + 'static, F::Output: 'static { <tokio::task::LocalSet>::spawn_local(a, b) }
fn LocalSet_block_on<'this, F>(a: &'this tokio::task::LocalSet, b: &tokio::runtime::Runtime, c: F) -> F::Output where F: std::future::Future { <tokio::task::LocalSet>::block_on(a, b, c) }
fn LocalSet_run_until<'this, F>(a: &'this tokio::task::LocalSet, b: F) -> impl Future<Output = F::Output> where F: std::future::Future { <tokio::task::LocalSet>::run_until(a, b) }
fn LocalSet_id<'this>(a: &'this tokio::task::LocalSet) -> tokio::runtime::Id { <tokio::task::LocalSet>::id(a) }
fn LocalSet_is_0() { is!(tokio::task::LocalSet: Unpin, std::fmt::Debug, std::future::Future, Default); }
fn LocalEnterGuard_is_0() { is!(tokio::task::LocalEnterGuard: Unpin, std::fmt::Debug); }
use tokio::task::LocalKey as _;
fn JoinSet_new<T>() -> tokio::task::JoinSet<T> { <tokio::task::JoinSet<T>>::new() }
fn JoinSet_len<'this, T>(a: &'this tokio::task::JoinSet<T>) -> usize { <tokio::task::JoinSet<T>>::len(a) }
fn JoinSet_is_empty<'this, T>(a: &'this tokio::task::JoinSet<T>) -> bool { <tokio::task::JoinSet<T>>::is_empty(a) }
fn JoinSet_spawn<'this, T: 'static, F>(a: &'this mut tokio::task::JoinSet<T>, b: F) -> tokio::task::AbortHandle where F: std::future::Future<Output = T> + Send + 'static, T: Send { <tokio::task::JoinSet<T>>::spawn(a, b) }
fn JoinSet_spawn_on<'this, T: 'static, F>(a: &'this mut tokio::task::JoinSet<T>, b: F, c: &tokio::runtime::Handle) -> tokio::task::AbortHandle where F: std::future::Future<Output = T> + Send + 'static, T: Send { <tokio::task::JoinSet<T>>::spawn_on(a, b, c) }
fn JoinSet_spawn_local<'this, T: 'static, F>(a: &'this mut tokio::task::JoinSet<T>, b: F) -> tokio::task::AbortHandle where F: std::future::Future<Output = T> + 'static { <tokio::task::JoinSet<T>>::spawn_local(a, b) }
fn JoinSet_spawn_local_on<'this, T: 'static, F>(a: &'this mut tokio::task::JoinSet<T>, b: F, c: &tokio::task::LocalSet) -> tokio::task::AbortHandle where F: std::future::Future<Output = T> + 'static { <tokio::task::JoinSet<T>>::spawn_local_on(a, b, c) }
fn JoinSet_spawn_blocking<'this, T: 'static, F>(a: &'this mut tokio::task::JoinSet<T>, b: F) -> tokio::task::AbortHandle where F: FnOnce() -> T + Send + 'static, T: Send { <tokio::task::JoinSet<T>>::spawn_blocking(a, b) }
fn JoinSet_spawn_blocking_on<'this, T: 'static, F>(a: &'this mut tokio::task::JoinSet<T>, b: F, c: &tokio::runtime::Handle) -> tokio::task::AbortHandle where F: FnOnce() -> T + Send + 'static, T: Send { <tokio::task::JoinSet<T>>::spawn_blocking_on(a, b, c) }
fn JoinSet_join_next<'this, T: 'static>(a: &'this mut tokio::task::JoinSet<T>) -> impl Future<Output = Option<Result<T, tokio::task::JoinError>>> { <tokio::task::JoinSet<T>>::join_next(a) }
fn JoinSet_join_next_with_id<'this, T: 'static>(a: &'this mut tokio::task::JoinSet<T>) -> impl Future<Output = Option<Result<(tokio::task::Id, T), tokio::task::JoinError>>> { <tokio::task::JoinSet<T>>::join_next_with_id(a) }
fn JoinSet_try_join_next<'this, T: 'static>(a: &'this mut tokio::task::JoinSet<T>) -> Option<Result<T, tokio::task::JoinError>> { <tokio::task::JoinSet<T>>::try_join_next(a) }
fn JoinSet_try_join_next_with_id<'this, T: 'static>(a: &'this mut tokio::task::JoinSet<T>) -> Option<Result<(tokio::task::Id, T), tokio::task::JoinError>> { <tokio::task::JoinSet<T>>::try_join_next_with_id(a) }
fn JoinSet_shutdown<'this, T: 'static>(a: &'this mut tokio::task::JoinSet<T>) -> impl Future<Output = ()> { <tokio::task::JoinSet<T>>::shutdown(a) }
fn JoinSet_join_all<T: 'static>(a: tokio::task::JoinSet<T>) -> impl Future<Output = Vec<T>> { <tokio::task::JoinSet<T>>::join_all(a) }
fn JoinSet_abort_all<'this, T: 'static>(a: &'this mut tokio::task::JoinSet<T>) { <tokio::task::JoinSet<T>>::abort_all(a) }
fn JoinSet_detach_all<'this, T: 'static>(a: &'this mut tokio::task::JoinSet<T>) { <tokio::task::JoinSet<T>>::detach_all(a) }
fn JoinSet_poll_join_next<'this, T: 'static>(a: &'this mut tokio::task::JoinSet<T>, b: &mut std::task::Context<'_>) -> std::task::Poll<Option<Result<T, tokio::task::JoinError>>> { <tokio::task::JoinSet<T>>::poll_join_next(a, b) }
fn JoinSet_poll_join_next_with_id<'this, T: 'static>(a: &'this mut tokio::task::JoinSet<T>, b: &mut std::task::Context<'_>) -> std::task::Poll<Option<Result<(tokio::task::Id, T), tokio::task::JoinError>>> { <tokio::task::JoinSet<T>>::poll_join_next_with_id(a, b) }
fn JoinSet_is_0<T>() where T: Send { is!(tokio::task::JoinSet<T>: Send, Sync); }
fn JoinSet_is_1<T>() { is!(tokio::task::JoinSet<T>: Unpin, std::fmt::Debug, Default); }
fn JoinSet_is_2<T, F>() where F: std::future::Future<Output = T> + Send + 'static, T: Send + 'static { is_by!(F, tokio::task::JoinSet<T>: FromIterator<F>, Extend<F>); }
fn AbortHandle_abort<'this>(a: &'this tokio::task::AbortHandle) { <tokio::task::AbortHandle>::abort(a) }
fn AbortHandle_is_finished<'this>(a: &'this tokio::task::AbortHandle) -> bool { <tokio::task::AbortHandle>::is_finished(a) }
fn AbortHandle_id<'this>(a: &'this tokio::task::AbortHandle) -> tokio::task::Id { <tokio::task::AbortHandle>::id(a) }
fn AbortHandle_is_0() { is!(tokio::task::AbortHandle: Unpin, Send, Sync, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, Clone); }
fn Id_is_0() { is!(tokio::task::Id: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Clone, Copy, std::fmt::Debug, std::hash::Hash, Eq, PartialEq, PartialOrd, Ord, std::fmt::Display); }
fn id() -> tokio::task::Id { tokio::task::id() }
fn try_id() -> Option<tokio::task::Id> { tokio::task::try_id() }

// tokio::task::coop
use tokio::task::coop::consume_budget as _;
use tokio::task::coop::unconstrained as _;
use tokio::task::coop::Unconstrained as _;
fn coop_has_budget_remaining() -> bool { tokio::task::coop::has_budget_remaining() }
fn coop_RestoreOnPending_made_progress<'this>(a: &'this tokio::task::coop::RestoreOnPending) { <tokio::task::coop::RestoreOnPending>::made_progress(a) }
fn coop_RestoreOnPending_is_0() { is!(tokio::task::coop::RestoreOnPending: Unpin, std::panic::UnwindSafe, std::fmt::Debug); }
fn coop_poll_proceed(a: &mut std::task::Context<'_>) -> std::task::Poll<tokio::task::coop::RestoreOnPending> { tokio::task::coop::poll_proceed(a) }
fn coop_Coop_is_0<F>() where F: Send, F: std::future::Future { is!(tokio::task::coop::Coop<F>: Send); }
fn coop_Coop_is_1<F>() where F: Sync, F: std::future::Future { is!(tokio::task::coop::Coop<F>: Sync); }
fn coop_Coop_is_2<F>() where F: std::panic::UnwindSafe, F: std::future::Future { is!(tokio::task::coop::Coop<F>: std::panic::UnwindSafe); }
fn coop_Coop_is_3<F>() where F: std::panic::RefUnwindSafe, F: std::future::Future { is!(tokio::task::coop::Coop<F>: std::panic::RefUnwindSafe); }
fn coop_Coop_is_4<F: std::fmt::Debug + std::future::Future>() { is!(tokio::task::coop::Coop<F>: std::fmt::Debug); }
fn coop_Coop_is_5<F: std::future::Future>() { is!(tokio::task::coop::Coop<F>: std::future::Future); }
fn coop_cooperative<F: std::future::Future>(a: F) -> tokio::task::coop::Coop<F> { tokio::task::coop::cooperative(a) }

// tokio::task::futures
use tokio::task::futures::TaskLocalFuture as _;
