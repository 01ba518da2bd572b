//! Child processes.

#![cfg(unix)]

mod common;

use std::future::Future;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::ExitStatusExt;
use std::pin::{Pin, pin};
use std::process::{Command as StdCommand, Stdio};
use std::task::Poll;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::runtime::{Builder, is_rt_shutdown_err};

use common::{NO_RUNTIME, panic_of, poll_once};

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// One that runs until it is killed, or its standard input is closed.
fn waits_for_its_input() -> Command {
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

#[tokio::test]
async fn a_child_says_how_it_has_ended() {
    let mut child = shell("exit 7").spawn().unwrap();
    assert!(child.id().is_some());
    assert_eq!(child.wait().await.unwrap().code(), Some(7));
    // Again, and in the other way; and the number may be another process's now.
    assert_eq!(child.wait().await.unwrap().code(), Some(7));
    assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(7));
    assert_eq!(child.id(), None);
    // To kill it is no error.
    child.start_kill().unwrap();
    child.kill().await.unwrap();
}

#[tokio::test]
async fn a_child_that_runs_has_no_status() {
    let mut child = waits_for_its_input().spawn().unwrap();
    assert!(child.try_wait().unwrap().is_none());
    {
        let mut wait = pin!(child.wait());
        while wait.as_mut().now_or_never_here().is_none() {
            tokio::task::yield_now().await;
        }
    }
    // The standard input was closed, and so it has ended.
    assert!(child.stdin.is_none());
    assert!(child.wait().await.unwrap().success());
}

/// What a future is ready with at once.
trait NowOrNever: Future + Sized {
    fn now_or_never_here(self: Pin<&mut Self>) -> Option<Self::Output> {
        match poll_once(self) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }
}

impl<F: Future> NowOrNever for F {}

#[tokio::test]
async fn both_outputs_are_captured() {
    let output = shell("echo out; echo err >&2; exit 3").output().await.unwrap();
    assert_eq!((&*output.stdout, &*output.stderr), (&b"out\n"[..], &b"err\n"[..]));
    assert_eq!(output.status.code(), Some(3));
    // More than the pipes hold.
    let output = shell("yes | head -c 300000; yes | head -c 300000 >&2").output().await.unwrap();
    assert_eq!((output.stdout.len(), output.stderr.len()), (300_000, 300_000));
}

#[tokio::test]
async fn pipes_are_streams() {
    let mut child = waits_for_its_input().spawn().unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    assert!(stdin.is_write_vectored());
    let mut lines = BufReader::new(stdout).lines();
    for n in 0..100 {
        stdin.write_all(format!("line {n}\n").as_bytes()).await.unwrap();
        stdin.flush().await.unwrap();
        assert_eq!(lines.next_line().await.unwrap().unwrap(), format!("line {n}"));
    }
    // To shut it down closes nothing.
    stdin.shutdown().await.unwrap();
    stdin.write_all(b"after\n").await.unwrap();
    drop(stdin);
    assert_eq!(lines.next_line().await.unwrap().unwrap(), "after");
    assert_eq!(lines.next_line().await.unwrap(), None);
    assert!(child.wait().await.unwrap().success());
}

#[tokio::test]
async fn what_was_written_is_captured_with_the_end() {
    let mut child = waits_for_its_input().spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(b"hello").await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert_eq!((&*output.stdout, &*output.stderr), (&b"hello"[..], &b""[..]));
}

#[tokio::test]
async fn a_child_is_killed() {
    let mut child = waits_for_its_input().spawn().unwrap();
    let stdin = child.stdin.take();
    child.kill().await.unwrap();
    assert_eq!(child.wait().await.unwrap().signal(), Some(9));
    let mut other = waits_for_its_input().spawn().unwrap();
    let other_stdin = other.stdin.take();
    other.start_kill().unwrap();
    assert_eq!(other.wait().await.unwrap().signal(), Some(9));
    drop((stdin, other_stdin));
}

#[tokio::test]
async fn a_child_is_killed_with_its_handle_if_that_was_said() {
    let mut command = waits_for_its_input();
    assert!(!command.get_kill_on_drop());
    command.kill_on_drop(true);
    assert!(command.get_kill_on_drop());
    let mut child = command.spawn().unwrap();
    let (stdin, mut stdout) = (child.stdin.take(), child.stdout.take().unwrap());
    drop(child);
    // Its end closes the pipe, though its input is still open.
    assert_eq!(stdout.read(&mut [0]).await.unwrap(), 0);
    drop(stdin);
}

#[tokio::test]
async fn a_child_runs_on_without_its_handle() {
    let mut child = waits_for_its_input().spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    drop(child);
    stdin.write_all(b"hello").await.unwrap();
    drop(stdin);
    let mut text = String::new();
    stdout.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "hello");
}

#[tokio::test]
async fn a_status_is_waited_for_without_pipes() {
    // They are closed at once, and so nothing waits for what is never read or written.
    let mut command = waits_for_its_input();
    assert!(command.status().await.unwrap().success());
    let status = {
        let mut command = Command::new("true");
        // It lives longer than the command.
        command.status()
    };
    assert!(status.await.unwrap().success());
}

#[tokio::test]
async fn a_command_is_built_as_that_of_the_standard_library() {
    let mut command = Command::new("sh");
    command
        .arg0("other")
        .arg("-c")
        .args(["echo $0 $ONE $TWO $THREE; pwd"])
        .env_clear()
        .env("ONE", "1")
        .envs([("TWO", "2"), ("THREE", "3")])
        .env_remove("THREE")
        .current_dir("/")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .process_group(0);
    assert_eq!(command.as_std().get_program(), "sh");
    command.as_std_mut().env("PATH", std::env::var_os("PATH").unwrap());
    let output = command.output().await.unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "other 1 2\n/\n");
    assert_eq!(command.into_std().get_current_dir().unwrap(), "/");
    let output = Command::from(StdCommand::new("true")).output().await.unwrap();
    assert!(output.status.success());
}

#[tokio::test]
async fn a_program_that_is_not_there_is_an_error() {
    let error = Command::new("/no/such/program").spawn().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    // These two say so when they are awaited.
    let status = Command::new("/no/such/program").status();
    assert_eq!(status.await.unwrap_err().kind(), io::ErrorKind::NotFound);
    let output = Command::new("/no/such/program").output();
    assert_eq!(output.await.unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[tokio::test]
async fn the_output_of_one_child_is_the_input_of_another() {
    let mut echo = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn().unwrap();
    let stdout: Stdio = echo.stdout.take().unwrap().try_into().unwrap();
    let tr = Command::new("tr").args(["a-z", "A-Z"]).stdin(stdout).output();
    assert_eq!(tr.await.unwrap().stdout, b"HELLO\n");
    assert!(echo.wait().await.unwrap().success());

    // As a descriptor, too.
    let mut cat = waits_for_its_input().spawn().unwrap();
    let stdin = cat.stdin.take().unwrap();
    assert_eq!(stdin.as_fd().as_raw_fd(), stdin.as_raw_fd());
    let stdin = stdin.into_owned_fd().unwrap();
    let echo = Command::new("echo").arg("hello").stdout(stdin).status();
    assert!(echo.await.unwrap().success());
    assert_eq!(cat.wait_with_output().await.unwrap().stdout, b"hello\n");
}

#[tokio::test]
async fn pipes_of_the_standard_library_are_taken_over() {
    let mut child = StdCommand::new("sh")
        .args(["-c", "cat; echo err >&2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = ChildStdin::from_std(child.stdin.take().unwrap()).unwrap();
    let mut stdout = ChildStdout::from_std(child.stdout.take().unwrap()).unwrap();
    let mut stderr = ChildStderr::from_std(child.stderr.take().unwrap()).unwrap();
    stdin.write_all(b"hello").await.unwrap();
    drop(stdin);
    let (mut out, mut err) = (String::new(), String::new());
    stdout.read_to_string(&mut out).await.unwrap();
    stderr.read_to_string(&mut err).await.unwrap();
    assert_eq!((&*out, &*err), ("hello", "err\n"));
    assert!(child.wait().unwrap().success());
}

#[tokio::test]
async fn a_closure_runs_before_the_program() {
    let mut command = Command::new("true");
    // SAFETY: the closure does nothing that is not allowed between fork and exec.
    #[allow(unsafe_code, reason = "it is unsafe to call")]
    unsafe {
        command.pre_exec(|| Err(io::Error::from_raw_os_error(42)))
    };
    assert_eq!(command.spawn().unwrap_err().raw_os_error(), Some(42));
}

#[tokio::test]
async fn a_child_that_somebody_else_has_reaped_can_not_be_killed() {
    let mut child = shell("exit 0").spawn().unwrap();
    let number = i32::try_from(child.id().unwrap()).unwrap();
    // SAFETY: it is told of no place for the status.
    #[allow(unsafe_code, reason = "it is unsafe to call")]
    let reaped = unsafe { libc::waitpid(number, std::ptr::null_mut(), 0) };
    assert_eq!(reaped, number);
    assert_eq!(child.wait().await.unwrap_err().raw_os_error(), Some(libc::ECHILD));
    assert_eq!(child.start_kill().unwrap_err().raw_os_error(), Some(libc::ESRCH));
}

#[tokio::test]
async fn a_command_and_its_child_are_shown() {
    let mut command = Command::new("true");
    command.arg("-l").kill_on_drop(true);
    let shown = "Command { std: \"true\" \"-l\", kill_on_drop: true }";
    assert_eq!(format!("{command:?}"), shown);
    let shown = format!("{:?}", command.spawn().unwrap());
    assert!(shown.starts_with("Child { child: "), "{shown}");
    assert!(shown.ends_with(", stdin: None, stdout: None, stderr: None }"), "{shown}");
}

#[test]
fn outside_of_a_runtime_no_child_is_awaited() {
    assert_eq!(panic_of(|| Command::new("true").spawn()), NO_RUNTIME);
    assert_eq!(panic_of(|| drop(Command::new("true").status())), NO_RUNTIME);
    assert_eq!(panic_of(|| drop(Command::new("true").output())), NO_RUNTIME);
}

#[test]
fn a_child_is_waited_for_in_another_runtime() {
    let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
    let (one, other) = (runtime(), runtime());
    let mut child = one.block_on(async { waits_for_its_input().spawn().unwrap() });
    std::thread::scope(|threads| {
        // Somebody has to drive the one that watches it.
        let (ended, end) = tokio::sync::oneshot::channel::<()>();
        threads.spawn(move || one.block_on(end));
        assert!(other.block_on(child.wait()).unwrap().success());
        ended.send(()).unwrap();
    });
}

#[test]
fn a_child_is_waited_for_though_its_runtime_has_ended() {
    let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
    let (one, other) = (runtime(), runtime());
    let (mut ended, mut runs) = one.block_on(async {
        (Command::new("true").spawn().unwrap(), waits_for_its_input().spawn().unwrap())
    });
    let stdin = runs.stdin.take();
    drop(one);
    assert!(other.block_on(ended.wait()).unwrap().success());
    other.block_on(async {
        let mut wait = pin!(runs.wait());
        assert!(poll_once(wait.as_mut()).is_pending());
        drop(stdin);
        assert!(wait.await.unwrap().success());
    });
}

#[test]
fn pipes_tell_that_their_runtime_has_ended() {
    fn is_told<T: std::fmt::Debug>(result: io::Result<T>) {
        let error = result.unwrap_err();
        assert!(is_rt_shutdown_err(&error), "{error:?}");
        assert_eq!(error.kind(), io::ErrorKind::Other);
    }

    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let [mut one, mut other, mut last] =
        runtime.block_on(async { [(); 3].map(|()| waits_for_its_input().spawn().unwrap()) });
    drop(runtime);
    let here = Builder::new_current_thread().enable_all().build().unwrap();
    is_told(here.block_on(one.stdout.as_mut().unwrap().read(&mut [0])));
    // More than the pipes to the child and back have room for.
    let stdin = one.stdin.as_mut().unwrap();
    is_told(here.block_on(stdin.write_all(&[0; 1 << 20])));
    let slices = [IoSlice::new(&[0; 1 << 16]), IoSlice::new(&[0; 1 << 16])];
    let stdin = other.stdin.as_mut().unwrap();
    let error = loop {
        if let Err(error) = here.block_on(stdin.write_vectored(&slices)) {
            break error;
        }
    };
    is_told::<()>(Err(error));
    let _stdin = last.stdin.take();
    is_told(here.block_on(last.wait_with_output()));
}

#[test]
fn all_may_be_sent_and_shared() {
    fn check<T: Send + Sync + Unpin>() {}
    check::<Command>();
    check::<Child>();
    check::<ChildStdin>();
    check::<ChildStdout>();
    check::<ChildStderr>();
    fn future<T: Future + Send>(_: &T) {}
    fn make(child: &mut Child) {
        future(&child.wait());
        future(&child.kill());
    }
    let _ = make;
}

#[test]
fn the_output_of_a_child_without_pipes_is_had_in_another_runtime() {
    let first = Builder::new_current_thread().enable_all().build().unwrap();
    let second = Builder::new_current_thread().enable_all().build().unwrap();
    let inside = first.enter();
    let child = shell("exit 3").spawn().unwrap();
    drop(inside);
    drop(first);
    let output = second.block_on(child.wait_with_output()).unwrap();
    assert_eq!((output.status.code(), output.stdout.len(), output.stderr.len()), (Some(3), 0, 0));
}
