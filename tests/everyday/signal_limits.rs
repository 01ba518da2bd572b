//! Signals and what belongs to the whole process: descriptors, threads, children that are forked.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use anyrt::signal::unix::{Signal, SignalKind, signal, signal_on};
use anyrt::{Builder, Runtime, time};
use anyrt_tests::backend::{is_owned, spawn_and_poll};
use anyrt_tests::child::{child, count, threads_but_for};
use futures::executor;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use signal_hook::low_level;

#[track_caller]
fn raise(kind: SignalKind) {
    low_level::raise(kind.as_raw_value()).unwrap();
}

fn start(backend: &str) -> Runtime {
    let runtime = Builder::new().backend(backend).build().unwrap();
    // What the backend starts when it is first needed.
    runtime.block_on(async {
        time::sleep(time::Duration::from_millis(1)).await;
        anyrt::spawn(async {}).await.unwrap();
        let (ours, _theirs) = UnixStream::pair().unwrap();
        drop(anyrt::net::UnixStream::from_std(ours).unwrap());
    });
    runtime
}

fn compiled() -> impl Iterator<Item = &'static str> {
    anyrt::selection().unwrap().compiled().iter().copied()
}

/// G3
#[test]
fn a_runtime_that_listens_has_two_descriptors_more_and_no_thread() {
    child(|| {
        for backend in compiled() {
            drop(start(backend));
            let before_it = count("fd");
            let runtime = start(backend);
            let (descriptors, threads) = (count("fd"), count("task"));
            let mut listeners: Vec<Signal> = Vec::new();
            for kind in [1, 2, 10, 12, 14, 15, 17, 28].map(SignalKind::from) {
                listeners.extend((0..100).map(|_| signal_on(runtime.handle(), kind).unwrap()));
            }
            raise(SignalKind::hangup());
            assert_eq!(runtime.block_on(listeners[0].recv()), Some(()));
            assert_eq!(count("fd"), descriptors + 2, "on {backend}");
            assert_eq!(threads_but_for(threads), threads, "on {backend}");
            // They stay for those who listen next.
            drop(listeners);
            for _ in 0..100 {
                drop(signal_on(runtime.handle(), SignalKind::hangup()).unwrap());
            }
            assert_eq!(count("fd"), descriptors + 2, "on {backend}");
            drop(runtime);
            if is_owned(backend) {
                assert_eq!(count("fd"), before_it, "on {backend}");
            }
        }
    })
    .succeeds();
}

/// G3: runtimes that come and go leave no descriptor, whether anybody listens in them when they end or not.
#[test]
fn runtimes_that_listened_leave_nothing() {
    child(|| {
        for backend in compiled().filter(|name| is_owned(name)) {
            drop(start(backend));
            let before = count("fd");
            let mut left = Vec::new();
            for number in 0..250 {
                let runtime = Builder::new().backend(backend).worker_threads(1).build().unwrap();
                let mut signal = signal_on(runtime.handle(), SignalKind::hangup()).unwrap();
                match number % 3 {
                    0 => left.push(signal),
                    1 => drop(runtime.spawn(async move { signal.recv().await })),
                    _ => drop(signal),
                }
            }
            raise(SignalKind::hangup());
            assert_eq!(count("fd"), before, "on {backend}");
            assert!(left.iter_mut().all(|signal| executor::block_on(signal.recv()).is_some()));
            assert!(left.iter_mut().all(|signal| executor::block_on(signal.recv()).is_none()));
        }
    })
    .succeeds();
}

/// G3
#[test]
fn a_listener_is_no_task_of_the_runtime() {
    child(|| {
        for backend in compiled() {
            let runtime = start(backend);
            let tasks = || runtime.handle().metrics().alive_tasks;
            // What was joined may be there for a moment.
            while tasks().is_some_and(|tasks| tasks > 0) {
                thread::yield_now();
            }
            let mut hangups = signal_on(runtime.handle(), SignalKind::hangup()).unwrap();
            raise(SignalKind::hangup());
            assert_eq!(runtime.block_on(hangups.recv()), Some(()));
            assert_eq!(tasks().unwrap_or_default(), 0, "on {backend}");
        }
    })
    .succeeds();
}

/// G5
#[test]
fn without_descriptors_it_is_an_error_and_works_again_when_there_are_some() {
    child(|| {
        let hangup_ends_the_process = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
            u64::from_str_radix(caught.trim(), 16).unwrap() & 1 << (libc::SIGHUP - 1) == 0
        };
        assert!(hangup_ends_the_process());
        for backend in compiled() {
            let runtime = start(backend);
            runtime.block_on(async {
                let limit = getrlimit(Resource::Nofile);
                let used = count("fd");
                let was_handled = !hangup_ends_the_process();
                let free = File::open("/dev/null").unwrap().as_raw_fd() as u64;
                for room in [0, 1] {
                    let less = Rlimit { current: Some(free + room), maximum: limit.maximum };
                    setrlimit(Resource::Nofile, less).unwrap();
                    let error = signal(SignalKind::hangup()).unwrap_err();
                    setrlimit(Resource::Nofile, limit).unwrap();
                    assert_eq!(error.raw_os_error(), Some(libc::EMFILE), "{error}");
                    assert_eq!(count("fd"), used);
                    assert_eq!(was_handled, !hangup_ends_the_process());
                }
                let mut signal = signal(SignalKind::hangup()).unwrap();
                raise(SignalKind::hangup());
                assert_eq!(signal.recv().await, Some(()));
            });
        }
    })
    .succeeds();
}

/// G8
#[test]
fn a_forked_child_listens_by_itself_and_takes_nothing_from_its_parent() {
    child(|| {
        let kind = SignalKind::user_defined1();
        for backend in compiled() {
            let runtime = start(backend);
            let mut ours = signal_on(runtime.handle(), kind).unwrap();
            let mut inherited = Some(signal_on(runtime.handle(), kind).unwrap());
            // A listener that is asked at the moment of the fork would be locked in the child for ever.
            let task = spawn_and_poll(&runtime, async move { ours.recv().await });
            let (mut here, mut there) = UnixStream::pair().unwrap();
            // SAFETY: the child has this thread alone, which takes no lock that another one may hold: the runtime's
            // threads wait for events.
            let process = unsafe { libc::fork() };
            if process == 0 {
                // It must not stay when the parent has given up.
                // SAFETY: it has no preconditions.
                unsafe { libc::alarm(30) };
                let answers = catch_unwind(AssertUnwindSafe(|| {
                    for _ in 0..1000 {
                        raise(kind);
                    }
                    let mut inherited = inherited.take().unwrap();
                    // It was raised in this process, and nobody here serves the listener of the parent.
                    let heard = executor::block_on(inherited.recv()) == Some(())
                        && executor::block_on(inherited.recv()).is_none();
                    // The reactor of async-io is one for the process that started it.
                    let again = !["tokio", "native"].contains(&backend) || {
                        let runtime = Builder::new().backend(backend).build().unwrap();
                        let mut own = signal_on(runtime.handle(), kind).unwrap();
                        raise(kind);
                        // In a runtime of the child's, the inherited one goes on.
                        runtime.block_on(own.recv()) == Some(())
                            && runtime.block_on(inherited.recv()) == Some(())
                    };
                    [u8::from(heard), u8::from(again)]
                }));
                let _ = there.write_all(&answers.unwrap_or([7, 7]));
                let _ = there.read_exact(&mut [0]);
                // SAFETY: it ends the process, and nothing else.
                unsafe { libc::_exit(0) };
            }
            drop(there);
            assert!(process > 0, "the system refuses a child");
            let mut answers = [0; 2];
            here.read_exact(&mut answers).unwrap();
            assert_eq!(answers, [1, 1], "on {backend}");
            assert!(!task.is_finished(), "the parent heard a signal of its child");
            // While the child, which has its listeners, is still there.
            raise(kind);
            assert_eq!(runtime.block_on(task).unwrap(), Some(()));
            here.write_all(b"x").unwrap();
            let mut status = 0;
            // SAFETY: the pointer is valid for writes.
            assert_eq!(unsafe { libc::waitpid(process, &raw mut status, 0) }, process);
            assert_eq!(status, 0);
        }
    })
    .succeeds();
}

/// G3: what was refused is nothing that would be left.
#[test]
fn what_is_refused_leaves_no_descriptor() {
    child(|| {
        for backend in compiled() {
            let runtime = start(backend);
            let before = count("fd");
            signal_on(runtime.handle(), SignalKind::from_raw(9)).unwrap_err();
            assert_eq!(count("fd"), before);
            let handle = runtime.handle().clone();
            drop(runtime);
            if is_owned(backend) {
                let before = count("fd");
                let error = signal_on(&handle, SignalKind::hangup()).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NotConnected);
                assert_eq!(count("fd"), before);
            }
        }
    })
    .succeeds();
}
