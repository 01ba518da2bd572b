//! A thread is asked by a signal, whose handler copies the thread's registers and the bytes of its stack. Whoever asked
//! walks the copy.
//!
//! So what is done on the thread can neither crash nor wait, whatever the signal has interrupted: the handler reads no
//! tables of the program and follows no pointer. `signal.rs` is that half, and `unwind.rs` the other one.

mod signal;
mod unwind;

use std::fs::{self, File};
use std::io::{self, Read};
use std::mem;
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use signal::{Registers, SIGNAL};
use unwind::Unwinder;

use super::Stack;

/// How long a thread may take until it answers. One that computes does so once it has a processor.
const PATIENCE: Duration = Duration::from_millis(250);

/// Of a stack: as much is copied, from its innermost end, if the system grants so large a pipe. Else it is 64 KiB.
const MOST: usize = 512 << 10;

/// Asks threads for their stacks, one at a time.
#[derive(Debug)]
pub(crate) struct Asker {
    unwinder: Unwinder,
    forks: u32,
}

impl Asker {
    pub(crate) fn new() -> io::Result<Self> {
        let forks = anyrt_fork::watch();
        signal::install(forks)?;
        Ok(Self { unwinder: Unwinder::default(), forks })
    }

    /// The stack of a thread, by its number, unless `is_there` says after the copy that the thread has gone on.
    ///
    /// `None` as well where it does not answer: it has ended, has blocked the signal, or sleeps where no signal wakes it.
    pub(crate) fn ask(&mut self, thread: u32, is_there: impl FnOnce() -> bool) -> Option<Stack> {
        if anyrt_fork::forks() != self.forks || !may_answer(thread) {
            return None;
        }
        let copy = Copy::of(thread)?;
        is_there().then(|| self.unwinder.stack(&copy.registers, &copy.bytes))
    }
}

/// What the thread has answered.
struct Copy {
    registers: Registers,
    /// From where the stack pointer points.
    bytes: Vec<u8>,
}

impl Copy {
    fn of(thread: u32) -> Option<Self> {
        // Made for each question: so nothing of an answer that came too late is in it, and a program in which nothing is
        // stuck has two descriptors more.
        let (read, write) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).ok()?;
        // It is smaller where the user has many of them.
        let _ = fcntl_setpipe_size(&write, MOST);
        let until = Instant::now() + PATIENCE;
        let question = wait_for(until, || signal::Question::begin(thread, write.as_fd()))?;
        // Whether it could be sent or not: the handler may be there by a signal of an earlier one.
        let registers = if question.send() { wait_for(until, || question.answer()) } else { None };
        if question.withdraw() {
            // The handler may still write to its end, whose number must not become that of another file; and nobody may
            // write to a pipe whose other end is closed.
            mem::forget((read, write));
            return None;
        }
        let registers = registers?;
        let mut bytes = Vec::new();
        // The end is an error where a child of the process has the other end as well. All that was written is read then.
        drop(write);
        let _ = File::from(read).read_to_end(&mut bytes);
        Some(Self { registers, bytes })
    }
}

/// Asks `look` until there is an answer, more and more seldom. A thread that runs answers within microseconds.
fn wait_for<T>(until: Instant, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let mut pause = Duration::from_micros(20);
    loop {
        // Looked at once more when the time is over, for this thread may have slept for longer.
        let is_over = Instant::now() >= until;
        let found = look();
        if found.is_some() || is_over {
            return found;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(2));
    }
}

/// Whether a signal would reach it: it is there, has not blocked the signal, and does not sleep where none wakes it.
fn may_answer(thread: u32) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/self/task/{thread}/status")) else {
        return false;
    };
    let value = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
    let sleeps = value("State:").is_none_or(|state| !state.trim_start().starts_with(['R', 'S']));
    let blocked = value("SigBlk:").and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    !sleeps && blocked.is_some_and(|mask| mask >> (SIGNAL - 1) & 1 == 0)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::signal::tests::{alone, this_thread};
    use super::*;

    #[test]
    fn the_stack_of_what_has_gone_on_or_ended_is_not_shown() {
        let _alone = alone();
        let mut asker = Asker::new().unwrap();
        let (tell, told) = mpsc::channel();
        let (release, is_released) = mpsc::channel::<()>();
        let asked = thread::spawn(move || {
            tell.send(this_thread()).unwrap();
            let _ = is_released.recv();
        });
        let thread = told.recv().unwrap();
        for _ in 0..20 {
            assert_eq!(asker.ask(thread, || false), None);
            // It may wait for a processor for long.
            let stack = std::iter::repeat_with(|| asker.ask(thread, || true)).flatten().next();
            assert!(stack.unwrap().frames.len() > 1);
        }
        drop(release);
        asked.join().unwrap();
        while fs::exists(format!("/proc/self/task/{thread}")).unwrap() {
            thread::yield_now();
        }
        assert!(!may_answer(thread));
        assert_eq!(asker.ask(thread, || true), None);
        assert!(Copy::of(thread).is_none());
    }
}
