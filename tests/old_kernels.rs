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

/// The ends of children are told by SIGCHLD then, which keeps the promises of P1, P2, P4, P5, P7 and P9.
#[cfg(feature = "process")]
mod without_pidfd_open {
    use std::fs;
    use std::pin::pin;
    use std::process::Stdio;

    use anyrt::process::Command;
    use anyrt::{Builder, time};
    use anyrt_tests::backend::is_owned;
    use anyrt_tests::child::{child, count, threads_but_for};
    use futures::future::join_all;
    use futures::poll;
    use rustix::process::{PidfdFlags, pidfd_open};

    use super::take_away;

    fn start(backend: &str) -> anyrt::Runtime {
        let runtime = Builder::new().backend(backend).build().unwrap();
        runtime.block_on(async {
            time::sleep(time::Duration::from_millis(1)).await;
            anyrt::spawn(async {}).await.unwrap();
            // The pair of sockets through which the runtime hears of signals.
            Command::new("true").status().await.unwrap();
        });
        runtime
    }

    /// By the one thread that starts them; none is left when all were reaped.
    fn children() -> usize {
        let threads = fs::read_dir("/proc/self/task").unwrap();
        let lists = threads.map(|thread| thread.unwrap().path().join("children"));
        let lists = lists.map(|list| fs::read_to_string(list).unwrap_or_default());
        lists.map(|list| list.split_whitespace().count()).sum()
    }

    async fn until_all_are_reaped() {
        while children() > 0 {
            time::sleep(time::Duration::from_millis(1)).await;
        }
    }

    fn on_each_backend(test: impl Fn(&str)) {
        take_away(libc::SYS_pidfd_open);
        let own = rustix::process::getpid();
        assert_eq!(pidfd_open(own, PidfdFlags::empty()).unwrap_err(), rustix::io::Errno::NOSYS);
        for backend in anyrt::selection().unwrap().compiled() {
            test(backend);
        }
    }

    #[test]
    fn children_are_waited_for_killed_and_captured() {
        child(|| {
            on_each_backend(|backend| {
                let runtime = start(backend);
                let (descriptors, threads) = (count("fd"), count("task"));
                runtime.block_on(async {
                    let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
                    assert_eq!(count("fd"), descriptors + 1, "{backend} has more than the pipe");
                    let stdin = child.stdin.take();
                    assert!(poll!(pin!(child.wait())).is_pending());
                    drop(stdin);
                    assert!(child.wait().await.unwrap().success());
                    assert!(child.wait().await.unwrap().success());

                    let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
                    child.kill().await.unwrap();
                    let script = "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; exit 3";
                    let output = Command::new("sh").args(["-c", script]).output().await.unwrap();
                    assert_eq!((output.stdout.len(), output.stderr.len()), (300_000, 300_000));
                    assert_eq!(output.status.code(), Some(3));
                    Command::new("/does/not/exist").spawn().unwrap_err();
                });
                assert_eq!(count("fd"), descriptors);
                assert_eq!(threads_but_for(threads), threads);
                assert_eq!(children(), 0);
            });
        })
        .succeeds();
    }

    #[test]
    fn hundreds_that_end_at_once_are_all_reaped_whether_their_handles_are_dropped_or_not() {
        child(|| {
            on_each_backend(|backend| {
                let runtime = start(backend);
                let descriptors = count("fd");
                runtime.block_on(async {
                    let (reader, writer) = std::io::pipe().unwrap();
                    let started = (0..300).map(|number| {
                        let mut command = Command::new("cat");
                        command.stdin(reader.try_clone().unwrap()).stdout(Stdio::null());
                        let mut child = command.kill_on_drop(number % 8 == 0).spawn().unwrap();
                        (number % 4 != 0).then(|| anyrt::spawn(async move { child.wait().await }))
                    });
                    let started: Vec<_> = started.collect();
                    drop((reader, writer));
                    for status in join_all(started.into_iter().flatten()).await {
                        assert!(status.unwrap().unwrap().success());
                    }
                    until_all_are_reaped().await;
                });
                assert_eq!(count("fd"), descriptors, "on {backend}");
            });
        })
        .succeeds();
    }

    #[test]
    fn a_child_that_outlives_its_runtime_is_reaped_by_the_next_one() {
        child(|| {
            on_each_backend(|backend| {
                if !is_owned(backend) {
                    return;
                }
                let (first, next) = (start(backend), start(backend));
                let mut child = Command::new("cat");
                let mut child = child.stdin(Stdio::piped()).spawn_on(first.handle()).unwrap();
                let stdin = child.stdin.take().unwrap().into_owned_fd().unwrap();
                drop(child);
                drop(first);
                next.block_on(async {
                    Command::new("true").status().await.unwrap();
                    assert_eq!(children(), 1);
                    drop(stdin);
                    until_all_are_reaped().await;
                });
            });
        })
        .succeeds();
    }
}
