//! Options of UDP sockets.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::UdpSocket;
use crate::net::ip_options::ip_options;

impl UdpSocket {
    /// Whether it may send to broadcast addresses (`SO_BROADCAST`).
    ///
    /// # Errors
    /// What the system says.
    pub fn broadcast(&self) -> io::Result<bool> {
        self.inner.broadcast()
    }

    /// Sets whether it may send to broadcast addresses (`SO_BROADCAST`).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_broadcast(&self, on: bool) -> io::Result<()> {
        self.inner.set_broadcast(on)
    }

    /// Whether IPv4 multicasts come back to this machine (`IP_MULTICAST_LOOP`).
    ///
    /// # Errors
    /// What the system says.
    pub fn multicast_loop_v4(&self) -> io::Result<bool> {
        self.inner.multicast_loop_v4()
    }

    /// Sets whether IPv4 multicasts come back to this machine (`IP_MULTICAST_LOOP`).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_multicast_loop_v4(&self, on: bool) -> io::Result<()> {
        self.inner.set_multicast_loop_v4(on)
    }

    /// The time-to-live of IPv4 multicasts (`IP_MULTICAST_TTL`).
    ///
    /// # Errors
    /// What the system says.
    pub fn multicast_ttl_v4(&self) -> io::Result<u32> {
        self.inner.multicast_ttl_v4()
    }

    /// Sets the time-to-live of IPv4 multicasts (`IP_MULTICAST_TTL`).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_multicast_ttl_v4(&self, ttl: u32) -> io::Result<()> {
        socket2::SockRef::from(self).set_multicast_ttl_v4(ttl)
    }

    /// Whether IPv6 multicasts come back to this machine (`IPV6_MULTICAST_LOOP`).
    ///
    /// # Errors
    /// What the system says.
    pub fn multicast_loop_v6(&self) -> io::Result<bool> {
        self.inner.multicast_loop_v6()
    }

    /// Sets whether IPv6 multicasts come back to this machine (`IPV6_MULTICAST_LOOP`).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_multicast_loop_v6(&self, on: bool) -> io::Result<()> {
        self.inner.set_multicast_loop_v6(on)
    }

    /// The time-to-live of packets that it sends (`IP_TTL`).
    ///
    /// # Errors
    /// What the system says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.inner.ttl()
    }

    /// Sets the time-to-live of packets that it sends (`IP_TTL`).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        socket2::SockRef::from(self).set_ttl_v4(ttl)
    }

    /// Joins a multicast group on one interface (`IP_ADD_MEMBERSHIP`).
    ///
    /// # Errors
    /// What the system says.
    pub fn join_multicast_v4(&self, multiaddr: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.inner.join_multicast_v4(multiaddr, interface)
    }

    /// Joins a multicast group on one interface (`IPV6_ADD_MEMBERSHIP`).
    ///
    /// # Errors
    /// What the system says.
    pub fn join_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.inner.join_multicast_v6(multiaddr, interface)
    }

    /// Leaves a multicast group (`IP_DROP_MEMBERSHIP`).
    ///
    /// # Errors
    /// What the system says.
    pub fn leave_multicast_v4(&self, multiaddr: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.inner.leave_multicast_v4(multiaddr, interface)
    }

    /// Leaves a multicast group (`IPV6_DROP_MEMBERSHIP`).
    ///
    /// # Errors
    /// What the system says.
    pub fn leave_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.inner.leave_multicast_v6(multiaddr, interface)
    }
}

ip_options!(UdpSocket);
