//! N3: connecting to a name with several addresses.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use anyrt_core::net::TcpStream;
use anyrt_core::time::Duration;
use anyrt_core::{Launch, Timer};
use futures::poll;
use socket2::{Domain, Socket, Type};

use super::connect::listener;
use super::networks::Noting;
use super::{ClosedPort, LOCAL};
use crate::witness::Drive;

/// What the contract says: how long an address has for its answer before the next one is tried.
const DELAY: Duration = Duration::from_millis(250);

/// An address of IPv6 where nobody listens, also on machines without IPv6.
const NOWHERE: &str = "[::1]:1";

/// Listens, and has no room for connections: whoever connects gets no answer, until one is accepted.
struct Full {
    listener: Socket,
    address: SocketAddr,
    _waiting: Vec<std::net::TcpStream>,
}

impl Full {
    fn new() -> Self {
        /// Within this time a connection to the same machine is there, or there is no room.
        const LONG: std::time::Duration = std::time::Duration::from_millis(500);

        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.bind(&SocketAddr::from(LOCAL).into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, LONG) {
            waiting.push(stream);
        }
        Self { listener, address, _waiting: waiting }
    }

    fn accept(&self) {
        self.listener.accept().unwrap();
    }
}

pub fn addresses_of_a_name_take_turns_by_family<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (one, other) = (ClosedPort::new(), ClosedPort::new());
    let nowhere = NOWHERE.parse().unwrap();
    let noting = Noting::new(handle, &[one.address, other.address, nowhere]);
    handle.drive(async {
        let error = TcpStream::connect_on(&noting, "here:1").await.unwrap_err();
        noting.was_asked_for(&["here:1", "TcpV4", "TcpV6", "TcpV4"]);
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    });
}

pub fn an_address_that_does_not_answer_is_passed_after_a_while<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (full, (_listener, open)) = (Full::new(), listener());
    let noting = Noting::new(handle, &[full.address, open]);
    handle.drive(async {
        let start = handle.now();
        let stream = TcpStream::connect_on(&noting, "here:1").await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
        assert!(handle.now() - start >= DELAY);
        noting.was_asked_for(&["here:1", "TcpV4", "TcpV4"]);
    });
}

pub fn an_address_that_answers_late_still_wins<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (late, silent) = (Full::new(), Full::new());
    let noting = Noting::new(handle, &[late.address, silent.address]);
    handle.drive(async {
        let mut connects = pin!(TcpStream::connect_on(&noting, "here:1"));
        assert!(poll!(&mut connects).is_pending());
        handle.sleep(2 * DELAY).await;
        assert!(poll!(&mut connects).is_pending());
        noting.was_asked_for(&["here:1", "TcpV4", "TcpV4"]);
        late.accept();
        assert_eq!(connects.await.unwrap().peer_addr().unwrap(), late.address);
    });
}

pub fn addresses_of_a_list_are_waited_for<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (full, (_listener, open)) = (Full::new(), listener());
    let noting = Noting::new(handle, &[]);
    handle.drive(async {
        let mut connects = pin!(TcpStream::connect_on(&noting, [full.address, open]));
        assert!(poll!(&mut connects).is_pending());
        handle.sleep(2 * DELAY).await;
        assert!(poll!(&mut connects).is_pending());
        noting.was_asked_for(&["TcpV4"]);
    });
}
