//! By generate.py, from tokio's signatures.

use super::*;

// tokio::signal
fn ctrl_c() -> impl Future<Output = std::io::Result<()>> + Send + Sync { tokio::signal::ctrl_c() }

// tokio::signal::unix
fn unix_SignalKind_from_raw(a: std::os::raw::c_int) -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::from_raw(a) }
fn unix_SignalKind_as_raw_value<'this>(a: &'this tokio::signal::unix::SignalKind) -> std::os::raw::c_int { <tokio::signal::unix::SignalKind>::as_raw_value(a) }
fn unix_SignalKind_alarm() -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::alarm() }
fn unix_SignalKind_child() -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::child() }
fn unix_SignalKind_hangup() -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::hangup() }
fn unix_SignalKind_interrupt() -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::interrupt() }
fn unix_SignalKind_io() -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::io() }
fn unix_SignalKind_pipe() -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::pipe() }
fn unix_SignalKind_quit() -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::quit() }
fn unix_SignalKind_terminate() -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::terminate() }
fn unix_SignalKind_user_defined1() -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::user_defined1() }
fn unix_SignalKind_user_defined2() -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::user_defined2() }
fn unix_SignalKind_window_change() -> tokio::signal::unix::SignalKind { <tokio::signal::unix::SignalKind>::window_change() }
fn unix_SignalKind_is_0() { is!(tokio::signal::unix::SignalKind: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, Clone, Copy, std::hash::Hash, PartialEq, Eq, From<i32>); }
fn unix_SignalKind_is_1() { is!(std::os::raw::c_int: From<tokio::signal::unix::SignalKind>); }
fn unix_Signal_recv<'this>(a: &'this mut tokio::signal::unix::Signal) -> impl Future<Output = Option<()>> + Send + Sync { <tokio::signal::unix::Signal>::recv(a) }
fn unix_Signal_poll_recv<'this>(a: &'this mut tokio::signal::unix::Signal, b: &mut std::task::Context<'_>) -> std::task::Poll<Option<()>> { <tokio::signal::unix::Signal>::poll_recv(a, b) }
fn unix_Signal_is_0() { is!(tokio::signal::unix::Signal: Send, Sync, Unpin, std::fmt::Debug); }
fn unix_signal(a: tokio::signal::unix::SignalKind) -> std::io::Result<tokio::signal::unix::Signal> { tokio::signal::unix::signal(a) }
