//! What is said about sockets in blocking mode.

use std::io;
use std::os::fd::AsFd;

/// Refuses a socket in blocking mode as tokio does, in debug builds.
///
/// # Panics
/// There.
#[track_caller]
pub(super) fn refuse<S: AsFd>(socket: &S) -> io::Result<()> {
    if cfg!(all(debug_assertions, not(tokio_allow_from_blocking_fd))) {
        let is_blocking = !socket2::SockRef::from(socket).nonblocking()?;
        assert!(
            !is_blocking,
            "Registering a blocking socket with the tokio runtime is unsupported. \
             If you wish to do anyways, please add `--cfg tokio_allow_from_blocking_fd` to your \
             RUSTFLAGS. See github.com/tokio-rs/tokio/issues/7172 for details."
        );
    }
    Ok(())
}
