//! The standard input, read by a thread of the process's own.

use std::io::{self, Read};
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use anyrt_core::task::contain;
use futures_util::io::AsyncRead;

use super::buffer::Buffer;
use crate::fork::Process;
use crate::task::poll_proceed;

/// The most that is read at once, whoever has room for it.
const CHUNK: usize = 2 * 1024 * 1024;

/// The standard input of the process.
///
/// All values are the same input. A thread reads it, which is started by the first read of the process and serves all
/// runtimes. It reads only when somebody asks, and a program ends although it waits for input: nobody waits for
/// this thread. What it has read and nobody has taken, because the future was dropped, is there for the next read,
/// whoever makes that. The input itself is left as it is: a terminal stays in its mode.
///
/// It goes through [`std::io::stdin`], with its buffer and its lock, and takes no more from it than somebody who waits has room
/// for, so that blocking reads by that and reads by this lose nothing to each other.
///
/// ```no_run
/// use anyrt::io::{AsyncBufReadExt, BufReader};
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut lines = BufReader::new(anyrt::io::stdin()).lines();
/// while let Some(line) = lines.next_line().await? {
///     println!("{} characters", line.chars().count());
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Reads return what the system says, also if it refuses the thread.
pub fn stdin() -> Stdin {
    Stdin(())
}

/// The standard input of the process; made by [`stdin`].
#[derive(Debug)]
pub struct Stdin(());

static INPUT: Input = Input {
    state: Mutex::new(State {
        buffer: None,
        result: None,
        wanted: 0,
        waiting: Vec::new(),
        reader: None,
    }),
    is_wanted: Condvar::new(),
};

struct Input {
    state: Mutex<State>,
    /// Tells the thread to read.
    is_wanted: Condvar,
}

struct State {
    /// What was read, unless the thread has it.
    buffer: Option<Buffer>,
    /// What else came of the last read: the end, or an error. For one of those who wait.
    result: Option<io::Result<()>>,
    /// The most that one of those who wait has room for; zero if nobody waits.
    wanted: usize,
    waiting: Vec<Waker>,
    /// The process whose thread it is; none yet.
    reader: Option<Process>,
}

impl Input {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll_read(&'static self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut state = self.lock();
        if let Some(buffer) = state.buffer.as_mut().filter(|buffer| !buffer.is_empty()) {
            return Poll::Ready(Ok(buffer.move_to(room)));
        }
        if let Some(result) = state.result.take() {
            return Poll::Ready(result.map(|()| 0));
        }
        state.start_reader(self)?;
        if state.wanted == 0 {
            self.is_wanted.notify_one();
        }
        state.wanted = state.wanted.max(room.len().min(CHUNK));
        if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// What the thread does, to the end of the process.
    fn read(&self) {
        loop {
            let mut state = self.lock();
            while state.wanted == 0 {
                state = self.is_wanted.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let most = state.wanted;
            let mut buffer = state.buffer.take().unwrap_or_default();
            drop(state);

            let result = buffer.read_from(io::stdin().lock().by_ref(), most);

            let mut state = self.lock();
            state.buffer = Some(buffer);
            state.result = match result {
                Ok(0) => Some(Ok(())),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            };
            state.wanted = 0;
            let waiting = std::mem::take(&mut state.waiting);
            drop(state);
            // One that panics takes neither this thread nor the others with it.
            waiting.into_iter().for_each(|waker| contain(|| waker.wake()));
        }
    }
}

impl State {
    fn start_reader(&mut self, input: &'static Input) -> io::Result<()> {
        if self.reader.is_none_or(Process::is_left_behind) {
            // In a child that was forked the thread is missing, and with it what it had.
            self.wanted = 0;
            self.waiting.clear();
            let name = thread::Builder::new().name("anyrt-stdin".to_owned());
            name.spawn(move || input.read())?;
            self.reader = Some(Process::here());
        }
        Ok(())
    }
}

impl AsyncRead for Stdin {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if buffer.is_empty() {
            return Poll::Ready(Ok(0));
        }
        poll_proceed(cx, |cx| INPUT.poll_read(cx, buffer))
    }
}
