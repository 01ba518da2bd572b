//! What a task of the stress test does: a few random things, one after the other.

use std::future::{Future, pending, poll_fn};
use std::os::unix::net::UnixStream as StdStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use anyrt_core::Sleep as _;
use anyrt_native::net::{TcpListener, TcpStream, UnixStream};
use anyrt_native::{BlockOn, JoinError, JoinHandle, Spawn, SpawnBlocking, Timer, yield_now};
use futures::FutureExt as _;
use futures::channel::oneshot;
use pin_project_lite::pin_project;

use crate::support::{Deliberate, Random, Token, panic_deliberately};
use crate::world::{Errand, Joined, Mischief, Output, World};

/// Starts a task of a random size. `None` if there were enough of them.
pub(crate) fn start(world: &Arc<World>, random: &mut Random) -> Option<(usize, Joined)> {
    if !world.may_start() {
        return None;
    }
    let token = world.ledger.issue();
    let number = token.number();
    let size = random.below(16);
    let body = body(Arc::clone(world), token, random.fork());
    let mischief = mischief(world, random, 24);
    let handle = &world.handle;
    let join = match size {
        0 => handle.spawn(Trapped { body: padded::<_, 2_000>(body), _mischief: mischief }),
        1 => handle.spawn(Trapped { body: padded::<_, 20_000>(body), _mischief: mischief }),
        2 => handle.spawn(Box::pin(Trapped { body, _mischief: mischief })),
        _ => handle.spawn(Trapped { body, _mischief: mischief }),
    };
    if random.one_in(3) {
        world.aborts.lock().unwrap().push(join.abort_handle());
    }
    Some((number, join))
}

/// Starts a task whose handle is dropped, or left to anybody.
pub(crate) fn start_detached(world: &Arc<World>, random: &mut Random) {
    let Some((number, join)) = start(world, random) else { return };
    match random.below(3) {
        0 => drop(join),
        1 => world.send(Errand::DropJoin(join)),
        _ => world.joins.lock().unwrap().push((number, join)),
    }
}

/// Starts a closure on a thread for such.
fn start_closure(world: &Arc<World>, random: &mut Random) -> Option<(usize, Joined)> {
    if !world.may_start() {
        return None;
    }
    let mut token = world.ledger.issue();
    let number = token.number();
    let alive = world.alive();
    let mut random = random.fork();
    let world = Arc::clone(world);
    let handle = world.handle.clone();
    let join = handle.spawn_blocking(move || {
        let _alive = alive;
        token.touch();
        match random.below(6) {
            0 => panic_deliberately(),
            1 => start_detached(&world, &mut random),
            2 => world.wake_any(&mut random),
            3 => {
                if let Some((number, join)) = start(&world, &mut random) {
                    check(&world, number, world.handle.block_on(join), Cancel::Possible);
                }
            }
            4 => world.handle.block_on(world.handle.sleep(short(&mut random))),
            _ => end_the_runtime(&world, &mut random),
        }
        output(&world, number, &mut random)
    });
    Some((number, join))
}

pin_project! {
    /// A future whose destructor may panic after it was ready. Within an `async` block that would be
    /// the destructor of a local variable, and the compiler leaks the output then, which is there
    /// already.
    struct Trapped<F> {
        #[pin]
        body: F,
        _mischief: Option<Mischief>,
    }
}

impl<F: Future> Future for Trapped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().body.poll(cx)
    }
}

/// What a task runs.
async fn body(world: Arc<World>, mut token: Token, mut random: Random) -> Output {
    let number = token.number();
    let alive = world.alive();
    for _ in 0..random.below(6) {
        token.touch();
        step(&world, number, &mut random).await;
    }
    token.touch();
    drop(alive);
    output(&world, number, &mut random)
}

/// Starts a task, and waits for it on a thread that does nothing else.
pub(crate) fn join_here(world: &Arc<World>, random: &mut Random) {
    let Some((number, join)) = start(world, random) else { return };
    let joined = futures::executor::block_on(join);
    // The destructor of the output may panic, at whoever has it.
    let checked = AssertUnwindSafe(|| check(world, number, joined, Cancel::Possible));
    let _ = catch_unwind(checked);
}

/// The same for a future that is no task.
pub(crate) async fn root(world: Arc<World>, mut random: Random) {
    let mut token = world.ledger.issue();
    let number = token.number();
    for _ in 0..1 + random.below(6) {
        token.touch();
        // A panic would come out of `block_on`, which is what it should; but the thread has more to do.
        let step = AssertUnwindSafe(step(&world, number, &mut random));
        let _ = step.catch_unwind().await;
    }
}

async fn padded<F: Future, const BYTES: usize>(future: F) -> F::Output {
    let padding = [7_u8; BYTES];
    let output = future.await;
    assert_eq!(std::hint::black_box(&padding)[BYTES - 1], 7);
    output
}

#[track_caller]
fn output(world: &Arc<World>, of: usize, random: &mut Random) -> Output {
    Output { token: world.ledger.issue(), of, _mischief: mischief(world, random, 16) }
}

fn mischief(world: &Arc<World>, random: &mut Random, one_in: usize) -> Option<Mischief> {
    let is_wanted = random.one_in(one_in);
    is_wanted.then(|| match random.below(2) {
        0 => Mischief::Panic,
        _ => Mischief::Start(Arc::clone(world), random.fork()),
    })
}

fn short(random: &mut Random) -> Duration {
    Duration::from_micros(random.below(1500) as u64)
}

/// Whether a task may have been cancelled.
#[derive(PartialEq)]
enum Cancel {
    Possible,
    /// Only by the end of the runtime.
    Unexpected,
}

fn check(world: &World, number: usize, joined: Result<Output, JoinError>, cancel: Cancel) {
    match joined {
        Ok(mut output) => {
            assert_eq!(output.of, number, "the output is another task's");
            output.token.touch();
        }
        Err(error) if error.is_cancelled() => assert!(
            cancel == Cancel::Possible || world.has_ended.load(Ordering::SeqCst),
            "task {number} was cancelled, but nobody has aborted it"
        ),
        Err(error) => {
            let payload = error.into_panic().ok().expect("it is a panic");
            assert!(payload.is::<Deliberate>(), "task {number} panicked by accident");
        }
    }
}

async fn step(world: &Arc<World>, number: usize, random: &mut Random) {
    match random.below(30) {
        0 | 1 => yield_now().await,
        2 => world.handle.sleep(short(random)).await,
        3 => timers(world, random).await,
        4 | 5 => join_one(world, random).await,
        6 => join_many(world, random).await,
        7 | 8 => start_detached(world, random),
        9 | 10 => join_any(world, number, random).await,
        11 => world.abort_any(random),
        12 | 13 => world.wake_any(random),
        14 | 15 => leave_wakers(world, random).await,
        16 | 17 => ask_a_foreign_thread(world).await,
        18 => echo(world, random).await,
        19 => tcp_echo(world).await,
        20 => leave_a_read(world, random).await,
        21 => {
            if let Some((number, join)) = start_closure(world, random) {
                wait(world, number, join, random, Cancel::Unexpected).await;
            }
        }
        22 => {
            if let Some((number, join)) = start_closure(world, random) {
                if random.one_in(2) {
                    join.abort();
                }
                wait(world, number, join, random, Cancel::Possible).await;
            }
        }
        23 => {
            if random.one_in(3) {
                panic_deliberately();
            }
        }
        24 => abort_one(world, random).await,
        25 => join_with_bad_waker(world, random),
        26 => wake_myself(random).await,
        27 => block_in_place(world, random),
        28 => eternal(world).await,
        _ => end_the_runtime(world, random),
    }
}

/// Timers that are cancelled, put off, brought forward, and dropped on another thread.
async fn timers(world: &World, random: &mut Random) {
    const LONG: Duration = Duration::from_secs(100);
    let handle = &world.handle;
    let mut sleep = Box::pin(handle.sleep(LONG));
    let _ = futures::poll!(sleep.as_mut());
    match random.below(5) {
        0 => drop(sleep),
        1 => world.send(Errand::DropSleep(sleep)),
        2 => {
            sleep.as_mut().reset(handle.now());
            sleep.await;
        }
        3 => {
            for _ in 0..4 {
                let deadline = handle.now() + short(random);
                sleep.as_mut().reset(deadline);
                let _ = futures::poll!(sleep.as_mut());
                yield_now().await;
            }
            sleep.await;
        }
        _ => {
            // Another task goes on with it.
            let deadline = handle.now() + short(random);
            sleep.as_mut().reset(deadline);
            let join = handle.spawn(async move {
                sleep.as_mut().await;
                sleep
            });
            drop(join.await);
        }
    }
}

/// Awaits a handle, or looks at it a few times and then does something else with it.
async fn wait(world: &World, number: usize, mut join: Joined, random: &mut Random, cancel: Cancel) {
    if random.one_in(4) {
        if let Poll::Ready(joined) = futures::poll!(&mut join) {
            return check(world, number, joined, cancel);
        }
        match random.below(4) {
            0 => return drop(join),
            1 => return world.send(Errand::DropJoin(join)),
            2 => return world.joins.lock().unwrap().push((number, join)),
            _ => yield_now().await,
        }
    }
    check(world, number, join.await, cancel);
}

async fn join_one(world: &Arc<World>, random: &mut Random) {
    let Some((number, join)) = start(world, random) else { return };
    if random.one_in(2) {
        yield_now().await;
    }
    wait(world, number, join, random, Cancel::Possible).await;
}

async fn join_many(world: &Arc<World>, random: &mut Random) {
    let mut all: Vec<_> = (0..random.below(8)).filter_map(|_| start(world, random)).collect();
    if random.one_in(2) {
        let mut joins = Vec::new();
        for (number, join) in all {
            joins.push(async move { (number, join.await) });
        }
        for (number, joined) in futures::future::join_all(joins).await {
            check(world, number, joined, Cancel::Possible);
        }
        return;
    }
    while !all.is_empty() {
        let (number, join) = all.swap_remove(random.below(all.len()));
        wait(world, number, join, random, Cancel::Possible).await;
    }
}

async fn join_any(world: &World, number: usize, random: &mut Random) {
    let Some(join) = world.take_younger(number, random) else { return };
    if random.one_in(4) {
        join.abort();
    }
    match join.await {
        Ok(mut output) => output.token.touch(),
        Err(error) => drop(error),
    }
}

/// A task that nobody else can abort, and one that must end by the abort.
async fn abort_one(world: &Arc<World>, random: &mut Random) {
    if !world.may_start() {
        return;
    }
    let alive = world.alive();
    let mut token = world.ledger.issue();
    let join: JoinHandle<()> = world.handle.spawn(async move {
        let _alive = alive;
        token.touch();
        pending::<()>().await;
        token.touch();
    });
    let mut join = anyrt_core::JoinHandle::abort_on_drop(join);
    if random.one_in(2) {
        if futures::poll!(&mut join).is_ready() {
            // It was refused, because the runtime has ended.
            return;
        }
        yield_now().await;
    }
    join.handle().abort();
    if random.one_in(2) {
        let joined = join.await;
        assert!(joined.is_err_and(|error| error.is_cancelled()));
    }
}

/// Where the runtime is dropped in the middle, some tasks end by nothing else.
async fn eternal(world: &Arc<World>) {
    if world.is_cut && world.may_start() {
        let mut token = world.ledger.issue();
        drop(world.handle.spawn(async move {
            token.touch();
            pending::<()>().await;
        }));
    }
}

struct BadWaker(Token);

impl Wake for BadWaker {
    fn wake(self: Arc<Self>) {
        assert!(self.0.is_intact());
        panic_deliberately();
    }
}

fn join_with_bad_waker(world: &Arc<World>, random: &mut Random) {
    let Some((number, mut join)) = start(world, random) else { return };
    let waker = Waker::from(Arc::new(BadWaker(world.ledger.issue())));
    match Pin::new(&mut join).poll(&mut Context::from_waker(&waker)) {
        Poll::Ready(joined) => check(world, number, joined, Cancel::Possible),
        Poll::Pending if random.one_in(2) => drop(join),
        Poll::Pending => world.joins.lock().unwrap().push((number, join)),
    }
}

async fn leave_wakers(world: &World, random: &mut Random) {
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        world.leave_waker(cx.waker().clone(), random);
        world.send(Errand::Wake(cx.waker().clone()));
        if polls > 2 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

async fn wake_myself(random: &mut Random) {
    let mut left = random.below(4);
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        cx.waker().clone().wake();
        left = left.saturating_sub(1);
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

async fn ask_a_foreign_thread(world: &World) {
    let (sender, receiver) = oneshot::channel();
    world.send(Errand::Answer(sender));
    // An error where the round is over already.
    let _ = receiver.await;
}

fn pair(world: &World) -> Option<(UnixStream, UnixStream)> {
    let (one, other) = StdStream::pair().unwrap();
    // Refused once the runtime has ended.
    let one = UnixStream::from_std_on(&world.handle, one).ok()?;
    Some((one, UnixStream::from_std_on(&world.handle, other).ok()?))
}

async fn echo(world: &Arc<World>, random: &mut Random) {
    if !world.may_start() {
        return;
    }
    let Some((here, there)) = pair(world) else { return };
    let length = 1 + random.below(100_000);
    let mut token = world.ledger.issue();
    let join = world.handle.spawn(async move {
        let mut buffer = vec![0; 4096];
        loop {
            token.touch();
            match there.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(read) => {
                    if there.write_all(&buffer[..read]).await.is_err() {
                        return;
                    }
                }
            }
        }
    });
    let bytes = vec![5; length];
    let mut back = vec![0; length];
    let (written, read) =
        futures::future::join(here.write_all(&bytes), here.read_exact(&mut back)).await;
    if written.and(read).is_ok() {
        assert_eq!(back, bytes);
    } else {
        assert!(world.has_ended.load(Ordering::SeqCst), "an echo failed");
    }
    drop(here);
    let joined = join.await;
    assert!(joined.is_ok() || world.has_ended.load(Ordering::SeqCst));
}

async fn tcp_echo(world: &Arc<World>) {
    let done = async {
        let handle = &world.handle;
        let listener = TcpListener::bind_on(handle, "127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = handle.spawn(async move {
            let (stream, _) = listener.accept().await?;
            let mut buffer = [0; 5];
            stream.read_exact(&mut buffer).await?;
            stream.write_all(&buffer).await
        });
        let stream = TcpStream::connect_on(handle, address).await?;
        stream.write_all(b"hello").await?;
        let mut back = Vec::new();
        stream.read_to_end(&mut back).await?;
        server.await.map_err(std::io::Error::from)??;
        assert_eq!(back, b"hello");
        Ok::<_, std::io::Error>(())
    };
    if let Err(error) = done.await {
        assert!(world.has_ended.load(Ordering::SeqCst), "an echo failed: {error}");
    }
}

/// A read under way is dropped, on this task or with another one.
async fn leave_a_read(world: &Arc<World>, random: &mut Random) {
    let Some((here, there)) = pair(world) else { return };
    let mut buffer = [0; 16];
    match random.below(3) {
        0 => {
            {
                let mut read = pin!(here.read(&mut buffer));
                let _ = futures::poll!(read.as_mut());
            }
            drop(there);
            let _ = here.read(&mut buffer).await;
        }
        1 if world.may_start() => {
            let mut token = world.ledger.issue();
            let alive = world.alive();
            let join = world.handle.spawn(async move {
                let _alive = alive;
                let _ = here.read(&mut [0; 16]).await;
                token.touch();
            });
            if random.one_in(2) {
                yield_now().await;
            }
            match random.below(3) {
                // Its end is that of the stream.
                0 => drop(there),
                1 => join.abort(),
                _ => drop(there.write_all(&[1; 8]).await),
            }
        }
        _ => {
            let mut read = Box::pin(async move {
                let _ = here.read(&mut [0; 16]).await;
            });
            let _ = futures::poll!(read.as_mut());
            let _ = there.write_all(b"x").await;
            drop(read);
        }
    }
}

/// A blocking closure on the thread of the task.
fn block_in_place(world: &Arc<World>, random: &mut Random) {
    let mut random = random.fork();
    anyrt_native::block_in_place(|| match random.below(4) {
        0 => start_detached(world, &mut random),
        1 => world.wake_any(&mut random),
        2 => panic_deliberately(),
        _ if world.waits_in_place => wait_in_place(world, &mut random),
        _ => {}
    });
}

/// Waits for a task that waits for nobody: what is beneath the closure on the stack of this thread may be
/// the `block_on` of another task's closure, and anybody may wait for that.
fn wait_in_place(world: &Arc<World>, random: &mut Random) {
    if !world.may_start() {
        return;
    }
    let (of_task, pause) = (world.handle.clone(), short(random));
    let mut token = world.ledger.issue();
    let leaf = world.handle.spawn(async move {
        yield_now().await;
        token.touch();
        of_task.sleep(pause).await;
        token
    });
    match world.handle.block_on(leaf) {
        Ok(mut token) => token.touch(),
        Err(error) => assert!(error.is_cancelled() && world.has_ended.load(Ordering::SeqCst)),
    }
}

/// Drops the runtime, from within.
fn end_the_runtime(world: &Arc<World>, random: &mut Random) {
    if !world.is_cut || !random.one_in(8) {
        return;
    }
    let runtime = world.runtime.lock().unwrap().take();
    if runtime.is_some() {
        world.has_ended.store(true, Ordering::SeqCst);
        drop(runtime);
    }
}
