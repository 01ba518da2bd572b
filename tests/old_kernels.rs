//! System calls that an old kernel lacks, or a sandbox refuses as if it did.
#![cfg(all(target_os = "linux", feature = "some-backend"))]

use std::io;
use std::os::fd::AsFd;
use std::pin::pin;

use anyrt::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use anyrt_tests::backend;
use anyrt_tests::child::child;
use futures::poll;
use rustix::fs::{OFlags, fcntl_getfl};
use rustix::io::{FdFlags, fcntl_getfd};

/// From now on this call fails with `ENOSYS` on this thread and on those that it starts.
fn take_away(call: libc::c_long) {
    const LOAD_NUMBER: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const JUMP_IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_K;

    let step = |code: u32, k: u32, jf: u8| libc::sock_filter { code: code as u16, jt: 0, jf, k };
    let mut filter = [
        step(LOAD_NUMBER, 0, 0),
        step(JUMP_IF_EQUAL, call as u32, 1),
        step(RETURN, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32, 0),
        step(RETURN, libc::SECCOMP_RET_ALLOW, 0),
    ];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: the call takes numbers alone.
    let result = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
    // SAFETY: the program points to a filter of the length that it says, and the kernel copies both.
    let result =
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

#[track_caller]
fn assert_is_ours(accepted: impl AsFd) {
    assert!(fcntl_getfl(&accepted).unwrap().contains(OFlags::NONBLOCK));
    assert!(fcntl_getfd(&accepted).unwrap().contains(FdFlags::CLOEXEC));
}

#[test]
fn connections_are_accepted_without_accept4() {
    child(|| {
        take_away(libc::SYS_accept4);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let _peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert_eq!(listener.accept().unwrap_err().raw_os_error(), Some(libc::ENOSYS));

        backend::two_workers().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut accept = pin!(listener.accept());
            assert!(poll!(accept.as_mut()).is_pending());
            let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (accepted, address) = accept.await.unwrap();
            assert_eq!(address, peer.local_addr().unwrap());
            assert_is_ours(&accepted);

            let path = std::env::temp_dir().join(format!("anyrt-old-{}", std::process::id()));
            let listener = UnixListener::bind(&path).unwrap();
            let _peer = UnixStream::connect(&path).await.unwrap();
            assert_is_ours(&listener.accept().await.unwrap().0);
            std::fs::remove_file(path).unwrap();
        });
    })
    .succeeds();
}
