//! The watch of one source: all of a registration that does not depend on the source's type.

use std::io;
use std::task::Waker;

use anyrt_core::Interest;

use super::readiness::{Readiness, Waiter};
use super::registry::Token;
use super::system::RawSource;
use crate::Handle;
use crate::sync::Arc;

/// Keeps a source watched until it is dropped, or [ended](Self::end). The source has to stay open as
/// long.
#[derive(Debug)]
pub(super) struct Watch {
    runtime: Handle,
    readiness: Arc<Readiness>,
    source: RawSource,
    token: Token,
    is_over: bool,
}

impl Watch {
    pub(super) fn begin(runtime: &Handle, source: RawSource) -> io::Result<Self> {
        let runtime = runtime.clone();
        runtime.check_process()?;
        let readiness = Arc::new(Readiness::new());
        let token = runtime.driver().add(source, &readiness)?;
        Ok(Self { runtime, readiness, source, token, is_over: false })
    }

    #[inline]
    pub(super) fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// What an operation says that can't be waited for any more.
    #[cold]
    pub(super) fn refusal(&self) -> io::Error {
        self.runtime.driver().refusal().expect("readiness is shut down after the driver refuses")
    }

    /// Waits on behalf of the poll functions; see [`Readiness::enter_last`].
    pub(super) fn enter_last(&self, interest: Interest, waker: Waker) -> io::Result<bool> {
        let arm = |waited| self.runtime.driver().arm(self.source, self.token, waited);
        self.readiness.enter_last(interest, waker, arm)
    }

    /// Waits on behalf of an async function; see [`Readiness::enter_last`].
    pub(super) fn enter(&self, waiter: &mut Waiter<'_>, waker: Waker) -> io::Result<bool> {
        let arm = |waited| self.runtime.driver().arm(self.source, self.token, waited);
        waiter.enter(waker, arm)
    }

    pub(super) fn end(mut self) -> io::Result<()> {
        self.remove()
    }

    fn remove(&mut self) -> io::Result<()> {
        self.is_over = true;
        if self.runtime.check_process().is_err() {
            // A child has its parent's selector, where the watch goes on.
            return Ok(());
        }
        let removed = self.runtime.driver().remove(self.source, self.token);
        self.readiness.forget_waiting();
        removed
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.is_over {
            // There is nobody to tell, and events of a watch that the system keeps reach nobody.
            drop(self.remove());
        }
    }
}
