//! The one operation of a file that is in flight, and what it leaves.

use std::fs::File as StdFile;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use crate::io::buffer::Buffer;
use crate::io::job::{self, AtEnd, OwedHandle, start_owed};
use crate::task;

/// What is behind a file: its buffer, or the operation that has it.
///
/// One operation after the other uses the descriptor, so that each finds the position that those before it have left. An
/// operation whose caller has gone is waited for by the next one.
#[derive(Debug, Default)]
pub(super) struct Operations {
    state: State,
    /// Of a write that had been accepted, for the next call that can tell of it.
    write_error: Option<io::Error>,
    /// Of a read or a seek that did not run, and whose failure a call has met that has nothing to do with it: for the next
    /// read, write, flush or seek.
    undone: Option<io::Error>,
    /// Where the last seek has led.
    position: u64,
    /// How far the position is ahead of what was read, because an operation that was to take it back did not run.
    ahead: usize,
}

#[derive(Debug)]
enum State {
    /// Holds what was read and nobody has taken.
    Idle(Buffer),
    Busy(InFlight),
}

#[derive(Debug)]
struct InFlight {
    kind: Kind,
    /// How far the position was ahead of what was read when it began.
    ahead: usize,
    handle: OwedHandle<Done>,
}

impl Default for State {
    fn default() -> Self {
        Self::Idle(Buffer::default())
    }
}

/// Which operation was waited for, and what has come of it.
type Waited = Option<(Kind, io::Result<u64>)>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Read,
    Write,
    Seek(SeekFrom),
    Sync,
    Other,
}

/// What an operation gives back.
#[derive(Debug)]
struct Done {
    result: io::Result<u64>,
    buffer: Buffer,
}

impl Operations {
    #[cfg(feature = "tokio-io")]
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle(_))
    }

    /// Whether nothing is in flight, and nothing has failed that nobody was told of.
    pub(super) fn is_settled(&mut self) -> bool {
        let is_idle = pin!(task::unconstrained(self.settle()))
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready();
        is_idle && self.write_error.is_none()
    }

    /// Waits until nothing is in flight; says what it was that was waited for, if it is news.
    ///
    /// # Errors
    /// A read or a seek did not run. Whoever comes next is told, for the file is not where it would be.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Waited>> {
        let State::Busy(in_flight) = &mut self.state else { return Poll::Ready(Ok(None)) };
        let joined = ready!(Pin::new(&mut in_flight.handle).poll(cx));
        let (kind, ahead) = (in_flight.kind, in_flight.ahead);
        let was_run = joined.is_ok();
        let done = joined.unwrap_or_else(|error| {
            if !error.is_panic() {
                self.ahead += ahead;
            }
            Done { result: Err(job::error(error)), buffer: Buffer::default() }
        });
        self.state = State::Idle(done.buffer);
        let waited = match (kind, done.result) {
            (Kind::Write, Err(error)) => {
                self.write_error.get_or_insert(error);
                None
            }
            // The system tells of it once, and whoever has asked may be gone.
            (Kind::Sync, Err(error)) if was_run => {
                self.write_error.get_or_insert(error);
                None
            }
            (Kind::Read | Kind::Seek(_), Err(error)) if !was_run => return Poll::Ready(Err(error)),
            (Kind::Seek(_), Ok(position)) => {
                self.position = position;
                Some((kind, Ok(position)))
            }
            (_, result) => Some((kind, result)),
        };
        Poll::Ready(Ok(waited))
    }

    /// The buffer of the file, which is idle.
    fn buffer(&mut self) -> &mut Buffer {
        match &mut self.state {
            State::Idle(buffer) => buffer,
            State::Busy(_) => unreachable!("an operation was waited for"),
        }
    }

    /// Takes the buffer, and says how far the position is ahead of what the caller has read.
    fn take_buffer(&mut self) -> (Buffer, usize) {
        let buffer = std::mem::take(self.buffer());
        let ahead = buffer.len() + std::mem::take(&mut self.ahead);
        (buffer, ahead)
    }

    /// Begins an operation on a file that is idle, of which the position is that far ahead.
    fn begin(
        &mut self,
        kind: Kind,
        file: &Arc<StdFile>,
        (mut buffer, ahead): (Buffer, usize),
        operation: impl FnOnce(&StdFile, &mut Buffer) -> io::Result<u64> + Send + 'static,
    ) -> io::Result<()> {
        let shared = Arc::clone(file);
        let operation = move || {
            let result = operation(&shared, &mut buffer);
            // Before anybody hears of the result: the file may be taken back then.
            drop(shared);
            Done { result, buffer }
        };
        // What was accepted is written.
        let at_end = if kind == Kind::Write { AtEnd::Run } else { AtEnd::Drop };
        let handle = start_owed(at_end, operation);
        let handle = handle.inspect_err(|_| self.ahead += ahead)?;
        self.state = State::Busy(InFlight { kind, ahead, handle });
        Ok(())
    }

    /// Reads at most `most` bytes, unless there are some left, and returns what there is then; nothing at the end.
    pub(super) fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        file: &Arc<StdFile>,
        most: usize,
    ) -> Poll<io::Result<&mut Buffer>> {
        self.check_undone()?;
        loop {
            if let Some((Kind::Read, result)) = ready!(self.poll_idle(cx))? {
                result?;
                break;
            }
            if most == 0 || matches!(&self.state, State::Idle(buffer) if !buffer.is_empty()) {
                break;
            }
            let (buffer, ahead) = self.take_buffer();
            self.begin(Kind::Read, file, (buffer, ahead), move |file, buffer| {
                go_back(file, ahead)?;
                buffer.read_from(file, most).map(|length| length as u64)
            })?;
        }
        Poll::Ready(Ok(self.buffer()))
    }

    /// Accepts at most `most` bytes, to be written once nothing else is in flight.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        file: &Arc<StdFile>,
        slices: &[IoSlice<'_>],
        most: usize,
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_flush(cx))?;
        if slices.iter().all(|slice| slice.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let (mut buffer, ahead) = self.take_buffer();
        let length = buffer.fill(slices, most);
        // What is refused was not accepted.
        self.begin(Kind::Write, file, (buffer, ahead), move |mut file, buffer| {
            let result = go_back(file, ahead).and_then(|()| file.write_all(buffer.bytes()));
            buffer.clear();
            result.map(|()| 0)
        })?;
        Poll::Ready(Ok(length))
    }

    /// Waits until what was accepted is written.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        ready!(self.poll_idle(cx))?;
        Poll::Ready(self.check())
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// Waits until what was accepted is where `sync` brings it.
    pub(super) async fn sync(
        &mut self,
        file: &Arc<StdFile>,
        sync: fn(&StdFile) -> io::Result<()>,
    ) -> io::Result<()> {
        self.settle().await;
        self.check_writes()?;
        let buffer = std::mem::take(self.buffer());
        let ahead = buffer.len();
        self.begin(Kind::Sync, file, (buffer, ahead), move |file, _| sync(file).map(|()| 0))?;
        if let Some((_, result)) = self.idle().await? {
            result?;
        }
        self.check_writes()
    }

    pub(super) fn poll_seek(
        &mut self,
        cx: &mut Context<'_>,
        file: &Arc<StdFile>,
        to: SeekFrom,
    ) -> Poll<io::Result<u64>> {
        self.check_undone()?;
        loop {
            match ready!(self.poll_idle(cx))? {
                Some((Kind::Seek(other), result)) if other == to => return Poll::Ready(result),
                _ => self.start_seek(file, to)?,
            }
        }
    }

    /// Seeks in a file that is idle.
    pub(super) fn start_seek(&mut self, file: &Arc<StdFile>, to: SeekFrom) -> io::Result<()> {
        let (buffer, ahead) = self.take_buffer();
        self.begin(Kind::Seek(to), file, (buffer, ahead), move |mut file, buffer| {
            // Apart from the seek itself, so that one which fails moves nothing.
            go_back(file, ahead)?;
            buffer.clear();
            file.seek(to)
        })
    }

    /// Waits for a seek, if there is one; where it has led, or the one before.
    #[cfg(feature = "tokio-io")]
    pub(super) fn poll_sought(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        match ready!(self.poll_idle(cx))? {
            Some((Kind::Seek(_), result)) => Poll::Ready(result),
            _ => Poll::Ready(Ok(self.position)),
        }
    }

    /// Runs something else on the file once nothing is in flight.
    pub(super) async fn run<T: Send + 'static>(
        &mut self,
        file: &Arc<StdFile>,
        operation: impl FnOnce(&StdFile) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        self.settle().await;
        let buffer = std::mem::take(self.buffer());
        let ahead = buffer.len();
        let outcome = Arc::new(Mutex::new(None));
        let shared = Arc::clone(&outcome);
        self.begin(Kind::Other, file, (buffer, ahead), move |file, _| {
            *shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(operation(file));
            Ok(0)
        })?;
        if let Some((_, Err(error))) = self.idle().await? {
            return Err(error);
        }
        let result = outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.expect("an operation that has run leaves a result")
    }

    /// Waits until nothing is in flight, for what it was.
    async fn idle(&mut self) -> io::Result<Waited> {
        poll_fn(|cx| self.poll_idle(cx)).await
    }

    /// Waits until nothing is in flight, for a call that has nothing to do with it.
    async fn settle(&mut self) {
        if let Err(error) = self.idle().await {
            self.undone.get_or_insert(error);
        }
    }

    /// Waits until all that was accepted is in the file. A read may last for ever, and changes nothing.
    pub(super) async fn written(&mut self) {
        let is_reading = matches!(&self.state, State::Busy(InFlight { kind: Kind::Read, .. }));
        if !is_reading {
            self.settle().await;
        }
    }

    /// Whether something was read that nobody has taken, in a file that is idle.
    pub(super) fn has_left(&mut self) -> bool {
        !self.buffer().is_empty()
    }

    /// Takes the position back before what was read and nobody has taken, once nothing is in flight.
    pub(super) async fn give_back(&mut self, file: &Arc<StdFile>) -> io::Result<()> {
        self.settle().await;
        if self.buffer().is_empty() && self.ahead == 0 {
            return Ok(());
        }
        self.start_seek(file, SeekFrom::Current(0))?;
        self.idle().await?.map_or(Ok(()), |(_, result)| result.map(drop))
    }

    /// The error of a write, if there was one since somebody was told.
    pub(super) fn check_writes(&mut self) -> io::Result<()> {
        self.write_error.take().map_or(Ok(()), Err)
    }

    /// The same, or that of something else that did not run.
    fn check(&mut self) -> io::Result<()> {
        self.check_writes()?;
        self.check_undone()
    }

    fn check_undone(&mut self) -> io::Result<()> {
        self.undone.take().map_or(Ok(()), Err)
    }

    /// The same at once, for a file that is idle.
    pub(super) fn give_back_now(&mut self, file: &StdFile) -> io::Result<()> {
        let (_, ahead) = self.take_buffer();
        go_back(file, ahead).inspect_err(|_| self.ahead = ahead)
    }
}

/// Moves the position back by that much.
fn go_back(mut file: &StdFile, unread: usize) -> io::Result<()> {
    if unread > 0 {
        let unread = i64::try_from(unread).expect("a buffer is smaller");
        file.seek(SeekFrom::Current(-unread))?;
    }
    Ok(())
}
