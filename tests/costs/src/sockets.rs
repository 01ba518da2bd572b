//! Connected sockets of the standard library, and their other ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// How many bytes are under way at most: less than the system's buffers hold, so that nothing waits.
pub(crate) const BATCH: u64 = 512;

pub(crate) fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let other = listener.accept().unwrap().0;
    for end in [&one, &other] {
        end.set_nodelay(true).unwrap();
    }
    (one, other)
}

/// The numbers of bytes that go at once, `count` in all.
pub(crate) fn batches(count: u64) -> impl Iterator<Item = usize> {
    (0..count).step_by(BATCH as usize).map(move |sent| (count - sent).min(BATCH) as usize)
}

/// Sends bytes to the other end, which finds all of them there.
pub(crate) fn send(mut peer: &TcpStream, number: usize) {
    peer.write_all(&[7; BATCH as usize][..number]).unwrap();
}

/// Takes bytes that the other end has sent.
pub(crate) fn take(mut peer: &TcpStream, number: usize) {
    peer.read_exact(&mut [0; BATCH as usize][..number]).unwrap();
}

/// A connection to a thread that sends back each byte that it receives, `count` in all.
pub(crate) fn echo_thread(count: u64) -> TcpStream {
    let (ours, theirs) = connected();
    thread::spawn(move || {
        for _ in 0..count {
            take(&theirs, 1);
            send(&theirs, 1);
        }
    });
    ours
}
