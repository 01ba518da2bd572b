//! A source that is watched.

use std::future::Future;
use std::io;
use std::task::{Context, Poll};

use anyrt_core::{Attempt, Interest, Reactor, Source};

use crate::reactor::{Driver, Watch, Watching};
use crate::shared::Handle;

/// A source that a native runtime watches.
#[derive(Debug)]
pub struct Registration<T: Source> {
    // Before the source, so that the watch ends before the descriptor is closed.
    watch: Watch<Handle>,
    source: T,
}

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        let watch = Watch::begin(self, &source)?;
        Ok(Registration { watch, source })
    }
}

impl Watching for Handle {
    fn driver(&self) -> &Driver {
        &self.shared().driver
    }

    fn check_process(&self) -> io::Result<()> {
        self.shared().check_process()
    }
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        &self.source
    }

    fn into_source(self) -> io::Result<T> {
        self.watch.end()?;
        Ok(self.source)
    }

    #[inline]
    fn io<R: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> impl Future<Output = io::Result<R>> + Send {
        self.watch.io(interest, move || operation(&self.source))
    }

    #[inline(always)]
    fn poll_first<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<Option<io::Result<R>>> {
        self.watch.poll_first(cx, interest, || operation(&self.source))
    }

    #[inline]
    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        self.watch.poll_io(cx, interest, || operation(&self.source))
    }
}
