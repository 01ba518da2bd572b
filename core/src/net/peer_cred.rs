//! Who is at the other end of a Unix stream.

use std::io;

use anyrt_socket::UCred;

use super::unix::UnixStream;
use crate::Reactor;

impl<R: Reactor> UnixStream<R> {
    /// The user, the group and, on Linux, the process at the other end: those that connected, listened, or made
    /// the pair.
    ///
    /// ```
    /// # use anyrt_core::{Reactor, net::UnixStream};
    /// fn is_from_root<R: Reactor>(stream: &UnixStream<R>) -> bool {
    ///     stream.peer_cred().is_ok_and(|peer| peer.uid() == 0)
    /// }
    /// ```
    ///
    /// # Errors
    /// What the system says; `Unsupported` where it says nothing of peers, and if the socket is virtual.
    pub fn peer_cred(&self) -> io::Result<UCred> {
        anyrt_socket::peer_cred(self.endpoint().lend().as_system()?)
    }
}
