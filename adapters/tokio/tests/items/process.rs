//! By generate.py, from tokio's signatures.

use super::*;

// tokio::process
fn Command_new<S: AsRef<std::ffi::OsStr>>(a: S) -> tokio::process::Command { <tokio::process::Command>::new(a) }
fn Command_as_std<'this>(a: &'this tokio::process::Command) -> &'this std::process::Command { <tokio::process::Command>::as_std(a) }
fn Command_as_std_mut<'this>(a: &'this mut tokio::process::Command) -> &'this mut std::process::Command { <tokio::process::Command>::as_std_mut(a) }
fn Command_into_std(a: tokio::process::Command) -> std::process::Command { <tokio::process::Command>::into_std(a) }
fn Command_arg<'this, S: AsRef<std::ffi::OsStr>>(a: &'this mut tokio::process::Command, b: S) -> &'this mut tokio::process::Command { <tokio::process::Command>::arg(a, b) }
fn Command_args<'this, I, S>(a: &'this mut tokio::process::Command, b: I) -> &'this mut tokio::process::Command where I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr> { <tokio::process::Command>::args(a, b) }
fn Command_env<'this, K, V>(a: &'this mut tokio::process::Command, b: K, c: V) -> &'this mut tokio::process::Command where K: AsRef<std::ffi::OsStr>, V: AsRef<std::ffi::OsStr> { <tokio::process::Command>::env(a, b, c) }
fn Command_envs<'this, I, K, V>(a: &'this mut tokio::process::Command, b: I) -> &'this mut tokio::process::Command where I: IntoIterator<Item = (K, V)>, K: AsRef<std::ffi::OsStr>, V: AsRef<std::ffi::OsStr> { <tokio::process::Command>::envs(a, b) }
fn Command_env_remove<'this, K: AsRef<std::ffi::OsStr>>(a: &'this mut tokio::process::Command, b: K) -> &'this mut tokio::process::Command { <tokio::process::Command>::env_remove(a, b) }
fn Command_env_clear<'this>(a: &'this mut tokio::process::Command) -> &'this mut tokio::process::Command { <tokio::process::Command>::env_clear(a) }
fn Command_current_dir<'this, P: AsRef<std::path::Path>>(a: &'this mut tokio::process::Command, b: P) -> &'this mut tokio::process::Command { <tokio::process::Command>::current_dir(a, b) }
fn Command_stdin<'this, T: Into<std::process::Stdio>>(a: &'this mut tokio::process::Command, b: T) -> &'this mut tokio::process::Command { <tokio::process::Command>::stdin(a, b) }
fn Command_stdout<'this, T: Into<std::process::Stdio>>(a: &'this mut tokio::process::Command, b: T) -> &'this mut tokio::process::Command { <tokio::process::Command>::stdout(a, b) }
fn Command_stderr<'this, T: Into<std::process::Stdio>>(a: &'this mut tokio::process::Command, b: T) -> &'this mut tokio::process::Command { <tokio::process::Command>::stderr(a, b) }
fn Command_kill_on_drop<'this>(a: &'this mut tokio::process::Command, b: bool) -> &'this mut tokio::process::Command { <tokio::process::Command>::kill_on_drop(a, b) }
fn Command_uid<'this>(a: &'this mut tokio::process::Command, b: u32) -> &'this mut tokio::process::Command { <tokio::process::Command>::uid(a, b) }
fn Command_gid<'this>(a: &'this mut tokio::process::Command, b: u32) -> &'this mut tokio::process::Command { <tokio::process::Command>::gid(a, b) }
fn Command_arg0<'this, S>(a: &'this mut tokio::process::Command, b: S) -> &'this mut tokio::process::Command where S: AsRef<std::ffi::OsStr> { <tokio::process::Command>::arg0(a, b) }
unsafe fn Command_pre_exec<'this, F>(a: &'this mut tokio::process::Command, b: F) -> &'this mut tokio::process::Command where F: FnMut() -> std::io::Result<()> + Send + Sync + 'static { unsafe { <tokio::process::Command>::pre_exec(a, b) } }
fn Command_process_group<'this>(a: &'this mut tokio::process::Command, b: i32) -> &'this mut tokio::process::Command { <tokio::process::Command>::process_group(a, b) }
fn Command_spawn<'this>(a: &'this mut tokio::process::Command) -> std::io::Result<tokio::process::Child> { <tokio::process::Command>::spawn(a) }
fn Command_status<'this>(a: &'this mut tokio::process::Command) -> impl std::future::Future<Output = std::io::Result<std::process::ExitStatus>> { <tokio::process::Command>::status(a) }
fn Command_output<'this>(a: &'this mut tokio::process::Command) -> impl std::future::Future<Output = std::io::Result<std::process::Output>> { <tokio::process::Command>::output(a) }
fn Command_get_kill_on_drop<'this>(a: &'this tokio::process::Command) -> bool { <tokio::process::Command>::get_kill_on_drop(a) }
fn Command_is_0() { is!(tokio::process::Command: Send, Sync, Unpin, std::fmt::Debug, From<std::process::Command>); }
fn Child_id<'this>(a: &'this tokio::process::Child) -> Option<u32> { <tokio::process::Child>::id(a) }
fn Child_start_kill<'this>(a: &'this mut tokio::process::Child) -> std::io::Result<()> { <tokio::process::Child>::start_kill(a) }
fn Child_kill<'this>(a: &'this mut tokio::process::Child) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::process::Child>::kill(a) }
fn Child_wait<'this>(a: &'this mut tokio::process::Child) -> impl Future<Output = std::io::Result<std::process::ExitStatus>> + Send + Sync { <tokio::process::Child>::wait(a) }
fn Child_try_wait<'this>(a: &'this mut tokio::process::Child) -> std::io::Result<Option<std::process::ExitStatus>> { <tokio::process::Child>::try_wait(a) }
fn Child_wait_with_output(a: tokio::process::Child) -> impl Future<Output = std::io::Result<std::process::Output>> + Send + Sync { <tokio::process::Child>::wait_with_output(a) }
fn Child_is_0() { is!(tokio::process::Child: Send, Sync, Unpin, std::fmt::Debug); }
fn ChildStdin_into_owned_fd(a: tokio::process::ChildStdin) -> std::io::Result<std::os::fd::OwnedFd> { <tokio::process::ChildStdin>::into_owned_fd(a) }
fn ChildStdin_from_std(a: std::process::ChildStdin) -> std::io::Result<tokio::process::ChildStdin> { <tokio::process::ChildStdin>::from_std(a) }
fn ChildStdin_is_0() { is!(tokio::process::ChildStdin: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, tokio::io::AsyncWrite, TryInto<std::process::Stdio>, std::os::fd::AsRawFd, std::os::fd::AsFd); }
fn ChildStdout_into_owned_fd(a: tokio::process::ChildStdout) -> std::io::Result<std::os::fd::OwnedFd> { <tokio::process::ChildStdout>::into_owned_fd(a) }
fn ChildStdout_from_std(a: std::process::ChildStdout) -> std::io::Result<tokio::process::ChildStdout> { <tokio::process::ChildStdout>::from_std(a) }
fn ChildStdout_is_0() { is!(tokio::process::ChildStdout: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, tokio::io::AsyncRead, TryInto<std::process::Stdio>, std::os::fd::AsRawFd, std::os::fd::AsFd); }
fn ChildStderr_into_owned_fd(a: tokio::process::ChildStderr) -> std::io::Result<std::os::fd::OwnedFd> { <tokio::process::ChildStderr>::into_owned_fd(a) }
fn ChildStderr_from_std(a: std::process::ChildStderr) -> std::io::Result<tokio::process::ChildStderr> { <tokio::process::ChildStderr>::from_std(a) }
fn ChildStderr_is_0() { is!(tokio::process::ChildStderr: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, tokio::io::AsyncRead, TryInto<std::process::Stdio>, std::os::fd::AsRawFd, std::os::fd::AsFd); }
