//! There is nothing to watch here: the trait is there for the contract, and has no implementors.

use std::fmt::Debug;
use std::io;

use super::sealed::StaysOpen;
use crate::Interest;

/// Something whose readiness a reactor can watch, of which this system has nothing. The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be watched: this system has no sockets, nor anything else whose readiness it tells",
    label = "not a type that a reactor can watch"
)]
pub trait Source: StaysOpen + Debug + Send + Sync + Unpin + 'static {
    /// Makes operations on the source return [`WouldBlock`](io::ErrorKind::WouldBlock) instead of
    /// blocking the thread, or undoes that.
    ///
    /// # Errors
    /// What the system says.
    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()>;
}

#[cfg(feature = "dyn")]
impl Source for super::AnySource {
    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.0.set_nonblocking(nonblocking)
    }
}

pub(crate) fn refuse_shared<T: Source>(_source: &T) -> io::Result<()> {
    Ok(())
}

pub(crate) fn is_ready<T: Source>(_source: &T, _interest: Interest) -> io::Result<bool> {
    Ok(true)
}
