//! What the runtime asks of the operating system: every system call goes through here.

#[cfg(all(target_os = "linux", not(anyrt_loom)))]
mod futex;
#[cfg(all(target_os = "linux", not(anyrt_loom)))]
pub(crate) use futex::Futex;

#[cfg(not(all(target_os = "linux", not(anyrt_loom))))]
mod condvar;
#[cfg(not(all(target_os = "linux", not(anyrt_loom))))]
pub(crate) use condvar::Futex;

#[cfg(all(unix, not(anyrt_loom)))]
mod fork;
#[cfg(all(unix, not(anyrt_loom)))]
pub(crate) use fork::{forks, watch_forks};

#[cfg(not(any(unix, anyrt_loom)))]
mod no_fork;
#[cfg(not(any(unix, anyrt_loom)))]
pub(crate) use no_fork::{forks, watch_forks};

#[cfg(all(target_os = "linux", not(any(anyrt_loom, anyrt_portable))))]
mod epoll;
#[cfg(all(target_os = "linux", not(any(anyrt_loom, anyrt_portable))))]
pub(crate) use epoll::{Alarm, Epoll, Event as EpollEvent};

#[cfg(all(target_os = "linux", not(anyrt_loom)))]
mod timer_slack;
#[cfg(all(target_os = "linux", not(anyrt_loom)))]
pub(crate) use timer_slack::wake_on_time;

#[cfg(not(any(target_os = "linux", anyrt_loom)))]
mod no_timer_slack;
#[cfg(not(any(target_os = "linux", anyrt_loom)))]
pub(crate) use no_timer_slack::wake_on_time;
