//! Cases of the sockets.
//!
//! The peers are sockets of the standard library wherever it matters what they see.
#![allow(missing_docs, reason = "the names of the cases are sentences")]

mod attempts;
mod connect;
mod datagrams;
mod eyeballs;
mod listen;
mod networks;
mod options;
mod short_reads;
mod shutdown;
mod split;
mod stream;
mod takeover;
mod udp;
mod unix;
mod unix_sockets;

pub use attempts::*;
pub use connect::*;
pub use datagrams::*;
pub use eyeballs::*;
pub use listen::*;
pub use networks::*;
pub use options::*;
pub use short_reads::*;
pub use shutdown::*;
pub use split::*;
pub use stream::*;
pub use takeover::*;
pub use udp::*;
pub use unix::*;
pub use unix_sockets::*;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyrt_core::Reactor;
use anyrt_core::net::TcpStream;
use socket2::{Domain, SockRef, Socket, Type};

cases! { net:
    binding_allows_to_reuse_the_address [N1];
    a_port_can_be_bound_again_after_a_connection [N1];
    two_hundred_connections_wait_to_be_accepted [N1];
    two_hundred_unix_connections_wait_to_be_accepted [N1];
    an_address_in_use_is_an_error [N1];
    ipv6_listeners_are_what_the_system_makes_them [N1];
    binding_tries_every_address [N1, N3];
    every_task_that_accepts_gets_a_connection [N1, R2];
    an_accept_that_is_dropped_loses_no_connection [N1, R3];
    incoming_yields_every_connection [N1];
    incoming_yields_every_unix_connection [N1];
    operations_of_ones_own_wait_for_connections [N12];
    operations_of_ones_own_wait_for_unix_connections [N12];
    options_are_set_before_listening [N1];
    options_are_set_before_connecting [N1, N2];
    sockets_that_reuse_a_port_share_it [N1];
    times_are_rounded_up_or_refused [N11];
    streams_have_options [N1];
    sockets_have_getters_for_what_is_set [N11];
    octets_that_are_too_large_are_refused [N11];

    a_closed_port_refuses_the_connection [N2];
    connecting_works_on_a_foreign_executor [N2, R5];
    a_connect_that_is_dropped_closes_its_socket [N2, R4];
    connecting_tries_every_address [N3];
    connecting_returns_the_last_error [N3];
    addresses_of_a_name_take_turns_by_family [N3];
    an_address_that_does_not_answer_is_passed_after_a_while [N3];
    an_address_that_answers_late_still_wins [N3];
    addresses_of_a_list_are_waited_for [N3];
    names_are_resolved [N3];
    a_backend_is_asked_for_every_socket_and_name [N13];
    a_datagram_goes_to_the_first_address [N3];
    names_are_resolved_by_a_few_blocking_closures [N3];
    names_that_hang_keep_no_closure_and_no_other_name_waiting [N3];
    unknown_names_are_an_error [N3];
    wrong_addresses_are_invalid_input [N3];

    reading_after_a_reset_says_so [N5];
    a_reset_wakes_those_who_read [N5];
    a_reset_wakes_those_who_write [N5];
    writing_to_a_unix_peer_that_is_gone_is_a_broken_pipe [N5];

    shutting_down_ends_the_stream_for_the_peer_alone [N6];
    shutting_down_can_be_repeated [N6];
    shutting_down_after_a_reset_succeeds [N6];
    closing_is_shutting_down_the_write_side [N6];
    dropping_the_owned_writing_half_ends_the_stream_for_the_peer_alone [N6];
    a_forgotten_writing_half_sends_nothing [N6];
    dropping_borrowed_or_reunited_halves_sends_nothing [N6];
    dropping_the_reading_half_sends_nothing [N6];

    writes_can_be_vectored [N7];
    reads_can_be_vectored [N7];
    more_slices_than_the_system_takes_are_written_in_part [N7];
    empty_transfers_return_at_once [N7];
    a_read_that_is_dropped_loses_nothing [R3];
    reading_stops_at_the_end_of_the_stream [N6];
    peeking_leaves_the_bytes_in_place [N7];

    tries_that_would_block_say_so_and_keep_nobody_waiting [N12, R3];
    operations_of_ones_own_wait_like_any_other [N12, R3];
    readiness_can_be_polled [N12, R2];
    halves_have_what_the_stream_has [N9, N12];

    a_read_that_stops_at_descriptors_leaves_the_rest_to_the_next [R7];
    a_read_that_stops_at_the_end_of_a_record_leaves_the_next_one [R7];
    a_socket_that_is_only_called_a_tcp_stream_keeps_its_records [R7];
    urgent_data_stalls_nobody [R7];
    urgent_data_among_the_others_stalls_nobody [R7];

    a_slow_reader_gets_every_byte [N9, R3];
    one_stream_is_read_and_written_at_once [N9];
    borrowed_halves_work_at_once [N9];
    owned_halves_work_from_two_tasks [N9];
    owned_halves_of_a_unix_stream_work_from_two_tasks [N9];
    halves_of_one_stream_are_reunited [N9];
    halves_of_two_streams_are_given_back [N9];

    a_datagram_is_cut_off_at_the_end_of_the_buffer [N8];
    a_unix_datagram_is_cut_off_at_the_end_of_the_buffer [N8];
    empty_datagrams_arrive [N8];
    peeking_leaves_the_datagram_in_place [N8];
    a_refused_datagram_is_one_error [N2, N8];
    connected_sockets_hear_their_peer_only [N8];
    every_task_that_receives_gets_a_datagram [N8, R2];
    datagrams_have_poll_functions [N8];
    datagram_sockets_are_polled_for_everything [N12];
    datagram_sockets_are_polled_by_a_task_in_each_direction [R2, N12];
    an_error_alone_is_readiness_that_can_be_polled [R8, N12];
    tries_of_datagrams_say_so_and_keep_nobody_waiting [N12];
    a_full_queue_tells_those_who_try_and_wakes_those_who_wait [N10, N12];
    operations_of_ones_own_wait_for_datagrams [N12];
    datagram_sockets_have_options [N8];
    a_receive_that_is_dropped_loses_no_datagram [N8, R3];

    unix_streams_connect_by_path [N2, N9];
    unix_sockets_take_addresses_of_the_standard_library [N2, N8];
    unix_sockets_are_bound_before_they_connect [N1, N2];
    unix_sockets_of_the_wrong_kind_are_refused [N11];
    unix_addresses_that_cannot_be_bound_are_errors [N1];
    unix_addresses_without_a_listener_are_errors [N2];
    every_task_that_accepts_gets_a_unix_connection [N1, R2];
    unix_datagrams_are_sent_by_path [N8];
    unix_datagrams_are_sent_in_pairs [N8];
    sending_to_a_full_queue_by_path_sleeps_until_there_is_room [N10];
    sending_to_a_full_queue_of_the_peer_sleeps_until_there_is_room [N10];

    tcp_sockets_are_taken_over_and_given_back [R1];
    datagram_sockets_are_taken_over_and_given_back [R1];
    unix_sockets_are_taken_over_and_given_back [R1];
    sockets_find_the_runtime_around_them [R1];
}

/// Any port of this machine.
const LOCAL: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// A connection: our end, and the peer's.
fn connection<R: Reactor>(runtime: &R) -> (TcpStream<R>, std::net::TcpStream) {
    let (ours, peer) = std_connection();
    (TcpStream::from_std_on(runtime, ours).unwrap(), peer)
}

/// A connection with both ends on the runtime.
fn own_connection<R: Reactor>(runtime: &R) -> (TcpStream<R>, TcpStream<R>) {
    let (one, other) = connection(runtime);
    (one, TcpStream::from_std_on(runtime, other).unwrap())
}

fn std_connection() -> (std::net::TcpStream, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind(LOCAL).unwrap();
    let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, peer)
}

/// Ends a connection without a farewell.
fn reset(peer: std::net::TcpStream) {
    SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
}

/// A port on which nobody listens, and nobody else can as long as this lives.
struct ClosedPort {
    address: SocketAddr,
    _socket: Socket,
}

impl ClosedPort {
    fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(LOCAL).into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        Self { address, _socket: socket }
    }
}

/// Bytes that show when one is lost, doubled or swapped.
fn pattern(length: usize) -> Vec<u8> {
    (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}
