//! Descriptors that are known by their number alone: `AsyncFd` watches whatever has one.
#![expect(unsafe_code, reason = "a number says nothing of who closes the descriptor")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::event::epoll::{self, EventData, EventFlags};

/// The descriptor of `owner`, which is lent with it.
///
/// # Panics
/// If its number is -1, which no descriptor has.
///
/// # Safety
/// The number is that of a descriptor which is open as long as `owner` is lent.
pub(super) unsafe fn lend<T: AsRawFd + ?Sized>(owner: &T) -> BorrowedFd<'_> {
    let number = owner.as_raw_fd();
    assert_ne!(number, -1, "this is not the number of a descriptor");
    // SAFETY: the caller says that it is open as long as the lifetime, and it is not -1.
    unsafe { BorrowedFd::borrow_raw(number) }
}

/// Adds the descriptor of this number to an epoll instance.
///
/// No unsafe function, for it can do nothing to the descriptor: at worst the instance tells of the readiness of
/// another one, which was opened under the same number.
///
/// # Errors
/// There is no such descriptor, or it can't be watched.
pub(super) fn watch(instance: &OwnedFd, number: RawFd, flags: EventFlags) -> io::Result<()> {
    if number == -1 {
        return Err(rustix::io::Errno::BADF.into());
    }
    // SAFETY: it is not -1; and it is lent for one system call, to which any number may be passed.
    let fd = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(epoll::add(instance, fd, EventData::new_u64(0), flags)?)
}
