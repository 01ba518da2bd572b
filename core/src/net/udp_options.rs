//! Addresses and options of a UDP socket.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::SockRef;

use super::virtual_socket::{Membership, MulticastInterface};
use super::{UdpSocket, units};
use crate::Reactor;

/// Addresses and options.
impl<R: Reactor> UdpSocket<R> {
    pub(super) fn options(&self) -> SockRef<'_> {
        SockRef::from(&self.endpoint)
    }

    /// The address of this end.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_ne!(socket.local_addr()?.port(), 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.lend().local_addr()?.to_internet()
    }

    /// The address that it is connected to.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let server = UdpSocket::bind("127.0.0.1:0").await?;
    /// let client = UdpSocket::bind("127.0.0.1:0").await?;
    /// client.connect(server.local_addr()?).await?;
    /// assert_eq!(client.peer_addr()?, server.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotConnected`, and what else the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.lend().peer_addr()?.to_internet()
    }

    /// Takes the error that the system holds for this socket, if any.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.lend().take_error()
    }

    /// Whether it may send to broadcast addresses.
    ///
    /// # Errors
    /// What the system says.
    pub fn broadcast(&self) -> io::Result<bool> {
        self.options().broadcast()
    }

    /// Allows sending to broadcast addresses.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_broadcast(true)?;
    /// assert!(socket.broadcast()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub fn set_broadcast(&self, broadcast: bool) -> io::Result<()> {
        self.options().set_broadcast(broadcast)
    }

    /// The time-to-live of the IP packets that it sends.
    ///
    /// # Errors
    /// What the system says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.options().ttl_v4()
    }

    /// Sets the time-to-live of the IP packets that it sends.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.set_ttl(3)?;
    /// assert_eq!(socket.ttl()?, 3);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` if it is not 1 to 255; what else the system says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.options().set_ttl_v4(units::ttl(ttl)?)
    }

    /// The size of the system's buffer for received datagrams.
    ///
    /// # Errors
    /// What the system says.
    pub fn recv_buffer_size(&self) -> io::Result<usize> {
        self.options().recv_buffer_size()
    }

    /// Sets the size of the system's buffer for received datagrams, in bytes. The system may choose
    /// another size; of one beyond its limit it takes the limit.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_recv_buffer_size(&self, bytes: usize) -> io::Result<()> {
        self.options().set_recv_buffer_size(units::buffer_size(bytes))
    }

    /// The size of the system's buffer for datagrams to send.
    ///
    /// # Errors
    /// What the system says.
    pub fn send_buffer_size(&self) -> io::Result<usize> {
        self.options().send_buffer_size()
    }

    /// Sets the size of the system's buffer for datagrams to send, in bytes. The system may choose
    /// another size; of one beyond its limit it takes the limit.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_send_buffer_size(&self, bytes: usize) -> io::Result<()> {
        self.options().set_send_buffer_size(units::buffer_size(bytes))
    }

    /// Whether what it sends to IPv4 groups comes back to sockets of this machine that joined them.
    ///
    /// # Errors
    /// What the system says.
    pub fn multicast_loop_v4(&self) -> io::Result<bool> {
        self.options().multicast_loop_v4()
    }

    /// Chooses whether what it sends to IPv4 groups comes back to sockets of this machine that joined
    /// them.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_multicast_loop_v4(&self, comes_back: bool) -> io::Result<()> {
        self.options().set_multicast_loop_v4(comes_back)
    }

    /// Whether what it sends to IPv6 groups comes back to sockets of this machine that joined them.
    ///
    /// # Errors
    /// What the system says, for instance that this is no IPv6 socket.
    pub fn multicast_loop_v6(&self) -> io::Result<bool> {
        self.options().multicast_loop_v6()
    }

    /// Chooses whether what it sends to IPv6 groups comes back to sockets of this machine that joined
    /// them.
    ///
    /// # Errors
    /// As [`multicast_loop_v6`](Self::multicast_loop_v6).
    pub fn set_multicast_loop_v6(&self, comes_back: bool) -> io::Result<()> {
        self.options().set_multicast_loop_v6(comes_back)
    }

    /// The time-to-live of what it sends to IPv4 groups; the system begins with 1, the local network.
    ///
    /// # Errors
    /// What the system says.
    pub fn multicast_ttl_v4(&self) -> io::Result<u32> {
        self.options().multicast_ttl_v4()
    }

    /// Sets the time-to-live of what it sends to IPv4 groups; 0 is this machine.
    ///
    /// # Errors
    /// `InvalidInput` if it is more than 255; what else the system says.
    pub fn set_multicast_ttl_v4(&self, ttl: u32) -> io::Result<()> {
        self.options().set_multicast_ttl_v4(units::octet("time-to-live of multicast", ttl)?)
    }

    /// Receives what is sent to `group` on the interface with the address `interface`.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::net::Ipv4Addr;
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("0.0.0.0:0").await?;
    /// let group = Ipv4Addr::new(239, 255, 17, 1);
    /// socket.join_multicast_v4(group, Ipv4Addr::LOCALHOST)?;
    /// socket.leave_multicast_v4(group, Ipv4Addr::LOCALHOST)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub fn join_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        let change = membership_v4(group, interface, true);
        self.lend().change_membership(change, |socket| socket.join_multicast_v4(&group, &interface))
    }

    /// Ends what [`join_multicast_v4`](Self::join_multicast_v4) began.
    ///
    /// # Errors
    /// What the system says.
    pub fn leave_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        let change = membership_v4(group, interface, false);
        self.lend()
            .change_membership(change, |socket| socket.leave_multicast_v4(&group, &interface))
    }

    /// Receives what is sent to `group` on the interface with the index `interface`.
    ///
    /// # Errors
    /// What the system says.
    pub fn join_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        let change = membership_v6(group, interface, true);
        self.lend().change_membership(change, |socket| socket.join_multicast_v6(group, interface))
    }

    /// Ends what [`join_multicast_v6`](Self::join_multicast_v6) began.
    ///
    /// # Errors
    /// What the system says.
    pub fn leave_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        let change = membership_v6(group, interface, false);
        self.lend().change_membership(change, |socket| socket.leave_multicast_v6(group, interface))
    }
}

fn membership_v4(group: Ipv4Addr, interface: Ipv4Addr, joins: bool) -> Membership {
    let interface = MulticastInterface::Address(interface);
    Membership { group: group.into(), interface, joins }
}

fn membership_v6(group: &Ipv6Addr, interface: u32, joins: bool) -> Membership {
    let interface = MulticastInterface::Index(interface);
    Membership { group: (*group).into(), interface, joins }
}
