//! What several of these tests need.
#![allow(dead_code, reason = "no test needs all of it")]

use std::future::Future;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncReadExt};

/// What is said outside of a runtime.
pub(crate) const NO_RUNTIME: &str =
    "there is no reactor running, must be called from the context of a Tokio 1.x runtime";

/// What `code` panics with.
pub(crate) fn panic_of<T>(code: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(AssertUnwindSafe(code)).err().expect("it has to panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&'static str>().expect("a text")).to_owned(),
    }
}

pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Whether there was nothing to be done, in tokio's words: the kind of the error, and no code of the system's.
pub(crate) fn would_block<T>(result: io::Result<T>) -> bool {
    matches!(result, Err(error) if error.to_string() == "operation would block" && error.raw_os_error().is_none())
}

/// Waits for a byte from its peer, which it is sent then.
pub(crate) async fn waits_and_reads(
    stream: &mut (impl AsyncRead + Unpin),
    peer: &mut impl Write,
) -> io::Result<()> {
    let mut buffer = [0];
    let mut read = pin!(stream.read(&mut buffer));
    assert!(poll_once(read.as_mut()).is_pending());
    peer.write_all(b"x")?;
    assert_eq!(read.await?, 1);
    Ok(())
}
