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
