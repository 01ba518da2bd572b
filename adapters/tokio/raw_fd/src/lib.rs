//! Descriptors that are known by their number alone.
//!
//! tokio's `AsyncFd` watches whatever has such a number, and some of its functions are unsafe because of it.
//! The rest of the package that stands in tokio's place forbids unsafe code: what of it can't do without
//! stands here.
#![cfg(unix)]

use std::os::fd::{AsRawFd, BorrowedFd};

#[cfg(any(target_os = "linux", target_os = "android"))]
mod epoll;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use epoll::watch;

#[doc(hidden)]
pub use std;

/// The descriptor of `owner`, which is lent with it.
///
/// # Panics
/// If its number is -1, which no descriptor has.
///
/// # Safety
/// The number is that of a descriptor which is open as long as `owner` is lent.
pub unsafe fn lend<T: AsRawFd + ?Sized>(owner: &T) -> BorrowedFd<'_> {
    let number = owner.as_raw_fd();
    assert_ne!(number, -1, "this is not the number of a descriptor");
    // SAFETY: the caller says that it is open as long as the lifetime, and it is not -1.
    unsafe { BorrowedFd::borrow_raw(number) }
}

/// Implements `FromRawFd` for a type that is made from a number by way of an `OwnedFd`.
#[macro_export]
macro_rules! impl_from_raw_fd {
    ($type:ty, $from_owned:expr) => {
        impl $crate::std::os::fd::FromRawFd for $type {
            unsafe fn from_raw_fd(fd: $crate::std::os::fd::RawFd) -> Self {
                // SAFETY: what is asked of the caller is the same.
                let owned: $crate::std::os::fd::OwnedFd =
                    unsafe { $crate::std::os::fd::FromRawFd::from_raw_fd(fd) };
                $from_owned(owned)
            }
        }
    };
}

/// The unsafe constructors of `AsyncFd`, and those that tokio deprecates because they should be unsafe, and
/// its `AsFd`. `$watch` is the function that makes one of a value and an interest.
#[macro_export]
macro_rules! impl_async_fd_register {
    ($async_fd:ident, $error:ident, $interest:ty, $watch:path) => {
        impl<T: $crate::std::os::fd::AsRawFd> $async_fd<T> {
            /// Watches the descriptor of `inner` for reading and writing, and owns it.
            ///
            /// # Errors
            /// The system can't watch it, as it can't regular files.
            ///
            /// # Panics
            /// Outside of a runtime.
            ///
            /// # Safety
            /// `as_raw_fd` always returns the same number, and the descriptor stays open until `inner` is
            /// dropped.
            #[track_caller]
            pub unsafe fn register(inner: T) -> Result<Self, $error<T>> {
                $watch(inner, <$interest>::READABLE | <$interest>::WRITABLE)
            }

            /// Watches the descriptor of `inner` for what `interest` says, and owns it.
            ///
            /// # Errors
            /// The system can't watch it, as it can't regular files.
            ///
            /// # Panics
            /// Outside of a runtime.
            ///
            /// # Safety
            /// As [`register`](Self::register).
            #[track_caller]
            pub unsafe fn register_with_interest(
                inner: T,
                interest: $interest,
            ) -> Result<Self, $error<T>> {
                $watch(inner, interest)
            }
        }

        impl<T: $crate::std::os::fd::AsRawFd> $crate::std::os::fd::AsFd for $async_fd<T> {
            fn as_fd(&self) -> $crate::std::os::fd::BorrowedFd<'_> {
                // SAFETY: whoever made it has promised that it is open as long as this is there.
                unsafe { $crate::lend(self.get_ref()) }
            }
        }
    };
}
