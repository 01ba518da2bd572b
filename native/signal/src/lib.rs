//! Has the handlers of signals set flags and ring bells, and do nothing else.
//!
//! A handler may interrupt any code, so that it can take no lock and allocate nothing. Both actions here keep to
//! that, and are safe to ask for. What is to come of a signal is done elsewhere, by whoever hears the bell.
//!
//! ```
//! # #[cfg(unix)] {
//! use std::{io::Read, sync::Arc};
//! use anyrt_signal::Bell;
//!
//! let (bell, mut socket) = Bell::new()?;
//! let action = anyrt_signal::ring(rustix::process::Signal::USR1.as_raw(), Arc::new(bell))?;
//! rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::USR1)?;
//! socket.set_nonblocking(false)?;
//! socket.read_exact(&mut [0])?;
//! # drop(action);
//! # }
//! # std::io::Result::Ok(())
//! ```
#![cfg_attr(doctest, doc = include_str!("../README.md"))]

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::{Action, Bell, check, ring, set_flag};
