//! Every free function where there is no runtime around: a plain thread, a destructor, a thread that
//! ends. None of them fails for want of a context, and what they make can be polled anywhere.
#![cfg(all(unix, feature = "some-backend"))]

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyrt::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
use anyrt::reactor::{AsyncFd, Interest};
use anyrt::time::{interval, interval_at, now, sleep, sleep_until, timeout, timeout_at};
use anyrt::{Handle, task};
use anyrt_tests::child::child;
use futures::executor;
use futures::future::{BoxFuture, FutureExt};
use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use futures::task::noop_waker;

/// What a function made, and the check that it works.
type Check = BoxFuture<'static, io::Result<()>>;

const MILLISECOND: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(60 * 60);

/// Calls every function that returns something to be awaited, and names it.
fn call_all() -> Vec<(&'static str, Check)> {
    vec![
        ("spawn", spawns()),
        ("spawn_blocking", spawns_blocking()),
        ("yield_now", task::yield_now().map(Ok).boxed()),
        ("sleep", sleeps()),
        ("sleep_until", sleep_until(now() + MILLISECOND).map(Ok).boxed()),
        ("timeout", times_out()),
        ("timeout_at", times_out_at()),
        ("interval", ticks()),
        ("interval_at", ticks_at()),
        ("lookup_host", looks_up().boxed()),
        ("TcpListener::bind", tcp().boxed()),
        ("TcpListener::from_std", tcp_from_std()),
        ("TcpSocket", tcp_socket()),
        ("UdpSocket", udp().boxed()),
        ("UnixListener", unix_listener()),
        ("UnixStream::pair", unix_pair()),
        ("UnixDatagram::pair", unix_datagrams()),
        ("AsyncFd::new", async_fd()),
        ("Handle::current", handle()),
    ]
}

fn spawns() -> Check {
    let task = anyrt::spawn(async {
        anyrt::spawn(sleep(MILLISECOND)).await?;
        Ok::<_, io::Error>(7)
    });
    async {
        assert_eq!(task.await??, 7);
        Ok(())
    }
    .boxed()
}

fn spawns_blocking() -> Check {
    let task = anyrt::spawn_blocking(|| anyrt::block_on(anyrt::spawn(async { 7 })));
    async {
        assert_eq!(task.await??, 7);
        Ok(())
    }
    .boxed()
}

fn sleeps() -> Check {
    let sleep = sleep(MILLISECOND);
    let deadline = sleep.deadline();
    async move {
        sleep.await;
        assert!(now() >= deadline);
        Ok(())
    }
    .boxed()
}

fn times_out() -> Check {
    let (endless, ready) =
        (timeout(MILLISECOND, std::future::pending::<()>()), timeout(LONG, async { 7 }));
    async {
        assert!(endless.await.is_err());
        assert_eq!(ready.await?, 7);
        Ok(())
    }
    .boxed()
}

fn times_out_at() -> Check {
    let endless = timeout_at(now() + MILLISECOND, std::future::pending::<()>());
    async {
        assert!(endless.await.is_err());
        Ok(())
    }
    .boxed()
}

fn ticks() -> Check {
    let mut ticks = interval(MILLISECOND);
    async move {
        let first = ticks.tick().await;
        assert_eq!(ticks.tick().await, first + MILLISECOND);
        Ok(())
    }
    .boxed()
}

fn ticks_at() -> Check {
    let start = now() + MILLISECOND;
    let mut ticks = interval_at(start, LONG);
    async move {
        assert_eq!(ticks.tick().await, start);
        Ok(())
    }
    .boxed()
}

async fn looks_up() -> io::Result<()> {
    let figures = anyrt::net::lookup_host("127.0.0.1:80").await?;
    assert_eq!(figures, ["127.0.0.1:80".parse::<SocketAddr>().unwrap()]);
    for address in anyrt::net::lookup_host("localhost:80").await? {
        assert!(address.ip().is_loopback());
    }
    Ok(())
}

async fn tcp() -> io::Result<()> {
    greet_over_tcp(TcpListener::bind("127.0.0.1:0").await?).await
}

fn tcp_from_std() -> Check {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (listener, client) =
        (TcpListener::from_std(listener).unwrap(), TcpStream::from_std(client).unwrap());
    async move {
        let (server, _) = listener.accept().await?;
        greet(&client, &server).await
    }
    .boxed()
}

fn tcp_socket() -> Check {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(16).unwrap();
    async move {
        let client = TcpSocket::new_v4()?.connect(listener.local_addr()?).await?;
        let (server, _) = listener.accept().await?;
        greet(&client, &server).await
    }
    .boxed()
}

async fn greet_over_tcp(listener: TcpListener) -> io::Result<()> {
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (server, _) = listener.accept().await?;
    greet(&client, &server).await?;
    greet(&server, &client).await
}

async fn greet(
    mut from: impl AsyncWrite + Unpin,
    mut to: impl AsyncRead + Unpin,
) -> io::Result<()> {
    let mut greeting = [0; 5];
    let (read, written) = futures::join!(to.read_exact(&mut greeting), from.write_all(b"hello"));
    read.and(written)?;
    assert_eq!(greeting, *b"hello");
    Ok(())
}

async fn udp() -> io::Result<()> {
    let (one, other) =
        (UdpSocket::bind("127.0.0.1:0").await?, UdpSocket::bind("127.0.0.1:0").await?);
    one.connect(other.local_addr()?).await?;
    one.send(b"hello").await?;
    let mut greeting = [0; 16];
    let (length, sender) = other.recv_from(&mut greeting).await?;
    assert_eq!((&greeting[..length], sender), (&b"hello"[..], one.local_addr()?));
    Ok(())
}

fn unix_listener() -> Check {
    static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!("anyrt-off-runtime-{}-{number}", std::process::id());
    let path = env::temp_dir().join(name);
    let listener = UnixListener::bind(&path).unwrap();
    async move {
        let client = UnixStream::connect(&path).await;
        fs::remove_file(&path)?;
        let (server, _) = listener.accept().await?;
        greet(&client?, &server).await
    }
    .boxed()
}

fn unix_pair() -> Check {
    let (one, other) = UnixStream::pair().unwrap();
    async move { greet(&one, &other).await }.boxed()
}

fn unix_datagrams() -> Check {
    let (one, other) = UnixDatagram::pair().unwrap();
    async move {
        let mut greeting = [0; 16];
        let (received, sent) = futures::join!(other.recv(&mut greeting), one.send(b"hello"));
        assert_eq!((received?, sent?, &greeting[..5]), (5, 5, &b"hello"[..]));
        Ok(())
    }
    .boxed()
}

fn async_fd() -> Check {
    let (reader, mut writer) = std::os::unix::net::UnixStream::pair().unwrap();
    let reader = AsyncFd::new(reader).unwrap();
    async move {
        let mut byte = [0];
        let mut read =
            reader.io(Interest::Readable, |mut source| source.read_exact(&mut byte)).boxed();
        assert!(read.as_mut().now_or_never().is_none());
        writer.write_all(b"x")?;
        read.await
    }
    .boxed()
}

fn handle() -> Check {
    let handle = Handle::current();
    assert_eq!(handle.backend(), anyrt::selection().unwrap().backend());
    async move {
        handle.spawn(async {}).await?;
        Ok(())
    }
    .boxed()
}

/// Calls everything here, polls it once here, and finishes it on the receiver's thread.
fn call_and_send(checks: &Sender<(&'static str, Check)>) {
    for (name, mut check) in call_all() {
        match check.as_mut().poll(&mut Context::from_waker(&noop_waker())) {
            Poll::Ready(result) => result.unwrap_or_else(|error| panic!("{name}: {error}")),
            Poll::Pending => checks.send((name, check)).unwrap(),
        }
    }
}

/// Runs `situation`, and then finishes on this thread, which no runtime knows, what was made in it.
fn finish_elsewhere(situation: impl FnOnce(Sender<(&'static str, Check)>)) {
    let (sender, checks) = channel();
    situation(sender);
    for (name, check) in checks {
        executor::block_on(check).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert!(Handle::try_current().is_none());
}

/// Does it when it is dropped.
struct CallOnDrop(Sender<(&'static str, Check)>);

impl Drop for CallOnDrop {
    fn drop(&mut self) {
        // A panic in here, while another one unwinds, would end the process without its message.
        if !thread::panicking() {
            call_and_send(&self.0);
        }
    }
}

#[test]
fn everything_works_on_a_plain_thread() {
    finish_elsewhere(|sender| call_and_send(&sender));
}

#[test]
fn what_was_made_on_a_plain_thread_works_on_another() {
    finish_elsewhere(|sender| thread::spawn(move || call_and_send(&sender)).join().unwrap());
}

#[test]
fn everything_works_in_a_destructor() {
    finish_elsewhere(|sender| drop(CallOnDrop(sender)));
}

#[test]
fn everything_works_in_a_destructor_while_a_thread_unwinds() {
    struct CallWhileUnwinding(Sender<(&'static str, Check)>);

    impl Drop for CallWhileUnwinding {
        fn drop(&mut self) {
            assert!(thread::panicking());
            call_and_send(&self.0);
        }
    }

    // A process of its own, because a second panic ends the process.
    child(|| {
        finish_elsewhere(|sender| {
            let unwinding = thread::spawn(|| {
                let _caller = CallWhileUnwinding(sender);
                std::panic::resume_unwind(Box::new("on purpose"));
            });
            assert_eq!(unwinding.join().unwrap_err().downcast_ref(), Some(&"on purpose"));
        });
    })
    .succeeds();
}

#[test]
fn everything_works_in_a_destructor_at_the_end_of_a_task() {
    finish_elsewhere(|sender| {
        let caller = CallOnDrop(sender);
        let task = anyrt::spawn(async move {
            task::yield_now().await;
            drop(caller);
        });
        executor::block_on(task).unwrap();
    });
}

#[test]
fn everything_works_in_a_destructor_of_an_aborted_task() {
    finish_elsewhere(|sender| {
        let caller = CallOnDrop(sender);
        let task = anyrt::spawn(async move {
            let _caller = caller;
            std::future::pending::<()>().await;
        });
        task.abort();
        assert!(executor::block_on(task).unwrap_err().is_cancelled());
    });
}

#[test]
fn everything_works_in_a_destructor_of_a_detached_output() {
    finish_elsewhere(|sender| {
        let caller = CallOnDrop(sender);
        drop(anyrt::spawn(async move { caller }));
    });
}

thread_local! {
    static CALLER: RefCell<Option<CallOnDrop>> = const { RefCell::new(None) };
}

#[test]
fn everything_works_while_a_thread_ends() {
    finish_elsewhere(|sender| {
        let thread = thread::spawn(|| {
            CALLER.with_borrow_mut(|caller| *caller = Some(CallOnDrop(sender)));
        });
        thread.join().unwrap();
    });
}

#[test]
fn everything_works_while_a_thread_ends_that_was_inside_a_runtime() {
    // A process of its own, because a panic in such a destructor ends the process.
    child(|| {
        finish_elsewhere(|sender| {
            // Thread-locals are destroyed in the reverse order of first use: the runtime's are
            // still there.
            let thread = thread::spawn(|| {
                anyrt::block_on(async {});
                CALLER.with_borrow_mut(|caller| *caller = Some(CallOnDrop(sender)));
            });
            thread.join().unwrap();
        });
    })
    .succeeds();
}

#[test]
fn everything_works_on_a_foreign_executor() {
    finish_elsewhere(|sender| executor::block_on(async { call_and_send(&sender) }));
}

#[test]
fn block_on_works_on_a_plain_thread_and_in_a_destructor() {
    struct BlockOnDrop(Sender<u32>);

    impl Drop for BlockOnDrop {
        fn drop(&mut self) {
            let seven = anyrt::block_on(async {
                sleep(MILLISECOND).await;
                anyrt::spawn(async { 7 }).await.unwrap()
            });
            self.0.send(seven).unwrap();
        }
    }

    let (sender, results) = channel();
    drop(BlockOnDrop(sender.clone()));
    thread::spawn(|| drop(BlockOnDrop(sender))).join().unwrap();
    assert_eq!(results.iter().collect::<Vec<_>>(), [7, 7]);
}

#[test]
fn plain_answers_need_no_runtime_around() {
    let before = Instant::now();
    assert!(now() >= before);
    assert!(Handle::try_current().is_none());
    let selection = anyrt::selection().unwrap();
    assert_eq!(Handle::current().backend(), selection.backend());
}

#[test]
fn wakers_of_a_foreign_executor_are_woken() {
    let mut polls = 0;
    let mut sleep = Box::pin(sleep(5 * MILLISECOND));
    executor::block_on(poll_fn(|cx| {
        polls += 1;
        sleep.as_mut().poll(cx)
    }));
    assert_eq!(polls, 2);
}

/// Blocks on a task, a closure and timers of the runtime that a call without a handle goes to.
fn block_on_everything() -> u32 {
    let sleep = sleep(MILLISECOND);
    anyrt::block_on(async {
        sleep.await;
        anyrt::time::sleep(MILLISECOND).await;
        let closure = anyrt::spawn_blocking(|| anyrt::block_on(async { 3 }));
        anyrt::spawn(async { 4 }).await.unwrap() + closure.await.unwrap()
    })
}

mod variables_are_gone {
    use super::*;

    struct BlockAtTheEnd(Sender<u32>);

    impl Drop for BlockAtTheEnd {
        fn drop(&mut self) {
            self.0.send(block_on_everything()).unwrap();
        }
    }

    thread_local! {
        static OLDEST: RefCell<Option<BlockAtTheEnd>> = const { RefCell::new(None) };
    }

    /// Blocks when a thread ends that has done what `before` does since it had its oldest variable.
    fn block_at_the_end_of_a_thread(before: fn()) {
        let (sender, results) = channel();
        let thread = thread::spawn(move || {
            OLDEST.set(Some(BlockAtTheEnd(sender)));
            before();
        });
        // A panic in such a destructor ends the process.
        thread.join().unwrap();
        assert_eq!(results.recv(), Ok(7));
    }

    #[test]
    fn of_a_thread_that_was_inside_a_runtime() {
        child(|| block_at_the_end_of_a_thread(|| assert_eq!(block_on_everything(), 7))).succeeds();
    }

    #[test]
    fn of_a_thread_that_calls_for_the_first_time_when_it_ends() {
        child(|| block_at_the_end_of_a_thread(|| {})).succeeds();
    }

    #[test]
    fn of_a_thread_that_only_asked_for_a_runtime_before() {
        child(|| block_at_the_end_of_a_thread(|| drop(Handle::try_current()))).succeeds();
    }

    #[test]
    fn of_a_thread_that_ends_the_process() {
        const DONE: &str = "everything worked at the exit";

        extern "C" fn at_exit() {
            assert_eq!(block_on_everything(), 7);
            println!("{DONE}");
        }

        let (status, output) = child(|| {
            // SAFETY: the function may be called at any time from now on, and does not unwind: that
            // ends the process.
            assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
            assert_eq!(block_on_everything(), 7);
        })
        .run();
        assert!(status.success() && output.contains(DONE), "{status}, with the output:\n{output}");
    }
}
