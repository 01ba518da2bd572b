//! A value with cache lines of its own.

use std::ops::Deref;

/// Keeps a value apart from its neighbours, so that who writes those does not slow down who uses it.
///
/// By two of the usual lines: many processors fetch the next one as well, and some have lines of that size.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct CachePadded<T>(T);

impl<T> CachePadded<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for CachePadded<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}
