//! A system that refuses calls, as sandboxes and old kernels do; by filters for single threads.

use std::fs;
use std::io;
use std::time::Duration;
use std::{ptr, thread};

use anyrt_native::net::{TcpListener, TcpStream, UdpSocket};
use anyrt_native::{BlockOn, Handle, Launch, Spawn, SpawnBlocking, Timer};
use futures::executor;

use super::support_faults::{child, start};

/// Has these calls fail in this thread, and those that it starts, from now on. False where the system
/// has no filters.
fn refuse(calls: &[libc::c_long], error: i32) -> bool {
    fn statement(code: u32, k: u32, skips_if_not: u8) -> libc::sock_filter {
        libc::sock_filter { code: u16::try_from(code).unwrap(), jt: 0, jf: skips_if_not, k }
    }

    // The number of the call comes first in what a filter sees.
    let mut program = vec![statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0)];
    for &call in calls {
        let number = u32::try_from(call).unwrap();
        program.push(statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, number, 1));
        let fails = libc::SECCOMP_RET_ERRNO | u32::try_from(error).unwrap();
        program.push(statement(libc::BPF_RET | libc::BPF_K, fails, 0));
    }
    program.push(statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW, 0));
    let filter = libc::sock_fprog {
        len: u16::try_from(program.len()).unwrap(),
        filter: program.as_mut_ptr(),
    };
    // SAFETY: it takes numbers alone.
    let result = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(result, 0);
    let filter = ptr::from_ref(&filter);
    // SAFETY: it reads the filter, which lives until it returns.
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, filter) };
    if result != 0 {
        eprintln!("left out, for there are no filters: {}", io::Error::last_os_error());
    }
    result == 0
}

async fn use_everything(handle: &Handle) {
    let listener = TcpListener::bind_on(handle, "127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connect = TcpStream::connect_on(handle, address);
    let (client, accepted) = futures::join!(connect, listener.accept());
    let (client, (server, _)) = (client.unwrap(), accepted.unwrap());
    for byte in 0..50 {
        client.write_all(&[byte]).await.unwrap();
        handle.sleep(Duration::from_micros(300)).await;
        let mut buffer = [0];
        server.read_exact(&mut buffer).await.unwrap();
        assert_eq!(buffer, [byte]);
        assert_eq!(handle.spawn_blocking(move || byte).await.unwrap(), byte);
    }
}

/// Starts runtimes under a filter, and uses them.
fn works_without(calls: &[libc::c_long], error: i32) {
    if !refuse(calls, error) {
        return;
    }
    for workers in [0, 1, 2] {
        let runtime = start(workers);
        let handle = runtime.handle().clone();
        handle.block_on(use_everything(&handle));
        let inside = handle.clone();
        let task = handle.spawn(async move { use_everything(&inside).await });
        handle.block_on(task).unwrap();
        let thread = thread::spawn(move || handle.block_on(handle.sleep(Duration::from_millis(2))));
        thread.join().unwrap();
    }
}

#[test]
fn without_waits_in_nanoseconds_it_waits_in_milliseconds() {
    child(|| works_without(&[libc::SYS_epoll_pwait2], libc::ENOSYS));
}

#[test]
fn a_sandbox_that_forbids_waits_in_nanoseconds_is_the_same() {
    child(|| works_without(&[libc::SYS_epoll_pwait2], libc::EPERM));
}

#[test]
fn without_eventfd_threads_are_woken_in_another_way() {
    child(|| works_without(&[libc::SYS_eventfd2, libc::SYS_epoll_pwait2], libc::ENOSYS));
}

#[test]
fn what_merely_makes_it_faster_may_be_refused() {
    child(|| {
        let calls = [libc::SYS_prctl, libc::SYS_sched_getaffinity, libc::SYS_sched_yield];
        works_without(&calls, libc::EPERM);
    });
}

#[test]
fn a_system_without_epoll_is_an_error_of_the_start() {
    child(|| {
        let before = fs::read_dir("/proc/self/fd").unwrap().count();
        if refuse(&[libc::SYS_epoll_create1], libc::ENOSYS) {
            let error = anyrt_native::Runtime::new().unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::ENOSYS));
            assert_eq!(fs::read_dir("/proc/self/fd").unwrap().count(), before);
        }
    });
}

/// What `call` comes to on a thread of its own, for which `refused` fails with `error`.
fn under_filter<T: Send>(
    refused: &[libc::c_long],
    error: i32,
    call: impl FnOnce() -> T + Send,
) -> Option<T> {
    let filtered = || refuse(refused, error).then(call);
    thread::scope(|scope| scope.spawn(filtered).join().unwrap())
}

#[test]
fn errors_of_accept_are_told_and_it_goes_on() {
    child(|| {
        let runtime = start(1);
        let handle = runtime.handle();
        let listener = executor::block_on(TcpListener::bind_on(handle, "127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let errors = [
            libc::ECONNABORTED,
            libc::EPROTO,
            libc::EPERM,
            libc::ENOBUFS,
            libc::ENOMEM,
            libc::ENFILE,
        ];
        for error in errors {
            let client = std::net::TcpStream::connect(address).unwrap();
            let calls = [libc::SYS_accept4];
            let told = under_filter(&calls, error, || {
                let plain = [(); 3].map(|()| executor::block_on(listener.accept()));
                let mut incoming = listener.incoming();
                let paused = [(); 2].map(|()| executor::block_on(incoming.accept()));
                plain.into_iter().chain(paused).collect::<Vec<_>>()
            });
            for told in told.into_iter().flatten() {
                assert_eq!(told.unwrap_err().raw_os_error(), Some(error));
            }
            let (_, peer) = executor::block_on(listener.accept()).unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
        }
    });
}

#[test]
fn errors_of_send_and_receive_are_told_and_the_socket_goes_on() {
    child(|| {
        let runtime = start(1);
        let handle = runtime.handle();
        let [one, other] = [(); 2]
            .map(|()| executor::block_on(UdpSocket::bind_on(handle, "127.0.0.1:0")).unwrap());
        let address = other.local_addr().unwrap();
        for error in [libc::ENOBUFS, libc::ENOMEM, libc::EPERM, libc::ECONNREFUSED] {
            let calls =
                [libc::SYS_sendto, libc::SYS_sendmsg, libc::SYS_recvfrom, libc::SYS_recvmsg];
            let told = under_filter(&calls, error, || {
                let sent = executor::block_on(one.send_to(b"x", address));
                let received = executor::block_on(other.recv_from(&mut [0; 4]));
                [sent, received.map(|(length, _)| length)]
            });
            for told in told.into_iter().flatten() {
                assert_eq!(told.unwrap_err().raw_os_error(), Some(error));
            }
            assert_eq!(executor::block_on(one.send_to(b"y", address)).unwrap(), 1);
            assert_eq!(executor::block_on(other.recv_from(&mut [0; 4])).unwrap().0, 1);
        }
    });
}

#[test]
fn a_source_that_the_system_refuses_to_watch_is_an_error_and_closed() {
    child(|| {
        let runtime = start(1);
        let handle = runtime.handle();
        let before = fs::read_dir("/proc/self/fd").unwrap().count();
        for error in [libc::ENOMEM, libc::ENOSPC] {
            let told = under_filter(&[libc::SYS_epoll_ctl], error, || {
                executor::block_on(UdpSocket::bind_on(handle, "127.0.0.1:0"))
            });
            if let Some(told) = told {
                assert_eq!(told.unwrap_err().raw_os_error(), Some(error));
            }
            assert_eq!(fs::read_dir("/proc/self/fd").unwrap().count(), before);
        }
        let socket = executor::block_on(UdpSocket::bind_on(handle, "127.0.0.1:0")).unwrap();
        drop(socket);
        // Nor can it be ended then; it is closed all the same, and so nobody hears of it.
        let socket = executor::block_on(UdpSocket::bind_on(handle, "127.0.0.1:0")).unwrap();
        under_filter(&[libc::SYS_epoll_ctl], libc::ENOMEM, move || drop(socket));
        assert_eq!(fs::read_dir("/proc/self/fd").unwrap().count(), before);
    });
}

/// Elsewhere it is watched from the start.
#[cfg(not(anyrt_portable))]
#[test]
fn a_connection_that_the_system_refuses_to_watch_says_so_when_it_waits_and_goes_on() {
    use std::io::Write;

    use anyrt_native::net::UnixStream;

    child(|| {
        let runtime = start(1);
        let (stream, mut peer) = std::os::unix::net::UnixStream::pair().unwrap();
        let stream = UnixStream::from_std_on(runtime.handle(), stream).unwrap();
        for error in [libc::ENOMEM, libc::ENOSPC] {
            let told = under_filter(&[libc::SYS_epoll_ctl], error, || {
                executor::block_on(stream.read(&mut [0]))
            });
            if let Some(told) = told {
                assert_eq!(told.unwrap_err().raw_os_error(), Some(error));
            }
        }
        let received = thread::scope(|scope| {
            scope.spawn(|| peer.write_all(b"x").unwrap());
            executor::block_on(stream.read(&mut [0])).unwrap()
        });
        assert_eq!(received, 1);
    });
}
