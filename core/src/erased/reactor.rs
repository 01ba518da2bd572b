//! Registrations of any backend, and of any source.

use std::fmt::Debug;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;

use crate::source::AnySource;
use crate::{Attempt, Interest, Source};

/// An attempt at an operation that keeps its value to itself.
type Operation<'a> = dyn FnMut() -> io::Result<Attempt<()>> + Send + 'a;

mod sealed {
    pub trait Sealed {}
}

impl<R: crate::Registration<AnySource>> sealed::Sealed for R {}

/// A backend's registration as an object; implemented for all of them. The trait is sealed, as
/// [`DynBackend`](super::DynBackend) is.
#[async_trait]
pub trait DynRegistration: sealed::Sealed + Debug + Send + Sync + 'static {
    /// [`Registration::io`](crate::Registration::io).
    ///
    /// # Errors
    /// As there.
    async fn io(&self, interest: Interest, operation: &mut Operation<'_>) -> io::Result<()>;

    /// [`Registration::poll_io`](crate::Registration::poll_io).
    ///
    /// # Errors
    /// As there.
    fn poll_io(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        operation: &mut dyn FnMut() -> io::Result<Attempt<()>>,
    ) -> Poll<io::Result<()>>;

    /// Stops the watch: [`Registration::into_source`](crate::Registration::into_source).
    ///
    /// # Errors
    /// As there.
    fn end(self: Box<Self>) -> io::Result<()>;
}

#[async_trait]
impl<R: crate::Registration<AnySource>> DynRegistration for R {
    async fn io(&self, interest: Interest, operation: &mut Operation<'_>) -> io::Result<()> {
        crate::Registration::io(self, interest, |_source| operation()).await
    }

    fn poll_io(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        operation: &mut dyn FnMut() -> io::Result<Attempt<()>>,
    ) -> Poll<io::Result<()>> {
        crate::Registration::poll_io(self, cx, interest, |_source| operation())
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        self.into_source().map(drop)
    }
}

/// A source that any backend watches.
#[derive(Debug)]
pub struct Registration<T: Source> {
    // Dropped first: it stops the watch, and lets go of the source.
    watch: Box<dyn DynRegistration>,
    source: Arc<T>,
}

impl<T: Source> Registration<T> {
    pub(super) fn new(watch: Box<dyn DynRegistration>, source: Arc<T>) -> Self {
        Self { watch, source }
    }
}

impl<T: Source> crate::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        &self.source
    }

    fn into_source(self) -> io::Result<T> {
        self.watch.end()?;
        Arc::into_inner(self.source)
            .ok_or_else(|| io::Error::other("the backend did not let go of the source"))
    }

    async fn io<R: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        let mut value = None;
        let attempt = &mut || operation(&self.source)?.store(&mut value);
        self.watch.io(interest, attempt).await?;
        value.ok_or_else(ended_early)
    }

    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        let mut value = None;
        let attempt = &mut || operation(&self.source)?.store(&mut value);
        ready!(self.watch.poll_io(cx, interest, attempt))?;
        Poll::Ready(value.ok_or_else(ended_early))
    }
}

impl<R> Attempt<R> {
    /// Puts the value of the attempt elsewhere.
    fn store(self, place: &mut Option<R>) -> io::Result<Attempt<()>> {
        let (value, attempt) = match self {
            Self::Done(value) => (value, Attempt::Done(())),
            Self::Exhausted(value) => (value, Attempt::Exhausted(())),
        };
        *place = Some(value);
        Ok(attempt)
    }
}

fn ended_early() -> io::Error {
    io::Error::other("the backend ended an operation that had not succeeded")
}
