//! What a reactor can watch: sockets, and on Unix every file descriptor that can be polled.

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        mod unix;
        use unix as sys;
    } else if #[cfg(windows)] {
        mod windows;
        use windows as sys;
    } else if #[cfg(target_os = "wasi")] {
        mod wasi;
        use wasi as sys;
    } else {
        mod none;
        use none as sys;
    }
}

pub use sys::Source;
pub(crate) use sys::{is_ready, refuse_shared};

/// Keeps [`Source`] to types that are known to lend the same open handle as long as they live: a
/// reactor goes on using the number of it, so anything else would be unsound.
mod sealed {
    pub trait StaysOpen {}

    impl<T: StaysOpen + ?Sized> StaysOpen for Box<T> {}
    impl<T: StaysOpen + ?Sized> StaysOpen for std::sync::Arc<T> {}
}

/// A source of any type, for a registration that does not know the type.
#[cfg(feature = "dyn")]
#[derive(Clone, Debug)]
pub struct AnySource(pub(crate) std::sync::Arc<dyn Source>);

#[cfg(feature = "dyn")]
impl sealed::StaysOpen for AnySource {}
