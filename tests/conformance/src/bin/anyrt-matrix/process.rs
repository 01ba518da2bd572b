//! A process under a watchdog: it ends, or is ended, and with it what it started.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio, retry_on_intr};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// How much of an output is kept. A wrong backend may print for as long as it runs, and what the
/// tests have to say comes last.
const KEPT: usize = 4 << 20;

/// How a process ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) end: End,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// How a process ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Exit(ExitStatus),
    /// It took longer than it may, and was killed.
    TimedOut,
}

/// Runs a process to its end, but for no longer than `timeout`.
///
/// It reads nothing, and is the leader of a process group, which is killed as a whole. What it wrote
/// before its end is read to the last byte; the end of its outputs is not waited for, because a
/// process that has left the group may hold them open for ever.
pub(crate) fn execute(command: &mut Command, timeout: Duration) -> io::Result<Execution> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let (exited, exit) = UnixStream::pair()?;
    let mut child = command.spawn()?;
    let begin = Instant::now();

    // The end of the process is awaited without reaping it: until it is reaped, its id, and so that
    // of its group, belongs to nobody else, and the group can be killed without looking.
    let process = Pid::from_child(&child);
    let observer = thread::spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let _ = retry_on_intr(|| waitid(WaitId::Pid(process), options));
        drop(exit);
    });
    let mut stdout = Output::of(child.stdout.take());
    let mut stderr = Output::of(child.stderr.take());
    let in_time = match (&mut stdout, &mut stderr) {
        (Ok(stdout), Ok(stderr)) => read_until_exit(&exited, stdout, stderr, begin, timeout),
        // Told below, after the process is gone.
        _ => Ok(true),
    };

    // Fails where only the ended leader is left of the group, on some systems.
    let _ = kill_process_group(process, Signal::KILL);
    let _ = observer.join();
    let status = child.wait()?;
    let end = if in_time? { End::Exit(status) } else { End::TimedOut };
    Ok(Execution { end, stdout: stdout?.finish()?, stderr: stderr?.finish()? })
}

/// Reads so that the process never waits for us to read. False if it did not end in time.
fn read_until_exit(
    exited: &UnixStream,
    stdout: &mut Output,
    stderr: &mut Output,
    begin: Instant,
    timeout: Duration,
) -> io::Result<bool> {
    loop {
        let mut watched = vec![PollFd::new(exited, PollFlags::IN)];
        let open = [&*stdout, &*stderr].into_iter().filter(|output| output.is_open);
        watched.extend(open.map(|output| PollFd::new(&output.source, PollFlags::IN)));
        // A time that the system can't express is as good as none.
        let left = Timespec::try_from(timeout.saturating_sub(begin.elapsed())).ok();
        match poll(&mut watched, left.as_ref()) {
            Err(Errno::INTR) => continue,
            result => result?,
        };
        if !watched[0].revents().is_empty() {
            return Ok(true);
        }
        stdout.read()?;
        stderr.read()?;
        if begin.elapsed() >= timeout {
            return Ok(false);
        }
    }
}

/// What a process prints, as far as it was read.
struct Output {
    source: OwnedFd,
    is_open: bool,
    bytes: Vec<u8>,
}

impl Output {
    fn of(source: Option<impl Into<OwnedFd>>) -> io::Result<Self> {
        let source = source.expect("it is piped").into();
        ioctl_fionbio(&source, true)?;
        Ok(Self { source, is_open: true, bytes: Vec::new() })
    }

    /// Reads once and returns how much; 0 if there is nothing, for now or for ever.
    fn read(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 << 10];
        if !self.is_open {
            return Ok(0);
        }
        let count = match retry_on_intr(|| rustix::io::read(&self.source, &mut buffer)) {
            Err(Errno::AGAIN) => return Ok(0),
            result => result?,
        };
        self.is_open = count != 0;
        self.bytes.extend_from_slice(&buffer[..count]);
        if self.bytes.len() > 2 * KEPT {
            self.bytes.drain(..KEPT);
        }
        Ok(count)
    }

    /// Reads what is there, but no more than a pipe holds: somebody may still be writing.
    fn finish(mut self) -> io::Result<String> {
        const LARGEST_PIPE: usize = 1 << 20;

        let mut total = 0;
        while total < LARGEST_PIPE {
            match self.read()? {
                0 => break,
                count => total += count,
            }
        }
        Ok(String::from_utf8_lossy(&self.bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::time::Instant;

    use super::*;

    fn shell(script: &str, timeout: Duration) -> Execution {
        execute(Command::new("sh").args(["-c", script]), timeout).unwrap()
    }

    const AMPLE: Duration = Duration::from_secs(60);

    #[test]
    fn output_and_status_are_told_apart() {
        let execution = shell("echo out; echo err >&2; exit 3", AMPLE);
        assert_eq!(execution.stdout, "out\n");
        assert_eq!(execution.stderr, "err\n");
        assert!(matches!(execution.end, End::Exit(status) if status.code() == Some(3)));
    }

    #[test]
    fn a_signal_is_reported() {
        let execution = shell("kill -ABRT $$", AMPLE);
        assert!(matches!(execution.end, End::Exit(status) if status.signal() == Some(6)));
    }

    #[test]
    fn a_process_that_hangs_is_killed_and_its_output_is_kept() {
        let execution = shell("echo begun; sleep 1000", Duration::from_secs(2));
        assert!(matches!(execution.end, End::TimedOut));
        assert_eq!(execution.stdout, "begun\n");
    }

    #[test]
    fn what_a_process_left_behind_is_killed_too() {
        let begin = Instant::now();
        let execution = shell("sleep 1000 & echo $!", AMPLE);
        assert!(begin.elapsed() < AMPLE, "the output was waited for");
        let left: i32 = execution.stdout.trim().parse().unwrap();
        let left = Pid::from_raw(left).unwrap();
        // It is not ours to reap: it may be a zombie for as long as its new parent likes.
        let is_gone = || {
            rustix::process::test_kill_process(left).is_err() || {
                let stat = std::fs::read_to_string(format!("/proc/{left}/stat"));
                stat.is_ok_and(|stat| stat.contains(") Z "))
            }
        };
        while !is_gone() {
            assert!(begin.elapsed() < AMPLE, "it lives on");
            thread::yield_now();
        }
    }

    #[test]
    fn a_process_that_never_ceases_to_print_is_killed() {
        let execution = shell("cat /dev/zero", Duration::from_millis(500));
        assert!(matches!(execution.end, End::TimedOut));
        assert!(execution.stdout.len() <= 2 * KEPT);
    }

    #[test]
    fn input_is_empty_and_no_amount_of_output_blocks() {
        let execution = shell("cat; head -c 20000000 /dev/zero; echo last", AMPLE);
        assert!(execution.stdout.ends_with("last\n"));
        assert!(execution.stdout.len() <= 2 * KEPT);
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        assert!(execute(&mut Command::new("/there/is/no/such/program"), AMPLE).is_err());
    }
}
