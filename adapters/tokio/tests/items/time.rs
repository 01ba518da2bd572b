//! By generate.py, from tokio's signatures.

use super::*;

// tokio::time
fn advance(a: tokio::time::Duration) -> impl Future<Output = ()> + Send + Sync { tokio::time::advance(a) }
fn pause() { tokio::time::pause() }
fn resume() { tokio::time::resume() }
fn Instant_now() -> tokio::time::Instant { <tokio::time::Instant>::now() }
fn Instant_from_std(a: std::time::Instant) -> tokio::time::Instant { <tokio::time::Instant>::from_std(a) }
fn Instant_into_std(a: tokio::time::Instant) -> std::time::Instant { <tokio::time::Instant>::into_std(a) }
fn Instant_duration_since<'this>(a: &'this tokio::time::Instant, b: tokio::time::Instant) -> tokio::time::Duration { <tokio::time::Instant>::duration_since(a, b) }
fn Instant_checked_duration_since<'this>(a: &'this tokio::time::Instant, b: tokio::time::Instant) -> Option<tokio::time::Duration> { <tokio::time::Instant>::checked_duration_since(a, b) }
fn Instant_saturating_duration_since<'this>(a: &'this tokio::time::Instant, b: tokio::time::Instant) -> tokio::time::Duration { <tokio::time::Instant>::saturating_duration_since(a, b) }
fn Instant_elapsed<'this>(a: &'this tokio::time::Instant) -> tokio::time::Duration { <tokio::time::Instant>::elapsed(a) }
fn Instant_checked_add<'this>(a: &'this tokio::time::Instant, b: tokio::time::Duration) -> Option<tokio::time::Instant> { <tokio::time::Instant>::checked_add(a, b) }
fn Instant_checked_sub<'this>(a: &'this tokio::time::Instant, b: tokio::time::Duration) -> Option<tokio::time::Instant> { <tokio::time::Instant>::checked_sub(a, b) }
fn Instant_is_0() { is!(tokio::time::Instant: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Clone, Copy, Eq, PartialEq, PartialOrd, Ord, std::hash::Hash, From<std::time::Instant>, std::ops::Add<tokio::time::Duration>, std::ops::AddAssign<tokio::time::Duration>, std::ops::Sub, std::ops::Sub<tokio::time::Duration>, std::ops::SubAssign<tokio::time::Duration>, std::fmt::Debug); }
fn Instant_is_1() { is!(std::time::Instant: From<tokio::time::Instant>); }
fn interval(a: tokio::time::Duration) -> tokio::time::Interval { tokio::time::interval(a) }
fn interval_at(a: tokio::time::Instant, b: tokio::time::Duration) -> tokio::time::Interval { tokio::time::interval_at(a, b) }
fn Interval_tick<'this>(a: &'this mut tokio::time::Interval) -> impl Future<Output = tokio::time::Instant> + Send + Sync { <tokio::time::Interval>::tick(a) }
fn Interval_poll_tick<'this>(a: &'this mut tokio::time::Interval, b: &mut std::task::Context<'_>) -> std::task::Poll<tokio::time::Instant> { <tokio::time::Interval>::poll_tick(a, b) }
fn Interval_reset<'this>(a: &'this mut tokio::time::Interval) { <tokio::time::Interval>::reset(a) }
fn Interval_reset_immediately<'this>(a: &'this mut tokio::time::Interval) { <tokio::time::Interval>::reset_immediately(a) }
fn Interval_reset_after<'this>(a: &'this mut tokio::time::Interval, b: tokio::time::Duration) { <tokio::time::Interval>::reset_after(a, b) }
fn Interval_reset_at<'this>(a: &'this mut tokio::time::Interval, b: tokio::time::Instant) { <tokio::time::Interval>::reset_at(a, b) }
fn Interval_missed_tick_behavior<'this>(a: &'this tokio::time::Interval) -> tokio::time::MissedTickBehavior { <tokio::time::Interval>::missed_tick_behavior(a) }
fn Interval_set_missed_tick_behavior<'this>(a: &'this mut tokio::time::Interval, b: tokio::time::MissedTickBehavior) { <tokio::time::Interval>::set_missed_tick_behavior(a, b) }
fn Interval_period<'this>(a: &'this tokio::time::Interval) -> tokio::time::Duration { <tokio::time::Interval>::period(a) }
fn Interval_is_0() { is!(tokio::time::Interval: Send, Sync, Unpin, std::fmt::Debug); }
use tokio::time::MissedTickBehavior::Burst as _;
use tokio::time::MissedTickBehavior::Delay as _;
use tokio::time::MissedTickBehavior::Skip as _;
fn MissedTickBehavior_is_0() { is!(tokio::time::MissedTickBehavior: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, Clone, Copy, PartialEq, Eq, Default); }
fn sleep(a: tokio::time::Duration) -> tokio::time::Sleep { tokio::time::sleep(a) }
fn sleep_until(a: tokio::time::Instant) -> tokio::time::Sleep { tokio::time::sleep_until(a) }
fn Sleep_deadline<'this>(a: &'this tokio::time::Sleep) -> tokio::time::Instant { <tokio::time::Sleep>::deadline(a) }
fn Sleep_is_elapsed<'this>(a: &'this tokio::time::Sleep) -> bool { <tokio::time::Sleep>::is_elapsed(a) }
fn Sleep_reset<'this>(a: std::pin::Pin<&'this mut tokio::time::Sleep>, b: tokio::time::Instant) { <tokio::time::Sleep>::reset(a, b) }
fn Sleep_is_0() { is!(tokio::time::Sleep: Send, Sync, std::fmt::Debug, std::future::Future); }
fn Sleep_is_1<'__pin>() where (std::marker::PhantomData<&'__pin ()>, std::marker::PhantomPinned): Unpin { is!(tokio::time::Sleep: Unpin); }
fn timeout<F>(a: tokio::time::Duration, b: F) -> tokio::time::Timeout<F::IntoFuture> where F: std::future::IntoFuture { tokio::time::timeout(a, b) }
fn timeout_at<F>(a: tokio::time::Instant, b: F) -> tokio::time::Timeout<F::IntoFuture> where F: std::future::IntoFuture { tokio::time::timeout_at(a, b) }
fn Timeout_get_ref<'this, T>(a: &'this tokio::time::Timeout<T>) -> &'this T { <tokio::time::Timeout<T>>::get_ref(a) }
fn Timeout_get_mut<'this, T>(a: &'this mut tokio::time::Timeout<T>) -> &'this mut T { <tokio::time::Timeout<T>>::get_mut(a) }
fn Timeout_into_inner<T>(a: tokio::time::Timeout<T>) -> T { <tokio::time::Timeout<T>>::into_inner(a) }
fn Timeout_is_0<T>() where T: Send { is!(tokio::time::Timeout<T>: Send); }
fn Timeout_is_1<T>() where T: Sync { is!(tokio::time::Timeout<T>: Sync); }
fn Timeout_is_2<T: std::fmt::Debug>() { is!(tokio::time::Timeout<T>: std::fmt::Debug); }
fn Timeout_is_3<T>() where T: std::future::Future { is!(tokio::time::Timeout<T>: std::future::Future); }
use tokio::time::Duration as _;

// tokio::time::error
fn error_Error_shutdown() -> tokio::time::error::Error { <tokio::time::error::Error>::shutdown() }
fn error_Error_is_shutdown<'this>(a: &'this tokio::time::error::Error) -> bool { <tokio::time::error::Error>::is_shutdown(a) }
fn error_Error_at_capacity() -> tokio::time::error::Error { <tokio::time::error::Error>::at_capacity() }
fn error_Error_is_at_capacity<'this>(a: &'this tokio::time::error::Error) -> bool { <tokio::time::error::Error>::is_at_capacity(a) }
fn error_Error_invalid() -> tokio::time::error::Error { <tokio::time::error::Error>::invalid() }
fn error_Error_is_invalid<'this>(a: &'this tokio::time::error::Error) -> bool { <tokio::time::error::Error>::is_invalid(a) }
fn error_Error_is_0() { is!(tokio::time::error::Error: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, Copy, Clone, std::error::Error, std::fmt::Display); }
fn error_Elapsed_is_0() { is!(tokio::time::error::Elapsed: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, PartialEq, Eq, std::fmt::Display, std::error::Error); }
fn error_Elapsed_is_1() { is!(std::io::Error: From<tokio::time::error::Elapsed>); }
