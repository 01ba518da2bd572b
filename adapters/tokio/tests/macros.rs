//! The attributes, and the macros that need no runtime.

use std::future::ready;

use tokio::runtime::{Handle, RuntimeFlavor};

#[tokio::test]
async fn a_test_is_of_one_thread() {
    assert_eq!(Handle::current().runtime_flavor(), RuntimeFlavor::CurrentThread);
    assert_eq!(tokio::spawn(async { 42 }).await.unwrap(), 42);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2, name = "mine")]
async fn a_test_has_workers_and_a_name() {
    let handle = Handle::current();
    assert_eq!(handle.runtime_flavor(), RuntimeFlavor::MultiThread);
    assert_eq!((handle.metrics().num_workers(), handle.name()), (2, Some("mine")));
}

#[tokio::test(flavor = "local")]
async fn a_test_is_local() {
    let value = std::rc::Rc::new(42);
    assert_eq!(tokio::task::spawn_local(async move { *value }).await.unwrap(), 42);
}

#[tokio::test]
#[should_panic(expected = "on purpose")]
async fn a_test_panics() {
    panic!("on purpose");
}

#[tokio::test]
async fn a_test_returns_an_error() -> Result<(), std::io::Error> {
    Ok(())
}

#[test]
fn main_returns_its_output() {
    #[tokio::main]
    async fn many() -> usize {
        Handle::current().metrics().num_workers()
    }
    #[tokio::main(flavor = "current_thread")]
    async fn one() -> RuntimeFlavor {
        Handle::current().runtime_flavor()
    }
    #[tokio::main(worker_threads = 3)]
    async fn three() -> usize {
        Handle::current().metrics().num_workers()
    }
    assert!(many() >= 1);
    assert_eq!((one(), three()), (RuntimeFlavor::CurrentThread, 3));
}

#[tokio::test]
async fn the_first_branch_wins() {
    let (sender, receiver) = tokio::sync::oneshot::channel::<u8>();
    let task = tokio::spawn(async move { sender.send(1) });
    let first = tokio::select! {
        biased;
        received = receiver => received.unwrap(),
        () = std::future::pending() => 2,
        else => 3,
    };
    assert_eq!(first, 1);
    task.await.unwrap().unwrap();
    assert_eq!(tokio::join!(ready(1), ready(2)), (1, 2));
    let tried: Result<(u8, u8), u8> = tokio::try_join!(ready(Ok(1)), async { Err::<u8, _>(2) });
    assert_eq!(tried, Err(2));
    let future = async { 5 };
    tokio::pin!(future);
    assert_eq!(future.await, 5);
}
