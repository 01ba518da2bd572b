//! What a reactor can watch: sockets, and on Unix every file descriptor that can be polled.

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        mod unix;
        use unix as sys;
    } else {
        mod windows;
        use windows as sys;
    }
}

pub use sys::Source;
pub(crate) use sys::is_ready;

/// Keeps [`Source`] to types that are known to lend the same open handle as long as they live: a
/// reactor goes on using the number of it, so anything else would be unsound.
mod sealed {
    pub trait StaysOpen {}

    impl<T: StaysOpen + ?Sized> StaysOpen for Box<T> {}
    impl<T: StaysOpen + ?Sized> StaysOpen for std::sync::Arc<T> {}
}
