//! Child processes and what belongs to the whole process: zombies, descriptors, threads, limits, forks.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::Stdio;

use anyrt::process::{Child, Command};
use anyrt::signal::unix::{SignalKind, signal};
use anyrt::{Builder, Runtime, task, time};
use anyrt_tests::backend::{is_owned, on_each};
use anyrt_tests::child::{child, count, threads_but_for};
use futures::future::join_all;
use futures::poll;
use rustix::process::{Pid, Resource, Rlimit, WaitOptions, getrlimit, setrlimit, waitpid};

fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

fn compiled() -> impl Iterator<Item = &'static str> {
    anyrt::selection().unwrap().compiled().iter().copied()
}

/// A runtime that has started what its backend starts when it is first needed.
fn start(backend: &str) -> Runtime {
    let runtime = Builder::new().backend(backend).build().unwrap();
    runtime.block_on(async {
        time::sleep(time::Duration::from_millis(1)).await;
        anyrt::spawn(async {}).await.unwrap();
        let (ours, _theirs) = UnixStream::pair().unwrap();
        drop(anyrt::net::UnixStream::from_std(ours).unwrap());
    });
    runtime
}

/// The children of this process: their numbers, and whether they have ended and nobody has reaped them.
fn children() -> Vec<(u32, bool)> {
    let own = std::process::id().to_string();
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let entry = entry.unwrap();
        let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // One that has gone meanwhile has no text.
        let text = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let Some((_, rest)) = text.rsplit_once(") ") else { continue };
        let mut fields = rest.split(' ');
        let (state, parent) = (fields.next(), fields.next());
        if parent == Some(&own) {
            children.push((number, state == Some("Z")));
        }
    }
    children
}

async fn until_all_are_reaped() {
    while !children().is_empty() {
        time::sleep(time::Duration::from_millis(1)).await;
    }
}

/// P7
#[test]
fn however_a_handle_is_dropped_no_zombie_is_left() {
    child(|| {
        on_each(|| async {
            let descriptors = count("fd");
            // Dropped before the end, and after it.
            drop(shell("exit 0").spawn().unwrap());
            let mut long = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
            let stdin = long.stdin.take();
            drop(long);
            let ended = shell("exit 0").stdout(Stdio::piped()).spawn().unwrap();
            ended.stdout.as_ref().unwrap().read_to_end(&mut Vec::new()).await.unwrap();
            drop(ended);
            // In the middle of a wait, and of a future of the command.
            let mut waiting = Command::new("sleep").arg("0.01").spawn().unwrap();
            assert!(poll!(pin!(waiting.wait())).is_pending());
            drop(waiting);
            drop(Command::new("sleep").arg("0.01").status());
            let mut output = Box::pin(Command::new("sleep").arg("0.01").output());
            assert!(poll!(output.as_mut()).is_pending());
            drop(output);
            // With its task.
            let mut child = Command::new("sleep").arg("0.01").spawn().unwrap();
            let task = anyrt::spawn(async move { child.wait().await });
            task.abort();
            task.await.unwrap_err();
            // Killed.
            let mut command = Command::new("sleep");
            command.arg("1000").kill_on_drop(true);
            drop(command.spawn().unwrap());
            drop(command.output());
            let mut status = Box::pin(command.status());
            assert!(poll!(status.as_mut()).is_pending());
            drop(status);
            drop(command.stdout(Stdio::piped()).spawn().unwrap().wait_with_output());

            while children().len() > 1 {
                time::sleep(time::Duration::from_millis(1)).await;
            }
            assert!(children().iter().all(|(_, is_zombie)| !is_zombie), "it is not killed");
            drop(stdin);
            until_all_are_reaped().await;
            while count("fd") != descriptors {
                task::yield_now().await;
            }
        });
    })
    .succeeds();
}

/// P7
#[test]
fn a_child_that_outlives_its_runtime_is_reaped_by_the_next_one() {
    child(|| {
        let others: Vec<_> = compiled().map(start).collect();
        for other in &others {
            for first in compiled().filter(|name| is_owned(name)) {
                let runtime = start(first);
                let mut stdins = Vec::new();
                // One whose handle goes before the runtime, and one whose handle stays.
                let mut cat = || {
                    let mut child = Command::new("cat");
                    let mut child = child.stdin(Stdio::piped()).spawn_on(runtime.handle()).unwrap();
                    stdins.push(child.stdin.take().unwrap().into_owned_fd().unwrap());
                    child
                };
                let (goes, stays) = (cat(), cat());
                drop(goes);
                drop(runtime);
                drop(stays);
                assert_eq!(children().len(), 2);
                drop(stdins);
                // Nobody is there to reap them.
                while !children().iter().all(|(_, is_zombie)| *is_zombie) {
                    std::thread::yield_now();
                }
                assert_eq!(children().len(), 2, "{first} reaps without a runtime");
                other.block_on(async {
                    assert!(Command::new("true").status().await.unwrap().success());
                    until_all_are_reaped().await;
                });

                // And those that run on are taken over, and reaped when they end.
                let runtime = start(first);
                let mut child = Command::new("cat");
                let mut child = child.stdin(Stdio::piped()).spawn_on(runtime.handle()).unwrap();
                let stdin = child.stdin.take().unwrap().into_owned_fd().unwrap();
                drop((child, runtime));
                other.block_on(async {
                    assert!(Command::new("true").status().await.unwrap().success());
                    drop(stdin);
                    until_all_are_reaped().await;
                });
            }
        }
    })
    .succeeds();
}

/// P1: the system reaps them then.
#[test]
fn where_sigchld_is_ignored_a_wait_is_an_error_and_does_not_hang() {
    child(|| {
        // SAFETY: it sets no handler.
        unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
        on_each(|| async {
            let mut child = shell("exit 0").spawn().unwrap();
            let error = child.wait().await.unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::ECHILD));
            drop(child);
            drop(shell("exit 0").spawn().unwrap());
            until_all_are_reaped().await;
        });
    })
    .succeeds();
}

/// P9
#[test]
fn a_child_has_a_descriptor_for_each_pipe_and_one_more_and_no_thread() {
    child(|| {
        for backend in compiled() {
            let runtime = start(backend);
            let (descriptors, threads) = (count("fd"), count("task"));
            let cat = |pipes: usize| {
                let stdio = |number| if pipes > number { Stdio::piped() } else { Stdio::null() };
                let mut command = Command::new("cat");
                command.stdin(stdio(0)).stdout(stdio(1)).stderr(stdio(2));
                command.spawn_on(runtime.handle()).unwrap()
            };
            for pipes in 0..4 {
                let children: Vec<_> = (0..20).map(|_| cat(pipes)).collect();
                assert_eq!(count("fd"), descriptors + 20 * (pipes + 1), "on {backend}");
                assert_eq!(threads_but_for(threads), threads, "on {backend}");
                runtime.block_on(async {
                    for child in children {
                        assert!(child.wait_with_output().await.unwrap().status.success());
                    }
                });
                assert_eq!(count("fd"), descriptors, "on {backend}");
                assert_eq!(threads_but_for(threads), threads, "on {backend}");
                assert_eq!(children_of_us(), 0);
            }
        }
    })
    .succeeds();
}

fn children_of_us() -> usize {
    children().len()
}

/// P9: and they all end at once.
#[test]
fn a_thousand_children_at_once_leave_nothing() {
    const CHILDREN: usize = 1000;

    child(|| {
        let limit = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
        for backend in compiled() {
            let runtime = start(backend);
            let (descriptors, threads) = (count("fd"), count("task"));
            runtime.block_on(async {
                let (reader, writer) = std::io::pipe().unwrap();
                let started = (0..CHILDREN).map(|number| {
                    let mut command = Command::new("cat");
                    command.stdin(reader.try_clone().unwrap()).stdout(Stdio::null());
                    let mut child = command.spawn().unwrap();
                    // Every fourth one is left to itself.
                    (number % 4 != 0).then(|| anyrt::spawn(async move { child.wait().await }))
                });
                let started: Vec<_> = started.collect();
                drop(reader);
                assert_eq!(children_of_us(), CHILDREN, "on {backend}");
                assert_eq!(threads_but_for(threads), threads, "on {backend}");
                drop(writer);
                for status in join_all(started.into_iter().flatten()).await {
                    assert!(status.unwrap().unwrap().success());
                }
                until_all_are_reaped().await;
                while count("fd") != descriptors {
                    task::yield_now().await;
                }
            });
            assert_eq!(threads_but_for(threads), threads, "on {backend}");
        }
    })
    .succeeds();
}

/// P4
#[test]
fn without_descriptors_nothing_is_started_or_what_was_started_is_killed_and_nothing_leaks() {
    child(|| {
        for backend in compiled() {
            let runtime = start(backend);
            runtime.block_on(async {
                let limit = getrlimit(Resource::Nofile);
                let used = count("fd");
                let (mut failed, mut room) = (0, 0);
                let child = loop {
                    let free = File::open("/dev/null").unwrap().as_raw_fd() as u64;
                    let less = Rlimit { current: Some(free + room), maximum: limit.maximum };
                    let mut command = Command::new("cat");
                    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
                    setrlimit(Resource::Nofile, less).unwrap();
                    let child = command.spawn();
                    setrlimit(Resource::Nofile, limit).unwrap();
                    match child {
                        Ok(child) => break child,
                        Err(error) => {
                            assert_eq!(error.raw_os_error(), Some(libc::EMFILE), "{error}");
                        }
                    }
                    drop(command);
                    until_all_are_reaped().await;
                    while count("fd") != used {
                        task::yield_now().await;
                    }
                    (failed, room) = (failed + 1, room + 1);
                };
                assert!(failed >= 4, "it needs less than it has in the end");
                child.wait_with_output().await.unwrap();
            });
        }
    })
    .succeeds();
}

/// P4, P10: the other way needs no descriptor for each child.
#[test]
fn a_child_that_gets_no_descriptor_is_waited_for_all_the_same() {
    child(|| {
        for backend in compiled() {
            let runtime = start(backend);
            runtime.block_on(async {
                let _listens = signal(SignalKind::child()).unwrap();
                let used = count("fd");
                let (reader, writer) = std::io::pipe().unwrap();
                let mut command = Command::new("cat");
                command.stdin(reader);
                // The program is started by descriptors that are closed again.
                let limit = getrlimit(Resource::Nofile);
                let mut child = command
                    .spawn_with(|std| {
                        let child = std.spawn()?;
                        setrlimit(Resource::Nofile, Rlimit { current: Some(0), ..limit })?;
                        Ok(child)
                    })
                    .unwrap();
                setrlimit(Resource::Nofile, limit).unwrap();
                drop(command);
                assert_eq!(count("fd"), used + 1);
                assert!(poll!(pin!(child.wait())).is_pending());
                drop(writer);
                assert!(child.wait().await.unwrap().success());
                assert_eq!(children_of_us(), 0);
            });
        }
    })
    .succeeds();
}

/// P4
#[test]
fn where_no_more_processes_are_allowed_it_is_an_error() {
    let is_root = rustix::process::geteuid().is_root();
    let child = child(|| {
        on_each(|| async {
            let limit = getrlimit(Resource::Nproc);
            let used = count("fd");
            setrlimit(Resource::Nproc, Rlimit { current: Some(0), ..limit }).unwrap();
            let error = shell("exit 0").stdout(Stdio::piped()).spawn().unwrap_err();
            setrlimit(Resource::Nproc, limit).unwrap();
            assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
            assert_eq!(count("fd"), used);
            assert!(shell("exit 0").status().await.unwrap().success());
        });
    });
    // Whom nothing is allowed, as it is root.
    if is_root { child.with_user_of_its_own().succeeds() } else { child.succeeds() }
}

/// P2: the mode of a pipe is that of our end alone, and what is inherited is left as it was.
#[test]
fn a_child_gets_its_standard_streams_in_blocking_mode() {
    on_each(|| async {
        let script = "exec 3>&1; for n in 0 1 2; do grep flags /proc/$$/fdinfo/$n >&3; done; cat";
        let (inherited, _writer) = std::io::pipe().unwrap();
        for stdin in [Stdio::piped(), inherited.into()] {
            let mut child = shell(&script.replace("; cat", ""))
                .stdin(stdin)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let _stdin = child.stdin.take();
            let mut text = Vec::new();
            child.stdout.take().unwrap().read_to_end(&mut text).await.unwrap();
            child.wait().await.unwrap();
            let text = String::from_utf8(text).unwrap();
            assert_eq!(text.lines().count(), 3, "{text}");
            for line in text.lines() {
                let flags = line.split_whitespace().nth(1).unwrap();
                let flags = i32::from_str_radix(flags, 8).unwrap();
                assert_eq!(flags & libc::O_NONBLOCK, 0, "{text}");
            }
        }
    });
}

/// P11
#[test]
fn a_forked_process_that_drops_a_handle_leaves_the_child_alone() {
    child(|| {
        for backend in compiled() {
            let runtime = start(backend);
            let cat = |kill_on_drop| -> Option<Child> {
                let mut command = Command::new("cat");
                command.stdin(Stdio::piped()).kill_on_drop(kill_on_drop);
                Some(command.spawn_on(runtime.handle()).unwrap())
            };
            let mut handles = [cat(true), cat(false)];
            // SAFETY: the child has this thread alone, which takes no lock that another one may hold: the runtime's
            // threads wait for events.
            let process = unsafe { libc::fork() };
            if process == 0 {
                for handle in &mut handles {
                    drop(handle.take());
                }
                // SAFETY: it ends the process, and nothing else.
                unsafe { libc::_exit(0) };
            }
            assert!(process > 0, "the system refuses a child");
            let mut status = 0;
            // SAFETY: the pointer is valid for writes.
            assert_eq!(unsafe { libc::waitpid(process, &raw mut status, 0) }, process);
            assert_eq!(status, 0);
            for handle in handles {
                let mut child = handle.unwrap();
                runtime.block_on(async {
                    child.stdin.as_ref().unwrap().write_all(b"").await.unwrap();
                    assert_eq!(child.try_wait().unwrap(), None, "on {backend}");
                    assert!(child.wait().await.unwrap().success(), "on {backend}");
                });
            }
        }
    })
    .succeeds();
}

/// P7
#[test]
fn a_child_that_is_left_to_itself_is_no_task_of_the_runtime() {
    child(|| {
        for backend in compiled() {
            let runtime = start(backend);
            let tasks = || runtime.handle().metrics().alive_tasks;
            while tasks().is_some_and(|tasks| tasks > 0) {
                std::thread::yield_now();
            }
            let mut cat = Command::new("cat");
            let mut cat = cat.stdin(Stdio::piped()).spawn_on(runtime.handle()).unwrap();
            let input = cat.stdin.take();
            drop(cat);
            assert_eq!(tasks().unwrap_or_default(), 0, "on {backend}");
            // It ends with its input.
            drop(input);
        }
    })
    .succeeds();
}

/// P5: the number is the child's as long as nobody has reaped it.
#[test]
fn a_kill_reaches_nobody_else() {
    child(|| {
        on_each(|| async {
            let mut child = shell("kill -KILL $$").spawn().unwrap();
            let number = child.id().unwrap();
            // It has ended, and keeps its number.
            while children() != [(number, true)] {
                task::yield_now().await;
            }
            child.start_kill().unwrap();
            assert_eq!(child.wait().await.unwrap().signal(), Some(libc::SIGKILL));
            assert_eq!(child.start_kill().unwrap_err().kind(), ErrorKind::InvalidInput);

            // Reaped by somebody else, who says nothing.
            let mut child = shell("kill -KILL $$").spawn().unwrap();
            let number = Pid::from_raw(child.id().unwrap() as i32).unwrap();
            waitpid(Some(number), WaitOptions::empty()).unwrap();
            assert_eq!(child.start_kill().unwrap_err().kind(), ErrorKind::InvalidInput);
        });
    })
    .succeeds();
}
