//! Child processes: how they are started, waited for, talked to and killed.

use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use anyrt::process::{Child, ChildStdin, ChildStdout, Command};
use anyrt::signal::unix::{SignalKind, signal};
use anyrt::time;
use anyrt_tests::backend::{is_owned, on_each};
use anyrt_tests::child::child;
use futures::future::join_all;
use futures::{AsyncReadExt, AsyncWriteExt, executor, poll};

/// A program, in the language of the shell.
fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

/// A child that reads until it is told to end.
fn reads() -> Child {
    Command::new("cat").stdin(Stdio::piped()).spawn().unwrap()
}

/// P1
#[test]
fn the_end_of_a_child_is_told_as_often_as_one_asks() {
    on_each(|| async {
        for (script, code, killed_by) in
            [("exit 0", Some(0), None), ("exit 7", Some(7), None), ("kill -15 $$", None, Some(15))]
        {
            let mut child = shell(script).spawn().unwrap();
            assert!(child.id().is_some());
            for _ in 0..2 {
                let status = child.wait().await.unwrap();
                assert_eq!((status.code(), status.signal()), (code, killed_by));
                assert_eq!(child.try_wait().unwrap(), Some(status));
                assert_eq!(child.id(), None, "another process may have the number now");
            }
            let status = shell(script).status().await.unwrap();
            assert_eq!((status.code(), status.signal()), (code, killed_by));
            let output = child.wait_with_output().await.unwrap();
            assert_eq!(output.status, status);
        }
    });
}

/// P1
#[test]
fn a_wait_that_is_dropped_loses_nothing() {
    on_each(|| async {
        let mut child = shell("read line; exit 7").stdin(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        for _ in 0..3 {
            assert!(poll!(pin!(child.wait())).is_pending());
            assert_eq!(child.try_wait().unwrap(), None);
        }
        stdin.write_all(b"go on\n").await.unwrap();
        assert_eq!(child.wait().await.unwrap().code(), Some(7));
    });
}

/// P1
#[test]
fn a_child_can_be_waited_for_in_any_task_and_on_any_executor() {
    on_each(|| async {
        let mut child = reads();
        let stdin = child.stdin.take();
        let waiting = anyrt::spawn(async move {
            let status = child.wait().await.unwrap();
            (child, status)
        });
        anyrt::task::yield_now().await;
        drop(stdin);
        let (_, status) = waiting.await.unwrap();
        assert!(status.success());

        let mut child = reads();
        let thread = std::thread::spawn(move || executor::block_on(child.wait()));
        let ended = anyrt::spawn_blocking(move || thread.join().unwrap());
        assert!(ended.await.unwrap().unwrap().success());
    });
}

/// P1: the future of `status` and that of `output` start the program before they are polled.
#[test]
fn a_program_starts_at_once() {
    on_each(|| async {
        let mut pipes = Vec::new();
        for _ in 0..2 {
            pipes.push(std::io::pipe().unwrap());
        }
        let (mut of_status, stdout) = pipes.remove(0);
        let status = shell("echo started").stdout(stdout).status();
        let (mut of_output, stdin) = pipes.remove(0);
        let output = shell("echo started >&0").stdin(stdin).output();
        let mut text = [0; 8];
        of_status.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"started\n");
        of_output.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"started\n");
        assert!(status.await.unwrap().success());
        assert!(output.await.unwrap().status.success());
    });
}

/// P2
#[test]
fn both_pipes_are_read_at_once_and_to_their_end() {
    const LENGTH: usize = 1 << 20;

    on_each(|| async {
        // Each fills a pipe while nobody would read it, if one was read after the other.
        let script = "head -c 1048576 /dev/zero >&2; head -c 1048576 /dev/zero; \
                      head -c 1048576 /dev/zero >&2; exit 3";
        let outputs = (0..4).map(|_| anyrt::spawn(shell(script).output()));
        for output in join_all(outputs).await {
            let output = output.unwrap().unwrap();
            assert_eq!(output.status.code(), Some(3));
            assert_eq!((output.stdout.len(), output.stderr.len()), (LENGTH, 2 * LENGTH));
        }
    });
}

/// P2
#[test]
fn what_is_written_comes_back_whatever_its_length() {
    on_each(|| async {
        let mut child = Command::new("cat");
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        assert_eq!(stdout.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(stdout.read(&mut []).await.unwrap(), 0);
        assert_eq!(stdin.write(&[]).await.unwrap(), 0);

        let slices = [IoSlice::new(b"head"), IoSlice::new(b""), IoSlice::new(b"body")];
        assert_eq!(stdin.write_vectored(&slices).await.unwrap(), 8);
        let (mut head, mut body) = ([0; 4], [0; 9]);
        stdout.ready().await.unwrap();
        let buffers = &mut [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
        assert_eq!(stdout.read_vectored(buffers).await.unwrap(), 8);
        assert_eq!((&head, &body[..4]), (b"head", &b"body"[..]));

        stdin.ready().await.unwrap();
        assert_eq!(stdin.try_write(b"tail").unwrap(), 4);
        let mut tail = [0; 4];
        stdout.read_exact(&mut tail).await.unwrap();
        assert_eq!(&tail, b"tail");

        let sent: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        let all = sent.clone();
        // It is closed when it is dropped, and `cat` ends.
        let writes = anyrt::spawn(async move { stdin.write_all(&all).await });
        let mut received = vec![7];
        assert_eq!(stdout.read_to_end(&mut received).await.unwrap(), sent.len());
        assert!(received[1..] == sent);
        let error = stdout.read_exact(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        writes.await.unwrap().unwrap();
        assert!(child.wait().await.unwrap().success());
    });
}

/// P2
#[test]
fn pipes_are_readers_and_writers_of_futures() {
    on_each(|| async {
        let mut child = shell("cat; cat >&2 </dev/null; echo done >&2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        AsyncWriteExt::write_all(&mut stdin, b"hello").await.unwrap();
        AsyncWriteExt::flush(&mut stdin).await.unwrap();
        AsyncWriteExt::close(&mut stdin).await.unwrap();
        AsyncWriteExt::write_all(&mut stdin, b", you").await.unwrap();
        drop(stdin);
        let (mut text, mut error) = (String::new(), String::new());
        child.stdout.take().unwrap().read_to_string(&mut text).await.unwrap();
        child.stderr.take().unwrap().read_to_string(&mut error).await.unwrap();
        assert_eq!((&*text, &*error), ("hello, you", "done\n"));
        child.wait().await.unwrap();
    });
}

/// P2
#[test]
#[cfg(feature = "tokio-io")]
fn pipes_are_readers_and_writers_of_tokio() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    on_each(|| async {
        let mut child = Command::new("cat");
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        AsyncWriteExt::write_all(&mut stdin, b"hello").await.unwrap();
        stdin.shutdown().await.unwrap();
        drop(stdin);
        let mut text = String::new();
        AsyncReadExt::read_to_string(&mut stdout, &mut text).await.unwrap();
        assert_eq!(text, "hello");
        child.wait().await.unwrap();
    });
}

/// P2: whoever waits for a child that waits for input would wait for ever.
#[test]
fn waiting_closes_the_standard_input() {
    on_each(|| async {
        assert!(reads().wait().await.unwrap().success());
        assert!(reads().wait_with_output().await.unwrap().status.success());
        assert!(Command::new("cat").stdin(Stdio::piped()).status().await.unwrap().success());
        let output = Command::new("cat").stdin(Stdio::piped()).output();
        assert!(output.await.unwrap().status.success());
    });
}

/// P3
#[test]
fn writing_to_a_child_that_does_not_read_is_an_error_and_no_signal() {
    on_each(|| async {
        let mut child = shell("exec <&-; echo closed; read line <&1");
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        stdout.read_exact(&mut [0; 7]).await.unwrap();
        for _ in 0..2 {
            let error = stdin.write_all(b"x").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        }
        child.wait().await.unwrap();
    });
}

/// P3: nobody has to read what a child writes for ever, and the child is told in the way that programs expect.
#[test]
fn a_child_whose_reader_is_gone_ends_by_sigpipe() {
    on_each(|| async {
        let mut child = Command::new("yes").stdout(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 100_000]).await.unwrap();
        drop(stdout);
        assert_eq!(child.wait().await.unwrap().signal(), Some(libc::SIGPIPE));
    });
}

/// P3: reading what a child writes for ever lets others go first.
#[test]
fn a_child_that_writes_for_ever_keeps_nobody_waiting() {
    on_each(|| async {
        let mut command = Command::new("yes");
        let output = command.stderr(Stdio::null()).kill_on_drop(true).output();
        assert!(time::timeout(Duration::from_millis(50), output).await.is_err());
    });
}

/// P4
#[test]
fn what_can_not_be_started_is_an_error_that_says_why() {
    on_each(|| async {
        let kind = |result: std::io::Result<Child>| result.unwrap_err().kind();
        assert_eq!(kind(Command::new("/does/not/exist").spawn()), ErrorKind::NotFound);
        assert_eq!(kind(Command::new("there-is-no-such-program").spawn()), ErrorKind::NotFound);
        assert_eq!(kind(Command::new("/").spawn()), ErrorKind::PermissionDenied);
        assert_eq!(kind(Command::new("true").current_dir("/nowhere").spawn()), ErrorKind::NotFound);
        assert_eq!(kind(Command::new("a\0b").spawn()), ErrorKind::InvalidInput);
        let status = Command::new("/does/not/exist").status().await;
        assert_eq!(status.unwrap_err().kind(), ErrorKind::NotFound);
        let output = Command::new("/does/not/exist").output().await;
        assert_eq!(output.unwrap_err().kind(), ErrorKind::NotFound);
    });
}

/// P5
#[test]
fn a_child_that_is_killed_ends_by_the_signal_and_can_not_be_killed_again() {
    on_each(|| async {
        let mut child = reads();
        let _stdin = child.stdin.take();
        child.start_kill().unwrap();
        child.start_kill().unwrap();
        assert_eq!(child.wait().await.unwrap().signal(), Some(libc::SIGKILL));
        assert_eq!(child.start_kill().unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(child.kill().await.unwrap_err().kind(), ErrorKind::InvalidInput);

        let mut child = reads();
        let _stdin = child.stdin.take();
        child.kill().await.unwrap();
        assert_eq!(child.try_wait().unwrap().unwrap().signal(), Some(libc::SIGKILL));

        // It has ended, but nobody has asked yet.
        let mut child = shell("exit 3").stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.take().unwrap().read_to_end(&mut Vec::new()).await.unwrap();
        child.start_kill().unwrap();
        child.wait().await.unwrap();
    });
}

/// P5
#[test]
fn a_signal_reaches_the_child_as_long_as_nobody_has_reaped_it() {
    on_each(|| async {
        // A shell can't trap what it was started to ignore, as HUP is by nohup. Its `read` may be ended by the signal, once.
        let script = "trap 'echo trapped' USR1; echo ready; while :; do read line || read line || exit 7; done";
        let mut command = shell(script);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let (stdout, mut line) = (child.stdout.take().unwrap(), [0; 6]);
        stdout.read_exact(&mut line).await.unwrap();
        child.send_signal(SignalKind::user_defined1()).unwrap();
        // Some shells end a `read` by the signal, and some only run the trap after it.
        let _ = stdin.write_all(b"\n").await;
        let mut line = [0; 8];
        stdout.read_exact(&mut line).await.unwrap();
        assert_eq!(&line, b"trapped\n");
        child.send_signal(SignalKind::from_raw(libc::SIGKILL)).unwrap();

        // It has ended, but nobody has asked yet: the system has the number still.
        stdout.read_to_end(&mut Vec::new()).await.unwrap();
        child.send_signal(SignalKind::terminate()).unwrap();
        assert_eq!(child.wait().await.unwrap().signal(), Some(libc::SIGKILL));
        let error = child.send_signal(SignalKind::terminate()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);

        let mut child = reads();
        for number in [-1, 0, 1000] {
            let error = child.send_signal(SignalKind::from_raw(number)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{number}: {error}");
        }
        assert!(child.wait().await.unwrap().success());
    });
}

/// P5
#[test]
fn a_child_of_a_group_of_its_own_does_not_get_signals_of_ours() {
    child(|| {
        on_each(|| async {
            let own = rustix::process::getpid().as_raw_nonzero().get();
            rustix::process::setpgid(None, None).unwrap();
            let script = "ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat";
            for (group, is_ours) in [(None, true), (Some(own), true), (Some(0), false)] {
                let mut command = shell(script);
                if let Some(group) = group {
                    command.process_group(group);
                }
                let output = command.output().await.unwrap();
                let group = String::from_utf8(output.stdout).unwrap();
                assert_eq!(group.trim() == own.to_string(), is_ours, "{group}");
            }
        });
    })
    .succeeds();
}

/// P6
#[test]
fn commands_are_those_of_the_standard_library() {
    on_each(|| async {
        let folder = std::env::temp_dir().canonicalize().unwrap();
        let mut command = Command::new("/bin/sh");
        command
            .arg0("another-name")
            .args(["-c", "echo $0 $ONE $TWO $THREE $(pwd -P)"])
            .env_clear()
            .env("ONE", "1")
            .envs([("TWO", "2"), ("THREE", "3")])
            .env_remove("TWO")
            .current_dir(&folder)
            .kill_on_drop(true);
        assert!(command.get_kill_on_drop());
        assert_eq!(command.as_std().get_current_dir(), Some(Path::new(&folder)));
        let expected = format!("another-name 1 3 {}\n", folder.display());
        for _ in 0..2 {
            let output = command.output().await.unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        }
        command.as_std_mut().env("TWO", "2");
        let mut command = Command::from(command.into_std());
        assert!(!command.get_kill_on_drop());
        let output = command.output().await.unwrap();
        let expected = format!("another-name 1 2 3 {}\n", folder.display());
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected);

        let child = shell("exit 4").spawn_with(|std| std.stdin(Stdio::null()).spawn());
        assert_eq!(child.unwrap().wait().await.unwrap().code(), Some(4));
    });
}

/// P6
#[test]
fn pipes_are_made_of_those_of_the_standard_library_and_the_reverse() {
    on_each(|| async {
        let mut child = std::process::Command::new("cat");
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = ChildStdin::from_std(child.stdin.take().unwrap()).unwrap();
        let stdout = ChildStdout::from_std(child.stdout.take().unwrap()).unwrap();
        stdin.write_all(b"hello").await.unwrap();
        stdout.read_exact(&mut [0; 5]).await.unwrap();

        // In blocking mode, in which it would be waited for.
        let mut stdin = std::fs::File::from(stdin.into_owned_fd().unwrap());
        let stdout: OwnedFd = stdout.into_owned_fd().unwrap();
        let reads = anyrt::spawn_blocking(move || {
            let mut text = String::new();
            std::fs::File::from(stdout).read_to_string(&mut text).map(|_| text)
        });
        stdin.write_all(b"world").unwrap();
        drop(stdin);
        assert_eq!(reads.await.unwrap().unwrap(), "world");
        assert!(child.wait().unwrap().success());

        let mut first = shell("echo one; echo two").stdout(Stdio::piped()).spawn().unwrap();
        let pipe: Stdio = first.stdout.take().unwrap().try_into().unwrap();
        let output = Command::new("cat").stdin(pipe).output().await.unwrap();
        assert_eq!(output.stdout, b"one\ntwo\n");
        first.wait().await.unwrap();
    });
}

/// P10: each gets all the ends.
#[test]
fn those_who_listen_for_the_ends_of_children_and_those_who_wait_do_not_disturb_each_other() {
    child(|| {
        on_each(|| async {
            let mut ends = signal(SignalKind::child()).unwrap();
            let mut child = reads();
            assert!(poll!(pin!(ends.recv())).is_pending());
            child.wait().await.unwrap();
            assert_eq!(ends.recv().await, Some(()));
        });
    })
    .succeeds();
}

/// P8
#[test]
fn a_child_whose_runtime_is_gone_is_not_awaited_for_ever_and_can_be_asked() {
    child(|| {
        for backend in anyrt::selection().unwrap().compiled().iter().filter(|name| is_owned(name)) {
            let runtime = anyrt::Builder::new().backend(*backend).build().unwrap();
            let handle = runtime.handle().clone();
            let mut child = Command::new("cat").stdin(Stdio::piped()).spawn_on(&handle).unwrap();
            let _stdin = child.stdin.take();
            drop(runtime);
            let error = executor::block_on(child.wait()).unwrap_err();
            assert!(anyrt::is_runtime_gone(&error), "{error}");
            assert_eq!(child.try_wait().unwrap(), None);
            child.start_kill().unwrap();
            while child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            let error = shell("exit 0").spawn_on(&handle).unwrap_err();
            assert!(anyrt::is_runtime_gone(&error), "{error}");
        }
    })
    .succeeds();
}
