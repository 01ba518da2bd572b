//! tokio around what runs on another runtime.

use std::cell::RefCell;
use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use anyrt::task::LocalSet;
use anyrt::{Builder, Handle, Runtime, ThreadHooks};
use anyrt_tests::backend::is_owned;
use anyrt_tests::child::{child, count, wait_until};
use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{self, Duration};

const MOMENT: Duration = Duration::from_millis(1);

fn compiled() -> impl Iterator<Item = &'static str> {
    anyrt::selection().unwrap().compiled().iter().copied()
}

fn start(backend: &str) -> Runtime {
    Builder::new().backend(backend).tokio_context(true).build().unwrap()
}

fn is_inside() -> bool {
    tokio::runtime::Handle::try_current().is_ok()
}

/// Runs once in a task, in a closure, in a local task and in `block_on`, and what comes of it is true.
fn assert_everywhere(runtime: &Runtime, what: fn() -> bool) {
    let backend = runtime.handle().backend();
    assert!(runtime.block_on(async { what() }), "in `block_on` on {backend}");
    let task = runtime.spawn(async move { what() });
    assert!(runtime.block_on(task).unwrap(), "in a task on {backend}");
    let closure = runtime.spawn_blocking(what);
    assert!(runtime.block_on(closure).unwrap(), "in a closure on {backend}");
    let set = LocalSet::new();
    let local = set.spawn_local(async move { what() });
    assert!(runtime.block_on(set.run_until(local)).unwrap(), "in a local task on {backend}");
    let from_elsewhere = thread::scope(|scope| {
        scope.spawn(|| runtime.handle().block_on(async { what() })).join().unwrap()
    });
    assert!(from_elsewhere, "in `block_on` on {backend}, on a thread of its own");
}

/// E1
#[test]
fn whatever_runs_is_inside() {
    for backend in compiled() {
        let runtime = start(backend);
        for _ in 0..100 {
            assert_everywhere(&runtime, is_inside);
        }
        assert!(!is_inside());
    }
}

/// E1
#[test]
fn so_it_is_without_worker_threads() {
    for backend in compiled().filter(|backend| is_owned(backend)) {
        let builder = Builder::new().backend(backend).current_thread().tokio_context(true);
        let runtime = builder.build().unwrap();
        assert_everywhere(&runtime, is_inside);
    }
}

/// Tells on drop whether it is inside.
struct Tells(mpsc::Sender<bool>);

impl Drop for Tells {
    fn drop(&mut self) {
        self.0.send(is_inside()).unwrap();
    }
}

/// E1
#[test]
fn destructors_are_inside() {
    for backend in compiled() {
        let runtime = start(backend);
        let (tells, is_told) = mpsc::channel();
        let wait_with = |tells: Tells| async move {
            let _tells = tells;
            std::future::pending::<()>().await;
        };
        let aborted = runtime.spawn(wait_with(Tells(tells.clone())));
        aborted.abort();
        assert!(runtime.block_on(aborted).unwrap_err().is_cancelled());
        assert!(is_told.recv().unwrap(), "an aborted task on {backend}");
        if !is_owned(backend) {
            continue;
        }
        // At the end, also where that is in a task.
        drop(runtime.spawn(wait_with(Tells(tells.clone()))));
        drop(runtime);
        assert!(is_told.recv().unwrap(), "the end of {backend}");
        let runtime = start(backend);
        let handle = runtime.handle().clone();
        drop(runtime.spawn(wait_with(Tells(tells))));
        drop(handle.spawn(async move { drop(runtime) }));
        assert!(is_told.recv().unwrap(), "the end of {backend} in a task");
        assert!(is_told.recv().is_err());
    }
}

/// E1
#[anyrt::test(all, tokio_context = true)]
async fn timers_and_sockets_of_tokio_work_in_tasks() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let echo = thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let mut word = [0; 4];
        peer.read_exact(&mut word).unwrap();
        peer.write_all(&word).unwrap();
    });
    let task = anyrt::spawn(async move {
        time::sleep(MOMENT).await;
        assert!(time::timeout(MOMENT, std::future::pending::<()>()).await.is_err());
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(b"ping").await.unwrap();
        let mut word = [0; 4];
        stream.read_exact(&mut word).await.unwrap();
        // What a library starts by itself.
        tokio::spawn(async { 42 }).await.unwrap()
    });
    assert_eq!(task.await.unwrap(), 42);
    echo.join().unwrap();
}

/// E2
#[test]
fn anyrt_means_the_runtime_as_ever() {
    for backend in compiled() {
        let runtime = start(backend);
        let is_meant = |handle: Handle| async move {
            let there = anyrt::spawn(async { Handle::current() }).await.unwrap();
            Handle::current() == handle && there == handle
        };
        let handle = || runtime.handle().clone();
        assert!(runtime.block_on(is_meant(handle())), "in `block_on` on {backend}");
        let task = runtime.spawn(is_meant(handle()));
        assert!(runtime.block_on(task).unwrap(), "in a task on {backend}");
        let closure = runtime.spawn_blocking(Handle::current);
        assert!(
            runtime.block_on(closure).unwrap() == *runtime.handle(),
            "in a closure on {backend}"
        );
    }
}

/// E2
#[test]
fn hooks_of_the_program_are_called_inside() {
    for backend in compiled().filter(|backend| is_owned(backend)) {
        let (tell, told) = mpsc::channel();
        let hooks = ThreadHooks::default().on_start(move || tell.send(is_inside()).unwrap());
        let builder = Builder::new().backend(backend).worker_threads(1).tokio_context(true);
        let runtime = builder.thread_hooks(hooks).build().unwrap();
        assert!(told.recv().unwrap(), "on {backend}");
        drop(runtime);
    }
}

/// E1
#[test]
fn one_that_ends_takes_it_from_no_other() {
    for backend in compiled() {
        let (one, other) = (start(backend), start(backend));
        drop(one);
        assert_everywhere(&other, is_inside);
    }
}

/// E1
#[test]
fn nobody_is_inside_who_has_not_asked() {
    for backend in compiled().filter(|backend| *backend != "tokio" && is_owned(backend)) {
        let _with_it = start(backend);
        let without = Builder::new().backend(backend).current_thread().build().unwrap();
        assert!(!without.block_on(async { is_inside() }), "in `block_on` on {backend}");
        let task = without.spawn(async { is_inside() });
        assert!(!without.block_on(task).unwrap(), "in a task on {backend}");
    }
}

/// E1
#[test]
fn a_thread_that_ends_is_not_asked_to_be_inside() {
    struct AtTheEnd(Runtime, mpsc::Sender<u32>);

    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            self.1.send(self.0.block_on(async { 7 })).unwrap();
        }
    }

    thread_local!(static KEPT: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) });

    for backend in compiled() {
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            // In this order, so that tokio's own variables go first.
            KEPT.set(None);
            let runtime = start(backend);
            assert!(runtime.block_on(async { is_inside() }));
            KEPT.set(Some(AtTheEnd(runtime, tell)));
        });
        thread.join().unwrap();
        assert_eq!(told.recv(), Ok(7), "on {backend}");
    }
}

/// E1
#[test]
fn block_on_in_a_task_of_a_library_is_refused() {
    for backend in compiled() {
        let runtime = start(backend);
        let handle = runtime.handle().clone();
        let (again, refused) = (handle.clone(), handle.clone());
        let task = runtime
            .block_on(async move { tokio::spawn(async move { refused.block_on(async {}) }).await });
        assert!(task.unwrap_err().is_panic(), "on {backend}");
        let closure = runtime.block_on(async move {
            tokio::task::spawn_blocking(move || again.block_on(async { 7 })).await
        });
        assert_eq!(closure.unwrap(), 7, "on {backend}");
    }
}

/// E3
#[test]
#[cfg(target_os = "linux")]
fn without_threads_it_is_an_error() {
    child(|| {
        let limit = Rlimit { current: Some(0), maximum: Some(0) };
        setrlimit(Resource::Nproc, limit).unwrap();
        for backend in compiled().filter(|backend| *backend != "tokio" && is_owned(backend)) {
            let builder = Builder::new().backend(backend).current_thread().tokio_context(true);
            assert!(builder.build().is_err(), "on {backend}");
        }
    })
    .with_user_of_its_own()
    .succeeds();
}

fn threads_of_background() -> usize {
    let name =
        |task: io::Result<fs::DirEntry>| fs::read_to_string(task.ok()?.path().join("comm")).ok();
    let names = fs::read_dir("/proc/self/task").unwrap().filter_map(name);
    names.filter(|name| name.trim_end() == "anyrt-tokio").count()
}

/// E3
#[test]
#[cfg(target_os = "linux")]
fn one_thread_is_started_for_all_and_goes_with_the_last() {
    child(|| {
        // That of the process keeps it, and so comes last.
        let (others, of_process): (Vec<_>, Vec<_>) =
            compiled().partition(|backend| is_owned(backend));
        let needs_it = |backend: &str| usize::from(backend != "tokio");
        for backend in others {
            let first = start(backend);
            // It takes on its name when it starts.
            wait_until(|| threads_of_background() == needs_it(backend));
            drop(first);
            wait_until(|| threads_of_background() == 0);
            // What the backend keeps for the process it has since then.
            let descriptors = count("fd");
            let without = Builder::new().backend(backend).build().unwrap();
            assert_eq!(threads_of_background(), 0, "on {backend}");
            drop(without);
            for _ in 0..3 {
                let (one, other) = (start(backend), start(backend));
                wait_until(|| threads_of_background() == needs_it(backend));
                drop(one);
                assert!(other.block_on(other.spawn(async { is_inside() })).unwrap());
                drop(other);
                wait_until(|| threads_of_background() == 0);
            }
            wait_until(|| count("fd") <= descriptors);
        }
        for backend in of_process {
            drop(start(backend));
            wait_until(|| threads_of_background() == 1);
        }
    })
    .succeeds();
}
