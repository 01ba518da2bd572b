//! What an observer is told through the facade: where its functions were called, and what its leaves wait for.
//! What every backend has to do for that is in the suite.
#![cfg(feature = "some-backend")]

use std::collections::BTreeSet;
use std::future::{Future, pending};
use std::net;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyrt::net::{TcpListener, TcpStream, UdpSocket};
use anyrt::observe::{self, Observer, SourceId, TaskObserver, Wait};
use anyrt::reactor::Interest;
use anyrt::task::{self, Builder, Id, Meta};
use anyrt::{JoinHandle, Runtime, Spawn, SpawnBlocking, time};
use anyrt_tests::backend;
use futures::executor;
use futures::{AsyncReadExt, FutureExt};

const HOUR: Duration = Duration::from_secs(3600);

/// A process has one observer.
static ALONE: Mutex<()> = Mutex::new(());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes what it is told of each task.
#[derive(Default)]
struct Notes(Mutex<Vec<Arc<Task>>>);

#[derive(Debug)]
struct Task {
    name: Option<String>,
    line: u32,
    file: &'static str,
    /// In the last poll, and how many polls there were.
    last: Mutex<(Vec<Waits>, usize)>,
}

/// A [`Wait`] to keep.
#[derive(Clone, Debug, PartialEq)]
enum Waits {
    Sleep(Instant),
    Io(Interest, String),
    Join(Id),
}

impl Observer for Notes {
    fn spawned(&self, task: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
        let task = Arc::new(Task {
            name: task.name.map(str::to_owned),
            line: task.location.line(),
            file: task.location.file(),
            last: Mutex::default(),
        });
        lock(&self.0).push(Arc::clone(&task));
        Some(task)
    }
}

impl TaskObserver for Task {
    fn poll_begins(&self) {
        lock(&self.last).0.clear();
    }

    fn poll_ends(&self) {
        lock(&self.last).1 += 1;
    }

    fn waits_for(&self, wait: &Wait<'_>) {
        let wait = match *wait {
            Wait::Sleep { deadline, .. } => Waits::Sleep(deadline),
            Wait::Io { interest, source, .. } => Waits::Io(interest, format!("{source:?}")),
            Wait::Join { id, .. } => Waits::Join(id),
            _ => return,
        };
        lock(&self.last).0.push(wait);
    }
}

/// Installs an observer for the tasks that `then` spawns.
fn observed(then: impl FnOnce(&Runtime, &Notes)) {
    let _alone = lock(&ALONE);
    let runtime = backend::two_workers();
    let notes = Arc::new(Notes::default());
    observe::install(Arc::clone(&notes) as Arc<dyn Observer>);
    let uninstall = Uninstall;
    then(&runtime, &notes);
    drop(uninstall);
}

struct Uninstall;

impl Drop for Uninstall {
    fn drop(&mut self) {
        observe::uninstall();
    }
}

impl Notes {
    fn last(&self) -> Arc<Task> {
        Arc::clone(lock(&self.0).last().expect("a task was spawned"))
    }
}

/// What the task waits for that runs `future`, once it has been polled and waits.
fn waits_of<F>(runtime: &Runtime, notes: &Notes, future: F) -> Vec<Waits>
where
    F: Future<Output: Send> + Send + 'static,
{
    let task = runtime.spawn(future).abort_on_drop();
    let note = notes.last();
    runtime.block_on(async {
        loop {
            let (waits, polls) = lock(&note.last).clone();
            if polls > 0 && !waits.is_empty() {
                return waits;
            }
            assert!(!task.handle().is_finished(), "it does not wait");
            task::yield_now().await;
        }
    })
}

#[test]
fn the_place_is_that_of_the_caller() {
    observed(|runtime, notes| {
        let here = |line: u32| {
            let task = notes.last();
            assert_eq!((task.file, task.line), (file!(), line), "{task:?}");
            task.name.clone()
        };
        let handle = runtime.handle();
        runtime.spawn(async {});
        assert_eq!(here(line!() - 1), None);
        handle.spawn(async {});
        assert_eq!(here(line!() - 1), None);
        Spawn::spawn(handle, async {});
        assert_eq!(here(line!() - 1), None);
        handle.spawn_blocking(|| ());
        assert_eq!(here(line!() - 1), None);
        SpawnBlocking::spawn_blocking(handle, || ());
        assert_eq!(here(line!() - 1), None);
        Builder::new().name("name").spawn_on(handle, async {});
        assert_eq!(here(line!() - 1).as_deref(), Some("name"));
        Builder::new().name("name").spawn_blocking_on(handle, || ());
        assert_eq!(here(line!() - 1).as_deref(), Some("name"));

        let _inside = handle.enter();
        anyrt::spawn(async {});
        assert_eq!(here(line!() - 1), None);
        anyrt::spawn_blocking(|| ());
        assert_eq!(here(line!() - 1), None);
        Builder::new().name("name").spawn(async {});
        assert_eq!(here(line!() - 1).as_deref(), Some("name"));
        Builder::new().name("name").spawn_blocking(|| ());
        assert_eq!(here(line!() - 1).as_deref(), Some("name"));
        let large = [0_u8; 32 << 10];
        anyrt::spawn(async move { large });
        assert_eq!(here(line!() - 1), None);
        Builder::new().name("large").spawn(async move { large });
        assert_eq!(here(line!() - 1).as_deref(), Some("large"));
    });
}

#[test]
fn each_spawn_is_told_once() {
    observed(|runtime, notes| {
        runtime.block_on(runtime.spawn(async {})).unwrap();
        runtime.block_on(runtime.handle().spawn_blocking(|| ())).unwrap();
        assert_eq!(lock(&notes.0).len(), 2);
    });
}

#[test]
fn sleeps_limits_and_intervals_tell_their_deadlines() {
    observed(|runtime, notes| {
        let deadline = runtime.block_on(async { time::now() }) + HOUR;
        let waits = waits_of(runtime, notes, async move { time::sleep_until(deadline).await });
        assert_eq!(waits, [Waits::Sleep(deadline)]);
        let limited = async move { time::timeout_at(deadline, pending::<()>()).await };
        assert_eq!(waits_of(runtime, notes, limited), [Waits::Sleep(deadline)]);
        let ticks = async move { time::interval_at(deadline, HOUR).tick().await };
        assert_eq!(waits_of(runtime, notes, ticks), [Waits::Sleep(deadline)]);
    });
}

#[test]
fn handles_tell_the_task_that_they_wait_for() {
    observed(|runtime, notes| {
        let endless = runtime.spawn(pending::<()>());
        let (id, abort) = (endless.id(), endless.abort_handle());
        assert_eq!(waits_of(runtime, notes, endless), [Waits::Join(id)]);
        abort.abort();

        let (release, is_released) = std::sync::mpsc::channel::<()>();
        let closure = runtime.handle().spawn_blocking(move || is_released.recv().is_err());
        let id = closure.id();
        assert_eq!(waits_of(runtime, notes, closure), [Waits::Join(id)]);
        drop(release);
    });
}

#[test]
fn sockets_tell_what_they_wait_for() {
    observed(|runtime, notes| {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (one, other) =
            (net::TcpStream::connect(address).unwrap(), listener.accept().unwrap().0);
        let text =
            |socket: &dyn std::fmt::Debug| Waits::Io(Interest::Readable, format!("{socket:?}"));
        let (of_listener, of_stream) = (text(&listener), text(&one));

        let inside = runtime.handle().enter();
        let listener = TcpListener::from_std(listener).unwrap();
        let stream = Arc::new(TcpStream::from_std(one).unwrap());
        drop(inside);
        let accepts = async move { listener.accept().await };
        assert_eq!(waits_of(runtime, notes, accepts), [of_listener]);
        let read = Arc::clone(&stream);
        let reads = async move { read.read(&mut [0]).await };
        assert_eq!(waits_of(runtime, notes, reads), std::slice::from_ref(&of_stream));
        let read = Arc::clone(&stream);
        let reads = async move { AsyncReadExt::read(&mut &*read, &mut [0]).await };
        assert_eq!(waits_of(runtime, notes, reads), std::slice::from_ref(&of_stream));
        let readable = async move { stream.readable().await };
        assert_eq!(waits_of(runtime, notes, readable), [of_stream]);
        drop(other);

        let socket = net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let of_socket = text(&socket);
        let inside = runtime.handle().enter();
        let socket = UdpSocket::from_std(socket).unwrap();
        drop(inside);
        let receives = async move { socket.recv_from(&mut [0]).await };
        assert_eq!(waits_of(runtime, notes, receives), [of_socket]);
    });
}

/// By it a text that was made of a socket is found again; one that takes the descriptor's number has another.
#[test]
fn a_socket_has_an_id_that_no_other_one_had() {
    /// Notes the ids of what is waited for.
    #[derive(Default)]
    struct Ids(Mutex<Vec<SourceId>>);

    impl TaskObserver for Ids {
        fn waits_for(&self, wait: &Wait<'_>) {
            if let Wait::Io { id, .. } = *wait {
                lock(&self.0).push(id.expect("a socket of the facade has an id"));
            }
        }
    }

    struct Of(Arc<Ids>);

    impl Observer for Of {
        fn spawned(&self, _: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
            Some(Arc::clone(&self.0) as _)
        }
    }

    let _alone = lock(&ALONE);
    for backend in anyrt::selection().unwrap().compiled() {
        let runtime = anyrt::Builder::new().backend(*backend).build().unwrap();
        let ids = Arc::new(Ids::default());
        observe::install(Arc::new(Of(Arc::clone(&ids))));
        let _uninstall = Uninstall;
        let receives = runtime.spawn(async {
            for _ in 0..2 {
                let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
                for _ in 0..2 {
                    assert!(socket.recv_from(&mut [0]).now_or_never().is_none());
                }
                assert!(socket.readable().now_or_never().is_none());
            }
        });
        runtime.block_on(receives).unwrap();
        let ids = std::mem::take(&mut *lock(&ids.0));
        let [one, .., other] = ids[..] else { panic!("{backend}: it has not waited") };
        assert!(one != other, "{backend}: {ids:?}");
        assert_eq!(ids, [one, one, one, other, other, other], "{backend}");
    }
}

#[test]
fn a_task_tells_all_that_it_waits_for() {
    observed(|runtime, notes| {
        let deadline = runtime.block_on(async { time::now() }) + HOUR;
        let both = async move {
            futures::future::join(time::sleep_until(deadline), time::sleep_until(deadline + HOUR))
                .await
        };
        let expected = [Waits::Sleep(deadline), Waits::Sleep(deadline + HOUR)];
        assert_eq!(waits_of(runtime, notes, both), expected);
    });
}

/// A label is of the task that is polled, and not of the one around it or before it on the thread.
#[test]
#[expect(
    clippy::async_yields_async,
    reason = "the sleep is made inside of the runtime, and polled elsewhere"
)]
fn labels_go_to_the_task_that_waits() {
    observed(|runtime, notes| {
        let deadline = runtime.block_on(async { time::now() }) + HOUR;
        // The sleep is polled outside of any task, and then in one.
        let mut sleep = Box::pin(runtime.block_on(async { time::sleep_until(deadline) }));
        assert!(executor::block_on(async { sleep.as_mut().now_or_never() }).is_none());
        assert_eq!(lock(&notes.0).len(), 0);
        assert_eq!(waits_of(runtime, notes, sleep), [Waits::Sleep(deadline)]);

        // A task without labels, after one with.
        let (go, gone) = futures::channel::oneshot::channel::<()>();
        let silent = runtime.spawn(gone);
        let note = notes.last();
        runtime.block_on(async {
            while lock(&note.last).1 == 0 {
                task::yield_now().await;
            }
        });
        assert_eq!(lock(&note.last).0, []);
        go.send(()).unwrap();
        runtime.block_on(silent).unwrap().unwrap();
    });
}

/// The observer is gone, and the task still has it.
#[test]
fn labels_go_on_when_the_observer_was_uninstalled() {
    observed(|runtime, notes| {
        let deadline = runtime.block_on(async { time::now() }) + HOUR;
        let (go, gone) = futures::channel::oneshot::channel::<()>();
        let task = runtime.spawn(async move {
            gone.await.unwrap();
            time::sleep_until(deadline).await;
        });
        let note = notes.last();
        observe::uninstall();
        go.send(()).unwrap();
        runtime.block_on(async {
            while lock(&note.last).0 != [Waits::Sleep(deadline)] {
                task::yield_now().await;
            }
        });
        task.abort();
    });
}

/// What the observer itself waits for is nobody's label.
#[test]
#[expect(
    clippy::async_yields_async,
    reason = "the sleep is made inside of the runtime, and polled elsewhere"
)]
fn an_observer_that_waits_is_not_told_of_it() {
    type Own = Option<Pin<Box<time::Sleep>>>;
    struct Sleeps(Mutex<(Vec<Waits>, Own)>);

    impl TaskObserver for Sleeps {
        fn waits_for(&self, wait: &Wait<'_>) {
            let Wait::Sleep { deadline, .. } = *wait else { return };
            let mut state = lock(&self.0);
            let (waits, own) = &mut *state;
            waits.push(Waits::Sleep(deadline));
            let own = own.as_mut().unwrap();
            // Would lock again, if this were told.
            let poll = own.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop()));
            assert_eq!(poll, Poll::Pending);
        }
    }

    struct About(Arc<Sleeps>);

    impl Observer for About {
        fn spawned(&self, _: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
            Some(Arc::clone(&self.0) as _)
        }
    }

    let _alone = lock(&ALONE);
    let runtime = backend::two_workers();
    let deadline = runtime.block_on(async { time::now() }) + HOUR;
    let own = runtime.block_on(async { Box::pin(time::sleep_until(deadline + HOUR)) });
    let sleeps = Arc::new(Sleeps(Mutex::new((Vec::new(), Some(own)))));
    observe::install(Arc::new(About(Arc::clone(&sleeps))));
    let _uninstall = Uninstall;
    let task = runtime.spawn(async move { time::sleep_until(deadline).await });
    runtime.block_on(async {
        while lock(&sleeps.0).0.is_empty() {
            task::yield_now().await;
        }
    });
    task.abort();
    assert!(runtime.block_on(task).is_err());
    let (waits, own) = std::mem::take(&mut *lock(&sleeps.0));
    drop(own);
    assert!(waits.iter().all(|wait| *wait == Waits::Sleep(deadline)), "{waits:?}");
}

#[test]
fn ids_through_the_facade_are_those_of_its_handles() {
    let _alone = lock(&ALONE);
    let runtime = backend::two_workers();
    let mut ids = BTreeSet::new();
    let mut check = |task: JoinHandle<Option<Id>>| {
        let id = task.id();
        assert_eq!(runtime.block_on(task).unwrap(), Some(id));
        assert!(ids.insert(id), "{id} was another one's");
    };
    for _ in 0..10 {
        check(runtime.spawn(async { task::try_id() }));
        check(runtime.handle().spawn_blocking(task::try_id));
        check(runtime.spawn(async { Some(task::id()) }));
    }
    assert_eq!(task::try_id(), None);
    assert_eq!(runtime.block_on(async { task::try_id() }), None);
    let task = runtime.spawn(pending::<()>());
    let id = task.id();
    task.abort();
    assert_eq!(runtime.block_on(task).unwrap_err().id(), id);
}
