//! What the runtime asks of the operating system: every system call goes through here.
//!
//! Miri, the interpreter that finds undefined behaviour, knows most of them. What it does not know is not
//! asked of it, so that whoever builds on the runtime can check a program with it.

#[cfg(all(target_os = "linux", not(anyrt_loom)))]
mod futex;
#[cfg(all(target_os = "linux", not(anyrt_loom)))]
pub(crate) use futex::Futex;

#[cfg(not(all(target_os = "linux", not(anyrt_loom))))]
mod condvar;
#[cfg(not(all(target_os = "linux", not(anyrt_loom))))]
pub(crate) use condvar::Futex;

pub(crate) use anyrt_fork::{call_in_child, forks};

#[cfg(all(target_os = "linux", not(anyrt_portable)))]
mod epoll;
#[cfg(all(target_os = "linux", not(anyrt_portable)))]
pub(crate) use epoll::{Alarm, Epoll, Event as EpollEvent, is_socket};

#[cfg(all(target_os = "linux", not(miri)))]
mod timer_slack;
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) use timer_slack::wake_on_time;

#[cfg(any(not(target_os = "linux"), miri))]
mod no_timer_slack;
#[cfg(any(not(target_os = "linux"), miri))]
pub(crate) use no_timer_slack::wake_on_time;
