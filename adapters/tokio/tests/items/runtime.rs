//! By generate.py, from tokio's signatures.

use super::*;

// tokio::runtime
fn Builder_new_current_thread() -> tokio::runtime::Builder { <tokio::runtime::Builder>::new_current_thread() }
fn Builder_new_multi_thread() -> tokio::runtime::Builder { <tokio::runtime::Builder>::new_multi_thread() }
fn Builder_enable_all<'this>(a: &'this mut tokio::runtime::Builder) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::enable_all(a) }
fn Builder_worker_threads<'this>(a: &'this mut tokio::runtime::Builder, b: usize) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::worker_threads(a, b) }
fn Builder_max_blocking_threads<'this>(a: &'this mut tokio::runtime::Builder, b: usize) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::max_blocking_threads(a, b) }
fn Builder_thread_name<'this>(a: &'this mut tokio::runtime::Builder, b: impl Into<String>) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::thread_name(a, b) }
fn Builder_name<'this>(a: &'this mut tokio::runtime::Builder, b: impl Into<String>) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::name(a, b) }
fn Builder_thread_name_fn<'this, F>(a: &'this mut tokio::runtime::Builder, b: F) -> &'this mut tokio::runtime::Builder where F: Fn() -> String + Send + Sync + 'static { <tokio::runtime::Builder>::thread_name_fn(a, b) }
fn Builder_thread_stack_size<'this>(a: &'this mut tokio::runtime::Builder, b: usize) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::thread_stack_size(a, b) }
fn Builder_on_thread_start<'this, F>(a: &'this mut tokio::runtime::Builder, b: F) -> &'this mut tokio::runtime::Builder where F: Fn() + Send + Sync + 'static { <tokio::runtime::Builder>::on_thread_start(a, b) }
fn Builder_on_thread_stop<'this, F>(a: &'this mut tokio::runtime::Builder, b: F) -> &'this mut tokio::runtime::Builder where F: Fn() + Send + Sync + 'static { <tokio::runtime::Builder>::on_thread_stop(a, b) }
fn Builder_on_thread_park<'this, F>(a: &'this mut tokio::runtime::Builder, b: F) -> &'this mut tokio::runtime::Builder where F: Fn() + Send + Sync + 'static { <tokio::runtime::Builder>::on_thread_park(a, b) }
fn Builder_on_thread_unpark<'this, F>(a: &'this mut tokio::runtime::Builder, b: F) -> &'this mut tokio::runtime::Builder where F: Fn() + Send + Sync + 'static { <tokio::runtime::Builder>::on_thread_unpark(a, b) }
fn Builder_build<'this>(a: &'this mut tokio::runtime::Builder) -> std::io::Result<tokio::runtime::Runtime> { <tokio::runtime::Builder>::build(a) }
fn Builder_build_local<'this>(a: &'this mut tokio::runtime::Builder, b: tokio::runtime::LocalOptions) -> std::io::Result<tokio::runtime::LocalRuntime> { <tokio::runtime::Builder>::build_local(a, b) }
fn Builder_thread_keep_alive<'this>(a: &'this mut tokio::runtime::Builder, b: tokio::time::Duration) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::thread_keep_alive(a, b) }
fn Builder_global_queue_interval<'this>(a: &'this mut tokio::runtime::Builder, b: u32) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::global_queue_interval(a, b) }
fn Builder_event_interval<'this>(a: &'this mut tokio::runtime::Builder, b: u32) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::event_interval(a, b) }
fn Builder_enable_io<'this>(a: &'this mut tokio::runtime::Builder) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::enable_io(a) }
fn Builder_max_io_events_per_tick<'this>(a: &'this mut tokio::runtime::Builder, b: usize) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::max_io_events_per_tick(a, b) }
fn Builder_max_io_events_per_busy_tick<'this>(a: &'this mut tokio::runtime::Builder, b: usize) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::max_io_events_per_busy_tick(a, b) }
fn Builder_enable_time<'this>(a: &'this mut tokio::runtime::Builder) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::enable_time(a) }
fn Builder_start_paused<'this>(a: &'this mut tokio::runtime::Builder, b: bool) -> &'this mut tokio::runtime::Builder { <tokio::runtime::Builder>::start_paused(a, b) }
fn Builder_is_0() { is!(tokio::runtime::Builder: Send, Sync, Unpin, std::fmt::Debug); }
fn EnterGuard_is_0<'a>() { is!(tokio::runtime::EnterGuard<'a>: Sync, Unpin, std::fmt::Debug); }
fn Handle_enter<'this>(a: &'this tokio::runtime::Handle) -> tokio::runtime::EnterGuard<'this> { <tokio::runtime::Handle>::enter(a) }
fn Handle_current() -> tokio::runtime::Handle { <tokio::runtime::Handle>::current() }
fn Handle_try_current() -> Result<tokio::runtime::Handle, tokio::runtime::TryCurrentError> { <tokio::runtime::Handle>::try_current() }
fn Handle_spawn<'this, F>(a: &'this tokio::runtime::Handle, b: F) -> tokio::task::JoinHandle<F::Output> where F: std::future::Future + Send + 'static, F::Output: Send + 'static { <tokio::runtime::Handle>::spawn(a, b) }
fn Handle_spawn_blocking<'this, F, R>(a: &'this tokio::runtime::Handle, b: F) -> tokio::task::JoinHandle<R> where F: FnOnce() -> R + Send + 'static, R: Send + 'static { <tokio::runtime::Handle>::spawn_blocking(a, b) }
fn Handle_block_on<'this, F: std::future::Future>(a: &'this tokio::runtime::Handle, b: F) -> F::Output { <tokio::runtime::Handle>::block_on(a, b) }
fn Handle_runtime_flavor<'this>(a: &'this tokio::runtime::Handle) -> tokio::runtime::RuntimeFlavor { <tokio::runtime::Handle>::runtime_flavor(a) }
fn Handle_id<'this>(a: &'this tokio::runtime::Handle) -> tokio::runtime::Id { <tokio::runtime::Handle>::id(a) }
fn Handle_name<'this>(a: &'this tokio::runtime::Handle) -> Option<&'this str> { <tokio::runtime::Handle>::name(a) }
fn Handle_metrics<'this>(a: &'this tokio::runtime::Handle) -> tokio::runtime::RuntimeMetrics { <tokio::runtime::Handle>::metrics(a) }
fn Handle_is_0() { is!(tokio::runtime::Handle: Send, Sync, Unpin, std::fmt::Debug, Clone, std::panic::UnwindSafe, std::panic::RefUnwindSafe); }
fn TryCurrentError_is_missing_context<'this>(a: &'this tokio::runtime::TryCurrentError) -> bool { <tokio::runtime::TryCurrentError>::is_missing_context(a) }
fn TryCurrentError_is_thread_local_destroyed<'this>(a: &'this tokio::runtime::TryCurrentError) -> bool { <tokio::runtime::TryCurrentError>::is_thread_local_destroyed(a) }
fn TryCurrentError_is_0() { is!(tokio::runtime::TryCurrentError: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, std::fmt::Display, std::error::Error); }
fn Runtime_new() -> std::io::Result<tokio::runtime::Runtime> { <tokio::runtime::Runtime>::new() }
fn Runtime_handle<'this>(a: &'this tokio::runtime::Runtime) -> &'this tokio::runtime::Handle { <tokio::runtime::Runtime>::handle(a) }
fn Runtime_spawn<'this, F>(a: &'this tokio::runtime::Runtime, b: F) -> tokio::task::JoinHandle<F::Output> where F: std::future::Future + Send + 'static, F::Output: Send + 'static { <tokio::runtime::Runtime>::spawn(a, b) }
fn Runtime_spawn_blocking<'this, F, R>(a: &'this tokio::runtime::Runtime, b: F) -> tokio::task::JoinHandle<R> where F: FnOnce() -> R + Send + 'static, R: Send + 'static { <tokio::runtime::Runtime>::spawn_blocking(a, b) }
fn Runtime_block_on<'this, F: std::future::Future>(a: &'this tokio::runtime::Runtime, b: F) -> F::Output { <tokio::runtime::Runtime>::block_on(a, b) }
fn Runtime_enter<'this>(a: &'this tokio::runtime::Runtime) -> tokio::runtime::EnterGuard<'this> { <tokio::runtime::Runtime>::enter(a) }
fn Runtime_shutdown_timeout(a: tokio::runtime::Runtime, b: tokio::time::Duration) { <tokio::runtime::Runtime>::shutdown_timeout(a, b) }
fn Runtime_shutdown_background(a: tokio::runtime::Runtime) { <tokio::runtime::Runtime>::shutdown_background(a) }
fn Runtime_metrics<'this>(a: &'this tokio::runtime::Runtime) -> tokio::runtime::RuntimeMetrics { <tokio::runtime::Runtime>::metrics(a) }
fn Runtime_is_0() { is!(tokio::runtime::Runtime: Send, Sync, Unpin, std::fmt::Debug, std::panic::UnwindSafe, std::panic::RefUnwindSafe); }
use tokio::runtime::RuntimeFlavor::CurrentThread as _;
use tokio::runtime::RuntimeFlavor::MultiThread as _;
fn RuntimeFlavor_is_0() { is!(tokio::runtime::RuntimeFlavor: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, PartialEq, Eq); }
fn is_rt_shutdown_err(a: &std::io::Error) -> bool { tokio::runtime::is_rt_shutdown_err(a) }
fn worker_index() -> Option<usize> { tokio::runtime::worker_index() }
fn LocalRuntime_new() -> std::io::Result<tokio::runtime::LocalRuntime> { <tokio::runtime::LocalRuntime>::new() }
fn LocalRuntime_handle<'this>(a: &'this tokio::runtime::LocalRuntime) -> &'this tokio::runtime::Handle { <tokio::runtime::LocalRuntime>::handle(a) }
fn LocalRuntime_spawn_local<'this, F>(a: &'this tokio::runtime::LocalRuntime, b: F) -> tokio::task::JoinHandle<F::Output> where F: std::future::Future + 'static, F::Output: 'static { <tokio::runtime::LocalRuntime>::spawn_local(a, b) }
fn LocalRuntime_spawn_blocking<'this, F, R>(a: &'this tokio::runtime::LocalRuntime, b: F) -> tokio::task::JoinHandle<R> where F: FnOnce() -> R + Send + 'static, R: Send + 'static { <tokio::runtime::LocalRuntime>::spawn_blocking(a, b) }
fn LocalRuntime_block_on<'this, F: std::future::Future>(a: &'this tokio::runtime::LocalRuntime, b: F) -> F::Output { <tokio::runtime::LocalRuntime>::block_on(a, b) }
fn LocalRuntime_enter<'this>(a: &'this tokio::runtime::LocalRuntime) -> tokio::runtime::EnterGuard<'this> { <tokio::runtime::LocalRuntime>::enter(a) }
fn LocalRuntime_shutdown_timeout(a: tokio::runtime::LocalRuntime, b: tokio::time::Duration) { <tokio::runtime::LocalRuntime>::shutdown_timeout(a, b) }
fn LocalRuntime_shutdown_background(a: tokio::runtime::LocalRuntime) { <tokio::runtime::LocalRuntime>::shutdown_background(a) }
fn LocalRuntime_metrics<'this>(a: &'this tokio::runtime::LocalRuntime) -> tokio::runtime::RuntimeMetrics { <tokio::runtime::LocalRuntime>::metrics(a) }
fn LocalRuntime_is_0() { is!(tokio::runtime::LocalRuntime: Unpin, std::fmt::Debug, std::panic::UnwindSafe, std::panic::RefUnwindSafe); }
fn LocalOptions_is_0() { is!(tokio::runtime::LocalOptions: Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Default, std::fmt::Debug); }
fn Id_is_0() { is!(tokio::runtime::Id: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Clone, Copy, std::fmt::Debug, std::hash::Hash, Eq, PartialEq, std::fmt::Display); }
fn RuntimeMetrics_num_workers<'this>(a: &'this tokio::runtime::RuntimeMetrics) -> usize { <tokio::runtime::RuntimeMetrics>::num_workers(a) }
fn RuntimeMetrics_num_alive_tasks<'this>(a: &'this tokio::runtime::RuntimeMetrics) -> usize { <tokio::runtime::RuntimeMetrics>::num_alive_tasks(a) }
fn RuntimeMetrics_global_queue_depth<'this>(a: &'this tokio::runtime::RuntimeMetrics) -> usize { <tokio::runtime::RuntimeMetrics>::global_queue_depth(a) }
fn RuntimeMetrics_worker_total_busy_duration<'this>(a: &'this tokio::runtime::RuntimeMetrics, b: usize) -> tokio::time::Duration { <tokio::runtime::RuntimeMetrics>::worker_total_busy_duration(a, b) }
fn RuntimeMetrics_worker_park_count<'this>(a: &'this tokio::runtime::RuntimeMetrics, b: usize) -> u64 { <tokio::runtime::RuntimeMetrics>::worker_park_count(a, b) }
fn RuntimeMetrics_worker_park_unpark_count<'this>(a: &'this tokio::runtime::RuntimeMetrics, b: usize) -> u64 { <tokio::runtime::RuntimeMetrics>::worker_park_unpark_count(a, b) }
fn RuntimeMetrics_is_0() { is!(tokio::runtime::RuntimeMetrics: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Clone, std::fmt::Debug); }
