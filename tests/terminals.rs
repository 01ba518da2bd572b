//! Standard streams, which others read and write as well, and terminals, which belong to the shell.
#![cfg(all(target_os = "linux", feature = "some-backend"))]

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyrt::reactor::{AsyncFd, Interest};
use anyrt_tests::child::child;
use futures::executor::block_on;
use rustix::fs::{OFlags, fcntl_getfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// A terminal: the end of whoever types, and the end of the programs.
fn terminal() -> (File, File) {
    let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&user).unwrap();
    unlockpt(&user).unwrap();
    let name = ptsname(&user, Vec::new()).unwrap().into_string().unwrap();
    let programs = OpenOptions::new().read(true).write(true).open(Path::new(&name)).unwrap();
    (user.into(), programs)
}

fn blocks(descriptor: impl AsFd) -> bool {
    !fcntl_getfl(descriptor).unwrap().contains(OFlags::NONBLOCK)
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(result: io::Result<T>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("open it anew (`/dev/tty`, `/dev/stdin`)"), "{error}");
}

async fn read_line(terminal: &AsyncFd<File>) -> String {
    let mut line = [0; 64];
    let read = |mut terminal: &File| terminal.read(&mut line);
    let n = terminal.io(Interest::Readable, read).await.unwrap();
    String::from_utf8(line[..n].to_vec()).unwrap()
}

#[test]
fn a_terminal_stays_as_it_is_unless_it_is_opened_anew() {
    let (mut user, programs) = terminal();
    user.write_all(b"hello\n").unwrap();
    child(|| {
        assert_refused(AsyncFd::new(io::stdin()));
        assert!(blocks(io::stdin()));

        block_on(async {
            let terminal = AsyncFd::new(File::open("/dev/stdin").unwrap()).unwrap();
            assert_eq!(read_line(&terminal).await, "hello\n");
            assert!(!blocks(&terminal) && blocks(io::stdin()));
        });
        assert!(blocks(io::stdin()));
    })
    .stdin(programs)
    .succeeds();
}

#[test]
fn the_other_end_of_a_terminal_is_ones_own() {
    let (user, mut programs) = terminal();
    let user = AsyncFd::new(user).unwrap();
    programs.write_all(b"prompt").unwrap();
    assert_eq!(block_on(read_line(&user)), "prompt");
    assert!(blocks(&programs));
}

#[test]
fn a_stream_that_is_another_one_too_is_refused_and_other_streams_are_not() {
    child(|| {
        // Standard output is a pipe here.
        rustix::stdio::dup2_stdin(io::stdout()).unwrap();
        assert_refused(AsyncFd::new(io::stdin()));
        assert_refused(AsyncFd::new(io::stdout()));
        assert!(blocks(io::stdout()));

        let (reader, mut writer) = io::pipe().unwrap();
        rustix::stdio::dup2_stdin(OwnedFd::from(reader)).unwrap();
        writer.write_all(b"x").unwrap();
        let stdin = AsyncFd::new(io::stdin()).unwrap();
        let read = |stdin: &io::Stdin| stdin.lock().read(&mut [0; 8]);
        assert_eq!(block_on(stdin.io(Interest::Readable, read)).unwrap(), 1);
        assert!(blocks(io::stdout()));
    })
    .succeeds();
}

#[test]
fn a_stream_that_is_another_one_too_is_watched_if_it_is_non_blocking_already() {
    child(|| {
        let printed = io::stdout().as_fd().try_clone_to_owned().unwrap();
        // As inetd starts a program: standard input and output are one socket.
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        rustix::stdio::dup2_stdin(&ours).unwrap();
        rustix::stdio::dup2_stdout(&ours).unwrap();
        assert_refused(AsyncFd::new(io::stdin()));
        assert!(blocks(&ours));

        ours.set_nonblocking(true).unwrap();
        let stdin = AsyncFd::new(io::stdin()).unwrap();
        theirs.write_all(b"x").unwrap();
        let read = |stdin: &io::Stdin| stdin.lock().read(&mut [0; 8]);
        assert_eq!(block_on(stdin.io(Interest::Readable, read)).unwrap(), 1);
        rustix::stdio::dup2_stdout(printed).unwrap();
    })
    .succeeds();
}
