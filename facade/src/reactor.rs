//! Readiness of any file descriptor.

use std::future::Future;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::task::{Context, Poll};

use anyrt_core::observe::{self, SourceIdentity, Wait, labelled};

pub use anyrt_core::{Attempt, Interest, Source, Waiter, Watched};

#[cfg(unix)]
pub use self::unix::{AsyncFd, AsyncFdReadyGuard, TryIoError};

use crate::backends::Registrations;
use crate::fork::Process;

/// A source that a runtime watches; [`AsyncFd`] is the convenient form of it.
#[derive(Debug)]
pub struct Registration<T: Source> {
    registrations: Registrations<T>,
    identity: SourceIdentity,
    process: Process,
}

impl<T: Source> From<Registrations<T>> for Registration<T> {
    fn from(registrations: Registrations<T>) -> Self {
        Self { registrations, identity: SourceIdentity::default(), process: Process::here() }
    }
}

impl<T: Source> Registration<T> {
    fn wait(&self, interest: Interest) -> Wait<'_> {
        Wait::io_of(interest, anyrt_core::Registration::source(self), &self.identity)
    }
}

// Whatever is compiled, and whatever the source is: a panic in an operation leaves the source as the
// operation left it, which is what the system makes of a socket, not what is in memory.
impl<T: Source> UnwindSafe for Registration<T> {}
impl<T: Source> RefUnwindSafe for Registration<T> {}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        dispatch!(Registrations(registration) = &self.registrations => registration.source())
    }

    fn into_source(self) -> io::Result<T> {
        dispatch!(Registrations(registration) = self.registrations => registration.into_source())
    }

    async fn io<R: Send>(
        &self,
        interest: Interest,
        operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        self.process.check_here()?;
        dispatch!(Registrations(registration) = &self.registrations =>
            labelled(registration.io(interest, operation), || self.wait(interest)).await)
    }

    #[inline(always)]
    fn poll_first<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<Option<io::Result<R>>> {
        if let Err(error) = self.process.check_here() {
            return Poll::Ready(Some(Err(error)));
        }
        dispatch!(Registrations(registration) = &self.registrations =>
            registration.poll_first(cx, interest, operation))
    }

    fn io_after_first<R: Send>(
        &self,
        interest: Interest,
        operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> impl Future<Output = io::Result<R>> + Send {
        async move {
            dispatch!(Registrations(registration) = &self.registrations =>
                labelled(registration.io_after_first(interest, operation), || self.wait(interest)).await)
        }
    }

    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        self.process.check_here()?;
        let poll = dispatch!(Registrations(registration) = &self.registrations =>
            registration.poll_io(cx, interest, operation));
        observe::label(&poll, || self.wait(interest));
        poll
    }
}

#[cfg(unix)]
mod unix {
    /// A file descriptor whose readiness can be awaited.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::{fs::File, io::{Read, Write}, os::fd::OwnedFd};
    /// use anyrt::reactor::{AsyncFd, Interest};
    ///
    /// let (reader, mut writer) = std::io::pipe()?;
    /// let reader = AsyncFd::new(File::from(OwnedFd::from(reader)))?;
    /// writer.write_all(b"x")?;
    /// let mut byte = [0];
    /// reader.io(Interest::Readable, |mut pipe| pipe.read_exact(&mut byte)).await?;
    /// assert_eq!(byte, *b"x");
    /// # Ok(())
    /// # }
    /// ```
    pub type AsyncFd<T> = anyrt_core::AsyncFd<T, crate::Handle>;

    /// Says that an operation on an [`AsyncFd`] may have something to return now.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::{fs::File, io::{Read, Write}, os::fd::OwnedFd};
    /// use anyrt::reactor::AsyncFd;
    ///
    /// let (reader, mut writer) = std::io::pipe()?;
    /// let reader = AsyncFd::new(File::from(OwnedFd::from(reader)))?;
    /// writer.write_all(b"x")?;
    /// let mut guard = reader.readable().await?;
    /// let mut byte = [0];
    /// match guard.try_io(|pipe| pipe.get_ref().read(&mut byte)) {
    ///     Ok(result) => assert_eq!(result?, 1),
    ///     Err(_would_block) => println!("somebody else was faster"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub type AsyncFdReadyGuard<'a, T> = anyrt_core::AsyncFdReadyGuard<'a, T, crate::Handle>;

    pub use anyrt_core::TryIoError;
}
