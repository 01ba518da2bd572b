//! Options of IP that TCP sockets and UDP sockets have.

macro_rules! ip_options {
    ($socket:ident) => {
        #[cfg(any(
            target_os = "android",
            target_os = "dragonfly",
            target_os = "freebsd",
            target_os = "fuchsia",
            target_os = "linux",
            target_os = "macos",
            target_os = "netbsd",
            target_os = "openbsd",
            target_os = "cygwin",
        ))]
        impl $socket {
            /// The traffic class of IPv6 packets that it sends (`IPV6_TCLASS`).
            ///
            /// # Errors
            /// What the system says.
            pub fn tclass_v6(&self) -> io::Result<u32> {
                socket2::SockRef::from(self).tclass_v6()
            }

            /// Sets the traffic class of IPv6 packets that it sends (`IPV6_TCLASS`).
            ///
            /// # Errors
            /// What the system says.
            pub fn set_tclass_v6(&self, tclass: u32) -> io::Result<()> {
                socket2::SockRef::from(self).set_tclass_v6(tclass)
            }
        }

        #[cfg(not(any(
            target_os = "fuchsia",
            target_os = "redox",
            target_os = "solaris",
            target_os = "illumos",
            target_os = "haiku",
            target_os = "wasi",
        )))]
        impl $socket {
            /// The type of service of IPv4 packets that it sends (`IP_TOS`).
            ///
            /// # Errors
            /// What the system says.
            pub fn tos_v4(&self) -> io::Result<u32> {
                socket2::SockRef::from(self).tos_v4()
            }

            /// Sets the type of service of IPv4 packets that it sends (`IP_TOS`).
            ///
            /// # Errors
            /// What the system says.
            pub fn set_tos_v4(&self, tos: u32) -> io::Result<()> {
                socket2::SockRef::from(self).set_tos_v4(tos)
            }

            /// See [`tos_v4`](Self::tos_v4).
            ///
            /// # Errors
            /// As there.
            #[deprecated(note = "is called `tos_v4`, because it is of IPv4 alone")]
            #[doc(hidden)]
            pub fn tos(&self) -> io::Result<u32> {
                self.tos_v4()
            }

            /// See [`set_tos_v4`](Self::set_tos_v4).
            ///
            /// # Errors
            /// As there.
            #[deprecated(note = "is called `set_tos_v4`, because it is of IPv4 alone")]
            #[doc(hidden)]
            pub fn set_tos(&self, tos: u32) -> io::Result<()> {
                self.set_tos_v4(tos)
            }
        }

        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        impl $socket {
            /// The interface it is bound to (`SO_BINDTODEVICE`).
            ///
            /// # Errors
            /// What the system says.
            pub fn device(&self) -> io::Result<Option<Vec<u8>>> {
                socket2::SockRef::from(self).device()
            }

            /// Binds it to an interface, or to none (`SO_BINDTODEVICE`).
            ///
            /// # Errors
            /// What the system says.
            pub fn bind_device(&self, interface: Option<&[u8]>) -> io::Result<()> {
                socket2::SockRef::from(self).bind_device(interface)
            }
        }
    };
}

pub(super) use ip_options;
