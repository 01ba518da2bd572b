//! Peers of Unix sockets choose their own names, and may choose what the standard library has no room for.
#![cfg(all(target_os = "linux", feature = "some-backend"))]

use std::mem;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram as StdDatagram;

use anyrt::net::{UnixDatagram, UnixListener, UnixSocket};
use anyrt_tests::backend;

/// A path that fills the address to its last byte, which no zero byte ends then.
fn longest_path(name: &str) -> Vec<u8> {
    let length = mem::size_of::<libc::sockaddr_un>() - mem::offset_of!(libc::sockaddr_un, sun_path);
    let mut path = std::env::temp_dir().into_os_string().into_encoded_bytes();
    path.extend(format!("/{}-{name}-", std::process::id()).bytes());
    path.resize(length, b'x');
    path
}

fn bind(socket: &impl AsRawFd, path: &[u8]) {
    let mut address =
        libc::sockaddr_un { sun_family: libc::AF_UNIX as libc::sa_family_t, sun_path: [0; 108] };
    for (place, byte) in address.sun_path.iter_mut().zip(path) {
        *place = *byte as libc::c_char;
    }
    let length = mem::size_of::<libc::sockaddr_un>() as libc::socklen_t;
    // SAFETY: the address is as long as is said, and lives through the call.
    let result = unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
}

fn remove(path: &[u8]) {
    std::fs::remove_file(String::from_utf8(path.to_vec()).unwrap()).unwrap();
}

#[test]
fn a_peer_with_the_longest_name_is_accepted_and_counts_as_one_without() {
    let (ours, theirs) = (longest_path("l")[..80].to_vec(), longest_path("s"));
    let runtime = backend::two_workers();
    let path = String::from_utf8(ours.clone()).unwrap();
    runtime.block_on(async {
        let listener = UnixListener::bind(&path).unwrap();
        let peer = UnixSocket::new_stream().unwrap();
        bind(&peer, &theirs);
        let _peer = peer.connect(&path).await.unwrap();
        let (stream, address) = listener.accept().await.unwrap();
        assert!(address.is_unnamed());
        assert!(stream.peer_addr().unwrap().is_unnamed());
    });
    remove(&ours);
    remove(&theirs);
}

#[test]
fn a_socket_with_the_longest_name_counts_as_one_without() {
    let theirs = longest_path("d");
    let runtime = backend::two_workers();
    runtime.block_on(async {
        let socket = StdDatagram::unbound().unwrap();
        bind(&socket, &theirs);
        let socket = UnixDatagram::from_std(socket).unwrap();
        assert!(socket.local_addr().unwrap().is_unnamed());
    });
    remove(&theirs);
}
