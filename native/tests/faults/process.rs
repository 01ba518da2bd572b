//! What belongs to the process: descriptors, threads, processors, other processes, its end.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyrt_core::Sleep as _;
use anyrt_native::net::{TcpListener, TcpStream};
use anyrt_native::{
    BlockOn, Builder, Handle, JoinHandle, Launch, Reactor, Runtime, Sleep, Spawn, SpawnBlocking,
    Timer, block_in_place, yield_now,
};
use futures::{FutureExt, executor, poll};

use super::support_faults::{
    Counter, Limit, address_space, child, descriptors, outcome_of_child, start, threads,
    threads_are_again,
};

/// How many threads have this name.
fn threads_called(name: &str) -> usize {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let names = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")));
    names.flatten().filter(|found| found.trim_end() == name).count()
}

/// Uses tasks, timers, closures and sockets.
async fn use_everything(handle: &Handle) {
    let listener = TcpListener::bind_on(handle, "127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect_on(handle, listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    let task = handle.spawn(async move { server.write_all(b"x").await });
    client.read_exact(&mut [0]).await.unwrap();
    task.await.unwrap().unwrap();
    handle.sleep(Duration::from_millis(1)).await;
    assert_eq!(handle.spawn_blocking(|| 7).await.unwrap(), 7);
}

#[track_caller]
fn assert_works(runtime: &Runtime) {
    runtime.handle().block_on(use_everything(runtime.handle()));
}

#[test]
fn a_runtime_that_is_refused_descriptors_leaves_none_behind() {
    child(|| {
        let (before, threads) = (descriptors(), threads());
        let mut refused = 0;
        for free in 0..6 {
            let highest = fs::File::open("/dev/null").unwrap();
            let lowest_free = std::os::fd::AsRawFd::as_raw_fd(&highest);
            drop(highest);
            let limit = Limit::set(libc::RLIMIT_NOFILE, u64::try_from(lowest_free).unwrap() + free);
            let built = Builder::new().worker_threads(2).build();
            drop(limit);
            match built {
                Err(error) => {
                    assert_eq!(error.raw_os_error(), Some(libc::EMFILE), "{error}");
                    refused += 1;
                }
                Ok(runtime) => assert_works(&runtime),
            }
            assert_eq!(descriptors(), before);
            threads_are_again(threads);
        }
        assert!((1..6).contains(&refused), "it was refused {refused} times");
    });
}

#[test]
fn a_runtime_that_is_refused_threads_ends_those_that_have_started() {
    child(|| {
        // More than the C library keeps of the stacks of threads that have ended; half of one is room for
        // whatever else it maps for a few threads.
        const STACK: usize = 1 << 30;

        let (before, threads) = (descriptors(), threads());
        let mut refused = BTreeSet::new();
        for room in 0..5_u64 {
            let space = address_space() + room * STACK as u64 + STACK as u64 / 2;
            let limit = Limit::set(libc::RLIMIT_AS, space);
            let (starts, stops) = (Counter::default(), Counter::default());
            let (started, stopped) = (starts.clone(), stops.clone());
            let built = Builder::new()
                .worker_threads(3)
                .stack_size(STACK)
                .on_thread_start(move || _ = started.add())
                .on_thread_stop(move || _ = stopped.add())
                .build();
            drop(limit);
            if let Err(error) = &built {
                assert_eq!(error.raw_os_error(), Some(libc::EAGAIN), "{error}");
                refused.insert(starts.count());
            }
            drop(built);
            assert_eq!(starts.count(), stops.count());
            assert_eq!(descriptors(), before);
            threads_are_again(threads);
        }
        // The last of them is that of the thread that looks after the others.
        assert_eq!(refused, BTreeSet::from([0, 1, 2, 3]));
    });
}

#[test]
fn a_stack_that_no_thread_can_have_is_an_error() {
    child(|| {
        let (before, threads) = (descriptors(), threads());
        for bytes in [1 << 46, 1 << 62, usize::MAX] {
            let error = Builder::new().worker_threads(2).stack_size(bytes).build().unwrap_err();
            println!("{bytes}: {error}");
            assert_eq!(descriptors(), before);
            threads_are_again(threads);
        }
        // It has none, until there is a closure.
        let runtime = Builder::new().current_thread().stack_size(1 << 46).build().unwrap();
        let closure = runtime.handle().spawn_blocking(|| 7);
        assert!(executor::block_on(closure).unwrap_err().is_refused());
    });
}

#[test]
fn absurd_numbers_of_threads_are_errors() {
    child(|| {
        let before = descriptors();
        for number in [0, 32_768, 1_000_000_000, usize::MAX] {
            let error = Builder::new().worker_threads(number).build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("worker threads"), "{error}");
        }
        let error = Builder::new().max_blocking_threads(0).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("blocking threads"), "{error}");
        assert_eq!(descriptors(), before);
        let builder = Builder::new().worker_threads(64).max_blocking_threads(usize::MAX);
        assert_works(&builder.build().unwrap());
    });
}

#[test]
fn on_one_processor_there_is_one_worker_and_everything_works() {
    child(|| {
        // SAFETY: zeroes are the empty set.
        let mut set: libc::cpu_set_t = unsafe { mem::zeroed() };
        // SAFETY: it writes the set, which is a local of this size.
        let result = unsafe { libc::sched_getaffinity(0, size_of_val(&set), &mut set) };
        assert_eq!(result, 0);
        // SAFETY: the number is one that a set can have.
        let first = (0..1024).find(|&n| unsafe { libc::CPU_ISSET(n, &set) }).unwrap();
        // SAFETY: it writes the set.
        unsafe { libc::CPU_ZERO(&mut set) };
        // SAFETY: the number came from a set.
        unsafe { libc::CPU_SET(first, &mut set) };
        // SAFETY: it reads the set.
        assert_eq!(unsafe { libc::sched_setaffinity(0, size_of_val(&set), &set) }, 0);

        let runtime = Builder::new().thread_name("only").build().unwrap();
        assert_works(&runtime);
        // One polls tasks, one has run the closure, one looks after both.
        assert!(threads_called("only") <= 3, "{} threads", threads_called("only"));
        for workers in [0, 1, 4] {
            let runtime = start(workers);
            let tasks: Vec<_> = (0..1000)
                .map(|n| {
                    runtime.handle().spawn(async move {
                        yield_now().await;
                        n
                    })
                })
                .collect();
            for (n, task) in tasks.into_iter().enumerate() {
                assert_eq!(runtime.handle().block_on(task).unwrap(), n);
            }
            assert_works(&runtime);
        }
    });
}

#[test]
fn sixty_four_workers_come_and_go() {
    child(|| {
        let (before, threads) = (descriptors(), threads());
        for _ in 0..30 {
            let runtime = start(64);
            assert_works(&runtime);
            drop(runtime);
            assert_eq!(descriptors(), before);
        }
        threads_are_again(threads);
    });
}

#[test]
fn a_process_may_exit_while_a_thousand_tasks_run() {
    let (status, output) = outcome_of_child(|| {
        let runtime = start(4);
        let runs = Counter::default();
        for n in 0..1000_u64 {
            let (handle, runs) = (runtime.handle().clone(), runs.clone());
            drop(runtime.handle().spawn(async move {
                loop {
                    runs.add();
                    match n % 3 {
                        0 => yield_now().await,
                        1 => handle.sleep(Duration::from_micros(n)).await,
                        _ => use_everything(&handle).await,
                    }
                }
            }));
        }
        while runs.count() < 3000 {
            std::thread::yield_now();
        }
        // It does not end before the process.
        mem::forget(runtime);
    });
    assert_eq!(status.code(), Some(0), "{output}");
}

/// What a panic says.
fn message_of(code: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(code)).expect_err("it does not panic");
    let text = panic.downcast::<String>().map(|text| *text);
    text.or_else(|panic| panic.downcast::<&str>().map(|text| text.to_string())).unwrap()
}

/// Forks. The child ends with what `in_child` returns, which this returns once it has ended.
fn fork(in_child: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child calls nothing but `in_child`, which is written for that.
    let process = unsafe { libc::fork() };
    assert!(process >= 0);
    if process == 0 {
        let code = catch_unwind(AssertUnwindSafe(in_child)).unwrap_or(101);
        // SAFETY: it ends the process, and nothing else.
        unsafe { libc::_exit(code) };
    }
    code_of(process)
}

/// Waits for the end of a child.
fn code_of(process: libc::pid_t) -> i32 {
    let mut status = 0;
    // SAFETY: it writes the status, which is a local.
    assert_eq!(unsafe { libc::waitpid(process, &mut status, 0) }, process);
    assert!(libc::WIFEXITED(status), "it ended with status {status:x}");
    libc::WEXITSTATUS(status)
}

#[test]
fn a_child_that_uses_the_runtime_of_its_parent_is_told() {
    child(|| {
        for workers in [0, 1, 2] {
            let runtime = start(workers);
            let handle = runtime.handle().clone();
            let bind = TcpListener::bind_on(&handle, "127.0.0.1:0");
            let listener = handle.block_on(bind).unwrap();
            let address = listener.local_addr().unwrap();
            let mut owned = Some((runtime, listener));
            let code = fork(|| {
                let is_told =
                    |message: String| assert!(message.contains("after fork"), "{message}");
                is_told(message_of(|| handle.block_on(async {})));
                is_told(message_of(|| drop(handle.spawn(async {}))));
                is_told(message_of(|| drop(handle.spawn_blocking(|| ()))));
                is_told(message_of(|| drop(handle.sleep(Duration::ZERO))));
                let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
                is_told(handle.register(socket).unwrap_err().to_string());
                let (_, listener) = owned.as_ref().unwrap();
                is_told(executor::block_on(listener.accept()).unwrap_err().to_string());
                drop(owned.take());
                7
            });
            assert_eq!(code, 7);
            // The parent has them still, and they are watched.
            let (runtime, listener) = owned.as_ref().unwrap();
            let waiting = handle.block_on(async { poll!(pin!(listener.accept())) });
            assert!(waiting.is_pending());
            let _client = std::net::TcpStream::connect(address).unwrap();
            handle.block_on(listener.accept()).unwrap();
            assert_works(runtime);
        }
    });
}

/// Forks, and goes on in both. Returns the number of the child's process, or zero in there.
fn fork_and_go_on() -> libc::pid_t {
    // SAFETY: what the child does next is tested.
    let process = unsafe { libc::fork() };
    assert!(process >= 0);
    process
}

#[test]
fn a_child_that_goes_on_in_the_runtime_of_its_parent_ends() {
    child(|| {
        for workers in [0, 1, 2] {
            let runtime = start(workers);
            let handle = runtime.handle().clone();
            let mut process = 0;
            let mut fork_inside = || {
                handle.block_on(async {
                    process = fork_and_go_on();
                    yield_now().await;
                });
            };
            let panic = catch_unwind(AssertUnwindSafe(&mut fork_inside));
            if process == 0 {
                let is_told = message_of(|| resume_unwind(panic.unwrap_err())).contains("fork");
                // SAFETY: it ends the process, and nothing else.
                unsafe { libc::_exit(i32::from(is_told)) };
            }
            assert_eq!(code_of(process), 1);

            let task = handle.spawn(async {
                let process = fork_and_go_on();
                yield_now().await;
                process
            });
            let closure = handle.spawn_blocking(fork_and_go_on);
            for process in [handle.block_on(task), handle.block_on(closure)] {
                // Only that it ends.
                code_of(process.unwrap());
            }
            assert_works(&runtime);
        }
    });
}

#[test]
fn a_child_whose_thread_waits_for_its_core_ends() {
    child(|| {
        let runtime = start(1);
        let (inside, is_inside) = mpsc::channel();
        let (fork_now, may_fork) = mpsc::channel();
        let task = runtime.handle().spawn(async move {
            block_in_place(|| {
                inside.send(()).unwrap();
                may_fork.recv().unwrap();
                fork_and_go_on()
            })
        });
        is_inside.recv().unwrap();
        let process = runtime.handle().block_on(async {
            // Takes the core, which the thread of the task has left, and keeps it.
            runtime.handle().spawn(async {}).await.unwrap();
            fork_now.send(()).unwrap();
            task.await.unwrap()
        });
        code_of(process);
    });
}

#[test]
fn a_child_that_was_forked_in_a_runtime_within_a_runtime_ends() {
    child(|| {
        let (outer, inner) = (start(1), start(1));
        let inside = inner.handle().clone();
        let task = outer
            .handle()
            .spawn(async move { block_in_place(|| inside.block_on(async { fork_and_go_on() })) });
        code_of(outer.handle().block_on(task).unwrap());
        assert_works(&outer);
        assert_works(&inner);
    });
}

#[test]
fn a_child_may_start_a_runtime_of_its_own() {
    child(|| {
        let runtime = start(2);
        assert_works(&runtime);
        for workers in [0, 2] {
            let in_child = || {
                assert_works(&start(workers));
                7
            };
            assert_eq!(fork(in_child), 7);
            assert_works(&runtime);
        }
    });
}

#[test]
fn forks_that_do_not_use_the_runtime_end_and_leave_it_alone() {
    child(|| {
        for workers in [0, 1, 2] {
            let runtime = start(workers);
            let handle = runtime.handle().clone();
            assert_works(&runtime);
            for round in 0..20 {
                assert_eq!(fork(|| 7), 7);
                assert_works(&runtime);
                let code = handle.block_on(async { fork(move || round) });
                assert_eq!(code, round);
            }
            if workers > 0 {
                let task = handle.spawn(async { fork(|| 8) });
                assert_eq!(executor::block_on(task).unwrap(), 8);
            }
            let closure = handle.spawn_blocking(|| fork(|| 9));
            assert_eq!(executor::block_on(closure).unwrap(), 9);
            assert_works(&runtime);
        }
    });
}

fn pin_sleep(handle: &Handle) -> Pin<Box<Sleep>> {
    Box::pin(handle.sleep(Duration::from_secs(1000)))
}

#[test]
fn a_child_may_drop_joins_and_sleeps_whatever_other_threads_do_at_the_fork() {
    child(|| {
        let runtime = start(2);
        let (handle, is_over) = (runtime.handle().clone(), Arc::new(AtomicBool::new(false)));
        let churn = {
            let (handle, is_over) = (handle.clone(), Arc::clone(&is_over));
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let tasks: Vec<_> = (0..100).map(|_| handle.spawn(async {})).collect();
                    tasks.into_iter().for_each(|task| executor::block_on(task).unwrap());
                    let mut sleeps: Vec<_> = (0..100).map(|_| pin_sleep(&handle)).collect();
                    sleeps.iter_mut().for_each(|sleep| assert!(sleep.now_or_never().is_none()));
                }
            })
        };
        for _ in 0..50 {
            let ended: Vec<_> = (0..10).map(|n| handle.spawn(async move { n })).collect();
            while !ended.iter().all(JoinHandle::is_finished) {
                thread::yield_now();
            }
            let [mut sleep, mut other] = [(); 2].map(|()| pin_sleep(&handle));
            assert!((&mut sleep).now_or_never().is_none());
            assert!((&mut other).now_or_never().is_none());
            let in_child = move || {
                drop((ended, sleep));
                // It is over, as nobody would wake it.
                other.as_mut().reset(Instant::now() + Duration::from_secs(1));
                if other.now_or_never().is_some() { 7 } else { 8 }
            };
            assert_eq!(fork(in_child), 7);
        }
        is_over.store(true, Ordering::Relaxed);
        churn.join().unwrap();
        assert_works(&runtime);
    });
}

#[test]
fn other_programs_inherit_no_descriptors() {
    fn inherited() -> usize {
        let output = Command::new("ls").arg("/proc/self/fd").output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().lines().count()
    }

    child(|| {
        let before = inherited();
        let runtime = start(2);
        let handle = runtime.handle();
        handle.block_on(async {
            let listener = TcpListener::bind_on(handle, "127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let _client = TcpStream::connect_on(handle, address).await.unwrap();
            let _server = listener.accept().await.unwrap();
            let _udp = anyrt_native::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let _unix = anyrt_native::net::UnixStream::pair().unwrap();
            assert!(descriptors() >= before + 7);
            assert_eq!(inherited(), before);
        });
    });
}
