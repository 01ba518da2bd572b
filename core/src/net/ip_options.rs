//! Options of IP that UDP sockets have, and TCP sockets before they connect or listen.

use std::io;

use super::{TcpSocket, UdpSocket};
use crate::Reactor;

macro_rules! udp_and_tcp {
    ($($methods:tt)*) => {
        impl<R: Reactor> UdpSocket<R> { $($methods)* }
        impl<R: Reactor> TcpSocket<R> { $($methods)* }
    };
}

udp_and_tcp! {
    /// Whether an IPv6 socket refuses IPv4 (`IPV6_V6ONLY`).
    ///
    /// # Errors
    /// What the system says, for instance that this is no IPv6 socket.
    pub fn only_v6(&self) -> io::Result<bool> {
        self.options().only_v6()
    }
}

cfg_if::cfg_if! {
    if #[cfg(not(any(
        target_os = "fuchsia",
        target_os = "haiku",
        target_os = "illumos",
        target_os = "redox",
        target_os = "solaris",
        target_os = "wasi",
    )))] {
        udp_and_tcp! {
            /// The type of service in the IPv4 packets that it sends (`IP_TOS`).
            ///
            /// # Errors
            /// What the system says.
            pub fn tos_v4(&self) -> io::Result<u32> {
                self.options().tos_v4()
            }

            /// Sets the type of service in the IPv4 packets that it sends (`IP_TOS`): six bits that say
            /// how they are to be treated, and two for notices of congestion, which TCP keeps to itself.
            ///
            /// On Windows it has no effect, unless the registry allows it.
            ///
            /// # Errors
            /// `InvalidInput` if it is more than 255; what else the system says.
            pub fn set_tos_v4(&self, tos: u32) -> io::Result<()> {
                self.options().set_tos_v4(super::units::octet("type of service", tos)?)
            }
        }
    }
}

cfg_if::cfg_if! {
    if #[cfg(any(
        target_os = "android",
        target_os = "dragonfly",
        target_os = "freebsd",
        target_os = "fuchsia",
        target_os = "linux",
        target_os = "macos",
        target_os = "netbsd",
        target_os = "openbsd",
    ))] {
        udp_and_tcp! {
            /// The traffic class in the IPv6 packets that it sends (`IPV6_TCLASS`).
            ///
            /// # Errors
            /// What the system says, for instance that this is no IPv6 socket.
            pub fn tclass_v6(&self) -> io::Result<u32> {
                self.options().tclass_v6()
            }

            /// Sets the traffic class in the IPv6 packets that it sends (`IPV6_TCLASS`), as
            /// `set_tos_v4` does for IPv4.
            ///
            /// # Errors
            /// `InvalidInput` if it is more than 255; as [`tclass_v6`](Self::tclass_v6).
            pub fn set_tclass_v6(&self, class: u32) -> io::Result<()> {
                self.options().set_tclass_v6(super::units::octet("traffic class", class)?)
            }
        }
    }
}

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))] {
        udp_and_tcp! {
            /// The name of the interface that it is bound to, if any (`SO_BINDTODEVICE`).
            ///
            /// # Errors
            /// What the system says.
            pub fn device(&self) -> io::Result<Option<Vec<u8>>> {
                self.options().device()
            }

            /// Binds it to the interface of this name, such as `b"eth0"`, so that it sends and receives
            /// there only; `None` undoes that.
            ///
            /// # Errors
            /// There is no such interface; the process may not do it; what else the system says.
            pub fn bind_device(&self, interface: Option<&[u8]>) -> io::Result<()> {
                self.options().bind_device(interface)
            }
        }
    }
}
