//! Cases of readiness, with pipes and Unix sockets as the sources.
#![allow(missing_docs, reason = "the names of the cases are sentences")]

pub(crate) mod polling;

mod errors;
mod exchange;
mod foreign;
mod register;
mod waiters;
mod waiting;

pub use errors::*;
pub use exchange::*;
pub use foreign::*;
pub use register::*;
pub use waiters::*;
pub use waiting::*;

use std::fs::File;
use std::io::{self, Read, Write};

use anyrt_core::{AsyncFd, Interest, Reactor, Source};

cases! { reactor:
    any_thread_can_register [R1];
    registering_makes_the_source_non_blocking [R1];
    regular_files_are_refused [R1];
    a_registration_finds_the_runtime_around_it [R1];
    the_source_comes_back_and_can_be_registered_again [R1, R4];
    dropping_a_registration_closes_the_descriptor [R4];
    a_descriptor_number_can_be_reused_at_once [R4];

    stored_waits_are_all_woken_beside_the_poll_functions [R2];
    a_stored_wait_says_so_while_data_is_left [R2, R3];
    a_stored_wait_that_is_dropped_leaves_nothing [R2];
    every_kind_of_socket_can_be_waited_for [R2];
    many_tasks_wait_to_read_one_descriptor [R2];
    one_task_polls_many_descriptors_and_a_sleep [R2, S12];
    many_tasks_wait_to_write_one_descriptor [R2];
    tasks_read_and_write_one_descriptor_at_once [R2];
    poll_functions_serve_one_task_in_each_direction [R2];
    the_task_that_polled_last_is_woken [R2];
    a_wait_that_is_dropped_takes_nothing_along [R2, R3];
    errors_of_the_operation_end_it [R2];
    readable_says_so_while_data_is_left [R3];
    writable_waits_for_room [R3];
    a_hang_up_wakes_those_who_read [R3];
    a_hang_up_wakes_those_who_write [R3];

    readiness_between_the_attempt_and_the_wait_is_not_lost [R3];
    ten_thousand_exchanges_lose_no_wake_up [R3];
    ten_thousand_polled_exchanges_lose_no_wake_up [R3];
    two_tasks_of_one_stream_lose_no_wake_up [R2, R3];
    an_exhausted_source_is_ready_when_more_arrives [R3];

    a_refused_datagram_wakes_every_form_of_waiting_and_ends_nothing [R8];
    a_hang_up_wakes_every_form_of_reading [R8];
    a_hang_up_wakes_every_form_of_writing [R8];
    a_reset_wakes_every_form_of_waiting_and_is_told_once [R8];
    what_an_operation_left_is_there_for_the_next [R9];
    what_an_operation_left_is_there_for_all_that_follow [R9];
    what_an_operation_left_starves_nobody [R9, S12];
    readiness_is_asked_of_the_system_whatever_is_done_with_a_guard [R3];
    an_operation_that_is_tried_once_does_not_wait [R3];

    a_waker_of_a_wait_that_panics_harms_nobody [S5] alone;
    a_task_that_reads_in_a_foreign_executor_comes_to_its_end [S17];

    a_registration_moves_to_a_foreign_executor [R5];
    a_wait_moves_to_a_foreign_executor [R5];
    a_registration_made_and_used_on_a_foreign_thread_works [R1, R5];
}

/// A pipe in blocking mode: the end to read from, and the end to write to.
fn pipe() -> (File, File) {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    (reader.into(), writer.into())
}

/// Reads one byte when there is one.
pub(crate) async fn read_byte<T: Source, R: Reactor>(fd: &AsyncFd<T, R>) -> io::Result<u8>
where
    for<'a> &'a T: Read,
{
    let mut byte = [0];
    fd.io(Interest::Readable, |mut source| source.read_exact(&mut byte)).await?;
    Ok(byte[0])
}

/// Writes one byte when there is room.
pub(crate) async fn write_byte<T: Source, R: Reactor>(
    fd: &AsyncFd<T, R>,
    byte: u8,
) -> io::Result<()>
where
    for<'a> &'a T: Write,
{
    fd.io(Interest::Writable, |mut source| source.write_all(&[byte])).await
}

/// Writes to a non-blocking source until there is no room left, and returns how much that was.
fn fill(mut source: impl Write) -> usize {
    let mut total = 0;
    loop {
        match source.write(&[0; 4096]) {
            Ok(n) => total += n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return total,
            Err(error) => panic!("{error}"),
        }
    }
}
