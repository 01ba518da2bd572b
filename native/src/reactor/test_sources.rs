//! Sources for the tests, which can be made without a runtime.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{FromRawFd, OwnedFd};

/// A pipe in blocking mode: the end to read from, and the end to write to.
pub(crate) fn pipe() -> (File, File) {
    let mut fds = [0; 2];
    // SAFETY: the system writes two descriptors to the array.
    let result = unsafe { libc::pipe(fds.as_mut_ptr()) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
    let [reader, writer] = fds.map(|fd| {
        // SAFETY: the call has just made the descriptor, so nobody else owns it.
        unsafe { OwnedFd::from_raw_fd(fd) }
    });
    (reader.into(), writer.into())
}

/// Writes to a source in non-blocking mode until nothing more goes in, and returns how much went.
pub(crate) fn fill(mut source: impl Write) -> usize {
    let mut filled = 0;
    // Single bytes at last, for a pipe takes small writes as a whole or not at all.
    for size in [1 << 16, 1] {
        loop {
            match source.write(&vec![0; size]) {
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
    filled
}
