//! The standard streams, in processes of their own: they belong to the process.

use std::fs::{self, File, OpenOptions};
use std::io::{IsTerminal, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread;

use anyrt::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, stderr, stdin, stdout};
use anyrt::{Builder, Runtime};
use anyrt_tests::backend;
use anyrt_tests::child::{child, wait_until};
use rustix::fs::{OFlags, fcntl_getfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::tcgetattr;

use super::*;

/// One runtime after the other, of each backend that is compiled in.
fn runtimes() -> impl Iterator<Item = (&'static str, Runtime)> {
    let names = anyrt::selection().unwrap().compiled();
    names.iter().map(|name| (*name, Builder::new().backend(*name).build().unwrap()))
}

/// How many threads wait for the standard input.
fn readers() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("comm")));
    names.filter_map(Result::ok).filter(|name| name == "anyrt-stdin\n").count()
}

/// A standard input for a child, and what writes to it.
fn input() -> (OwnedFd, UnixStream) {
    let (reader, writer) = UnixStream::pair().unwrap();
    (reader.into(), writer)
}

/// I7: a runtime ends though its tasks read, and so does the program; one thread serves all of them, and none is
/// there before.
#[test]
fn a_program_ends_though_input_is_awaited() {
    let (reader, _writer) = input();
    child(|| {
        _ = stdin();
        for (_, runtime) in runtimes() {
            runtime.block_on(async {
                let mut input = stdin();
                assert_eq!(input.read(&mut []).await.unwrap(), 0);
            });
        }
        assert_eq!(readers(), 0);
        for (_, runtime) in runtimes() {
            runtime.block_on(async {
                for _ in 0..3 {
                    drop(anyrt::spawn(async { stdin().read(&mut [0; 8]).await }));
                }
                assert!(poll_and_drop(stdin().read(&mut [0; 8])).await.is_none());
            });
            // It has its name a moment after it was started.
            wait_until(|| readers() > 0);
        }
        assert_eq!(readers(), 1);
    })
    .stdin(reader)
    .succeeds();
}

/// I7: what was read for a future that is gone is there for the next one, on whatever runtime.
#[test]
fn input_that_nobody_took_is_not_lost() {
    let (reader, mut writer) = input();
    let writes = thread::spawn(move || {
        for n in 0..10_000 {
            writeln!(writer, "line {n}").unwrap();
        }
    });
    child(|| {
        let all: String = (0..10_000).map(|n| format!("line {n}\n")).collect();
        let mut read = Vec::new();
        let mut at_end = false;
        while !at_end {
            for (_, runtime) in runtimes() {
                runtime.block_on(async {
                    let mut buffer = [0; 1000];
                    for _ in 0..20 {
                        if let Some(n) = poll_and_drop(stdin().read(&mut buffer[..7])).await {
                            read.extend_from_slice(&buffer[..n.unwrap()]);
                        }
                        let n = stdin().read(&mut buffer).await.unwrap();
                        read.extend_from_slice(&buffer[..n]);
                        at_end |= n == 0;
                    }
                });
            }
        }
        assert!(read == all.as_bytes());
        assert_eq!(readers(), 1);
    })
    .stdin(reader)
    .succeeds();
    writes.join().unwrap();
}

/// I7: what nobody has asked for is left to blocking reads of the standard library.
#[test]
fn input_that_nobody_asked_for_is_left_to_others() {
    let (reader, mut writer) = input();
    let content: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let expected = content.clone();
    let writes = thread::spawn(move || writer.write_all(&content));
    child(move || {
        let mut read = Vec::new();
        for (_, runtime) in runtimes() {
            for room in [3, 1, 5, 10_000, 7] {
                let mut buffer = vec![0; room];
                let n = runtime.block_on(stdin().read(&mut buffer)).unwrap();
                read.extend_from_slice(&buffer[..n]);
                let n = std::io::stdin().read(&mut buffer).unwrap();
                read.extend_from_slice(&buffer[..n]);
            }
        }
        std::io::stdin().read_to_end(&mut read).unwrap();
        assert!(read == expected);
    })
    .stdin(reader)
    .succeeds();
    writes.join().unwrap().unwrap();
}

/// I7: a waker that panics takes the thread with it no more than others that wait.
#[test]
fn a_waker_that_panics_does_not_end_the_input() {
    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("this waker panics");
        }
    }

    let (reader, mut writer) = input();
    writer.write_all(b"content").unwrap();
    drop(writer);
    child(|| {
        let (_, runtime) = runtimes().next().unwrap();
        let waker = Waker::from(Arc::new(Panics));
        let mut input = stdin();
        let mut byte = [0];
        let first = pin!(input.read(&mut byte)).poll(&mut Context::from_waker(&waker));
        assert!(first.is_pending());
        runtime.block_on(async {
            let mut text = String::new();
            // The thread is needed once more, for the end.
            stdin().read_to_string(&mut text).await.unwrap();
            assert_eq!(text, "content");
        });
    })
    .stdin(reader)
    .succeeds();
}

/// I7: several tasks share the input, and each byte goes to one of them.
#[test]
fn several_tasks_read_the_input() {
    let (reader, mut writer) = input();
    let writes = thread::spawn(move || writer.write_all(&bytes(100_000)).unwrap());
    child(|| {
        let (_, runtime) = runtimes().next().unwrap();
        let mut read = runtime.block_on(async {
            let tasks: Vec<_> = (0..4)
                .map(|_| {
                    anyrt::spawn(async {
                        let mut all = Vec::new();
                        stdin().read_to_end(&mut all).await.map(|_| all)
                    })
                })
                .collect();
            let mut read = Vec::new();
            for task in tasks {
                read.extend(task.await.unwrap().unwrap());
            }
            read
        });
        let mut expected = bytes(100_000);
        read.sort_unstable();
        expected.sort_unstable();
        assert!(read == expected);
    })
    .stdin(reader)
    .succeeds();
    writes.join().unwrap();
}

/// I7: blocking reads of the standard library before are no loss, and its buffer is read first.
#[test]
fn the_buffer_of_std_is_read_first() {
    let (reader, mut writer) = input();
    writer.write_all(b"one\ntwo\nthree").unwrap();
    drop(writer);
    child(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).unwrap();
        assert_eq!(line, "one\n");
        let (_, runtime) = runtimes().next().unwrap();
        runtime.block_on(async {
            let mut lines = BufReader::new(stdin()).lines();
            assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("two"));
            assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("three"));
            assert_eq!(lines.next_line().await.unwrap(), None);
            assert_eq!(stdin().read(&mut [0; 8]).await.unwrap(), 0);
        });
    })
    .stdin(reader)
    .succeeds();
}

/// I7: an input that can't be read is an error, each time.
#[test]
fn an_input_that_cant_be_read_is_an_error() {
    child(|| {
        let (_, runtime) = runtimes().next().unwrap();
        runtime.block_on(async {
            for _ in 0..3 {
                assert_eq!(kind(stdin().read(&mut [0; 8]).await), ErrorKind::IsADirectory);
            }
        });
    })
    .stdin(File::open("/").unwrap())
    .succeeds();
}

/// I8: what was flushed is there, however the process ends.
#[test]
fn what_was_flushed_is_there_though_the_process_aborts() {
    let (_, output) = child(|| {
        for (name, runtime) in runtimes() {
            runtime.block_on(async {
                let (mut out, mut errors) = (stdout(), stderr());
                out.write_all(format!("out of {name};").as_bytes()).await.unwrap();
                out.flush().await.unwrap();
                errors.write_all(format!("error of {name};").as_bytes()).await.unwrap();
                errors.shutdown().await.unwrap();
            });
        }
        process::abort();
    })
    .run();
    for name in anyrt::selection().unwrap().compiled() {
        for text in [format!("out of {name};"), format!("error of {name};")] {
            assert!(output.contains(&text), "`{text}` is missing in:\n{output}");
        }
    }
}

/// I8: where runtimes end, what was written is there without a flush once they have; a megabyte, too.
#[test]
fn what_was_written_is_there_when_the_runtime_has_ended() {
    let (status, output) = child(|| {
        for (name, runtime) in runtimes() {
            if backend::is_owned(name) {
                let text = format!("{name}{name}\n").repeat(100_000);
                runtime.block_on(stdout().write_all(text.as_bytes())).unwrap();
                drop(runtime);
            }
        }
    })
    .run();
    assert!(status.success(), "{output:.1000}");
    for name in anyrt::selection().unwrap().compiled() {
        if backend::is_owned(name) {
            assert_eq!(output.matches(&format!("{name}{name}\n")).count(), 100_000);
        }
    }
}

/// I8: the error of a write comes back from the next call, once, and the stream can be used.
#[test]
fn an_output_that_is_full_is_told_of() {
    child(|| {
        let kept = io::stdout().as_fd().try_clone_to_owned().unwrap();
        for (_, runtime) in runtimes() {
            let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
            rustix::stdio::dup2_stdout(&full).unwrap();
            runtime.block_on(async {
                let mut out = stdout();
                // Longer than the buffer of std, which would take it.
                out.write_all(&[b'x'; 10_000]).await.unwrap();
                assert_eq!(kind(out.flush().await), ErrorKind::StorageFull);
                rustix::stdio::dup2_stdout(&kept).unwrap();
                out.write_all(b"after that\n").await.unwrap();
                out.flush().await.unwrap();
            });
        }
    })
    .succeeds();
}

/// I8: a flush that has failed leaves what is to be flushed to the next one.
#[test]
fn a_flush_that_fails_is_made_up_for() {
    let (status, output) = child(|| {
        let kept = io::stdout().as_fd().try_clone_to_owned().unwrap();
        for (name, runtime) in runtimes() {
            let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
            rustix::stdio::dup2_stdout(&full).unwrap();
            runtime.block_on(async {
                let mut out = stdout();
                // Without the end of a line it stays in the buffer of std.
                out.write_all(format!("<{name}>").as_bytes()).await.unwrap();
                assert_eq!(kind(out.flush().await), ErrorKind::StorageFull);
                assert_eq!(kind(out.flush().await), ErrorKind::StorageFull);
                rustix::stdio::dup2_stdout(&kept).unwrap();
                out.flush().await.unwrap();
            });
        }
        // What is in the buffer of std now is lost.
        process::abort();
    })
    .run();
    assert!(!status.success());
    for name in anyrt::selection().unwrap().compiled() {
        assert_eq!(output.matches(&format!("<{name}>")).count(), 1, "{output}");
    }
}

/// I9: a terminal stays in its mode, and no standard stream is made non-blocking.
#[test]
fn a_terminal_is_left_as_it_was() {
    let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&user).unwrap();
    unlockpt(&user).unwrap();
    let name = ptsname(&user, Vec::new()).unwrap().into_string().unwrap();
    let terminal = OpenOptions::new().read(true).write(true).open(Path::new(&name)).unwrap();
    let mode = |terminal: &File| format!("{:?}", tcgetattr(terminal).unwrap());
    let before = mode(&terminal);
    File::from(user.try_clone().unwrap()).write_all(b"hello\n").unwrap();
    child(|| {
        assert!(stdin().as_fd().is_terminal());
        assert_eq!((stdin().as_raw_fd(), stdout().as_raw_fd(), stderr().as_raw_fd()), (0, 1, 2));
        let (_, runtime) = runtimes().next().unwrap();
        runtime.block_on(async {
            let mut line = String::new();
            BufReader::new(stdin()).read_line(&mut line).await.unwrap();
            assert_eq!(line, "hello\n");
            stdout().write_all(b"bye").await.unwrap();
            assert!(poll_and_drop(stdin().read(&mut [0; 8])).await.is_none());
        });
        let blocks = |stream: &dyn AsFd| !fcntl_getfl(stream).unwrap().contains(OFlags::NONBLOCK);
        assert!(blocks(&stdin()) && blocks(&stdout()) && blocks(&stderr()));
    })
    .stdin(terminal.try_clone().unwrap())
    .succeeds();
    assert_eq!(mode(&terminal), before);
    assert!(!fcntl_getfl(&terminal).unwrap().contains(OFlags::NONBLOCK));
}
