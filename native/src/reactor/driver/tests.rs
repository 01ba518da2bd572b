//! Events of real pipes and sockets, with the test's own thread, or another one, to wait for them.

use std::fs::File;
use std::future::poll_fn;
use std::io::{Read, Write, pipe};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll, Wake, Waker};

use anyrt_core::Interest::{self, Readable, Writable};
use futures::executor::block_on;

use super::*;
use crate::reactor::word::UsedUp;

/// A source that is watched, and removed before it is closed.
struct Source<'a, T: AsFd> {
    driver: &'a Driver,
    watched: Watched,
    source: T,
}

impl<'a, T: AsFd> Source<'a, T> {
    fn new(driver: &'a Driver, source: T) -> io::Result<Self> {
        set_nonblocking(&source);
        let watched = driver.add(source.as_fd().as_raw_fd(), false)?;
        Ok(Self { driver, watched, source })
    }

    /// Waits in both directions, as if nothing were ready.
    fn wait(&self) {
        for interest in [Readable, Writable] {
            self.watched.readiness.clear(
                self.watched.readiness.look(),
                interest,
                UsedUp::WouldBlock,
            );
            assert!(self.enter(interest, Waker::noop()).unwrap());
        }
    }

    fn enter(&self, interest: Interest, waker: &Waker) -> io::Result<bool> {
        let arm = |is_watched, all| self.driver.arm(&self.watched, is_watched, all);
        self.watched.readiness.enter_last(interest, waker.clone(), arm)
    }

    fn ready(&self) -> [bool; 2] {
        [Readable, Writable].map(|interest| self.watched.readiness.look().is_ready(interest))
    }

    fn poll<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        operation: &mut impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        loop {
            let seen = self.watched.readiness.look();
            if seen.is_shut_down() {
                return Poll::Ready(Err(self.driver.refusal().unwrap()));
            }
            if !seen.is_ready(interest) {
                if self.enter(interest, cx.waker())? {
                    return Poll::Pending;
                }
                continue;
            }
            match operation(&self.source) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.watched.readiness.clear(seen, interest, UsedUp::WouldBlock);
                }
                result => return Poll::Ready(result),
            }
        }
    }

    fn io<R>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        block_on(poll_fn(|cx| self.poll(cx, interest, &mut operation)))
    }
}

impl<T: AsFd> Drop for Source<'_, T> {
    fn drop(&mut self) {
        let _ = self.driver.remove(&self.watched);
    }
}

fn set_nonblocking(source: &impl AsFd) {
    // SAFETY: it changes a flag of an open descriptor.
    let result =
        unsafe { libc::fcntl(source.as_fd().as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
    assert_eq!(result, 0);
}

/// Writes to a source in non-blocking mode until nothing more goes in, and returns how much went.
fn fill(mut source: impl Write) -> usize {
    let mut filled = 0;
    // Single bytes at last, for a pipe takes small writes as a whole or not at all.
    for size in [1 << 16, 1] {
        loop {
            match source.write(&vec![0; size]) {
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
    filled
}

fn read_byte<T>(mut source: &T) -> io::Result<u8>
where
    for<'a> &'a T: Read,
{
    let mut byte = [0];
    source.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// Waits for events until `is_enough`, on this thread.
fn turn_until(poller: &mut Poller<'_>, mut is_enough: impl FnMut() -> bool) {
    while !is_enough() {
        poller.wait(None);
        poller.dispatch();
    }
}

/// Runs `code` while another thread waits for events.
fn attended<R>(driver: &Driver, code: impl FnOnce() -> R) -> R {
    /// Ends the thread even if `code` panics.
    struct End<'a>(&'a Driver, &'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.1.store(true, Ordering::SeqCst);
            self.0.kick();
        }
    }

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut poller = driver.try_acquire().unwrap();
            turn_until(&mut poller, || is_over.load(Ordering::SeqCst));
        });
        let _end = End(driver, &is_over);
        code()
    })
}

#[test]
fn one_holder_at_a_time_has_the_right_to_wait() {
    let driver = Driver::new().unwrap();
    assert!(!driver.is_attended());
    let poller = driver.try_acquire().unwrap();
    assert!(driver.is_attended());
    thread::scope(|scope| {
        scope.spawn(|| assert!(driver.try_acquire().is_none()));
    });
    drop(poller);
    assert!(!driver.is_attended());
    thread::scope(|scope| {
        scope.spawn(|| assert!(driver.try_acquire().is_some()));
    });
}

#[test]
fn a_kick_ends_the_wait_under_way_or_the_next_one() {
    let driver = Driver::new().unwrap();
    let mut poller = driver.try_acquire().unwrap();
    driver.kick();
    poller.wait(None);
    assert_eq!(poller.dispatch(), 0);
    thread::scope(|scope| {
        scope.spawn(|| driver.kick());
        poller.wait(None);
    });
    driver.close();
    driver.kick();
    poller.dispatch();
    poller.wait(None);
}

#[test]
fn a_wait_without_events_ends_in_time() {
    let driver = Driver::new().unwrap();
    let mut poller = driver.try_acquire().unwrap();
    poller.wait(Some(Duration::ZERO));
    poller.wait(Some(Duration::from_micros(200)));
    assert_eq!(poller.dispatch(), 0);
}

#[test]
fn what_is_registered_counts() {
    let driver = Driver::new().unwrap();
    assert!(!driver.has_sources());
    let (reader, _writer) = pipe().unwrap();
    let watched = Source::new(&driver, reader).unwrap();
    assert!(driver.has_sources());
    drop(watched);
    assert!(!driver.has_sources());
}

#[test]
fn a_refused_source_leaves_nothing_behind() {
    let driver = Driver::new().unwrap();
    let file = File::open(std::env::current_exe().unwrap()).unwrap();
    for _ in 0..3 {
        let error = Source::new(&driver, file.try_clone().unwrap()).err().unwrap();
        assert_eq!(error.raw_os_error(), Some(libc::EPERM));
    }
    assert!(!driver.has_sources());
    assert_eq!(driver.registry.sources().len(), 0);
}

#[test]
fn each_end_of_a_pipe_is_told_of() {
    let driver = Driver::new().unwrap();
    let (reader, writer) = pipe().unwrap();
    let reader = Source::new(&driver, reader).unwrap();
    let writer = Source::new(&driver, writer).unwrap();
    let filled = fill(&writer.source);
    attended(&driver, || {
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..1000 {
                    writer.io(Writable, |mut pipe| pipe.write_all(b"x")).unwrap();
                }
            });
            for _ in 0..filled + 1000 {
                reader.io(Readable, read_byte).unwrap();
            }
        });
    });
}

#[test]
fn exchanges_lose_no_wake_up_whoever_waits_for_events() {
    const EXCHANGES: u32 = 5000;
    let driver = Driver::new().unwrap();
    let (one, other) = UnixStream::pair().unwrap();
    let [one, other] = [one, other].map(|end| Source::new(&driver, end).unwrap());
    attended(&driver, || {
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..EXCHANGES {
                    let byte = other.io(Readable, read_byte).unwrap();
                    other.io(Writable, |mut stream| stream.write_all(&[byte])).unwrap();
                }
            });
            for n in 0..EXCHANGES {
                one.io(Writable, |mut stream| stream.write_all(&[n as u8])).unwrap();
                assert_eq!(one.io(Readable, read_byte).unwrap(), n as u8);
            }
        });
    });
}

#[test]
fn a_half_close_is_the_end_for_readers_alone() {
    let driver = Driver::new().unwrap();
    let (stream, mut peer) = UnixStream::pair().unwrap();
    let stream = Source::new(&driver, stream).unwrap();
    let filled = fill(&stream.source);
    let mut poller = driver.try_acquire().unwrap();
    poller.wait(Some(Duration::ZERO));
    poller.dispatch();
    stream.wait();
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    turn_until(&mut poller, || stream.ready()[0]);
    assert_eq!(stream.ready(), [true, false]);
    peer.read_exact(&mut vec![0; filled]).unwrap();
    turn_until(&mut poller, || stream.ready()[1]);
}

#[test]
fn a_hang_up_wakes_both_directions() {
    let driver = Driver::new().unwrap();
    let (stream, peer) = UnixStream::pair().unwrap();
    let stream = Source::new(&driver, stream).unwrap();
    fill(&stream.source);
    attended(&driver, || {
        thread::scope(|scope| {
            let read = scope.spawn(|| stream.io(Readable, |mut stream| stream.read(&mut [0])));
            let write = scope.spawn(|| stream.io(Writable, |mut stream| stream.write(&[0])));
            drop(peer);
            // What the peer left unread makes a reset of the end.
            let end = read.join().unwrap().map_err(|error| error.kind());
            assert!(matches!(end, Ok(0) | Err(io::ErrorKind::ConnectionReset)), "{end:?}");
            let error = write.join().unwrap().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        });
    });
}

#[test]
fn an_event_for_a_source_that_has_gone_reaches_nobody() {
    let driver = Driver::new().unwrap();
    let mut poller = driver.try_acquire().unwrap();
    for _ in 0..1000 {
        let (old, mut old_writer) = pipe().unwrap();
        let old = Source::new(&driver, old).unwrap();
        old.wait();
        old_writer.write_all(b"x").unwrap();
        poller.wait(None);
        // The event is on its way when its source makes place for another one, most often with the
        // same number, and always with the same key.
        let key = old.watched.token.key;
        drop(old);
        let (new, _new_writer) = pipe().unwrap();
        let new = Source::new(&driver, new).unwrap();
        assert_eq!(new.watched.token.key, key);
        new.wait();
        assert_eq!(poller.dispatch(), 0);
        assert_eq!(new.ready(), [false, false]);
    }
}

#[test]
fn events_that_were_not_dispatched_are_not_lost() {
    let driver = Driver::new().unwrap();
    let (reader, mut writer) = pipe().unwrap();
    let reader = Source::new(&driver, reader).unwrap();
    reader.wait();
    writer.write_all(b"x").unwrap();
    let mut poller = driver.try_acquire().unwrap();
    poller.wait(None);
    poller.wait(None);
    assert_eq!(reader.ready(), [false, false]);
    drop(poller);
    assert!(reader.ready()[0]);
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

struct Panics;

impl Wake for Panics {
    fn wake(self: std::sync::Arc<Self>) {
        panic!("in a waker");
    }
}

#[test]
fn a_waker_that_panics_keeps_neither_the_batch_nor_the_end_of_the_runtime() {
    for closes in [false, true] {
        let driver = Driver::new().unwrap();
        let flag = std::sync::Arc::new(Flag(AtomicBool::new(false)));
        let mut watched = Vec::new();
        let mut writers = Vec::new();
        for n in 0..8 {
            let (reader, writer) = pipe().unwrap();
            let reader = Source::new(&driver, reader).unwrap();
            let waker: Waker = match n {
                4 => std::sync::Arc::clone(&flag).into(),
                _ => std::sync::Arc::new(Panics).into(),
            };
            let mut cx = Context::from_waker(&waker);
            assert!(reader.poll(&mut cx, Readable, &mut read_byte).is_pending());
            watched.push(reader);
            writers.push(writer);
        }
        let mut poller = driver.try_acquire().unwrap();
        if closes {
            driver.close();
        } else {
            writers.iter_mut().for_each(|writer| writer.write_all(b"x").unwrap());
            let mut woken = 0;
            while woken < 8 {
                poller.wait(None);
                woken += poller.dispatch();
            }
        }
        assert!(flag.0.load(Ordering::SeqCst));
    }
}

#[test]
fn the_end_of_the_runtime_wakes_who_waits_and_refuses_the_rest() {
    let driver = Driver::new().unwrap();
    let (reader, _writer) = pipe().unwrap();
    let reader = Source::new(&driver, reader).unwrap();
    thread::scope(|scope| {
        let waits = scope.spawn(|| reader.io(Readable, read_byte));
        driver.close();
        let error = waits.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotConnected);
    });
    driver.close();
    assert!(reader.io(Writable, |_| Ok(())).is_err());
    let (late, _writer) = pipe().unwrap();
    let error = Source::new(&driver, late).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
    drop(reader);
    assert!(!driver.has_sources());
}

#[test]
fn many_sources_are_told_of_in_several_batches() {
    const SOURCES: usize = 300;
    let driver = Driver::new().unwrap();
    let mut streams: Vec<_> = (0..SOURCES)
        .map(|_| {
            let (stream, peer) = UnixStream::pair().unwrap();
            (Source::new(&driver, stream).unwrap(), peer)
        })
        .collect();
    let mut poller = driver.try_acquire().unwrap();
    for (stream, peer) in &mut streams {
        stream.wait();
        peer.write_all(b"x").unwrap();
    }
    turn_until(&mut poller, || streams.iter().all(|(stream, _)| stream.ready()[0]));
}

#[test]
fn a_source_whose_open_file_lives_on_elsewhere_is_no_longer_watched() {
    let driver = Driver::new().unwrap();
    let (reader, mut writer) = pipe().unwrap();
    // As a child process has it, or whoever was given a copy.
    let _elsewhere = reader.try_clone().unwrap();
    let reader = Source::new(&driver, reader).unwrap();
    drop(reader);
    writer.write_all(b"x").unwrap();
    let mut poller = driver.try_acquire().unwrap();
    poller.wait(Some(Duration::ZERO));
    let events = &poller.batch().events;
    assert_eq!(events.iter().count(), 0);
}
