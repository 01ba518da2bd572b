//! What zbus asks of a runtime, in the words of its trait, where a connection shows it badly.

use std::fs;
use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{self, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyrt_zbus::Runtime;
use futures_executor::block_on;
use futures_util::FutureExt;
use futures_util::future::{pending, poll_immediate};
use zbus::runtime::traits::{Runtime as _, TaskHandle};

fn exit_with(script: &str) -> impl Future<Output = std::io::Result<process::ExitStatus>> + use<> {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    let null = || Stdio::null();
    Runtime::current().spawn_process(command, null(), null(), null()).unwrap()
}

#[anyrt::test(all)]
async fn a_program_says_how_it_has_ended() {
    assert_eq!(exit_with("exit 3").await.unwrap().code(), Some(3));
    let absent = Command::new("./there is no such program");
    let null = || Stdio::null();
    let started = Runtime::current().spawn_process(absent, null(), null(), null());
    assert_eq!(started.err().unwrap().kind(), ErrorKind::NotFound);
}

#[cfg(target_os = "linux")]
#[anyrt::test(all)]
async fn a_program_that_nobody_waits_for_is_collected() {
    let name = format!("anyrt-zbus-{}-{}", process::id(), anyrt::Handle::current().backend());
    let path = std::env::temp_dir().join(name).to_str().unwrap().to_owned();
    drop(exit_with(&format!("echo $$ > {path}.new && mv {path}.new {path}")));
    let number = loop {
        match fs::read_to_string(&path) {
            Ok(number) => break number,
            Err(_) => anyrt::time::sleep(Duration::from_millis(1)).await,
        }
    };
    fs::remove_file(&path).unwrap();
    while fs::exists(format!("/proc/{}", number.trim())).unwrap() {
        anyrt::time::sleep(Duration::from_millis(1)).await;
    }
}

#[anyrt::test(all)]
async fn a_task_ends_with_its_handle_unless_it_is_detached() {
    let runtime = Runtime::current();
    let (dropped, is_dropped) = (Arc::new(()), Arc::new(()));
    let hold = |value: &Arc<()>| {
        let value = Arc::clone(value);
        async move {
            pending::<()>().await;
            drop(value);
        }
    };
    runtime.spawn("detached", hold(&dropped)).detach();
    drop(runtime.spawn("dropped", hold(&is_dropped)));
    while Arc::strong_count(&is_dropped) > 1 {
        anyrt::task::yield_now().await;
    }
    assert_eq!(Arc::strong_count(&dropped), 2);
    assert_eq!(runtime.spawn("awaited", async { 7 }).await.unwrap(), 7);
    let panics = runtime.spawn("panics", async { panic!("its own words") });
    let error: std::io::Result<()> = panics.await;
    assert!(error.unwrap_err().to_string().contains("its own words"));
}

#[anyrt::test(all)]
async fn work_that_blocks_runs_whether_it_is_awaited_or_not() {
    let runtime = Runtime::current();
    let (done, is_done) = std::sync::mpsc::channel();
    drop(runtime.spawn_blocking(move || done.send(())));
    anyrt::spawn_blocking(move || is_done.recv()).await.unwrap().unwrap();
    assert_eq!(runtime.spawn_blocking(|| 7).await, 7);
    let panics = AssertUnwindSafe(runtime.spawn_blocking(|| panic!("its own words")));
    let payload = panics.catch_unwind().await.unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"its own words"));
}

#[test]
fn work_that_blocks_is_refused_by_a_runtime_that_has_ended() {
    let ended = anyrt::Builder::new().backend("native").build().unwrap();
    let runtime = Runtime::new(ended.handle().clone());
    drop(ended);
    let refused = catch_unwind(AssertUnwindSafe(|| block_on(runtime.spawn_blocking(|| 7))));
    let message = *refused.unwrap_err().downcast::<String>().unwrap();
    assert!(message.starts_with("zbus waited for work that blocks: "), "{message}");
}

/// A listener with no room for one more connection, at a path without a file, and what takes its room.
#[cfg(target_os = "linux")]
fn full_listener(name: &str) -> (socket2::Socket, String, socket2::Socket) {
    use socket2::{Domain, SockAddr, Socket, Type};

    let path = format!("\0anyrt-zbus-{}-{name}", process::id());
    let address = SockAddr::unix(&path).unwrap();
    let socket = || Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    let (listener, queued) = (socket(), socket());
    listener.bind(&address).unwrap();
    listener.listen(0).unwrap();
    queued.connect(&address).unwrap();
    (listener, path, queued)
}

#[cfg(target_os = "linux")]
#[anyrt::test(all)]
async fn connects_once_a_listener_has_room() {
    let (listener, path, _queued) = full_listener(anyrt::Handle::current().backend());
    let runtime = Runtime::current();
    let mut waiting = std::pin::pin!(runtime.connect_unix(path.as_ref()));
    assert!(poll_immediate(waiting.as_mut()).await.is_none());
    let _accepted = listener.accept().unwrap();
    let connected = waiting.await.unwrap();
    assert!(socket2::SockRef::from(&connected.as_fd()).peer_addr().is_ok());
}

#[cfg(target_os = "linux")]
#[test]
fn a_listener_without_room_is_waited_for_no_longer_than_there_are_timers() {
    for backend in anyrt::selection().unwrap().compiled() {
        let build = || anyrt::Builder::new().backend(*backend).build().unwrap();
        let (stays, ends) = (build(), build());
        let (listener, path, _queued) = full_listener(&format!("{backend}-ended"));
        let runtime = Runtime::new(ends.handle().clone());
        let mut waiting = Box::pin(runtime.connect_unix(path.as_ref()));
        assert!(stays.block_on(poll_immediate(waiting.as_mut())).is_none());
        drop(ends);
        if ["async-std", "smol"].contains(backend) {
            // Their timers belong to the process, and the wait goes on. What is connected is not watched on smol.
            let _accepted = listener.accept().unwrap();
            let is_gone = |error| anyrt::is_runtime_gone(&error);
            assert_eq!(block_on(waiting).is_err_and(is_gone), *backend == "smol");
            continue;
        }
        // One that waits already, and one that begins now.
        for ended in [block_on(waiting), block_on(runtime.connect_unix(path.as_ref()))] {
            let error = ended.err().unwrap();
            assert!(anyrt::is_runtime_gone(&error), "on {backend}: {error}");
        }
    }
}
