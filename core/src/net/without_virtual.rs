//! Stands in for virtual sockets where the feature `virtual` is off: on types that have no values, so that
//! the compiler drops what is done with them.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::kind::Address;
use super::virtual_socket::VirtualSocket;
use crate::{Attempt, Interest};

#[derive(Clone, Copy, Debug)]
pub(super) struct Shared(Infallible);

#[derive(Debug)]
pub(super) struct Watch(Infallible);

pub(super) type Lent<'a> = Shared;

pub(super) fn accept(socket: Lent<'_>) -> io::Result<(Shared, Address)> {
    match socket.0 {}
}

/// The future of an operation on a virtual socket, of which there is none: it adds no room to that on a socket of the system.
pub(super) struct Never<T>(Infallible, PhantomData<fn() -> T>);

impl<T> Future for Never<T> {
    type Output = io::Result<T>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<T>> {
        match self.0 {}
    }
}

impl Watch {
    pub(super) fn new(socket: Shared) -> Self {
        match socket.0 {}
    }

    pub(super) fn lend(&self) -> Shared {
        match self.0 {}
    }

    pub(super) fn io<T>(
        &self,
        _: Interest,
        _: impl FnMut(Shared) -> io::Result<Attempt<T>>,
    ) -> Never<T> {
        match self.0 {}
    }

    pub(super) fn poll_io<T>(
        &self,
        _: &mut Context<'_>,
        _: Interest,
        _: impl FnMut(Shared) -> io::Result<Attempt<T>>,
    ) -> Poll<io::Result<T>> {
        match self.0 {}
    }

    #[cfg(not(windows))]
    pub(super) fn stand_in(&self) -> std::os::fd::BorrowedFd<'_> {
        match self.0 {}
    }

    #[cfg(windows)]
    pub(super) fn stand_in(&self) -> std::os::windows::io::BorrowedSocket<'_> {
        match self.0 {}
    }
}

impl Deref for Shared {
    type Target = dyn VirtualSocket;

    fn deref(&self) -> &Self::Target {
        match self.0 {}
    }
}
