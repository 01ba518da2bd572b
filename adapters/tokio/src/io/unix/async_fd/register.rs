//! How an [`AsyncFd`] is made, and how it lends its descriptor.
#![expect(unsafe_code, reason = "a number says nothing of who closes the descriptor")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use super::{AsyncFd, AsyncFdRegisterError};
use crate::context;
use crate::io::Interest;
use crate::io::unix::by_number;
use crate::io::unix::edges::Edges;

impl<T: AsRawFd> AsyncFd<T> {
    /// Watches the descriptor of `inner` for reading and writing.
    ///
    /// # Errors
    /// The system can't watch it, as it can't regular files.
    ///
    /// # Panics
    /// Outside of a runtime.
    ///
    /// # Safety
    /// As long as this is there, `as_raw_fd` returns the same number, which is that of an open descriptor.
    #[inline]
    #[track_caller]
    pub unsafe fn register(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::watch(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// Watches the descriptor of `inner` for what `interest` says.
    ///
    /// # Errors
    /// The system can't watch it, as it can't regular files.
    ///
    /// # Panics
    /// Outside of a runtime.
    ///
    /// # Safety
    /// As [`register`](Self::register).
    #[inline]
    #[track_caller]
    pub unsafe fn register_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::watch(inner, interest)
    }

    /// See [`register`](Self::register), whose callers have to be right as well.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[inline]
    #[track_caller]
    #[deprecated(note = "it should be unsafe: use `AsyncFd::register` instead")]
    pub fn new(inner: T) -> io::Result<Self> {
        Ok(Self::watch(inner, Interest::READABLE | Interest::WRITABLE)?)
    }

    /// See [`register_with_interest`](Self::register_with_interest), whose callers have to be right as well.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[inline]
    #[track_caller]
    #[deprecated(note = "it should be unsafe: use `AsyncFd::register_with_interest` instead")]
    pub fn with_interest(inner: T, interest: Interest) -> io::Result<Self> {
        Ok(Self::watch(inner, interest)?)
    }

    /// See [`register`](Self::register), whose callers have to be right as well.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[inline]
    #[track_caller]
    #[deprecated(note = "it should be unsafe: use `AsyncFd::register` instead")]
    pub fn try_new(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::watch(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// See [`register_with_interest`](Self::register_with_interest), whose callers have to be right as well.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[inline]
    #[track_caller]
    #[deprecated(note = "it should be unsafe: use `AsyncFd::register_with_interest` instead")]
    pub fn try_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::watch(inner, interest)
    }

    #[track_caller]
    fn watch(inner: T, interest: Interest) -> Result<Self, AsyncFdRegisterError<T>> {
        match Edges::new(&context::with_io(), inner.as_raw_fd(), interest) {
            Ok(edges) => Ok(Self { edges, inner }),
            Err(cause) => Err(AsyncFdRegisterError::new(inner, cause)),
        }
    }
}

impl<T: AsRawFd> AsFd for AsyncFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: whoever has made it has promised that.
        unsafe { by_number::lend(&self.inner) }
    }
}
