//! Watching by number.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, RawFd};

use rustix::event::epoll::{self, EventData, EventFlags};

/// Adds the descriptor of this number to an epoll instance.
///
/// No unsafe function, for it can do nothing to the descriptor: at worst the instance tells of the readiness
/// of another one, which was opened under the same number.
///
/// # Errors
/// There is no such descriptor, it can't be watched or is watched by this instance already.
pub fn watch(instance: impl AsFd, number: RawFd, flags: EventFlags) -> io::Result<()> {
    if number == -1 {
        return Err(rustix::io::Errno::BADF.into());
    }
    // SAFETY: it is not -1; and it is lent for one system call, to which any number may be passed.
    let fd = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(epoll::add(instance, fd, EventData::new_u64(0), flags)?)
}
