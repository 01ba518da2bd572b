//! The standard streams as tokio documents them, in a program of its own each time.

mod common;

use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::pin::pin;
use std::process::{Child, Command, Stdio};
use std::task::Poll;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Stderr, Stdin, Stdout};
use tokio::runtime::Builder;

use common::{NO_RUNTIME, panic_of, poll_once};

/// Runs this test program again, for one of the functions below.
fn start(what: &str) -> Child {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", what, "--nocapture", "--ignored", "--quiet"]);
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[tokio::test]
#[ignore = "`lines_come_and_go` runs it"]
async fn echoes_lines() {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut output = tokio::io::stdout();
    let mut error = tokio::io::stderr();
    while let Some(line) = lines.next_line().await.unwrap() {
        output.write_all(format!("<{line}>\n").as_bytes()).await.unwrap();
        output.flush().await.unwrap();
        error.write_all(b"!").await.unwrap();
    }
    error.shutdown().await.unwrap();
}

#[test]
fn lines_come_and_go() {
    let mut child = start("echoes_lines");
    child.stdin.take().unwrap().write_all(b"one\ntwo\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("<one>\n<two>\n"), "{text}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("!!"), "{text}");
}

#[test]
#[ignore = "`what_was_written_is_there_once_the_runtime_has_ended` runs it"]
fn writes_much_and_ends_without_a_flush() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        tokio::io::stdout().write_all(&[b'x'; 300_000]).await.unwrap();
    });
}

#[test]
fn what_was_written_is_there_once_the_runtime_has_ended() {
    let mut child = start("writes_much_and_ends_without_a_flush");
    let mut bytes = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut bytes).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(bytes.iter().filter(|byte| **byte == b'x').count() >= 300_000);
}

#[tokio::test]
#[ignore = "`the_end_of_the_input_is_told` runs it"]
async fn reads_to_the_end() {
    let mut bytes = Vec::new();
    let n = tokio::io::stdin().read_to_end(&mut bytes).await.unwrap();
    println!("{n} bytes");
}

#[test]
fn the_end_of_the_input_is_told() {
    let mut child = start("reads_to_the_end");
    child.stdin.take().unwrap().write_all(&[7; 100_000]).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("100000 bytes"));
}

#[test]
#[ignore = "`what_was_not_asked_for_is_left_to_the_standard_library` runs it"]
fn reads_a_byte_and_leaves_the_rest() {
    let runtime = Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(tokio::io::stdin().read_u8()).unwrap(), b'o');
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    assert_eq!(runtime.block_on(tokio::io::stdin().read_u8()).unwrap(), b't');
    std::io::stdin().read_line(&mut line).unwrap();
    println!("<{line}>");
}

#[test]
fn what_was_not_asked_for_is_left_to_the_standard_library() {
    let mut child = start("reads_a_byte_and_leaves_the_rest");
    child.stdin.take().unwrap().write_all(b"one\ntwo\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("<ne\nwo\n>"), "{text}");
}

#[test]
fn nothing_to_flush_needs_no_runtime() {
    let mut output = tokio::io::stdout();
    assert!(matches!(poll_once(pin!(output.flush())), Poll::Ready(Ok(()))));
    assert!(matches!(poll_once(pin!(output.shutdown())), Poll::Ready(Ok(()))));
    assert_eq!(panic_of(|| poll_once(pin!(output.write(b"x")))), NO_RUNTIME);
    let runtime = Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(output.write(b"\n")).unwrap(), 1);
    assert_eq!(panic_of(|| poll_once(pin!(output.flush()))), NO_RUNTIME);
    // That does not wait for what was written.
    assert!(matches!(poll_once(pin!(output.shutdown())), Poll::Ready(Ok(()))));
    runtime.block_on(output.flush()).unwrap();
    assert!(matches!(poll_once(pin!(output.flush())), Poll::Ready(Ok(()))));
}

#[test]
fn a_runtime_that_has_ended_is_the_error_that_tokio_has() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let handle = runtime.handle().clone();
    drop(runtime);
    let _inside = handle.enter();
    let mut error = tokio::io::stderr();
    let Poll::Ready(Err(refused)) = poll_once(pin!(error.write(b"x"))) else {
        panic!("it was accepted");
    };
    assert_eq!(refused.kind(), std::io::ErrorKind::Other);
    let text = "A Tokio 1.x context was found, but it is being shutdown.";
    assert_eq!(refused.to_string(), text);
}

#[test]
fn descriptors_and_types() {
    fn all<T: Send + Sync + Unpin + std::fmt::Debug>() {}
    all::<Stdin>();
    all::<Stdout>();
    all::<Stderr>();
    assert_eq!(tokio::io::stdin().as_raw_fd(), 0);
    assert_eq!(tokio::io::stdout().as_fd().as_raw_fd(), 1);
    assert_eq!(tokio::io::stderr().as_fd().as_raw_fd(), 2);
}
