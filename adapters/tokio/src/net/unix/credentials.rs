//! Who is at the other end.

use super::{gid_t, pid_t, uid_t};

/// The user, the group and the process at the other end of a stream, when it was connected.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub struct UCred {
    pid: Option<pid_t>,
    uid: uid_t,
    gid: gid_t,
}

impl UCred {
    /// The effective user.
    pub fn uid(&self) -> uid_t {
        self.uid
    }

    /// The effective group.
    pub fn gid(&self) -> gid_t {
        self.gid
    }

    /// The process, where the system tells it.
    pub fn pid(&self) -> Option<pid_t> {
        self.pid
    }
}

impl UCred {
    pub(super) fn from_inner(cred: anyrt::net::UCred) -> Self {
        Self { pid: cred.pid(), uid: cred.uid(), gid: cred.gid() }
    }
}
