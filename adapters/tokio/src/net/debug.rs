//! How sockets are shown.

/// Shows the `inner` socket as that of the standard library, as tokio does.
macro_rules! impl_debug {
    ([$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let show = |system: &_| Ok(std::fmt::Debug::fmt(system, f));
                match self.inner.try_io(anyrt::reactor::Interest::Readable, show) {
                    Ok(result) => result,
                    // A virtual one.
                    Err(_) => self.inner.fmt(f),
                }
            }
        }
    };
}

pub(super) use impl_debug;
